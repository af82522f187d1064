"""What each action takes. Temperatures are in Home Assistant's unit, durations become seconds, times UTC."""

from datetime import datetime
from math import isfinite
from typing import Any

import voluptuous as vol
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..chamber.analysis.settings import Profile
from ..chamber.fields import LONGEST_TEXT, MOST_STEPS
from ..keeping.acting import LONGEST_COMMENT, LONGEST_NAME
from ..record.report import Format

COMMENT, ON_BEHALF_OF, DURATION = "comment", "on_behalf_of", "duration"
START, END, FORMAT = "start", "end", "format"
NAME, STEPS, END_ACTION, RESUME = "name", "steps", "end", "resume"
ENDINGS = ("hold", "off", "previous")
RESUMES = ("continue", "restart_step", "hold", "stop")


def number(value: Any) -> float:
    """A number; a switch is none."""
    if isinstance(value, bool):
        raise vol.Invalid("expected a number")
    return float(vol.Coerce(float)(value))


def finite(value: Any) -> float:
    """A number that can be sent."""
    if not isfinite(found := number(value)):
        raise vol.Invalid("expected a number that is neither nan nor infinite")
    return found


def seconds(value: Any) -> float:
    """A duration: seconds, HH:MM:SS, or hours, minutes and seconds by name."""
    if isinstance(value, bool):
        raise vol.Invalid("expected a duration")
    try:
        return float(cv.positive_time_period(value).total_seconds())
    except OverflowError as error:
        raise vol.Invalid("the duration is too long") from error


def moment(value: Any) -> datetime:
    """A time; without a time zone it is local."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as error:
        raise vol.Invalid("the time is out of the calendar") from error


def profile(value: Any) -> str:
    """The key of a profile; YAML reads an `off` without quotes as a switch."""
    known = [one.value for one in Profile]
    return str(vol.In(known)(Profile.OFF.value if value is False else value))


def ending(value: Any) -> str:
    """What comes after a profile; YAML reads an `off` without quotes as a switch."""
    return str(vol.In(ENDINGS)("off" if value is False else value))


def text(longest: int) -> Any:
    """A text of so many characters at most."""
    return vol.All(cv.string, vol.Length(max=longest))


COMMENTED = {vol.Optional(COMMENT): text(LONGEST_COMMENT)}

SETTINGS: dict[str, Any] = {
    "profile": profile,
    "low": vol.Any(None, number),
    "high": vol.Any(None, number),
    "delay_low": seconds,
    "delay_high": seconds,
    "freeze": vol.Any(None, number),
    "warning": vol.Any(None, seconds),
    "cumulative": cv.boolean,
    "deadband": number,
    "off_delay": seconds,
    "latch": cv.boolean,
    "realarm": vol.Any(None, seconds),
    "time_constant": seconds,
    "probe": vol.Any(None, cv.string),
}
"""The settings of an alarm; None takes away what may be missing."""

ACKNOWLEDGE = cv.make_entity_service_schema(
    {**COMMENTED, vol.Optional(ON_BEHALF_OF): text(LONGEST_NAME)}
)
SHELVE = cv.make_entity_service_schema({**COMMENTED, vol.Required(DURATION): seconds})
COMMENT_ALONE = cv.make_entity_service_schema(COMMENTED)
CONFIGURE = vol.Schema(
    vol.All(
        cv.make_entity_service_schema(
            {**COMMENTED, **{vol.Optional(name): reader for name, reader in SETTINGS.items()}}
        ),
        cv.has_at_least_one_key(*SETTINGS),
    )
)
EXPORT = cv.make_entity_service_schema(
    {
        vol.Optional(START): moment,
        vol.Optional(END): moment,
        vol.Optional(FORMAT, default=Format.HTML.value): vol.Coerce(Format),
    }
)


def _one_kind(step: dict[str, Any]) -> dict[str, Any]:
    """A step is a ramp, a soak, a hold or a jump."""
    if len(step.keys() & KINDS) != 1:
        raise vol.Invalid(f"expected one of {', '.join(KINDS)} in each step")
    return step


KINDS = ("setpoint", "soak", "hold", "jump")
STEP = vol.All(
    vol.Schema(
        {
            vol.Optional("setpoint"): finite,
            vol.Optional("seconds"): seconds,
            vol.Optional("rate"): finite,
            vol.Optional("soak"): seconds,
            vol.Optional("band"): finite,
            vol.Optional("hold"): True,
            vol.Optional("jump"): vol.All(vol.Coerce(int), vol.Range(min=1)),
            vol.Optional("times"): vol.All(vol.Coerce(int), vol.Range(min=1)),
        }
    ),
    _one_kind,
)
"""One step of a profile; whether it can be followed, the gateway judges by its chamber's limits."""

START_PROFILE = vol.Schema(
    vol.All(
        cv.make_entity_service_schema(
            {
                vol.Optional(NAME): vol.All(text(LONGEST_TEXT), vol.Length(min=1)),
                vol.Optional(STEPS): vol.All([STEP], vol.Length(min=1, max=MOST_STEPS)),
                vol.Optional(END_ACTION): ending,
                vol.Optional(RESUME): vol.In(RESUMES),
            }
        ),
        cv.has_at_least_one_key(NAME, STEPS),
    )
)
PROFILE = cv.make_entity_service_schema({})
