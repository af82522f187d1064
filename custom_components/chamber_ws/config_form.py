"""The forms of the configuration flow: their fields, their errors, what they show of an entry and what they keep."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import voluptuous as vol
from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_HEADERS,
    CONF_PASSWORD,
    CONF_PROTOCOL,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector as s

from . import endpoint
from .chamber.topics import DEFAULT_PREFIX
from .connection import (
    InvalidCertificate,
    InvalidHeaders,
    InvalidServerName,
    InvalidSubprotocol,
    is_generated,
)
from .const import (
    CONF_ADVANCED,
    CONF_ALTERNATE_URLS,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_DISMISSED,
    CONF_KEEPALIVE,
    CONF_MAXIMUM_QOS,
    CONF_PREFIX,
    CONF_SERVER_NAME,
    CONF_SESSION_EXPIRY,
    CONF_SET_ASIDE,
    CONF_SUBPROTOCOL,
    DEFAULT_KEEPALIVE,
    DEFAULT_MAXIMUM_QOS,
    DEFAULT_SESSION_EXPIRY,
    LONGEST_SESSION_EXPIRY,
    NO_SUBPROTOCOL,
    PROTOCOL_AUTO,
)
from .errors import InvalidSettings
from .link.errors import Cause, Failure
from .link.retry import CHOICES
from .link.transport import SUBPROTOCOL
from .options import USUAL

CONF_REMOVE = "remove"
QUERY = "query"
HIDDEN = (CONF_PASSWORD, CONF_HEADERS, CONF_CLIENT_KEY)
SHOWN_NOWHERE = (CONF_DISMISSED, CONF_SET_ASIDE)
NUMBERS = {
    CONF_KEEPALIVE: DEFAULT_KEEPALIVE,
    CONF_SESSION_EXPIRY: DEFAULT_SESSION_EXPIRY,
    CONF_MAXIMUM_QOS: DEFAULT_MAXIMUM_QOS,
}


def _number(least: int, most: int, unit: str | None = None, step: float = 1) -> s.NumberSelector:
    config = s.NumberSelectorConfig(min=least, max=most, step=step, mode=s.NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return s.NumberSelector(config)


def _choice(options: Iterable[str], key: str | None = None, **more: bool) -> s.SelectSelector:
    config = s.SelectSelectorConfig(options=list(options), mode=s.SelectSelectorMode.DROPDOWN)
    if key is not None:
        config["translation_key"] = key
    config.update(more)  # type: ignore[typeddict-item]
    return s.SelectSelector(config)


TEXT = s.TextSelector()
TEXTS = s.TextSelector(s.TextSelectorConfig(multiple=True))
SECRET = s.TextSelector(s.TextSelectorConfig(type=s.TextSelectorType.PASSWORD))
PEM = s.TextSelector(s.TextSelectorConfig(multiline=True))
ADVANCED = vol.Schema(
    {
        vol.Optional(CONF_ALTERNATE_URLS): TEXTS,
        vol.Optional(CONF_CLIENT_ID): TEXT,
        vol.Optional(CONF_PROTOCOL, default=PROTOCOL_AUTO): _choice(CHOICES, "protocol"),
        vol.Optional(CONF_KEEPALIVE, default=DEFAULT_KEEPALIVE): _number(5, 1160, "s"),
        vol.Optional(CONF_SESSION_EXPIRY, default=DEFAULT_SESSION_EXPIRY): _number(
            0, LONGEST_SESSION_EXPIRY, "s"
        ),
        vol.Optional(CONF_MAXIMUM_QOS, default=DEFAULT_MAXIMUM_QOS): _number(0, 2),
        vol.Optional(CONF_SUBPROTOCOL, default=SUBPROTOCOL): _choice(
            (SUBPROTOCOL, "mqttv3.1", NO_SUBPROTOCOL), custom_value=True
        ),
        vol.Optional(CONF_HEADERS): s.ObjectSelector(),
        vol.Optional(CONF_VERIFY_SSL, default=True): s.BooleanSelector(),
        vol.Optional(CONF_SERVER_NAME): TEXT,
        vol.Optional(CONF_CA_CERTIFICATE): PEM,
        vol.Optional(CONF_CLIENT_CERTIFICATE): PEM,
        vol.Optional(CONF_CLIENT_KEY): PEM,
    }
)
USER = vol.Schema(
    {
        vol.Required(CONF_URL): TEXT,
        vol.Optional(CONF_USERNAME): TEXT,
        vol.Optional(CONF_PASSWORD): SECRET,
        vol.Optional(CONF_PREFIX, default=DEFAULT_PREFIX): TEXT,
        # Without a default: the frontend would take it, and nothing of what is suggested within.
        vol.Optional(CONF_ADVANCED): section(ADVANCED, {"collapsed": True}),
    }
)
REAUTH = vol.Schema(
    {
        vol.Optional(CONF_USERNAME): TEXT,
        vol.Optional(CONF_PASSWORD): SECRET,
        vol.Optional(CONF_HEADERS): s.ObjectSelector(),
    }
)
REAUTH_WITH_CERTIFICATE = REAUTH.extend(
    {vol.Optional(CONF_CLIENT_CERTIFICATE): PEM, vol.Optional(CONF_CLIENT_KEY): PEM}
)
OPTIONS = vol.Schema(
    {
        vol.Optional(name, default=getattr(USUAL, name)): field
        for name, field in {
            "heartbeat": _number(1, 86400, "s"),
            "most_chambers": _number(1, 10000),
            "full_chambers": _number(0, 10000),
            "resolution": _number(0, 5, "°C", 0.01),
            "minimum_interval": _number(0, 3600, "s", 0.1),
            "record_days": _number(1, 3650, "d"),
            "record_years": _number(1, 30),
            "record_megabytes": _number(64, 1024 * 1024, "MB"),
        }.items()
    }
)
ERRORS = {
    Cause.CANNOT_RESOLVE: "cannot_resolve",
    Cause.CONNECTION_REFUSED: "connection_refused",
    Cause.TIMEOUT: "timeout",
    Cause.SILENT: "timeout",
    Cause.TLS_FAILED: "tls_failed",
    Cause.NOT_WEBSOCKET: "not_websocket",
    Cause.WRONG_PATH: "wrong_path",
    Cause.INVALID_AUTH: "invalid_auth",
    Cause.NOT_AUTHORIZED: "not_authorized",
    Cause.INVALID_CLIENT_ID: "invalid_client_id",
    Cause.TAKEN_OVER: "invalid_client_id",
    Cause.UNSUPPORTED_PROTOCOL: "unsupported_protocol",
    Cause.PROTOCOL_ERROR: "unsupported_protocol",
    Cause.TOO_LARGE: "unsupported_protocol",
    Cause.UNAVAILABLE: "unavailable",
}
INVALID: Mapping[type[InvalidSettings], str] = {
    endpoint.InvalidUrl: "invalid_url",
    InvalidHeaders: "invalid_headers",
    InvalidCertificate: "invalid_certificate",
    InvalidServerName: "invalid_server_name",
    InvalidSubprotocol: "invalid_subprotocol",
}


def error_key(failure: Failure, *, has_password: bool) -> str:
    """The form's error for a failure.

    Some brokers answer a bad password, or a version of MQTT they do not speak, by hanging up.
    """
    if failure.cause is Cause.NO_GREETING:
        return "invalid_auth" if has_password else "unsupported_protocol"
    return ERRORS.get(failure.cause, "unknown")


def error_detail(failure: Failure) -> str:
    """What the form says of a failure; where the cause is a guess, that it is one."""
    if failure.cause is Cause.NO_GREETING:
        return f"the broker hung up without a word, and the reason is a guess ({failure.detail})"
    return failure.detail or failure.cause.value


def whole(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the whole form, as the entry keeps them; a section that was not sent has its defaults."""
    advanced = ADVANCED(user_input.get(CONF_ADVANCED, {}))
    return flattened({**user_input, CONF_ADVANCED: advanced})


def flattened(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the form and of its section, as the entry keeps them; what was left empty is left out."""
    fields = {**user_input, **user_input.get(CONF_ADVANCED, {})}
    fields.pop(CONF_ADVANCED, None)
    if CONF_ALTERNATE_URLS in fields:
        fields[CONF_ALTERNATE_URLS] = [
            text.strip() for text in fields[CONF_ALTERNATE_URLS] if text.strip()
        ]
    for name in NUMBERS.keys() & fields.keys():
        fields[name] = int(fields[name])
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}


# What an entry's own forms show of it, and what they leave as it is


def reauth_schema(data: Mapping[str, Any]) -> vol.Schema:
    """The form that asks for new credentials; for a certificate only where there is one."""
    return REAUTH_WITH_CERTIFICATE if CONF_CLIENT_CERTIFICATE in data else REAUTH


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """The whole form, and a way to remove the secrets that are there: an empty field keeps them."""
    there = [name for name in HIDDEN if data.get(name)]
    if any("?" in url for url in _addresses(data)):
        there.append(QUERY)
    if not there:
        return USER
    return USER.extend({vol.Optional(CONF_REMOVE): _choice(there, CONF_REMOVE, multiple=True)})


def echoed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry as its form shows them: no secret comes out of it."""
    fields = {name: value for name, value in data.items() if name not in HIDDEN}
    fields[CONF_URL] = _without_query(data.get(CONF_URL, ""))
    fields[CONF_ALTERNATE_URLS] = [
        _without_query(text) for text in data.get(CONF_ALTERNATE_URLS, ())
    ]
    return {**fields, CONF_ADVANCED: fields}


def merged(old: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's data after its form was filled in: secrets that were left empty stay, unless they are to be removed.

    So does what no form shows. A password goes with its username, a key with its certificate.
    """
    data = whole(user_input)
    removed: Collection[str] = data.pop(CONF_REMOVE, ())
    owners = {CONF_PASSWORD: CONF_USERNAME, CONF_CLIENT_KEY: CONF_CLIENT_CERTIFICATE}
    for name in HIDDEN:
        owned = name not in owners or owners[name] in data
        if name in old and name not in removed and owned:
            data.setdefault(name, old[name])
    data |= {name: old[name] for name in SHOWN_NOWHERE if name in old}
    if is_generated(old.get(CONF_CLIENT_ID, "")):
        data.setdefault(CONF_CLIENT_ID, old[CONF_CLIENT_ID])
    if QUERY not in removed:
        known = {_without_query(text): text for text in _addresses(old)}
        data[CONF_URL] = known.get(data[CONF_URL], data[CONF_URL])
        if CONF_ALTERNATE_URLS in data:
            data[CONF_ALTERNATE_URLS] = [
                known.get(text, text) for text in data[CONF_ALTERNATE_URLS]
            ]
    return data


def _addresses(data: Mapping[str, Any]) -> list[str]:
    return [*data.get(CONF_ALTERNATE_URLS, ()), data.get(CONF_URL, "")]


def _without_query(text: str) -> str:
    """The url as a form shows it; one that cannot be read is not shown, since who knows what is in it."""
    try:
        return endpoint.shown(endpoint.parse(text))
    except endpoint.InvalidUrl:
        return ""
