"""The configuration flow: one url decides.

It connects and subscribes before it makes an entry, and names what is wrong.
"""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_HEADERS,
    CONF_PASSWORD,
    CONF_PROTOCOL,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector as s

from . import endpoint
from .chamber.freshness import DEFAULT_HEARTBEAT
from .chamber.topics import DEFAULT_PREFIX, PREFIX
from .connection import InvalidCertificate, InvalidHeaders, async_prepare, greeting, new_client_id
from .const import (
    CONF_ADVANCED,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_KEEPALIVE,
    CONF_PREFIX,
    CONF_SPOKEN_PROTOCOL,
    DEFAULT_KEEPALIVE,
    DEFAULT_MOST_CHAMBERS,
    DOMAIN,
    OPTION_HEARTBEAT,
    OPTION_MOST_CHAMBERS,
    PROTOCOL_AUTO,
)
from .link.errors import Cause, Failure, LinkError
from .link.packets import Version
from .link.retry import CHOICES
from .link.trial import attempt

TEXT = s.TextSelector()
SECRET = s.TextSelector(s.TextSelectorConfig(type=s.TextSelectorType.PASSWORD))
PEM = s.TextSelector(s.TextSelectorConfig(multiline=True))
ADVANCED = vol.Schema(
    {
        vol.Optional(CONF_CLIENT_ID): TEXT,
        vol.Optional(CONF_PROTOCOL, default=PROTOCOL_AUTO): s.SelectSelector(
            s.SelectSelectorConfig(
                options=list(CHOICES),
                translation_key="protocol",
                mode=s.SelectSelectorMode.DROPDOWN,
            )
        ),
        vol.Optional(CONF_KEEPALIVE, default=DEFAULT_KEEPALIVE): s.NumberSelector(
            s.NumberSelectorConfig(
                min=5, max=1160, step=1, unit_of_measurement="s", mode=s.NumberSelectorMode.BOX
            )
        ),
        vol.Optional(CONF_HEADERS): s.ObjectSelector(),
        vol.Optional(CONF_VERIFY_SSL, default=True): s.BooleanSelector(),
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
        vol.Optional(CONF_ADVANCED, default=dict): section(ADVANCED, {"collapsed": True}),
    }
)
OPTIONS = vol.Schema(
    {
        vol.Optional(OPTION_HEARTBEAT, default=DEFAULT_HEARTBEAT): s.NumberSelector(
            s.NumberSelectorConfig(
                min=1, max=86400, step=1, unit_of_measurement="s", mode=s.NumberSelectorMode.BOX
            )
        ),
        vol.Optional(OPTION_MOST_CHAMBERS, default=DEFAULT_MOST_CHAMBERS): s.NumberSelector(
            s.NumberSelectorConfig(min=1, max=10000, step=1, mode=s.NumberSelectorMode.BOX)
        ),
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
    Cause.UNSUPPORTED_PROTOCOL: "unsupported_protocol",
    Cause.PROTOCOL_ERROR: "unsupported_protocol",
    Cause.TOO_LARGE: "unsupported_protocol",
    Cause.UNAVAILABLE: "unavailable",
}


def error_key(failure: Failure, *, has_password: bool) -> str:
    """The form's error for a failure.

    Some brokers answer a bad password, or a version of MQTT they do not speak, by hanging up.
    """
    if failure.cause is Cause.NO_GREETING:
        return "invalid_auth" if has_password else "unsupported_protocol"
    return ERRORS.get(failure.cause, "connection_refused")


def flattened(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the form and of its section, as the entry keeps them; what was left empty is left out."""
    fields = {**user_input, **user_input.get(CONF_ADVANCED, {})}
    fields.pop(CONF_ADVANCED, None)
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


class ChamberConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks where the broker is."""

    VERSION = 1
    MINOR_VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """The options of an entry."""
        return ChamberOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """One form: url, login, prefix, and what few need in a section of its own."""
        errors: dict[str, str] = {}
        placeholders = {
            "example_ws": "ws://192.168.1.20:9001/mqtt",
            "example_wss": "wss://broker.example/mqtt",
        }
        if user_input is not None:
            data = flattened(user_input)
            errors, detail = await self._problem(data)
            placeholders["detail"] = detail
            if not errors:
                return self.async_create_entry(
                    title=endpoint.parse(data[CONF_URL]).host or DOMAIN, data=data
                )
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(USER, user_input or {}),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _problem(self, data: dict[str, Any]) -> tuple[dict[str, str], str]:
        """What is wrong with the fields, and its detail; completes them with what the trial found out."""
        if not PREFIX.fullmatch(data.get(CONF_PREFIX, "")):
            return {CONF_PREFIX: "invalid_prefix"}, ""
        try:
            connection = await async_prepare(self.hass, data)
        except endpoint.InvalidUrl as error:
            return {"base": "invalid_url"}, str(error)
        except InvalidHeaders:
            return {"base": "invalid_headers"}, ""
        except InvalidCertificate as error:
            return {"base": "invalid_certificate"}, str(error)
        await self.async_set_unique_id(endpoint.identity(connection.url, connection.prefix))
        self._abort_if_unique_id_configured()
        protocol = data.get(CONF_PROTOCOL, PROTOCOL_AUTO)
        try:
            version: Version = await attempt(
                connection.dials[0],
                connection.settings,
                greeting(connection.prefix),
                protocol,
                connection.dials[1:],
            )
        except LinkError as error:
            key = error_key(error.failure, has_password=CONF_PASSWORD in data)
            return {"base": key}, error.failure.detail
        data.setdefault(CONF_CLIENT_ID, new_client_id())
        data[CONF_KEEPALIVE] = int(data.get(CONF_KEEPALIVE, DEFAULT_KEEPALIVE))
        data[CONF_SPOKEN_PROTOCOL] = version.value
        return {}, ""


class ChamberOptionsFlow(OptionsFlowWithReload):
    """When a silent chamber counts as stale, and how many chambers are admitted."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """One form."""
        if user_input is not None:
            return self.async_create_entry(
                data={name: int(value) for name, value in user_input.items()}
            )
        schema = self.add_suggested_values_to_schema(OPTIONS, self.config_entry.options)
        return self.async_show_form(step_id="init", data_schema=schema)
