"""When a sample was taken, and how that is known."""

from dataclasses import replace
from typing import Any

import pytest

from chamber_agent.chamber.model import Clock, Sample
from chamber_agent.chamber.past.timeline import (
    Anchor,
    Place,
    Placed,
    anchor_of,
    awaits_anchor,
    place,
)

DATED = Sample(temperature=5.0, time=1000.0, clock=Clock.NTP, boot="a1", uptime=100.0)
UNDATED = Sample(temperature=5.0, clock=Clock.NONE, boot="a1", uptime=40.0)
ANCHOR = Anchor("a1", 100.0, 1000.0)


@pytest.mark.parametrize("clock", [Clock.NTP, Clock.RTC])
def test_a_clock_that_can_be_relied_on_is_believed(clock: Clock) -> None:
    sample = Sample(temperature=5.0, time=1000.0, clock=clock)
    assert place(sample, 2000.0) == Place(1000.0, Placed.OWN)


def test_a_sample_without_a_clock_is_placed_by_a_later_one_of_its_boot() -> None:
    assert place(UNDATED, 2000.0) == Place(None, Placed.UNKNOWN)
    assert place(UNDATED, 2000.0, Anchor("b2", 1.0, 1.0)) == Place(None, Placed.UNKNOWN)
    assert place(UNDATED, None, anchor_of(DATED)) == Place(940.0, Placed.BOOT)
    assert awaits_anchor(UNDATED)


@pytest.mark.parametrize(
    "sample",
    [
        DATED,
        Sample(temperature=5.0),
        Sample(temperature=5.0, clock=Clock.NONE, boot="a1"),
        Sample(temperature=5.0, clock=Clock.NONE, uptime=1.0),
        Sample(temperature=5.0, clock=Clock.ESTIMATED, time=7.0, boot="a1", uptime=1.0),
    ],
)
def test_others_wait_for_nothing(sample: Sample) -> None:
    assert not awaits_anchor(sample)


def test_only_a_dated_sample_of_a_boot_dates_others() -> None:
    assert anchor_of(DATED) == ANCHOR
    assert anchor_of(UNDATED) is None
    dated = Sample(temperature=5.0, time=1.0, clock=Clock.NTP)
    assert anchor_of(dated) is None
    assert anchor_of(replace(dated, boot="a1")) is None
    assert anchor_of(replace(dated, uptime=1.0)) is None


def test_a_time_that_nobody_vouches_for_is_an_estimate() -> None:
    assert place(Sample(temperature=5.0, time=7.0), 2000.0) == Place(7.0, Placed.ESTIMATED)
    guessed = Sample(temperature=5.0, time=7.0, clock=Clock.ESTIMATED, boot="a1", uptime=1.0)
    assert place(guessed, 2000.0) == Place(7.0, Placed.ESTIMATED)
    assert place(guessed, 2000.0, ANCHOR) == Place(901.0, Placed.BOOT)


def test_a_chamber_that_tells_nothing_of_time_is_placed_by_receipt_and_only_live() -> None:
    assert place(Sample(temperature=5.0), 2000.0) == Place(2000.0, Placed.RECEIPT)
    assert place(Sample(temperature=5.0), None) == Place(None, Placed.UNKNOWN)


@pytest.mark.parametrize("half", [{}, {"boot": "a1"}, {"uptime": 40.0}])
def test_half_a_boot_places_nothing(half: dict[str, Any]) -> None:
    """Nobody will ever tell when it was taken, so the receipt is all there is."""
    undated = Sample(temperature=5.0, clock=Clock.NONE, **half)
    assert place(undated, 2000.0, ANCHOR) == Place(2000.0, Placed.RECEIPT)


def test_without_a_word_about_its_clock_a_boot_places_nothing() -> None:
    silent = Sample(temperature=5.0, boot="a1", uptime=40.0)
    assert place(silent, 2000.0, ANCHOR) == Place(2000.0, Placed.RECEIPT)
