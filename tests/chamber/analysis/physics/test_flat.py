"""A probe that stands still: how fine its steps are, and when that is suspicious."""

from __future__ import annotations

import pytest

from chamber.analysis.physics.bricks import MINUTE, START, block
from chamber_agent.chamber.analysis.physics.flat import CHANGED, PATIENCE, Flat


def seen(*values: float) -> Flat:
    """A probe that showed these, a minute apart, the first at the start."""
    flat = Flat()
    for index, value in enumerate(values):
        flat.see(START + index * MINUTE, value)
    return flat


def test_it_stands_still_since_it_last_showed_another_value() -> None:
    assert seen(5.0, 5.0, 5.5, 5.5, 5.5).snapshot() == (5.5, START + 2 * MINUTE, 0.5, None)


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ((5.0,), None),
        ((5.0, 5.0), None),
        ((5.0, 5.5), 0.5),
        ((5.0, 5.5, 5.25), 0.25),
        ((5.0, 4.75, 6.0), 0.25),
        ((5.0, 6.0, 8.0), 1.0),
    ],
)
def test_its_step_is_the_least_that_it_ever_made(
    values: tuple[float, ...], step: float | None
) -> None:
    assert seen(*values).step == step


def test_the_first_duty_is_the_usual_one() -> None:
    flat = seen(5.0)
    flat.close(block(1, cool=40.0))
    assert flat.usual == -40.0


@pytest.mark.parametrize(
    ("duty", "usual"), [(90.0, -41.0), (10.0, -39.0), (40.5, -40.5), (40.0, -40.0)]
)
def test_what_is_usual_creeps_after_what_is_done_by_a_percent_a_minute(
    duty: float, usual: float
) -> None:
    flat = seen(5.0)
    flat.close(block(1, cool=40.0))
    flat.close(block(2, cool=duty))
    assert flat.usual == pytest.approx(usual)


def test_what_is_done_when_it_shows_another_value_is_usual_at_once() -> None:
    flat = seen(5.0)
    flat.close(block(1, cool=40.0))
    flat.see(START + 90.0, 5.5)
    flat.close(block(2, cool=90.0))
    assert flat.usual == -90.0
    other = seen(5.0)
    other.close(block(1, cool=40.0))
    other.see(START + MINUTE, 5.5)
    other.close(block(2, cool=90.0))
    assert other.usual == pytest.approx(-41.0), "that one was shown when the last block ended"


@pytest.mark.parametrize(
    ("step", "drive", "minute", "dull"),
    [
        (0.125, CHANGED + 1.0, 1, True),
        (0.125, CHANGED, 1, False),
        (0.125, -CHANGED - 1.0, 1, True),
        (0.126, CHANGED + 1.0, 1, False),
        (0.126, CHANGED + 1.0, PATIENCE / MINUTE - 1, False),
        (0.126, CHANGED + 1.0, PATIENCE / MINUTE, True),
        (None, CHANGED + 1.0, 1, False),
        (None, CHANGED + 1.0, PATIENCE / MINUTE, True),
    ],
)
def test_a_fine_probe_is_dull_at_once_and_any_other_after_an_hour(
    step: float | None, drive: float, minute: float, dull: bool
) -> None:
    flat = Flat(5.0, START, step, usual=0.0)
    assert flat.is_dull(block(minute, heat=max(drive, 0.0), cool=max(-drive, 0.0))) is dull


def test_what_is_done_is_held_against_what_is_usual() -> None:
    flat = Flat(5.0, START, 0.0625, usual=-40.0)
    assert not flat.is_dull(block(1, cool=40.0))
    assert flat.is_dull(block(1, cool=61.0))


def test_nothing_is_dull_of_which_no_usual_duty_is_known() -> None:
    assert not Flat(5.0, START, 0.0625).is_dull(block(999, heat=100.0))


def test_after_a_gap_its_step_alone_is_known() -> None:
    flat = Flat(5.0, START, 0.0625, usual=30.0)
    flat.restart()
    assert (flat.value, flat.usual, flat.step) == (None, None, 0.0625)
    flat.see(START + 9 * MINUTE, 9.0)
    assert (flat.step, flat.since) == (0.0625, START + 9 * MINUTE)


def test_a_snapshot_is_its_arguments() -> None:
    told = (5.0, START, 0.0625, 30.0)
    assert Flat(*told).snapshot() == told
    assert Flat().snapshot() == (None, 0.0, None, None)
