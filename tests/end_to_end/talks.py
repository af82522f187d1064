"""Conversations with brokers, by the brokers' kinds and the versions of MQTT they speak."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from end_to_end.capabilities import KNOWN, Ability, Known
from end_to_end.ends import End, Talk, Where

SPOKEN = [(known.kind, protocol) for known in KNOWN.values() for protocol in known.spoken]
"""Each broker, with each version of MQTT that it speaks."""
ONCE = [(known.kind, known.spoken[0]) for known in KNOWN.values()]
"""Each broker, with the best version that it speaks."""


def named(spoken: tuple[str, str]) -> str:
    """How a test names a broker and a version."""
    return "-".join(spoken)


once = pytest.mark.parametrize("spoken", ONCE, ids=named, indirect=True)
"""A test that one version for each broker is enough for."""


@dataclass(frozen=True)
class Talks:
    """Conversations of one end with one broker in one version of MQTT."""

    end: End
    where: Where
    protocol: str
    known: Known

    def talk(self, *subscribes: str, will: Any = None, session_expiry: int = 0) -> Talk:
        """One of them."""
        return Talk(self.end, self.where, self.protocol, subscribes, will, session_expiry)

    def can(self, ability: Ability) -> bool:
        """Whether the broker can."""
        return self.known.can(ability)

    def at(self, end: End) -> "Talks":
        """The same from another end."""
        return replace(self, end=end)
