"""`chamber-agent check`: is the broker reachable with this configuration, and does every sensor answer?"""

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

from .agent import Access, settings
from .chamber.model import Quality
from .chamber.topics import heard_by_gateway
from .config import AgentConfig, ChamberConfig
from .hardware import rigs
from .link import trial
from .link.errors import LinkError
from .link.packets import Greeting, Subscription
from .sensing import Reading, Sensed, sense
from .speech.advice import ADVICE


class Finding(NamedTuple):
    """One thing that was tried, how it went, and a line about it."""

    good: bool
    text: str


async def findings(config: AgentConfig, access: Access) -> AsyncIterator[Finding]:
    """Try everything that can be tried without moving an actuator."""
    yield await _broker(config, access)
    for chamber in config.chambers:
        for finding in await _chamber(chamber):
            yield finding


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


async def _chamber(chamber: ChamberConfig) -> list[Finding]:
    rig = rigs.build(chamber)
    for _ in rig.pace(0.0):
        _, sensed = await sense(rig, {}, 0.0)
    return [Finding(good, f"{chamber.id}: {text}") for good, text in _described(chamber, sensed)]


def _described(chamber: ChamberConfig, sensed: Sensed) -> Iterator[tuple[bool, str]]:
    for name, reading in {"temperature": sensed.temperature, **sensed.probes}.items():
        yield _probe(name, reading)
    if chamber.door:
        yield sensed.door is not None, f"door: {_DOOR[sensed.door]}"
    if chamber.power:
        shown = "no answer" if sensed.power is None else f"{sensed.power:.1f} W"
        yield sensed.power is not None, f"power: {shown}"


def _probe(name: str, reading: Reading) -> tuple[bool, str]:
    shown = "no value" if reading.value is None else f"{reading.value:.2f} °C"
    return reading.quality is Quality.OK, f"{name}: {shown} ({reading.quality})"


_DOOR = {True: "open", False: "closed", None: "no answer"}
