"""The gateway's file: read whole, or refused with every mistake named by key and line."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..chamber.fields import MOST_PARTS
from ..chamber.model import STATE_FIELDS, Kind
from ..config import anchored, broker_contradictions
from ..settings.file import content, understood
from . import templates
from .settings import SLOT, GatewayConfig, ModeSource, NodeConfig, Switch


def load(path: Path) -> GatewayConfig:
    """Read the file at `path`. Raises `ConfigError` with every problem in it."""
    return parse(content(path), path.parent)


def parse(text: str, folder: Path) -> GatewayConfig:
    """Read a configuration; its relative paths start at `folder`. Raises `ConfigError`."""
    config = understood(GatewayConfig, text, _contradictions)
    return replace(
        config,
        broker=anchored(config.broker, folder),
        gateway=anchored(config.gateway, folder),
        local=anchored(config.local, folder),
    )


def _contradictions(config: GatewayConfig) -> Iterator[str]:
    yield from broker_contradictions(config.broker)
    if config.local.password_file and not config.local.username:
        yield "local.password_file: needs local.username beside it"
    if not config.nodes:
        yield "nodes: the list is empty, expected at least one [[nodes]]"
    for key in ("id", "match"):
        named = [getattr(node, key) for node in config.nodes]
        for index, name in enumerate(named):
            if name is not None and name in named[:index]:
                yield f'nodes[{index}].{key}: "{name}" is another table\'s already'
    for index, node in enumerate(config.nodes):
        for problem in _node(node):
            yield f"nodes[{index}].{problem}"


def _node(node: NodeConfig) -> Iterator[str]:
    if (node.id is None) is (node.match is None):
        yield 'match: give either "match" for many nodes, or "id" for one'
    yield from _topics(node)
    limits = node.limits
    if limits.min >= limits.max:
        yield f"limits.min: {limits.min:g} °C is not below limits.max, {limits.max:g} °C"
    if limits.step <= 0:
        yield f"limits.step: {limits.step:g} K, expected more than 0"
    if not node.stale <= node.silent:
        yield f"silent_after: {node.silent:g} s is shorter than stale_after, {node.stale:g} s"
    for kind in Kind:
        if len(node.parts(kind)) > MOST_PARTS:
            yield f"{kind}s: {len(node.parts(kind))} parts, expected at most {MOST_PARTS}"
    for name in STATE_FIELDS & node.probes.keys():
        yield f"probes.{name}: this is the name of a field of every sample, expected another"
    for key, source in node.sources():
        if isinstance(source, Switch):
            yield from _words(key, source)
    yield from _commands(node)


def _topics(node: NodeConfig) -> Iterator[str]:
    """A table for many nodes needs the level that tells them apart in every topic; one for one has none."""
    many = node.match is not None
    orders = {"commands.setpoint": node.commands.setpoint, "commands.mode": node.commands.mode}
    topics = {f"{key}.topic": source.topic for key, source in node.sources()}
    topics |= {f"{key}.topic": order.topic for key, order in orders.items() if order}
    for key, topic in topics.items():
        if many and SLOT not in topic.split("/"):
            yield f'{key}: "{topic}" names no node, expected {SLOT} as one of its levels'
        elif not many and SLOT in topic:
            yield f"{key}: {SLOT} is for tables with match, expected the topic itself"
    if node.match and node.match.replace("+", SLOT) not in topics.values():
        yield f'match: no value of this table comes from "{node.match}", expected one that does'


def _words(key: str, source: Switch) -> Iterator[str]:
    on, off = ({word.casefold() for word in words} for words in (source.on, source.off))
    if both := on & off:
        yield f'{key}.on: "{min(both)}" means on and off, expected lists that share no word'


def _commands(node: NodeConfig) -> Iterator[str]:
    said = {source.topic for _, source in node.sources()}
    for name in ("setpoint", "mode"):
        order, echo = getattr(node.commands, name), getattr(node, name)
        if order is None:
            continue
        key = f"commands.{name}"
        if echo is None:
            yield f"{key}: needs the value {name} beside it, which confirms what was asked"
        if order.topic in said and not order.shared:
            yield (
                f"{key}.topic: the value {name} comes from there, so that an echo could not be told from the command, "
                "expected another; or shared = true where the node has one topic for both"
            )
        for field in templates.unknown(order):
            known = " or ".join(f"{{{one}}}" for one in sorted(templates.FIELDS[type(order)]))
            yield f"{key}.payload: {{{field}}} is no field, expected {known}"
        if getattr(order, "scale", 1.0) == 0:
            yield f"{key}.scale: 0, expected another number"
    if isinstance(node.mode, ModeSource) and node.commands.mode and node.mode.words:
        missing = set(node.modes) - set(node.mode.words.values())
        for mode in sorted(missing):
            yield f'mode.words: no word says "{mode}", which modes offers'
