"""What happened to chambers in plain words, for the logbook: `chamber_ws_event` described."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
    LazyEventPartialState,
)
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, UnitOfTemperature
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from . import devices
from .chamber.analysis.findings import Happened
from .const import DOMAIN, EVENT
from .record.report.page.wording import Units, decimal, duration, phrase

SIDES = {"high": "above", "low": "below", "freeze": "at or below"}
FARTHEST = {"high": "up to"}

Details = Mapping[str, Any]
Describe = Callable[[LazyEventPartialState], dict[str, Any]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Teach the logbook our event."""

    @callback
    def describe(event: LazyEventPartialState) -> dict[str, Any]:
        said = event.data
        device = dr.async_get(hass).async_get(said.get(ATTR_DEVICE_ID, ""))
        name = None if device is None else devices.name_of(device)
        fahrenheit = hass.config.units.temperature_unit == UnitOfTemperature.FAHRENHEIT
        return {
            LOGBOOK_ENTRY_NAME: name or "Chamber",
            LOGBOOK_ENTRY_MESSAGE: in_words(
                said.get("type", ""), said.get("details", {}), Units(fahrenheit)
            ),
            LOGBOOK_ENTRY_ENTITY_ID: said.get(ATTR_ENTITY_ID),
        }

    async_describe_event(DOMAIN, EVENT, describe)


def in_words(kind: str, details: Details, units: Units) -> str:
    """What happened, as a sentence whose subject is the chamber; what is not known stays unsaid."""
    message = SAID[kind](details, units) if kind in SAID else _reported(kind, details)
    if not details.get("found_late") or kind in DEEDS:
        return message
    when = details.get("time")
    late = "found in samples that came late"
    if when is not None:
        late = f"at {_local(when):%Y-%m-%d %H:%M}, {late}"
    if message.endswith((".", "!", "?")):
        return f"{message} {late[0].upper()}{late[1:]}."
    return f"{message}, {late}"


def _beyond(details: Details, units: Units) -> str:
    what = _bound(details)
    limit, since, value = (details.get(name) for name in ("limit", "since", "value"))
    said = f"{SIDES.get(what, phrase(what).lower())} {_temperature(limit, units)}"
    if since is not None:
        said += f" since {_clock(since, details)}"
    return said if value is None else f"{said} ({_temperature(value, units)})"


def _over(details: Details, units: Units) -> str:
    what, peak, out = _bound(details), details.get("peak"), details.get("out")
    side = SIDES.get(what, phrase(what).lower())
    said = f"no longer {side} {_temperature(details.get('limit'), units)}"
    if out is not None:
        said += f" after {duration(out)}"
    if peak is not None:
        said += f", {FARTHEST.get(what, 'down to')} {_temperature(peak, units)}"
    return said


def _acknowledged(details: Details, _units: Units) -> str:
    return _signed("acknowledged", details)


def _shelved(details: Details, _units: Units) -> str:
    until = details.get("until")
    return _signed(
        "shelved" if until is None else f"shelved until {_clock(until, details)}", details
    )


def _rejected(details: Details, units: Units) -> str:
    wish = (
        _temperature(details["setpoint"], units) if "setpoint" in details else details.get("mode")
    )
    return (
        f"refused {details.get('what', 'setpoint')} {wish}: {phrase(str(details.get('outcome')))}"
    )


def _soaks(details: Details, _units: Units) -> str:
    step, steps, name = (details.get(key) for key in ("step", "steps", "name"))
    of = "" if steps is None else f" of {steps}"
    return f"reached the temperature of step {step}{of}" + (f" of {name}" if name else "")


def _fault(details: Details, _units: Units) -> str:
    """What the chamber says is wrong, or what its behaviour shows, and of which probe or part."""
    if reasons := details.get("reasons"):
        return ", ".join(map(str, reasons))
    said = phrase(str(details.get("what", "unknown"))).lower()
    whose = details.get("probe") or details.get("part")
    return f"{said} ({whose})" if whose else said


SAID: Mapping[str, Callable[[Details, Units], str]] = {
    Happened.EXCURSION_STARTED: _beyond,
    Happened.EXCURSION_ENDED: _over,
    Happened.WARNING_STARTED: lambda details, units: f"early warning: {_beyond(details, units)}",
    Happened.REALARMED: lambda details, units: f"alarm repeated: {_beyond(details, units)}",
    Happened.ACKNOWLEDGED: _acknowledged,
    Happened.SHELVED: _shelved,
    Happened.SETPOINT_REJECTED: _rejected,
    Happened.SOAK_REACHED: _soaks,
    Happened.FAULT_STARTED: lambda details, units: f"fault: {_fault(details, units)}",
    Happened.FAULT_ENDED: lambda details, units: f"fault over: {_fault(details, units)}",
}

DEEDS = (Happened.ACKNOWLEDGED, Happened.SHELVED)
"""What people do: it is in no sample."""


def _reported(kind: str, details: Details) -> str:
    """What the chamber says itself."""
    said, message = phrase(str(details.get("type", kind))).lower(), details.get("message")
    return f"{said}: {message}" if message else said


def _signed(said: str, details: Details) -> str:
    by, behalf, comment = (details.get(name) for name in ("by", "on_behalf_of", "comment"))
    said += f" by {by}" if by else ""
    said += f" on behalf of {behalf}" if behalf else ""
    return f"{said}: {comment}" if comment else said


def _bound(details: Details) -> str:
    return str(details.get("what", "")).removeprefix("warning_")


def _temperature(celsius: float | None, units: Units) -> str:
    if celsius is None:
        return "the limit"
    return f"{decimal(units.number(celsius), 1)} {units.symbol}"


def _clock(at: float, details: Details) -> str:
    """A local time, with its date where that is not the one on which it happened."""
    then, told = (_local(one) for one in (at, details.get("time", at)))
    return f"{then:%H:%M}" if then.date() == told.date() else f"{then:%Y-%m-%d %H:%M}"


def _local(at: float) -> datetime:
    return dt_util.as_local(dt_util.utc_from_timestamp(at))
