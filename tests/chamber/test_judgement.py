"""What may be said of the sample in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chamber.given import BOX, after, at, sample
from chamber_agent.chamber import judgement
from chamber_agent.chamber.model import Action, Chamber, Meta, Mode, Part, Quality, frozen

ON, OFF, UNKNOWN = Part(on=True), Part(on=False), None


@pytest.mark.parametrize("quality", [None, Quality.OK, Quality.SUSPECT])
@pytest.mark.parametrize("probe", ["temperature", "product"])
def test_a_probe_is_shown_while_it_can_be_trusted(probe: str, quality: Quality | None) -> None:
    known = frozen({probe: quality} if quality else {})
    taken = sample(5.0, probes=frozen({"product": 5.0}), quality=known)
    assert judgement.temperature(taken, probe) == 5.0
    assert judgement.quality_of(taken, probe) == ((("quality", quality),) if quality else ())


@pytest.mark.parametrize("quality", [Quality.FAULT, Quality.STALE, Quality.MISSING])
@pytest.mark.parametrize("probe", ["temperature", "product"])
def test_a_probe_is_unknown_and_a_fault_when_it_cannot(probe: str, quality: Quality) -> None:
    taken = sample(5.0, probes=frozen({"product": 5.0}), quality=frozen({probe: quality}))
    assert judgement.temperature(taken, probe) is None
    assert judgement.faults(taken) == (f"{probe}: {quality}",)


def test_nothing_is_said_of_what_is_not_there() -> None:
    assert judgement.temperature(None, "temperature") is None
    assert judgement.temperature(sample(), "product") is None
    assert judgement.quality_of(None, "temperature") == ()
    assert judgement.action(None) is None
    assert judgement.mode(Chamber(address=BOX)) is None


@pytest.mark.parametrize("quality", [None, Quality.OK, Quality.SUSPECT, Quality.MISSING])
def test_a_temperature_of_null_is_a_fault_whatever_its_quality(quality: Quality | None) -> None:
    known = frozen({"temperature": quality} if quality else {})
    assert judgement.faults(sample(None, quality=known)) == ("temperature: missing",)


@pytest.mark.parametrize("quality", [None, Quality.OK, Quality.SUSPECT, Quality.MISSING])
def test_a_probe_that_is_judged_and_says_null_is_missing(quality: Quality | None) -> None:
    known = frozen({"air": Quality.OK, **({"product": quality} if quality else {})})
    taken = sample(5.0, probes=frozen({"product": None, "air": None}), quality=known)
    missed = judgement.missed(taken, "product")
    assert missed.quality == {"air": Quality.OK, "product": Quality.MISSING}
    assert replace(missed, quality=known) == taken
    assert judgement.faults(missed) == ("product: missing",)


@pytest.mark.parametrize("quality", [Quality.FAULT, Quality.STALE])
def test_a_probe_that_says_null_and_why_keeps_its_reason(quality: Quality) -> None:
    taken = sample(probes=frozen({"product": None}), quality=frozen({"product": quality}))
    assert judgement.missed(taken, "product") is taken


@pytest.mark.parametrize("probe", ["product", "temperature", "virtual_vial"])
def test_a_probe_that_answers_or_is_none_at_all_is_not_missed(probe: str) -> None:
    taken = sample(None, probes=frozen({"product": 0.0, "air": None}))
    assert judgement.missed(taken, probe) is taken


def test_an_actuator_s_fault_is_named_by_its_reason() -> None:
    assert judgement.faults(sample(action=Action.FAULT)) == ("action: fault",)
    assert judgement.faults(sample(action=Action.FAULT, reason="fan")) == ("action: fan",)
    assert judgement.faults(sample(action=Action.HEATING, reason="pid")) == ()


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({}, None),
        ({"fans": (ON,)}, None),
        ({"heaters": (ON,)}, Action.HEATING),
        ({"heaters": (OFF, ON), "coolers": (OFF,)}, Action.HEATING),
        ({"coolers": (UNKNOWN, ON)}, Action.COOLING),
        ({"coolers": (OFF,)}, Action.IDLE),
        ({"heaters": (OFF,), "coolers": (OFF, OFF)}, Action.IDLE),
        ({"heaters": (ON,), "coolers": (ON,)}, None),
        ({"heaters": (UNKNOWN,)}, None),
        ({"heaters": (OFF, UNKNOWN), "coolers": (OFF,)}, None),
        ({"mode": Mode.OFF}, Action.OFF),
        ({"mode": Mode.OFF, "heaters": (OFF,)}, Action.OFF),
        ({"mode": Mode.OFF, "heaters": (ON,)}, Action.HEATING),
        ({"mode": Mode.OFF, "heaters": (UNKNOWN,)}, None),
    ],
)
def test_without_a_word_on_it_the_actuators_say_what_a_chamber_does(
    fields: dict[str, Any], action: Action | None
) -> None:
    assert judgement.action(sample(**fields)) is action


def test_a_chamber_s_own_word_on_what_it_does_holds() -> None:
    assert judgement.action(sample(action=Action.IDLE, heaters=(ON,))) is Action.IDLE


def mode_after(*samples: Any, meta: Meta | None = None) -> Mode | None:
    """The thermostat's mode after these samples."""
    given = Chamber(address=BOX, meta=meta)
    return judgement.mode(after(*((taken, at(n)) for n, taken in enumerate(samples)), given=given))


def test_a_chamber_s_own_word_on_its_mode_holds() -> None:
    assert mode_after(sample(mode=Mode.COOL)) is Mode.COOL


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({"heaters": (OFF,), "coolers": (OFF,)}, Mode.HEAT_COOL),
        ({"heaters": (OFF,)}, Mode.HEAT),
        ({"coolers": (OFF,)}, Mode.COOL),
        ({}, None),
    ],
)
def test_a_chamber_that_never_names_a_mode_does_all_it_can(
    fields: dict[str, Any], mode: Mode | None
) -> None:
    assert mode_after(sample(setpoint=4.0, **fields)) is mode
    assert mode_after(sample(**fields)) is None


def test_a_mode_once_named_and_now_missing_is_unknown() -> None:
    taken = sample(setpoint=4.0, heaters=(OFF,))
    assert mode_after(sample(mode=Mode.HEAT), taken) is None


def test_modes_that_are_described_say_what_a_chamber_can() -> None:
    taken = sample(setpoint=4.0, heaters=(OFF,))
    assert mode_after(taken, meta=Meta(modes=(Mode.OFF, Mode.COOL))) is Mode.COOL
