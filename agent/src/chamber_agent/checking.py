"""`chamber-agent check`: is the broker reachable, does every sensor answer, does every actuator move?"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar

from .agent import Access, settings
from .chamber.judgement import CONTROL
from .chamber.model import Quality
from .chamber.topics import heard_by_gateway
from .config import AgentConfig, ChamberConfig
from .errors import HardwareError
from .exercise import duration, exercise, moves
from .hardware import Contact, Drive, Meter, Rig, Thermometer, rigs
from .hardware.wired import Bench
from .link import trial
from .link.errors import LinkError
from .link.packets import Greeting, Subscription
from .loop import driven
from .safe import at_rest
from .sensing import ANSWER_WITHIN, Track, judge
from .speech.advice import ADVICE
from .state_folder import StateFolder

T = TypeVar("T")


class Means(NamedTuple):
    """What a check is done with."""

    may_move: Callable[[str], Awaitable[str]]
    """Asks whether actuators may move; returns why not, or an empty text."""
    sensors: Callable[[ChamberConfig], Rig]
    """Takes a chamber's sensors alone: an agent may be running."""
    everything: Callable[[ChamberConfig], Rig]
    safe: Callable[[ChamberConfig], Drive]
    """What a chamber's actuators do while nobody controls it."""


class Finding(NamedTuple):
    """One thing that was tried, how it went (None: it was left out), and a line about it."""

    good: bool | None
    text: str


class Consent(NamedTuple):
    """Whether actuators may move: never, always, or when somebody is asked."""

    folder: StateFolder
    never: bool = False
    always: bool = False

    async def refusal(self, question: str) -> str:
        """Return why they may not move; an empty text where they may."""
        if self.never:
            return "--no-actuators"
        if self.folder.in_use():
            return "the agent runs: stop it first (systemctl stop chamber-agent)"
        if self.always:
            return ""
        if not sys.stdin.isatty():
            return "nobody can be asked here, --yes moves them unasked"
        answer = await asyncio.to_thread(input, f"{question} [y/N] ")
        return "" if answer.strip().lower() in {"y", "yes"} else "no was the answer"


def means(consent: Consent) -> Means:
    """Return what the hardware of this machine is checked with."""
    everything = partial(rigs.build, bench=Bench())
    return Means(
        may_move=consent.refusal,
        sensors=partial(everything, actuators=False),
        everything=everything,
        safe=lambda chamber: driven(chamber, at_rest(chamber, consent.folder)),
    )


async def findings(config: AgentConfig, access: Access, by: Means) -> AsyncIterator[Finding]:
    """Try everything; actuators only where nothing is against it."""
    yield await _broker(config, access)
    for chamber in config.chambers:
        async for finding in _chamber(chamber, by):
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


async def _chamber(chamber: ChamberConfig, by: Means) -> AsyncIterator[Finding]:
    known = False
    try:
        rig = by.sensors(chamber)
    except HardwareError as error:
        yield Finding(False, str(error))
    else:
        control, *others = await _sensed(rig)
        known = control.good is True
        for finding in (control, *others):
            yield finding
    async for finding in _actuators(chamber, known, by):
        yield finding


async def _sensed(rig: Rig) -> list[Finding]:
    """Return what every sensor says, the control probe first."""
    for _ in rig.pace(0.0):
        pass
    try:
        return list(await asyncio.gather(*_sensors(rig)))
    finally:
        await rig.close()


def _sensors(rig: Rig) -> Iterator[Awaitable[Finding]]:
    yield _probe(CONTROL, rig.thermometer)
    for name, thermometer in rig.probes.items():
        yield _probe(name, thermometer)
    if rig.door:
        yield _door(rig.door)
    if rig.meter:
        yield _meter(rig.meter)


async def _actuators(chamber: ChamberConfig, known: bool, by: Means) -> AsyncIterator[Finding]:
    names = ", ".join(move.name for move in moves(chamber))
    if not names:
        return
    took = f"{duration(chamber):g} s in all"
    if against := await by.may_move(f"{chamber.id}: switch on, one by one, {names} ({took})?"):
        yield Finding(None, f"{names}: not moved: {against}")
        return
    try:
        rig = by.everything(chamber)
    except HardwareError as error:
        yield Finding(False, str(error))
        return
    try:
        async for moved in exercise(chamber, rig, known, by.safe(chamber)):
            yield Finding(*moved)
    finally:
        await rig.close()


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
    except Exception as error:  # noqa: BLE001 - a library's mistake is a finding, and the others are tried
        return repr(error)
