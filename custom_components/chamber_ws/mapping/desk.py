"""Where mapped chambers and the coordinator meet: messages become samples, commands become messages."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.template import Template

from ..chamber.errors import Code
from ..chamber.messages import Command, Reply, StateMessage, StatusMessage
from ..chamber.model import (
    Address,
    Chamber,
    Kind,
    Learned,
    Limits,
    Presence,
    Receipt,
    Sample,
    Status,
)
from ..commander import Route
from ..coordinator import Coordinator
from ..errors import Refused
from ..link.packets import Publication, Received
from .node import AVAILABILITY, Node
from .payloads import BadPayload, Flaw, read
from .table import Order, Source, Table

GATHER = 0.05
"""Seconds for which values are gathered that come one by one."""
QOS = 1


class Desk(Route):
    """One mapped chamber."""

    def __init__(
        self, hass: HomeAssistant, coordinator: Coordinator, address: Address, table: Table
    ) -> None:
        self.address = address
        self.table = table
        self._hass = hass
        self._coordinator = coordinator
        self._node = Node(table)
        self._fill_in = renderer(hass)
        self._sources: defaultdict[str, list[tuple[str, Source]]] = defaultdict(list)
        for key, source in table.sources.items():
            self._sources[source.topic].append((key, source))
        self._live = False
        self._waiting: asyncio.TimerHandle | None = None

    @property
    def chamber(self) -> Chamber:
        """The chamber as it is known before it says anything."""
        learned = Learned(
            **{f"{kind}s": len(self.table.parts(kind)) for kind in Kind},
            probes=frozenset(self.table.probes),
            fields=self.table.fields,
        )
        return Chamber(address=self.address, meta=self.table.meta, learned=learned)

    def close(self) -> None:
        """Make no sample of what still waits."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    # What the chamber says

    def hear(self, message: Received) -> None:
        """A message on one of the chamber's topics: what cannot be read is set aside and counted."""
        heard = False
        for key, source in self._sources[message.topic]:
            try:
                said = read(source, message.payload, self._fill_in)
            except BadPayload:
                self._coordinator.census.aside[self.address, key] += 1
                continue
            if key == AVAILABILITY:
                self._available(said, retained=message.retained)
            else:
                heard = True
                self._node.hear(key, said, time.monotonic(), retained=message.retained)
        if heard:
            self._live = self._live or not message.retained
            if self._waiting is None:
                self._waiting = self._hass.loop.call_later(GATHER, self._make_sample)

    def _available(self, said: bool | None, *, retained: bool) -> None:
        state = Presence.LOST if said is False else Presence.ONLINE
        message = StatusMessage(self.address.gateway, Status(state=state))
        self._coordinator.dispatch(message, Receipt(time.time(), time.monotonic(), retained))

    def _make_sample(self) -> None:
        self._waiting = None
        live, self._live = self._live and self._node.measures, False
        chamber = self._coordinator.census.chambers.get(self.address)
        if chamber is not None:
            now = time.monotonic()
            sample = self._node.sample(now, self._coordinator.census.heartbeat(chamber))
            at = Receipt(time.time(), now, retained=not live)
            self._coordinator.dispatch(StateMessage(self.address, sample), at)

    # What is asked of it

    @property
    def within(self) -> float:
        """The seconds in which the chamber shows what it was asked."""
        return self.table.confirm_within

    def publications(self, command: Command) -> list[Publication]:
        """A message for each wish. Raises `Refused`."""
        wishes: list[tuple[str, Order | None, Any]] = []
        if command.setpoint is not None:
            wishes.append(("setpoint", self.table.setpoint, command.setpoint))
        if command.mode is not None:
            wishes.append(("mode", self.table.mode, command.mode))
        if not wishes:
            raise _refused(command, Code.NOT_SUPPORTED, f"no command {command.do} is mapped")
        found = [self._publication(command, *wish) for wish in wishes]
        self._node.asked()
        return found

    def shows(self, sample: Sample, command: Command, limits: Limits) -> bool:
        """Whether the chamber said since then what was asked for."""
        return self._node.shows(sample, command, limits)

    def _publication(
        self, command: Command, name: str, order: Order | None, wish: Any
    ) -> Publication:
        if order is None:
            raise _refused(command, Code.NOT_SUPPORTED, f"no topic is mapped that sets the {name}")
        value = order.words[wish] if name == "mode" else _degrees(order, wish)
        try:
            payload = _payload(self._hass, order, value)
        except TemplateError as error:
            raise _refused(
                command, Code.BAD_VALUE, f"the template for the {name} fails: {error}"
            ) from error
        expiry = max(1, round(self.within))
        return Publication(order.topic, payload.encode(), qos=QOS, expiry=expiry)


def renderer(hass: HomeAssistant) -> Callable[[str, str], str]:
    """What fills in templates with a payload; each is compiled once."""
    compiled: dict[str, Template] = {}

    def fill_in(how: str, text: str) -> str:
        template = compiled.setdefault(how, Template(how, hass))
        try:
            said = template.async_render_with_possible_json_value(text, error_value=None)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise BadPayload(Flaw.TEMPLATE, str(error)) from None
        if not isinstance(said, str):
            raise BadPayload(Flaw.TEMPLATE, how)
        return said

    return fill_in


def _degrees(order: Order, celsius: float) -> float | int:
    """A setpoint in the chamber's unit; one without a fraction is a whole number, as most devices want it."""
    value = round(order.unit.from_celsius(celsius), 3)
    return int(value) if value.is_integer() else value


def _payload(hass: HomeAssistant, order: Order, value: object) -> str:
    if not order.template:
        return str(value)
    rendered = Template(order.template, hass).async_render({"value": value}, parse_result=False)
    return str(rendered)


def _refused(command: Command, code: Code, message: str) -> Refused:
    return Refused(Reply(id=command.id, status="rejected", code=code.value, message=message))


def fan_out(desks: list[Desk]) -> Callable[[Received], None]:
    """What takes a topic's messages for all chambers that it is mapped to."""
    return desks[0].hear if len(desks) == 1 else partial(_hear_all, desks)


def _hear_all(desks: list[Desk], message: Received) -> None:
    for desk in desks:
        desk.hear(message)
