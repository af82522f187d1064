"""Every error that a user may meet has a text, and the text finds what it needs."""

import json
import re
from pathlib import Path

import pytest
from homeassistant.exceptions import ServiceValidationError

from custom_components.chamber_ws import errors
from custom_components.chamber_ws.chamber import commands
from custom_components.chamber_ws.chamber.errors import ChamberError, Code, NotPermitted
from custom_components.chamber_ws.chamber.messages import Reply
from custom_components.chamber_ws.chamber.model import Limits, Mode
from custom_components.chamber_ws.link.errors import Cause, Failure, LinkError, NotConnected

ENGLISH = json.loads((Path(errors.__file__).parent / "translations" / "en.json").read_text())


def forbidden(setpoint: float | None, mode: Mode | None) -> NotPermitted:
    """Why a wish must not even be sent."""
    with pytest.raises(NotPermitted) as caught:
        commands.permitted(Limits(), (Mode.COOL,), setpoint, mode)
    return caught.value


def refused(status: str, code: str | None, message: str | None = None) -> errors.Refused:
    return errors.Refused(Reply(id="x", status=status, code=code, message=message))


ALL = [
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


def test_only_what_users_can_mend_counts_as_their_mistake() -> None:
    kinds = {code: type(errors.translated(refused("rejected", code), "x")) for code in Code}
    mistakes = {code for code, kind in kinds.items() if kind is ServiceValidationError}
    assert mistakes == {"out_of_range", "not_supported", "bad_value", "bad_mode"}
