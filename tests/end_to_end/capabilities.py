"""What each broker can and cannot, as data: a broker that gains or loses something fails a test.

`docs/brokers.md` tells the same to people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Ability(Enum):
    """What a broker may lack."""

    RETAINED_BY_WILDCARD = "it gives retained messages to who subscribes with a wildcard"
    NO_WILL_AFTER_LEAVE = "it publishes no will of who takes leave"
    RETAINED_AFTER_POWER_CUT = "it has a retained message of just now after its sudden end"
    SESSION_AFTER_POWER_CUT = "it has a session of just now after its sudden end"


@dataclass(frozen=True)
class Known:
    """A kind of broker."""

    kind: str
    title: str
    """Its name and the version that was tested, for people."""
    spoken: tuple[str, ...]
    """The versions of MQTT, the best first."""
    says_of_5: frozenset[str] = frozenset()
    """The cause that a link names, or one of them, when it speaks MQTT 5 to a broker that does not."""
    says_of_wrong_password: str = "invalid_auth"
    """The cause that a link names."""
    says_of_paths: str = ""
    """The cause that a link names for another path; empty: it serves MQTT below any."""
    lacks: Mapping[Ability, str] = field(default_factory=dict)
    """What it cannot, and why."""

    def can(self, ability: Ability) -> bool:
        """Whether it can."""
        return ability not in self.lacks


def _forgets(why: str) -> dict[Ability, str]:
    return {Ability.RETAINED_AFTER_POWER_CUT: why, Ability.SESSION_AFTER_POWER_CUT: why}


_IN_MEMORY = _forgets("it keeps all in memory")
_NOW_AND_THEN = _forgets("it writes to its disk at a polite end and every autosave_interval")
_LAZY = {
    Ability.RETAINED_AFTER_POWER_CUT: "it writes what is retained to its disk after two quiet seconds"
}
_EXACT = {Ability.RETAINED_BY_WILDCARD: "it looks retained messages up by the exact topic"}
_NO_FAREWELL = {Ability.NO_WILL_AFTER_LEAVE: "Web MQTT takes every end for an accident"}
_SAYS_SO = frozenset({"unsupported_protocol"})
_CLOSES = frozenset({"no_greeting"})
_TABLE = (
    Known("mosquitto", "Mosquitto 2.0.11", ("5", "3.1.1"), lacks=_NOW_AND_THEN),
    Known("mosquitto-testing", "Mosquitto 2.1.2", ("5", "3.1.1"), lacks=_NOW_AND_THEN),
    Known("amqtt", "amqtt 0.12.1", ("3.1.1",), says_of_5=frozenset({"silent"}), lacks=_IN_MEMORY),
    Known("aedes", "aedes 1.2.0", ("3.1.1",), says_of_5=_SAYS_SO, lacks=_IN_MEMORY),
    # Its WebSocket carries its own protocol below every other path, without a subprotocol.
    Known(
        "nats",
        "nats-server 2.9.10",
        ("3.1.1",),
        says_of_5=_SAYS_SO,
        says_of_paths="unsupported_protocol",
    ),
    Known(
        "nats-testing",
        "nats-server 2.15.1",
        ("3.1.1",),
        says_of_5=_SAYS_SO | _CLOSES,  # it says so and resets the connection
        says_of_paths="unsupported_protocol",
    ),
    Known(
        "rabbitmq",
        "RabbitMQ 3.10.8",
        ("3.1.1",),
        says_of_5=_CLOSES,
        says_of_paths="wrong_path",
        lacks=_EXACT | _NO_FAREWELL | _LAZY,
    ),
    Known(
        "rabbitmq-testing",
        "RabbitMQ 4.3.6",
        ("5", "3.1.1"),
        says_of_paths="wrong_path",
        lacks=_EXACT | _LAZY,
    ),
)
KNOWN = {known.kind: known for known in _TABLE}

_HEADINGS = {
    Ability.RETAINED_BY_WILDCARD: "retained to wildcards",
    Ability.NO_WILL_AFTER_LEAVE: "no will after goodbye",
    Ability.RETAINED_AFTER_POWER_CUT: "retained survives power cut",
    Ability.SESSION_AFTER_POWER_CUT: "sessions survive power cut",
}


def document() -> str:
    """The table as `docs/brokers.md` has it, in Markdown."""
    heads = ["broker", "MQTT", *_HEADINGS.values(), "a wrong password is shown as", "another path"]
    rows = [heads, ["---"] * len(heads), *(_row(known) for known in _TABLE)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(known: Known) -> list[str]:
    abilities = ["yes" if known.can(ability) else "**no**" for ability in _HEADINGS]
    path = f"`{known.says_of_paths}`" if known.says_of_paths else "works too"
    versions = ", ".join(known.spoken)
    return [known.title, versions, *abilities, f"`{known.says_of_wrong_password}`", path]
