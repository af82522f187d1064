"""`chamber-agent check`: is the broker reachable, does every sensor answer, does every actuator move?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import NamedTuple, TypeVar

from .agent import Access, settings
from .chamber.model import Quality
from .chamber.topics import heard_by_gateway
from .config import AgentConfig, ChamberConfig
from .errors import HardwareError
from .exercise import exercise, moves
from .hardware import Contact, Meter, Rig, Thermometer
from .link import trial
from .link.errors import LinkError
from .link.packets import Greeting, Subscription
from .sensing import ANSWER_WITHIN, Track, judge
from .speech.advice import ADVICE

T = TypeVar("T")
Ask = Callable[[str], Awaitable[str]]
"""Asks whether actuators may move; returns why not, or an empty text."""


class Finding(NamedTuple):
    """One thing that was tried, how it went (None: it was left out), and a line about it."""

    good: bool | None
    text: str


async def findings(
    config: AgentConfig, access: Access, may_move: Ask, wire_up: Callable[[ChamberConfig], Rig]
) -> AsyncIterator[Finding]:
    """Try everything; actuators only where `may_move` has nothing against it."""
    yield await _broker(config, access)
    for chamber in config.chambers:
        async for finding in _chamber(chamber, may_move, wire_up):
            yield Finding(finding.good, f"{chamber.id}: {finding.text}")


async def _broker(config: AgentConfig, access: Access) -> Finding:
    """Connect and subscribe under another client id, so that a running agent is left alone."""
    broker, gateway = config.broker, config.gateway
    filters = heard_by_gateway(gateway.prefix, gateway.id)
    greeting = Greeting(tuple(Subscription(one, retained=False) for one in filters))
    who = settings(broker, f"chamber-agent-{gateway.id}-check", access.password)
    try:
        version = await trial.attempt(access.dials, who, greeting, broker.protocol)
    except LinkError as error:
        return Finding(False, f"{broker.url}: {error}. {ADVICE[error.failure.cause]}")
    return Finding(True, f"{broker.url}: connected and subscribed with MQTT {version.value}")


async def _chamber(
    chamber: ChamberConfig, may_move: Ask, wire_up: Callable[[ChamberConfig], Rig]
) -> AsyncIterator[Finding]:
    try:
        rig = wire_up(chamber)
    except HardwareError as error:
        yield Finding(False, str(error))
        return
    for _ in rig.pace(0.0):
        pass
    try:
        control = await _probe("temperature", rig.thermometer)
        yield control
        for finding in await asyncio.gather(*_sensors(rig)):
            yield finding
        async for finding in _actuators(chamber, rig, bool(control.good), may_move):
            yield finding
    finally:
        await rig.close()


def _sensors(rig: Rig) -> Iterator[Awaitable[Finding]]:
    for name, thermometer in rig.probes.items():
        yield _probe(name, thermometer)
    if rig.door:
        yield _door(rig.door)
    if rig.meter:
        yield _meter(rig.meter)


async def _actuators(
    chamber: ChamberConfig, rig: Rig, known: bool, may_move: Ask
) -> AsyncIterator[Finding]:
    planned = list(moves(chamber))
    if not planned:
        return
    names = ", ".join(move.name for move in planned)
    took = sum(move.seconds for move in planned)
    if against := await may_move(
        f"{chamber.id}: switch on, one by one, {names} ({took:g} s in all)?"
    ):
        yield Finding(None, f"{names}: not moved: {against}")
        return
    async for moved in exercise(chamber, rig, known):
        yield Finding(*moved)


async def _probe(name: str, thermometer: Thermometer) -> Finding:
    value = await _answer(thermometer.temperature())
    if isinstance(value, str):
        return Finding(False, f"{name}: {value}")
    _, reading = judge(Track(), value, 0.0)
    return Finding(reading.quality is Quality.OK, f"{name}: {value:.2f} °C ({reading.quality})")


async def _door(contact: Contact) -> Finding:
    value = await _answer(contact.is_open())
    shown = value if isinstance(value, str) else "open" if value else "closed"
    return Finding(not isinstance(value, str), f"door: {shown}")


async def _meter(meter: Meter) -> Finding:
    value = await _answer(meter.power())
    shown = value if isinstance(value, str) else f"{value:.1f} W"
    return Finding(not isinstance(value, str), f"power: {shown}")


async def _answer(asked: Awaitable[T]) -> T | str:
    """Return what a sensor says, or why it says nothing."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await asked
    except HardwareError as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {ANSWER_WITHIN:g} s"
