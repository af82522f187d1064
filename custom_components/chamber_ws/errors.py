"""The packages' own errors, translated to Home Assistant's in this one place."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .chamber.analysis.profiles import BadSettings
from .chamber.errors import ChamberError, Code, NotPermitted
from .chamber.messages import Reply
from .const import DOMAIN
from .keeping.acting import BadShelf
from .link.errors import LinkError
from .record.errors import RecordError
from .record.report.errors import BadRange, ExportTooLarge, NothingRecorded, PeriodTooLong

USERS_MISTAKES = frozenset({Code.OUT_OF_RANGE, Code.BAD_MODE, Code.BAD_VALUE, Code.NOT_SUPPORTED})
KNOWN_CODES = frozenset(code.value for code in Code)


class InvalidSettings(ChamberError):
    """The fields of a config entry do not make a connection."""


class Unconfirmed(ChamberError):
    """The chamber said nothing about a command within its time to live, in seconds."""

    def __init__(self, ttl: float) -> None:
        super().__init__(f"no answer within {ttl:g} s")
        self.ttl = ttl


class Interrupted(ChamberError):
    """The connection went while the chamber's answer was awaited."""


class Refused(ChamberError):
    """The chamber answered a command with anything but `applied`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.message or reply.code or reply.status)
        self.reply = reply


def translated(error: ChamberError | LinkError, chamber: str) -> HomeAssistantError:
    """What the user is told, in the user's language; `chamber` is its name."""
    match error:
        case NotPermitted(code=code, placeholders=placeholders):
            kind = ServiceValidationError if code in USERS_MISTAKES else HomeAssistantError
            return _error(kind, code.value, chamber=chamber, **placeholders)
        case Refused(reply=reply):
            kind = ServiceValidationError if reply.code in USERS_MISTAKES else HomeAssistantError
            key = f"refused_{reply.code}" if reply.code in KNOWN_CODES else "refused"
            return _error(
                kind, key, chamber=chamber, reason=reply.message or reply.code or reply.status
            )
        case RecordError():
            return _error(HomeAssistantError, "record_failed", chamber=chamber, reason=str(error))
        case Unconfirmed(ttl=ttl):
            return _error(HomeAssistantError, "unconfirmed", chamber=chamber, seconds=f"{ttl:g}")
        case Interrupted():
            return _error(HomeAssistantError, "interrupted", chamber=chamber)
        case LinkError(failure=failure):
            return _error(
                HomeAssistantError,
                "not_connected",
                chamber=chamber,
                reason=failure.detail or failure.cause.value,
            )
        case BadSettings() | BadShelf() | BadRange() | PeriodTooLong() | ExportTooLarge():
            key, placeholders = _mistake(error)
            return _error(ServiceValidationError, key, chamber=chamber, **placeholders)
        case NothingRecorded():
            return _error(ServiceValidationError, "nothing_recorded", chamber=chamber)
        case _:
            return _error(HomeAssistantError, "refused", chamber=chamber, reason=str(error))


def _mistake(
    error: BadSettings | BadShelf | BadRange | PeriodTooLong | ExportTooLarge,
) -> tuple[str, dict[str, str]]:
    """What was asked for and cannot be: the key of its text, and what the text names."""
    match error:
        case BadSettings(key=key, placeholders=placeholders):
            return key, placeholders
        case BadShelf(longest=longest):
            return "bad_shelf", {"longest": f"{longest:g}"}
        case BadRange():
            return "bad_range", {}
        case PeriodTooLong(most=days):
            return "period_too_long", {"most": str(days)}
        case ExportTooLarge(most=rows):
            return "export_too_large", {"most": str(rows)}


def _error(kind: type[HomeAssistantError], key: str, **placeholders: str) -> HomeAssistantError:
    return kind(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
