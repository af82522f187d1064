"""The load: which chamber says what as the n-th message. One plan, whoever is measured.

Message i of a run is chamber i mod N in round i div N. A round's temperature is its number in
hundredths, so that whoever sees a state knows which message it came from.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PREFIX = "bench"
PER_GATEWAY = 20
HEARTBEAT = 3600
"""Seconds; a run never makes a chamber stale by itself."""
VALUES = 20_000
"""Rounds after which a temperature comes again."""
COLDEST = -80.0
SETPOINT = 30.0
WHOLE_AT_MOST = 600
"""Chambers; of more, each has 9 entities instead of 15: Home Assistant admits 10 000 to one entry."""
MESSAGES_AT_MOST = 400_000
"""Of one run: every load is bounded."""


@dataclass(frozen=True)
class Run:
    """A number of messages at a rate."""

    chambers: int
    rate: float
    """Messages per second, all chambers together; 0: as fast as the broker takes them."""
    messages: int
    first_round: int
    together: bool = False
    """Whether all chambers speak at the same moment, as those of one gateway do; else one after the other."""

    def __post_init__(self) -> None:
        """Refuse what is not bounded or could not be told apart.

        Raises:
            ValueError: it is too large.
        """
        if self.messages > MESSAGES_AT_MOST or self.rounds > VALUES:
            raise ValueError(f"a run of {self.messages} messages is too large")

    @property
    def rounds(self) -> int:
        """How many rounds it begins."""
        return -(-self.messages // self.chambers)

    @property
    def next_round(self) -> int:
        """The round with which the next run goes on."""
        return self.first_round + self.rounds

    def due(self, passed: float) -> int:
        """Return how many messages are to be sent once so many seconds have passed."""
        if not self.rate:
            return self.messages
        if self.together:
            turns = int(passed * self.rate / self.chambers) + 1
            return min(self.messages, turns * self.chambers)
        return min(self.messages, int(passed * self.rate) + 1)

    def due_at(self, message: int) -> float:
        """Return after how many seconds a message is to be sent."""
        if not self.rate:
            return 0.0
        return (message - message % self.chambers if self.together else message) / self.rate

    def key(self, message: int) -> int:
        """What identifies a message of this run when its temperature is seen."""
        turn, chamber = divmod(message, self.chambers)
        return key(chamber, self.first_round + turn)

    def last_keys(self) -> dict[int, int]:
        """The key of each chamber's last message, by chamber."""
        begin = max(0, self.messages - self.chambers)
        return {
            message % self.chambers: self.key(message) for message in range(begin, self.messages)
        }


def key(chamber: int, turn: int) -> int:
    """Number a chamber's round."""
    return chamber * VALUES + turn % VALUES


def temperature(turn: int) -> float:
    """Return the temperature of a round, in degrees Celsius."""
    return round(COLDEST + (turn % VALUES) / 100, 2)


def seen(chamber: int, state: str) -> int | None:
    """Return the key of the message a shown temperature came from, or None where it shows none."""
    try:
        return chamber * VALUES + round((float(state) - COLDEST) * 100)
    except ValueError:
        return None


def gateway(chamber: int) -> str:
    """Return the gateway a chamber is on."""
    return f"gateway{chamber // PER_GATEWAY}"


def name(chamber: int) -> str:
    """Return a chamber's id."""
    return f"box{chamber:04d}"


def number(chamber_name: str) -> int:
    """Return which chamber has this id."""
    return int(chamber_name.removeprefix("box"))


def topic(chamber: int, kind: str) -> str:
    """Return a topic of a chamber."""
    return f"{PREFIX}/v1/{gateway(chamber)}/{name(chamber)}/{kind}"


def status_topic(chamber: int) -> str:
    """Return the topic of a chamber's gateway."""
    return f"{PREFIX}/v1/{gateway(chamber)}/status"


def readings(turn: int, setpoint: float = SETPOINT) -> dict[str, Any]:
    """Return what all chambers report in a round, but for number and time.

    The temperature and the product's change each time, the ambient's every second time, power every fifth; a cooler
    goes on and off every 300.
    """
    cooling = turn // 300 % 2 == 0
    duty = 40 + turn // 10 % 40 if cooling else 0
    return {
        "temperature": temperature(turn),
        "setpoint": setpoint,
        "mode": "heat_cool",
        "action": "cooling" if cooling else "idle",
        "heaters": [0],
        "coolers": [duty, duty],
        "fans": [100, 100],
        "probes": {
            "product": round(20 + turn % 500 / 100, 2),
            "ambient": round(22 + turn // 2 % 200 / 100, 2),
        },
        "door": False,
        "power": round(20 + turn // 5 % 100 / 10, 1),
    }


def state(turn: int, now: float, setpoint: float = SETPOINT) -> bytes:
    """Return a state of the contract; `now` is its Unix time in seconds."""
    return head(turn, now) + tail(turn, setpoint)


def head(turn: int, now: float) -> bytes:
    """Return the part of a state that differs from chamber to chamber."""
    return b'{"seq": %d, "epoch": "b1", "time": %.3f, "clock": "ntp", ' % (turn + 1, now)


def tail(turn: int, setpoint: float = SETPOINT, *, lean: bool = False) -> bytes:
    """Return the part of a state that all chambers share in a round."""
    said = readings(turn, setpoint)
    return json.dumps(_lean(said) if lean else said)[1:].encode()


def is_lean(chambers: int) -> bool:
    """Whether so many chambers have but one heater, one cooler and a door each."""
    return chambers > WHOLE_AT_MOST


def _lean(said: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in said.items() if key not in {"fans", "probes", "power"}}
    return {**kept, "coolers": said["coolers"][:1]}


def meta(chamber: int, *, lean: bool = False) -> dict[str, Any]:
    """Return what a chamber says it is."""
    said = {
        "name": f"Box {chamber:04d}",
        "manufacturer": "Bench",
        "model": "Load",
        "limits": {"min": -80.0, "max": 180.0, "step": 0.1},
        "modes": ["off", "heat", "cool", "heat_cool"],
        "heaters": ["Heater"],
        "coolers": ["Cooler 1", "Cooler 2"],
        "fans": ["Fan 1", "Fan 2"],
        "probes": {"product": {"role": "product"}, "ambient": {"role": "ambient"}},
        "door": True,
        "power": True,
        "replies": True,
        "heartbeat": HEARTBEAT,
    }
    return _lean(said) if lean else said


def retained(chambers: int, turn: int, now: float) -> Iterator[tuple[str, bytes]]:
    """Yield what a broker holds of all chambers: status, meta and last state."""
    lean = is_lean(chambers)
    for chamber in range(chambers):
        if chamber % PER_GATEWAY == 0:
            said = {"state": "online", "session": "bench", "heartbeat": HEARTBEAT}
            yield status_topic(chamber), json.dumps(said).encode()
        yield topic(chamber, "meta"), json.dumps(meta(chamber, lean=lean)).encode()
        yield topic(chamber, "state"), head(turn, now) + tail(turn, lean=lean)
