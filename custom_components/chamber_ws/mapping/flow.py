"""The wizard that maps a chamber: it listens first, proposes, tries, shows what would be shown, and then saves."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.template import Template

from ..chamber.topics import DEFAULT_PREFIX
from ..const import CONF_PREFIX
from ..runtime import ChamberConfigEntry
from . import preview, reading
from .desk import renderer
from .ear import ListeningRefused, async_listen
from .form import DEFAULT_SECONDS, FILTER, LISTEN, SECONDS, kept, schema
from .leaves import Heard
from .payloads import is_template
from .proposal import propose
from .table import BadMapping, Table

TRY_SECONDS = DEFAULT_SECONDS
RECALL_SECONDS = 2.0
FITTING = re.compile(r"(([^+#/\0]*|\+)/)*([^+#/\0]*|\+|#)")
"""A topic filter (MQTT 5, section 4.7.1)."""
DEFAULT_NAME = "Chamber"


class MappingFlow(ConfigSubentryFlow):
    """Maps one chamber, or maps it anew."""

    def __init__(self) -> None:
        self._heard: dict[str, Heard] = {}
        self._fields: dict[str, Any] = {}
        self._table: Table | None = None
        self._shown = ""

    @property
    def _entry(self) -> ChamberConfigEntry:
        entry: ChamberConfigEntry = self._get_entry()
        return entry

    @property
    def _prefix(self) -> str:
        prefix: str = self._entry.data.get(CONF_PREFIX, DEFAULT_PREFIX)
        return prefix

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Where to listen, and for how long; after no seconds the form is empty."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        detail = ""
        if user_input is not None:
            errors, detail = await self._listened(user_input)
            if not errors:
                return await self.async_step_map()
        shown = user_input or {FILTER: self._usual_filter()}
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(LISTEN, shown),
            errors=errors,
            description_placeholders={"detail": detail},
        )

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """The form as it was filled in, and what is said on its topics now."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        subentry = self._get_reconfigure_subentry()
        self._fields = {**subentry.data, reading.NAME: subentry.title}
        await self._recall()
        return await self.async_step_map()

    async def async_step_map(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Which topic means what; the proposal is the user's to correct."""
        errors: dict[str, str] = {}
        detail = ""
        if user_input is not None:
            self._fields = kept(user_input)
            try:
                self._table = self._read()
                await self._try(self._table)
            except BadMapping as error:
                errors, detail = {"base": error.key}, error.detail
            else:
                return await self.async_step_try()
        return self.async_show_form(
            step_id="map",
            data_schema=self.add_suggested_values_to_schema(schema(self._heard), self._fields),
            errors=errors,
            description_placeholders={"heard": preview.listed(self._heard), "detail": detail},
        )

    async def async_step_try(self, _user_input: None = None) -> SubentryFlowResult:
        """What would be shown: save it, or correct the mapping."""
        return self.async_show_menu(
            step_id="try",
            menu_options=["save", "map"],
            description_placeholders={"shown": self._shown},
        )

    async def async_step_save(self, _user_input: None = None) -> SubentryFlowResult:
        """The chamber is there from now on."""
        assert self._table is not None
        title, unique_id = self._table.name, _unique_id(self._table)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._entry,
                self._get_reconfigure_subentry(),
                title=title,
                data=self._fields,
                unique_id=unique_id,
            )
        return self.async_create_entry(title=title, data=self._fields, unique_id=unique_id)

    def _usual_filter(self) -> str:
        """All there is, or the part of the tree in which this entry's chambers are."""
        root, separator, _rest = self._prefix.partition("/")
        return f"{root}/#" if separator else "#"

    async def _listened(self, user_input: Mapping[str, Any]) -> tuple[dict[str, str], str]:
        """Hear and propose; what is wrong, and its detail."""
        topic_filter, seconds = user_input[FILTER].strip(), float(user_input[SECONDS])
        self._fields = {reading.NAME: DEFAULT_NAME}
        if not topic_filter or not FITTING.fullmatch(topic_filter):
            return {FILTER: "bad_filter"}, ""
        if not seconds:
            return {}, ""
        coordinator = self._entry.runtime_data.coordinator
        if not coordinator.connected:
            return {"base": "not_connected"}, ""
        try:
            self._heard = await async_listen(coordinator, self._prefix, [topic_filter], seconds)
        except ListeningRefused as error:
            return {"base": "refused"}, str(error)
        if not self._heard:
            return {"base": "nothing_heard"}, topic_filter
        self._fields = propose(self._heard, DEFAULT_NAME)
        return {}, ""

    async def _recall(self) -> None:
        """Hear what is mapped, and no more: nobody was asked about a wider filter."""
        coordinator = self._entry.runtime_data.coordinator
        with suppress(BadMapping, ListeningRefused):
            topics = set(reading.read(self._fields, self._prefix).topics)
            if coordinator.connected:
                self._heard = await async_listen(
                    coordinator, self._prefix, sorted(topics), RECALL_SECONDS, topics
                )

    def _read(self) -> Table:
        """The table that the form makes. Raises `BadMapping`."""
        table = reading.read(self._fields, self._prefix)
        for text in _templates(table):
            try:
                Template(text, self.hass).ensure_valid()
            except TemplateError as error:
                raise BadMapping("bad_template", f"{text[:80]}: {error}") from None
        others = {
            subentry.unique_id
            for subentry_id, subentry in self._entry.subentries.items()
            if self.source != SOURCE_RECONFIGURE or subentry_id != self._reconfigure_subentry_id
        }
        if _unique_id(table) in others:
            raise BadMapping("already_mapped", table.sources[reading.TEMPERATURE].topic)
        return table

    async def _try(self, table: Table) -> None:
        """Read what the chamber says. Raises `BadMapping` where its temperature cannot be read."""
        coordinator = self._entry.runtime_data.coordinator
        missing = set(table.topics) - self._heard.keys()
        if missing and coordinator.connected:
            try:
                self._heard |= await async_listen(
                    coordinator, self._prefix, sorted(missing), TRY_SECONDS, missing
                )
            except ListeningRefused as error:
                raise BadMapping("refused", str(error)) from None
        render = renderer(self.hass)
        temperature = table.sources[reading.TEMPERATURE]
        if (why := preview.unreadable(temperature, self._heard, render)) is not None:
            raise BadMapping("unreadable", why)
        self._shown = preview.shown(table, self._heard, render)


def _unique_id(table: Table) -> str:
    temperature = table.sources[reading.TEMPERATURE]
    return " ".join(filter(None, (temperature.topic, temperature.read)))


def _templates(table: Table) -> Iterator[str]:
    for source in table.sources.values():
        if is_template(source.read):
            yield source.read
    for order in (table.setpoint, table.mode):
        if order is not None and order.template:
            yield order.template
