"""Every error that a user may meet has a text, and the text finds what it needs."""

import json
import re
from pathlib import Path

import pytest
from homeassistant.exceptions import ServiceValidationError

from custom_components.chamber_ws import errors
from custom_components.chamber_ws.chamber import commands
from custom_components.chamber_ws.chamber.analysis import profiles
from custom_components.chamber_ws.chamber.analysis.profiles import BadSettings
from custom_components.chamber_ws.chamber.analysis.settings import Settings
from custom_components.chamber_ws.chamber.errors import ChamberError, Code, NotPermitted
from custom_components.chamber_ws.chamber.messages import Reply
from custom_components.chamber_ws.chamber.model import Limits, Mode
from custom_components.chamber_ws.keeping.acting import BadShelf
from custom_components.chamber_ws.link.errors import Cause, Failure, LinkError, NotConnected
from custom_components.chamber_ws.record.errors import (
    Reason,
    RecordError,
    RecordFull,
    RecordTooNew,
    RecordUnusable,
)
from custom_components.chamber_ws.record.report.errors import (
    BadRange,
    ExportTooLarge,
    NothingRecorded,
    PeriodTooLong,
)

ENGLISH = json.loads((Path(errors.__file__).parent / "translations" / "en.json").read_text())


def forbidden(setpoint: float | None, mode: Mode | None) -> NotPermitted:
    """Why a wish must not even be sent."""
    with pytest.raises(NotPermitted) as caught:
        commands.permitted(Limits(), (Mode.COOL,), setpoint, mode)
    return caught.value


def refused(status: str, code: str | None, message: str | None = None) -> errors.Refused:
    return errors.Refused(Reply(id="x", status=status, code=code, message=message))


def contradictory(**changes: object) -> BadSettings:
    """Why settings cannot be."""
    with pytest.raises(BadSettings) as caught:
        profiles.changed(Settings(low=2.0, high=8.0), **changes)
    return caught.value


MISTAKES = [
    contradictory(low=8.0),
    contradictory(high=float("nan")),
    contradictory(delay_low=-1.0),
    contradictory(delay_high=1e9),
    contradictory(deadband=-1.0),
    contradictory(high=-300.0),
    contradictory(colour="red"),
    contradictory(profile="sauna"),
    BadSettings("unknown_probe", probe="banana", known="temperature"),
    BadSettings("too_seldom", heartbeat="600", longest="300"),
    BadShelf(8.0),
    BadRange(1.0, 0.0),
    PeriodTooLong(3660),
    NothingRecorded("Carrier"),
    ExportTooLarge(200_000),
]
ALL = [
    *MISTAKES,
    RecordError("the record is closed"),
    RecordFull("disk full"),
    RecordTooNew(9, 1),
    RecordUnusable(Reason.DAMAGED),
    forbidden(999.0, None),
    forbidden(float("nan"), None),
    forbidden(float("inf"), None),
    forbidden(None, Mode.HEAT),
    *(refused("rejected", code.value) for code in Code),
    refused("rejected", "unheard_of", "because"),
    refused("rejected", None),
    refused("failed", None),
    refused("expired", "expired"),
    errors.Unconfirmed(15.0),
    errors.Interrupted("gone"),
    NotConnected(Failure(Cause.LOST, "there is no connection")),
    LinkError(Failure(Cause.TIMEOUT)),
    ChamberError("something else"),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: f"{type(error).__name__} {error}"[:50])
def test_an_error_has_its_text_and_all_that_stands_in_it(error: ChamberError | LinkError) -> None:
    shown = errors.translated(error, "Carrier")
    text = ENGLISH["exceptions"][shown.translation_key]["message"]
    needed = set(re.findall(r"{(\w+)}", text))
    placeholders = shown.translation_placeholders or {}
    assert needed <= placeholders.keys()
    assert all(placeholders[name] for name in needed)


@pytest.mark.parametrize("error", MISTAKES, ids=repr)
def test_what_was_asked_for_and_cannot_be_is_a_mistake(error: ChamberError) -> None:
    assert isinstance(errors.translated(error, "Carrier"), ServiceValidationError)


def test_only_what_users_can_mend_counts_as_their_mistake() -> None:
    kinds = {code: type(errors.translated(refused("rejected", code), "x")) for code in Code}
    mistakes = {code for code, kind in kinds.items() if kind is ServiceValidationError}
    assert mistakes == {"out_of_range", "not_supported", "bad_value", "bad_mode"}
