"""The configuration flow: one url decides.

It connects and subscribes before it makes or changes an entry, and names what is wrong.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, override

import voluptuous as vol
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_PASSWORD, CONF_PROTOCOL, CONF_URL
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from . import endpoint
from .chamber.topics import DEFAULT_PREFIX, PREFIX
from .config_form import (
    INVALID,
    NUMBERS,
    OPTIONS,
    USER,
    echoed,
    error_detail,
    error_key,
    flattened,
    merged,
    reauth_schema,
    reconfigure_schema,
    whole,
)
from .connection import Connection, async_prepare, async_try, is_generated, new_client_id
from .const import CONF_PREFIX, CONF_SPOKEN_PROTOCOL, DOMAIN, PROTOCOL_AUTO, SUBENTRY_CHAMBER
from .errors import InvalidSettings
from .link.errors import LinkError
from .link.packets import Version
from .mapping.flow import MappingFlow
from .options import Options
from .runtime import ChamberConfigEntry

EXAMPLES = {
    "example_ws": "ws://192.168.1.20:9001/mqtt",
    "example_wss": "wss://broker.example/mqtt",
}
BY_HAND = frozenset({SOURCE_USER, SOURCE_RECONFIGURE})


class ChamberConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks where the broker is, and again when that, or who we are to it, has changed."""

    VERSION = 1
    MINOR_VERSION = 1

    _found: endpoint.Found | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """The options of an entry."""
        return ChamberOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, _config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Chambers that do not speak the contract."""
        return {SUBENTRY_CHAMBER: MappingFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """One form: url, login, prefix, and what few need in a section of its own."""
        if user_input is None:
            return self._form("user", USER, {})
        return await self._made("user", user_input)

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """A broker announces itself. Anybody can: what it says is checked, and the user is asked."""
        try:
            self._found = found = endpoint.discovered(discovery_info)
        except InvalidSettings as error:
            return self.async_abort(
                reason="invalid_discovery", description_placeholders={"detail": str(error)}
            )
        await self.async_set_unique_id(found.identity)
        self._abort_if_unique_id_configured()
        if found.identities & self._async_current_ids():
            return self.async_abort(reason="already_configured")
        self.context["title_placeholders"] = {"name": found.name}
        return await self.async_step_zeroconf_confirm()

    async def async_step_zeroconf_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """The same form, with what the broker says of itself filled in."""
        found = self._found
        assert found is not None
        if user_input is None:
            shown = {CONF_URL: found.url, CONF_PREFIX: found.prefix}
            return self._form("zeroconf_confirm", USER, shown)
        return await self._made("zeroconf_confirm", user_input)

    async def async_step_reauth(self, _data: Mapping[str, Any]) -> ConfigFlowResult:
        """The broker does not let us in any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who we are; what is left empty stays as it is."""
        entry: ChamberConfigEntry = self._get_reauth_entry()
        schema = reauth_schema(entry.data)
        if user_input is None:
            return self._form("reauth_confirm", schema, echoed(entry.data))
        data = {**entry.data, **flattened(user_input)}
        return await self._changed("reauth_confirm", schema, user_input, entry, data)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """The whole form; the entities stay, wherever the broker went."""
        entry: ChamberConfigEntry = self._get_reconfigure_entry()
        schema = reconfigure_schema(entry.data)
        if user_input is None:
            return self._form("reconfigure", schema, echoed(entry.data))
        data = merged(entry.data, user_input)
        return await self._changed("reconfigure", schema, user_input, entry, data)

    async def _made(self, step_id: str, user_input: dict[str, Any]) -> ConfigFlowResult:
        """The entry, or the form that says why there is none."""
        data = whole(user_input)
        errors, detail = await self._problem(data)
        if errors:
            return self._form(step_id, USER, user_input, errors, detail)
        names = ((self._found.name,) if self._found else ()) + _names_of(data)
        return self.async_create_entry(title=self._title(names), data=data)

    async def _changed(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: dict[str, Any],
        entry: ChamberConfigEntry,
        data: dict[str, Any],
    ) -> ConfigFlowResult:
        """The changed entry, loaded anew, or the form that says why it stays as it is."""
        errors, detail = await self._problem(data, entry)
        if errors:
            return self._form(step_id, schema, user_input, errors, detail)
        was_named_by_address = entry.title in _names_of(entry.data)
        after = endpoint.parse(data[CONF_URL])
        result = self.async_update_and_abort(
            entry,
            unique_id=endpoint.identity(after, data[CONF_PREFIX]),
            title=self._title(_names_of(data), entry) if was_named_by_address else entry.title,
            data=data,
        )
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    def _title(self, names: tuple[str, ...], entry: ChamberConfigEntry | None = None) -> str:
        """The first of these names that no other entry has."""
        entries = self.hass.config_entries.async_entries(DOMAIN)
        taken = {other.title for other in entries if other is not entry}
        return next((name for name in names if name not in taken), names[-1])

    def _form(
        self,
        step_id: str,
        schema: vol.Schema,
        shown: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        detail: str = "",
    ) -> ConfigFlowResult:
        placeholders = {**EXAMPLES, "detail": detail}
        if self._found is not None:
            placeholders |= {"broker": self._found.name, "url": self._found.url}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _problem(
        self, data: dict[str, Any], entry: ChamberConfigEntry | None = None
    ) -> tuple[dict[str, str], str]:
        """What is wrong with the fields, and its detail; completes them with what the trial found out."""
        if not PREFIX.fullmatch(data.get(CONF_PREFIX, "")):
            return {CONF_PREFIX: "invalid_prefix"}, ""
        try:
            connection = await async_prepare(self.hass, data)
        except InvalidSettings as error:
            return {"base": INVALID[type(error)]}, str(error)
        try:
            await self._claim(endpoint.identity(connection.url, connection.prefix), entry)
            protocol = data.get(CONF_PROTOCOL, PROTOCOL_AUTO)
            version = await self._version(connection, protocol, entry)
        except LinkError as error:
            key = error_key(error.failure, has_password=CONF_PASSWORD in data)
            return {"base": key}, error_detail(error.failure)
        finally:
            connection.close()
        data.setdefault(CONF_CLIENT_ID, new_client_id())
        for name, default in NUMBERS.items():
            data.setdefault(name, default)
        data[CONF_SPOKEN_PROTOCOL] = version.value
        return {}, ""

    async def _claim(self, identity: str, entry: ChamberConfigEntry | None) -> None:
        """Abort where another entry, or another form just now, has this broker; a discovery of it makes room."""
        if entry is not None:
            owner = self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, identity)
            if owner not in (None, entry):
                raise AbortFlow("already_configured")
            return
        others = self._async_in_progress(
            include_uninitialized=True, match_context={"unique_id": identity}
        )
        if any(flow["context"]["source"] in BY_HAND for flow in others):
            raise AbortFlow("already_in_progress", translation_domain=HOMEASSISTANT_DOMAIN)
        await self.async_set_unique_id(identity, raise_on_progress=False)
        self._abort_if_unique_id_configured()

    async def _version(
        self, connection: Connection, protocol: str, entry: ChamberConfigEntry | None
    ) -> Version:
        """The version of MQTT that works. Brokers allow one connection per client id, and the entry's may be up."""
        client_id = connection.settings.client_id
        if entry is None or entry.data.get(CONF_CLIENT_ID) != client_id:
            return await async_try(connection, protocol)
        if is_generated(client_id):
            return await async_try(connection, protocol, new_client_id())
        async with _standing_aside(self.hass, entry):
            return await async_try(connection, protocol)


def _names_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    return endpoint.names_of(data.get(CONF_URL, ""), data.get(CONF_PREFIX, DEFAULT_PREFIX))


@asynccontextmanager
async def _standing_aside(hass: HomeAssistant, entry: ChamberConfigEntry) -> AsyncIterator[None]:
    """Let a trial have the client id of the entry's link, which comes back when the trial fails."""
    loaded = entry.state is ConfigEntryState.LOADED
    if not loaded or not entry.runtime_data.coordinator.connected:
        yield
        return
    await entry.runtime_data.coordinator.stop()
    try:
        yield
    except BaseException:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        raise


class ChamberOptionsFlow(OptionsFlow):
    """When silent chambers are stale, how many are admitted, how sparingly written and how long recorded."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """One form."""
        if user_input is not None:
            return self.async_create_entry(data=asdict(Options.of(user_input)))
        schema = self.add_suggested_values_to_schema(OPTIONS, self.config_entry.options)
        return self.async_show_form(step_id="init", data_schema=schema)
