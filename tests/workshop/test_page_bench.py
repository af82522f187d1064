"""What `scripts/bench` makes of the times a page tells, without a browser."""

import json
import math
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest

from bench import goals, load, tables
from bench.names import MQTT, OURS
from bench.page import samples
from bench.page.awake import awake
from contract.golden import validator


def test_a_page_tells_samples_apart_by_one_decimal() -> None:
    values = [samples.temperature(number) for number in range(samples.VALUES)]
    assert len(set(values)) == samples.VALUES
    assert [float(f"{value:.1f}") for value in values] == values
    around = [*values, samples.temperature(samples.VALUES)]
    assert max(abs(b - a) for a, b in pairwise(around)) < 0.21


def test_a_sample_for_a_page_obeys_the_contract() -> None:
    content = json.loads(samples.state(7, 1_800_000_000.25))
    assert content["temperature"] == samples.temperature(7)
    assert content["seq"] == 8
    assert not list(validator("state").iter_errors(content))


@pytest.mark.parametrize(
    ("text", "value"), [("20.4 °C", 20.4), ("−3.0 °C", -3.0), ("-3.0 °C", -3.0), ("—", None)]
)
def test_a_shown_text_is_read(text: str, value: float | None) -> None:
    assert samples.shown(text) == value


def test_what_is_seen_is_paired_with_what_was_sent() -> None:
    sent = [(0.0, 20.0), (1.0, 20.2), (2.0, 20.4), (3.0, 20.2)]
    seen = [(0.004, 20.0), (2.001, 20.4), (2.5, None), (3.002, 20.2)]
    assert samples.delays(sent, seen) == pytest.approx([0.001, 0.002, 0.004])


def test_what_was_shown_before_is_no_sample_that_is_still_to_come() -> None:
    sent = [(1.0, 20.0), (2.0, 20.2), (3.0, 20.4)]
    assert samples.delays(sent, [(0.9, 20.4), (1.25, 20.0)]) == pytest.approx([0.25])


def test_what_nobody_sent_is_no_delay() -> None:
    assert samples.delays([(0.0, 20.0)], [(0.5, 24.0)]) == []


@pytest.mark.parametrize(
    ("readings", "correction"),
    [
        ([(1.0, 1.0005, 1.001)], 0.0),
        ([(1.0, 1.3, 1.001), (2.0, 2.3, 2.004)], -0.299),
        ([(1.0, 0.9, 1.002), (2.0, 1.9, 2.1)], 0.1),
    ],
)
def test_a_clock_is_corrected_by_no_more_than_is_certain(
    readings: list[tuple[float, float, float]], correction: float
) -> None:
    assert samples.offset(readings) == pytest.approx(correction)


def test_growth_is_the_slope_of_a_line() -> None:
    assert samples.slope([(0, 5.0), (1, 8.0), (2, 9.0), (3, 12.0)]) == pytest.approx(2.2)
    assert math.isnan(samples.slope([(1, 5.0), (1, 8.0)]))


@pytest.mark.parametrize(("ours", "met"), [(9.0, True), (11.0, False), (math.inf, False)])
def test_a_goal_without_a_rival_is_the_figure_itself(ours: float, met: bool) -> None:
    goal = goals.Goal("x", "page_p50", None, 10)
    verdict = goals.judge(goal, {"page_p50": {OURS: ours, MQTT: 1.0}})
    assert (verdict.met, verdict.ratio) == (met, None)
    assert tables.judged([verdict])[1][1] == "–"


def test_a_stream_for_the_page_numbers_its_samples_as_all_loads_do() -> None:
    assert samples.state(0, 5.0).startswith(load.head(0, 5.0))


def test_processors_are_kept_awake_by_what_makes_room_at_once() -> None:
    with awake() as pids:
        assert len(pids) == os.cpu_count()
        within = time.monotonic() + 20
        while {os.sched_getscheduler(pid) for pid in pids} != {os.SCHED_IDLE}:
            assert time.monotonic() < within
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
