"""What no probe can have measured: words for a failure, jumps, and what is out of its bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import sample
from chamber_agent.chamber.analysis.physics.probes import Doubt, Probes
from chamber_agent.chamber.model import Quality

CONTROL = "temperature"


def showing(*steps: tuple[float, float | None], probes: Probes | None = None) -> list[Doubt]:
    """The doubts of the last one of these times and values of the control probe."""
    known = probes or Probes()
    doubts: list[Doubt] = []
    for at, value in steps:
        doubts = known.look(at, sample(value))
    return doubts


@pytest.mark.parametrize(
    ("after", "value", "doubted"),
    [
        (0.0, 7.0, False),
        (0.0, 7.01, True),
        (0.0, 3.0, False),
        (0.0, 2.99, True),
        (10.0, 17.0, False),
        (10.0, 17.01, True),
        (10.0, -7.0, False),
        (10.0, -7.01, True),
        (300.0, 90.0, False),
        (301.0, 999.0, False),
    ],
)
def test_two_kelvin_and_one_more_a_second_are_no_jump(
    after: float, value: float, doubted: bool
) -> None:
    jump = Doubt(CONTROL, value, 5.0, jumped=True)
    assert showing((1000.0, 5.0), (1000.0 + after, value)) == ([jump] if doubted else [])


def test_after_a_jump_the_new_value_is_the_one_to_compare_with() -> None:
    assert showing((0.0, 5.0), (1.0, 30.0), (2.0, 30.5)) == []


@pytest.mark.parametrize("word", [127.94, 127.935, -127.0, -127.009])
def test_a_word_for_a_failure_is_none_of_the_temperatures(word: float) -> None:
    assert showing((0.0, word)) == [Doubt(CONTROL, word, None, certain=True)]
    assert showing((0.0, 5.0), (1.0, word)) == [Doubt(CONTROL, word, 5.0, certain=True)]


@pytest.mark.parametrize("value", [127.92, 127.96, -126.98, -127.02])
def test_what_is_near_a_word_is_a_number_all_the_same(value: float) -> None:
    assert showing((0.0, value)) == []
    assert showing((0.0, 5.0), (1.0, value)) == [Doubt(CONTROL, value, 5.0, jumped=True)]


@pytest.mark.parametrize(
    ("before", "word", "believed"),
    [
        (80.0, 85.0, True),
        (90.0, 85.0, True),
        (79.9, 85.0, False),
        (90.1, 85.0, False),
        (123.0, 127.94, True),
        (122.9, 127.94, False),
        (-122.0, -127.0, True),
        (-121.9, -127.0, False),
    ],
)
def test_a_word_is_believed_within_five_kelvin_of_what_was_shown(
    before: float, word: float, believed: bool
) -> None:
    doubts = showing((0.0, before), (200.0, word))
    assert doubts == ([] if believed else [Doubt(CONTROL, word, before, certain=True)])


def test_eighty_five_is_a_temperature_where_nothing_was_shown_before() -> None:
    assert showing((0.0, 85.0)) == []
    assert showing((0.0, 5.0), (300.0, 85.0)) != []
    assert showing((0.0, 5.0), (301.0, 85.0)) == []


def test_a_word_said_again_and_again_is_held_against_what_was_shown_before() -> None:
    failing = [(10.0 * index, 85.0) for index in range(1, 100)]
    assert showing((0.0, 5.0), *failing) == [Doubt(CONTROL, 85.0, 5.0, certain=True)]
    assert showing((0.0, 5.0), *failing, (1000.0, 5.5)) == []


def test_a_word_that_comes_first_is_nothing_to_compare_with() -> None:
    assert showing((0.0, -127.0), (10.0, 5.0)) == []


@pytest.mark.parametrize(
    ("role", "value", "out"),
    [
        ("ambient", 80.0, False),
        ("ambient", 80.1, True),
        ("ambient", -60.0, False),
        ("ambient", -60.1, True),
        ("hot_sink", 150.0, False),
        ("hot_sink", 150.1, True),
        ("product", 300.0, False),
    ],
)
def test_a_role_bounds_what_can_be_measured(role: str, value: float, out: bool) -> None:
    probes = Probes()
    probes.describe({"p1": role})
    for _time in range(2):
        doubts = probes.look(0.0, sample(5.0, probes={"p1": value}))
        assert doubts == ([Doubt("p1", value, None)] if out else [])
    probes.describe({})
    assert probes.look(1.0, sample(5.0, probes={"p1": value})) == []


def test_each_probe_is_held_against_itself() -> None:
    probes = Probes()
    probes.look(0.0, sample(5.0, probes={"a": 20.0, "b": None}))
    doubts = probes.look(1.0, sample(5.5, probes={"a": 5.5, "b": 60.0}))
    assert doubts == [Doubt("a", 5.5, 20.0, jumped=True)]


def test_a_value_that_is_not_trusted_is_not_looked_at() -> None:
    probes = Probes()
    probes.look(0.0, sample(5.0))
    assert probes.look(1.0, sample(60.0, quality={CONTROL: Quality.FAULT})) == []
    assert probes.look(2.0, sample(5.5)) == [], "it is not remembered either"
    suspect = probes.look(3.0, sample(60.0, quality={CONTROL: Quality.SUSPECT}))
    assert suspect == [Doubt(CONTROL, 60.0, 5.5, jumped=True)]


def test_a_doubt_of_one_probe_is_looked_at_though_another_is_not_trusted() -> None:
    probes = Probes()
    probes.look(0.0, sample(5.0))
    told = sample(5.5, probes={"p1": 5.0}, quality={"p1": Quality.FAULT})
    assert probes.look(1.0, told) == []
    assert showing((2.0, 9.9), probes=probes) == [Doubt(CONTROL, 9.9, 5.5, jumped=True)]


def test_probes_that_are_told_no_more_are_forgotten_in_five_minutes() -> None:
    probes = Probes()
    probes.look(0.0, sample(5.0, probes={"a": 1.0, "b": 2.0}))
    probes.look(300.0, sample(5.0, probes={"c": 3.0}))
    assert set(probes.snapshot()) == {CONTROL, "a", "b", "c"}
    probes.look(301.0, sample(5.0, probes={"c": 3.0}))
    assert set(probes.snapshot()) == {CONTROL, "c"}


def test_a_single_probe_that_is_told_no_more_is_forgotten_too() -> None:
    probes = Probes()
    probes.look(0.0, sample(5.0, probes={"a": 1.0}))
    probes.look(301.0, sample(5.0))
    assert set(probes.snapshot()) == {CONTROL}


def test_a_probe_is_looked_at_though_the_control_probe_shows_nothing() -> None:
    doubts = Probes().look(0.0, sample(None, probes={"a": None, "b": -127.0}))
    assert doubts == [Doubt("b", -127.0, None, certain=True)]


def test_what_was_seen_moves_with_the_clock() -> None:
    probes = Probes()
    probes.look(1000.0, sample(5.0))
    probes.move(-900.0)
    assert probes.snapshot() == {CONTROL: [100.0, 5.0]}
    assert showing((101.0, 60.0), probes=probes) == [Doubt(CONTROL, 60.0, 5.0, jumped=True)]
    assert probes.snapshot() == {CONTROL: [101.0, 60.0]}


VALUES = st.sampled_from([None, 5.0, 5.5, 9.0, 60.0, 85.0, 127.94, -127.0])


@given(st.lists(st.tuples(st.sampled_from([1.0, 60.0, 400.0]), VALUES, VALUES)), st.integers(0, 9))
def test_a_snapshot_goes_on_as_the_probes_themselves(
    steps: list[tuple[float, float | None, float | None]], turn: int
) -> None:
    probes, at = Probes(), 0.0
    other = Probes()
    for index, (step, control, product) in enumerate(steps):
        at += step
        told = sample(control, probes={"product": product})
        assert other.look(at, told) == probes.look(at, told)
        if index == turn:
            other = Probes()
            other.restore(json.loads(json.dumps(probes.snapshot())))
    assert other.snapshot() == probes.snapshot()
