"""What of a chamber is another than before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chamber.given import BOX, at, sample
from chamber_agent.chamber import difference, fold
from chamber_agent.chamber.messages import MetaMessage, StateMessage
from chamber_agent.chamber.model import Chamber, Meta, Mode, Part, Quality, frozen

FULL: dict[str, Any] = {
    "setpoint": 4.0,
    "effective_setpoint": 4.5,
    "mode": Mode.COOL,
    "heaters": (Part(on=False),),
    "probes": frozen({"product": 5.0}),
    "quality": frozen({"product": Quality.OK}),
    "door": False,
}


def after(*samples: Any) -> Chamber:
    """A chamber that has said these samples, one a second."""
    chamber = Chamber(address=BOX)
    for second, one in enumerate(samples):
        chamber = fold.apply(chamber, StateMessage(BOX, one), at(float(second)))
    return chamber


def changed(**readings: Any) -> frozenset[str] | None:
    """What is found when these readings are other ones."""
    before = sample(5.0, **FULL)
    chamber = after(before)
    return difference.readings(chamber, replace(chamber, sample=replace(before, **readings)))


def test_nothing_changed_where_the_same_is_said_again() -> None:
    assert changed() == frozenset()


def test_a_later_number_and_time_are_no_reading() -> None:
    assert changed(seq=2, epoch="e", time=1.0, boot="b", uptime=5.0) == frozenset()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 6.0),
        ("temperature", None),
        ("setpoint", 5.0),
        ("mode", Mode.OFF),
        ("heaters", (Part(on=True),)),
        ("probes", frozen({"product": 5.1})),
        ("quality", frozen({})),
        ("door", True),
        ("reason", "pid"),
    ],
)
def test_a_reading_that_changed_is_named(name: str, value: Any) -> None:
    assert changed(**{name: value}) == frozenset({name})


def test_every_reading_is_looked_at() -> None:
    assert {"temperature", *FULL} <= set(difference.READINGS)
    assert not difference.PLACE_IN_TIME & set(difference.READINGS)


def test_the_first_sample_changes_everything() -> None:
    assert difference.readings(Chamber(address=BOX), after(sample())) is None


def test_a_new_description_changes_everything() -> None:
    before = after(sample())
    described = fold.apply(before, MetaMessage(BOX, Meta(name="Carrier")), at(1.0))
    assert difference.readings(before, described) is None


def test_something_never_seen_before_changes_everything() -> None:
    assert difference.readings(after(sample()), after(sample(), sample(door=True))) is None


def test_being_gone_changes_everything() -> None:
    before = after(sample())
    cleared = fold.apply(before, StateMessage(BOX, None), at(1.0))
    gone = fold.apply(cleared, MetaMessage(BOX, None), at(2.0))
    assert difference.readings(cleared, gone) is None


@pytest.mark.parametrize(
    ("readings", "urgent"),
    [
        ({}, False),
        ({"temperature": 6.0}, False),
        ({"probes": frozen({"product": 6.0}), "power": 5.0, "energy": 2.0}, False),
        ({"heaters": (Part(on=True, duty=5.0),)}, True),
        ({"coolers": (Part(on=True),)}, True),
        ({"fans": (Part(on=True),)}, True),
        ({"temperature": None}, True),
        ({"setpoint": 5.0}, True),
        ({"mode": Mode.OFF}, True),
        ({"door": True, "temperature": 6.0}, True),
        ({"quality": frozen({})}, True),
        ({"reason": "interlock"}, True),
    ],
)
def test_what_switches_is_urgent(readings: dict[str, Any], urgent: bool) -> None:
    before = after(sample(5.0, **FULL))
    assert before.sample is not None
    now = replace(before, sample=replace(before.sample, **readings))
    assert difference.urgent(before, now, difference.readings(before, now)) is urgent


def test_a_duty_that_goes_on_is_not_urgent_and_one_that_ends_is() -> None:
    def driven(duty: float) -> Chamber:
        return after(sample(heaters=(Part(on=duty > 0, duty=duty),)))

    assert not difference.urgent(driven(50.0), driven(60.0), frozenset({"heaters"}))
    assert difference.urgent(driven(50.0), driven(0.0), frozenset({"heaters"}))


def test_what_changes_everything_is_urgent() -> None:
    assert difference.urgent(Chamber(address=BOX), after(sample()), None)


def test_all_that_goes_on_at_once_is_not_urgent() -> None:
    chamber = after(sample(5.0, **FULL))
    assert not difference.urgent(chamber, chamber, frozenset(difference.STEADY))
