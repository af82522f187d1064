"""Metrics against a model that keeps everything and adds it up anew each time."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import NOON
from chamber_agent.chamber.analysis.findings import Window
from chamber_agent.chamber.analysis.kinetic import exposure, mean_kinetic_temperature
from chamber_agent.chamber.metrics import DAY, LONGEST_STEP, Bounds, Metrics, Minute

Feed = dict[str, Any]

levels = st.floats(-50.0, 60.0) | st.sampled_from([2.0, 8.0, 5.0])
shares = st.none() | st.floats(0.0, 100.0)
bounds = st.sampled_from([(2.0, 8.0), (None, 8.0), (2.0, None), (None, None), (5.0, 5.0)])
small = st.floats(0.0, 400.0) | st.sampled_from([0.0, 10.0, 30.0, 60.0, 300.0, 300.001])
back = st.floats(-300.0, -0.001)
far_back = st.floats(-4000.0, -300.001)
gaps = st.floats(300.0, 50_000.0)


def feeds(*steps: st.SearchStrategy[float]) -> st.SearchStrategy[list[Feed]]:
    """Samples with such steps between them, in seconds."""
    one = st.fixed_dictionaries(
        {
            "step": st.one_of(*steps),
            "value": st.none() | levels | levels | levels,
            "bounds": bounds,
            "heater": shares,
            "cooler": shares,
            "power": shares,
            "starts": st.integers(0, 2),
        }
    )
    return st.lists(one, max_size=40).map(_dated)


def _dated(steps: Sequence[Feed]) -> list[Feed]:
    at, dated = NOON + 7.5, []
    for step in steps:
        at += step["step"]
        dated.append({"at": at, **{name: step[name] for name in step if name != "step"}})
    return dated


anything = feeds(small, small, small, back, far_back)
forward = feeds(small, small, small, gaps)


def feed(metrics: Metrics, sample: Feed) -> Sequence[Minute]:
    given_of = {name: value for name, value in sample.items() if name not in {"at", "value"}}
    return metrics.feed(sample["at"], sample["value"], **given_of)


@dataclass
class Model:
    """Every known piece of time, in a list. A piece lies between borders of minutes and crossings of bounds."""

    pieces: list[dict[str, Any]] = field(default_factory=list)
    last: Feed | None = None

    def feed(self, sample: Feed) -> None:
        last, at = self.last, sample["at"]
        if last and at < last["at"] - LONGEST_STEP:
            begun = math.floor(at / 60.0) * 60.0
            self.pieces = [piece for piece in self.pieces if piece["start"] < begun]
        elif last and at < last["at"]:
            at = last["at"]
        self.last = {**sample, "at": at}
        if last and 0.0 <= at - last["at"] <= LONGEST_STEP:
            self._step(last, self.last)

    def _step(self, last: Feed, sample: Feed) -> None:
        begun, ended = last["at"], sample["at"]
        known = last["value"] is not None and sample["value"] is not None
        held = {name: last[name] for name in ("heater", "cooler", "power")}

        def value(at: float) -> float:
            share = (at - begun) / (ended - begun)
            return float((1.0 - share) * last["value"] + share * sample["value"])

        cuts = {begun, ended, *self._borders(begun, ended)}
        limits = [limit for limit in sample["bounds"] if limit is not None]
        if known and last["value"] != sample["value"]:
            rise = sample["value"] - last["value"]
            crossings = {
                begun + (limit - last["value"]) / rise * (ended - begun) for limit in limits
            }
            cuts |= {cut for cut in crossings if begun < cut < ended}
        ordered = sorted(cuts)
        for start, end in pairwise(ordered):
            piece = {"start": start, "seconds": end - start, "bounds": sample["bounds"], **held}
            if known:
                piece |= {"from": value(start), "to": value(end)}
            self.pieces.append({**piece, "starts": 0})
        self.pieces.append({"start": ended, "seconds": 0.0, **held, "starts": sample["starts"]})

    @staticmethod
    def _borders(begun: float, ended: float) -> list[float]:
        first = math.floor(begun / 60.0) * 60.0
        return [first + i * 60.0 for i in range(7) if begun < first + i * 60.0 < ended]

    def minutes(self) -> dict[float, Minute]:
        """The minutes by when they began."""
        found: dict[float, list[dict[str, Any]]] = {}
        for piece in self.pieces:
            found.setdefault(math.floor(piece["start"] / 60.0) * 60.0, []).append(piece)
        return {at: _minute(at, pieces) for at, pieces in found.items()}


def _minute(at: float, pieces: list[dict[str, Any]]) -> Minute:
    known = [piece for piece in pieces if "from" in piece]
    judged = [piece for piece in known if piece["bounds"] != (None, None)]
    middle = [((p["from"] + p["to"]) / 2.0, p["bounds"], p["seconds"]) for p in judged]
    over = [(m - b[1], s) for m, b, s in middle if b[1] is not None and m > b[1]]
    under = [(b[0] - m, s) for m, b, s in middle if b[0] is not None and m < b[0]]
    held = {
        name: [p for p in pieces if p[name] is not None] for name in ("heater", "cooler", "power")
    }
    return Minute(
        at=at,
        covered=sum(p["seconds"] for p in known),
        integral=sum(p["seconds"] * (p["from"] + p["to"]) / 2.0 for p in known),
        above=sum(s for _m, s in over),
        below=sum(s for _m, s in under),
        in_range=sum(p["seconds"] for p in judged) - sum(s for _m, s in over + under),
        dose_above=sum(m * s for m, s in over),
        dose_below=sum(m * s for m, s in under),
        heater=sum(p["heater"] * p["seconds"] for p in held["heater"]),
        heater_seconds=sum(p["seconds"] for p in held["heater"]),
        cooler=sum(p["cooler"] * p["seconds"] for p in held["cooler"]),
        cooler_seconds=sum(p["seconds"] for p in held["cooler"]),
        energy=sum(p["power"] * p["seconds"] for p in held["power"]),
        power_seconds=sum(p["seconds"] for p in held["power"]),
        observed=sum(p["seconds"] for p in pieces),
        starts=sum(p["starts"] for p in pieces),
    )


def amounts(minute: Minute) -> list[float]:
    """What of a minute the model knows, too."""
    left_out = {"low", "high", "arrhenius"}
    return [getattr(minute, name) for name in Minute.FIELDS if name not in left_out]


def told(samples: Sequence[Feed], metrics: Metrics) -> dict[float, Minute]:
    """The minutes that a store would hold: the later account of a minute replaces the earlier."""
    return {minute.at: minute for sample in samples for minute in feed(metrics, sample)}


@given(forward)
def test_every_minute_is_the_model_s(samples: list[Feed]) -> None:
    model, metrics = Model(), Metrics()
    for sample in samples:
        model.feed(sample)
    minutes = told(samples, metrics)
    if metrics._open is not None:
        minutes[metrics._open.at] = metrics._open.closed()
    expected = model.minutes()
    for at in minutes.keys() | expected.keys():
        got, want = minutes.get(at, Minute(at=at)), expected.get(at, Minute(at=at))
        assert amounts(got) == pytest.approx(amounts(want), rel=1e-6, abs=1e-3)


@given(forward | anything)
def test_the_window_is_the_model_s(samples: list[Feed]) -> None:
    model, metrics = Model(), Metrics()
    for sample in samples:
        model.feed(sample)
        feed(metrics, sample)
    if model.last is None:
        return
    now = model.last["at"]
    since = math.ceil((now - DAY) / 60.0) * 60.0
    total = Minute(at=since)
    for minute in model.minutes().values():
        if minute.at >= since:
            total += minute
    window = metrics.window(now)
    assert window.coverage == pytest.approx(100.0 * total.covered / (now - since), abs=1e-3)
    beyond = (
        window.time_above,
        window.time_below,
        window.degree_minutes_above,
        window.degree_minutes_below,
    )
    judged = total.in_range + total.above + total.below > 0.0
    doses = (total.dose_above / 60.0, total.dose_below / 60.0)
    sums = pytest.approx((total.above, total.below, *doses), abs=1e-3)
    assert beyond == (sums if judged else (None,) * 4)
    if total.covered > 1.0:
        assert window.mean == pytest.approx(total.integral / total.covered, abs=1e-3)
    if total.observed > 1.0:
        hours = total.observed / 3600.0
        assert window.starts_per_hour == pytest.approx(total.starts / hours, rel=1e-3)
    if total.power_seconds:
        assert window.energy == pytest.approx(total.energy / 3.6e6, abs=1e-6)


@given(st.lists(levels, min_size=2, max_size=40), st.floats(1.0, 300.0))
def test_the_mean_kinetic_temperature_is_that_of_many_short_steps(
    values: list[float], every: float
) -> None:
    metrics = Metrics()
    parts = 60
    path = [
        start + (end - start) * i / parts for start, end in pairwise(values) for i in range(parts)
    ] + [values[-1]]
    for i, value in enumerate(path):
        metrics.feed(NOON + i * every / parts, value)
    short = [exposure((a + b) / 2.0) for a, b in pairwise(path)]
    got = metrics.window(NOON + every * len(values)).mean_kinetic_temperature
    assert got == pytest.approx(mean_kinetic_temperature(sum(short), len(short)), abs=0.2)


@given(anything)
def test_a_minute_s_extremes_hold_its_samples_and_its_mean(samples: list[Feed]) -> None:
    values = [sample["value"] for sample in samples if sample["value"] is not None]
    for minute in told(samples, Metrics()).values():
        assert 0.0 <= minute.covered <= minute.observed + 1e-9 <= 60.0 + 2e-9
        if minute.low is None or minute.high is None:
            assert minute.covered == 0.0
            continue
        assert min(values) - 1e-9 <= minute.low <= minute.high <= max(values) + 1e-9
        if minute.covered > 1e-3:
            mean = minute.integral / minute.covered
            assert minute.low - 1e-6 <= mean <= minute.high + 1e-6
            rate = minute.arrhenius / minute.covered
            assert exposure(minute.low) * 0.999999 <= rate <= exposure(minute.high) * 1.000001


@given(forward, st.integers(0, 40))
def test_a_restart_at_any_point_changes_nothing(samples: list[Feed], cut: int) -> None:
    """The snapshot goes through JSON, the closed minutes through rows, in any order.

    A clock that is set back is left out: of the minutes that it undoes, who stores them must let go as well.
    """
    whole, before = Metrics(), Metrics()
    stored = told(samples[:cut], before)
    told(samples[:cut], whole)
    after = Metrics.restored(json.loads(json.dumps(before.snapshot())))
    after.load(stored[at].as_row() for at in sorted(stored, reverse=True))
    assert told(samples[cut:], after) == told(samples[cut:], whole)
    assert json.dumps(after.snapshot()) == json.dumps(whole.snapshot())
    assert (after.extremes, after.reset_at) == (whole.extremes, whole.reset_at)
    last = max((sample["at"] for sample in samples), default=NOON)
    for at in (last, last + 3600.0):
        assert after.window(at) == whole.window(at)


@given(forward, st.integers(0, 40))
def test_a_window_loaded_from_minutes_is_the_same_over_days(samples: list[Feed], cut: int) -> None:
    whole, before = Metrics(), Metrics()
    told(samples, whole)
    stored = told(samples[:cut], before)
    after = Metrics.restored(before.snapshot())
    after.load(minute.as_row() for minute in stored.values())
    told(samples[cut:], after)
    last = samples[-1]["at"] if samples else NOON
    assert after.window(last) == whole.window(last)


@given(anything, st.integers(0, 40))
def test_a_copy_goes_on_by_itself(samples: list[Feed], cut: int) -> None:
    metrics, alone = Metrics(), Metrics()
    told(samples[:cut], metrics)
    told(samples[:cut], alone)
    twin = metrics.copy()
    told(samples[cut:], twin)
    twin.reset(NOON)
    assert metrics.snapshot() == alone.snapshot()
    assert metrics.window(NOON) == alone.window(NOON)


@given(forward)
def test_asking_changes_nothing(samples: list[Feed]) -> None:
    asked, quiet = Metrics(), Metrics()
    window = Window()
    for sample in samples:
        assert feed(asked, sample) == feed(quiet, sample)
        window = asked.window(sample["at"])
    assert window == (quiet.window(samples[-1]["at"]) if samples else Window())


@given(forward, st.sampled_from([(None, None), (2.0, 8.0)]))
def test_judged_time_is_the_known_time(samples: list[Feed], within: Bounds) -> None:
    metrics = Metrics()
    for minute in told([{**sample, "bounds": within} for sample in samples], metrics).values():
        judged = minute.in_range + minute.above + minute.below
        assert judged == pytest.approx(minute.covered if within[1] else 0.0, abs=1e-9)
