"""Which node a topic belongs to, and which of its values it carries; nodes come into being as they are heard."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..chamber.fields import ID
from . import payloads
from .node import Node
from .payloads import Flaw, Reader
from .settings import SLOT, GatewayConfig, NodeConfig

MOST_TOPICS = 100_000
"""So many topics are remembered, ours or not; further ones are looked up anew."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Value(NamedTuple):
    """One value that a topic carries."""

    key: str
    read: Reader


class Route(NamedTuple):
    """What a topic means: whose values it carries."""

    node: Node
    values: tuple[Value, ...]


class _Pattern(NamedTuple):
    """A topic of a table for many nodes: what stands before and after the level that names the node."""

    before: str
    after: str
    config: NodeConfig
    values: tuple[Value, ...]

    def name(self, topic: str) -> str | None:
        """Return the level that names the node."""
        if not (topic.startswith(self.before) and topic.endswith(self.after)):
            return None
        name = topic[len(self.before) : len(topic) - len(self.after)]
        return name if name and "/" not in name else None


class Directory:
    """All nodes and their topics."""

    def __init__(self, config: GatewayConfig, found: Callable[[Node], None]) -> None:
        """Read the tables; `found` is told each node once, those with an id at once."""
        self.nodes: dict[str, Node] = {}
        self.flaws: Counter[Flaw] = Counter()
        self._most = config.most_nodes
        self._found = found
        self._routes: dict[str, Route | None] = {}
        self._patterns: list[_Pattern] = []
        self._filters: dict[str, None] = {}
        for node in config.nodes:
            self._enter(node)

    @property
    def filters(self) -> Sequence[str]:
        """What the nodes' broker is asked for."""
        return tuple(self._filters)

    def route(self, topic: str) -> Route | None:
        """Return what a topic means; None where it is nobody's."""
        if topic in self._routes:
            return self._routes[topic]
        route = next(self._matching(topic), None)
        if len(self._routes) < MOST_TOPICS:
            self._routes[topic] = route
        return route

    def _enter(self, config: NodeConfig) -> None:
        for topic, values in _by_topic(config).items():
            self._filters[topic.replace(SLOT, "+")] = None
            if config.id is None:
                before, after = topic.split(SLOT)
                self._patterns.append(_Pattern(before, after, config, values))
            else:
                node = self._node(config.id, config.id, config)
                self._routes[topic] = Route(node, values) if node else None

    def _matching(self, topic: str) -> Iterator[Route]:
        for pattern in self._patterns:
            name = pattern.name(topic)
            if name is None:
                continue
            if not NAME.fullmatch(name) or not ID.fullmatch(name.lower()):
                self.flaws[Flaw.BAD_NAME] += 1
            elif node := self._node(name.lower(), name, pattern.config):
                yield Route(node, pattern.values)

    def _node(self, chamber: str, name: str, config: NodeConfig) -> Node | None:
        """Return the node of that name; none where another one has its id, or too many are there."""
        if (known := self.nodes.get(chamber)) is not None:
            if known.name == name and known.config is config:
                return known
            self.flaws[Flaw.BAD_NAME] += 1
            return None
        if len(self.nodes) >= self._most:
            self.flaws[Flaw.TOO_MANY_NODES] += 1
            return None
        node = self.nodes[chamber] = Node(chamber, name, config)
        self._found(node)
        return node


def _by_topic(config: NodeConfig) -> dict[str, tuple[Value, ...]]:
    found: dict[str, tuple[Value, ...]] = {}
    for key, source in config.sources():
        value = Value(key, payloads.reader(source))
        found[source.topic] = (*found.get(source.topic, ()), value)
    return found
