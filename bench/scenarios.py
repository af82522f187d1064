"""What is measured, as a table: stands, and the steps taken at each."""

from dataclasses import dataclass, replace

from .names import MQTT, OURS
from .page.steps import Frames, Heap, Shown
from .steps import Burst, Commands, Memory, Rate, Restart, Step, Sustained


@dataclass(frozen=True)
class Scenario:
    """Steps that share a stand, done with each contender."""

    name: str
    chambers: int
    steps: tuple[Step, ...]
    recorder: bool = False
    tls: bool = False
    broker: str = "mosquitto"
    minutes: float = 1.0
    """About how long it takes with all contenders."""

    def watching(self, minutes: float) -> "Scenario":
        """Return the same, but for how long the page's memory is watched."""
        kept = tuple(one for one in self.steps if not isinstance(one, Heap))
        heaps = tuple(one.lasting(minutes) for one in self.steps if isinstance(one, Heap))
        before = sum(one.minutes for one in self.steps if isinstance(one, Heap))
        longer = len(heaps) * minutes - before
        return replace(self, steps=(*kept, *heaps), minutes=self.minutes + longer)


PROMPT = "mosquitto-testing"
"""Mosquitto 2.0 keeps a WebSocket client waiting for up to 100 ms where nothing else wakes it; 2.1 does not."""
_BURST = 6000
_LINKED = (OURS, MQTT)
_TOGETHER = 500.0
"""Messages per second of all chambers, where only their number differs."""


def _linear(chambers: int, seconds: float) -> Rate:
    return Rate(f"{_TOGETHER:.0f}/s N={chambers}", _TOGETHER, seconds)


QUICK = (
    Scenario(
        "live",
        100,
        (
            Rate("1000/s", 1000, 8),
            _linear(100, 5),
            Burst("burst", _BURST),
            Commands("", 30),
        ),
        minutes=2.5,
    ),
    Scenario("few", 10, (_linear(10, 5),), minutes=1),
    Scenario("recorder", 100, (Rate("500/s recorder", 500, 8),), recorder=True, minutes=2),
    Scenario("wss", 10, (Rate("wss", 10, 15, _LINKED, together=True),), tls=True, minutes=1.5),
)
FULL = (
    Scenario(
        "live",
        100,
        (
            Rate("100/s", 100, 10),
            Rate("1000/s", 1000, 15),
            _linear(100, 10),
            Burst("burst", _BURST),
            Commands("", 50),
            Sustained("", 500, 5),
        ),
        minutes=8,
    ),
    Scenario(
        "recorder",
        100,
        (Rate("500/s recorder", 500, 15), Sustained("recorder", 200, 6)),
        recorder=True,
        minutes=10,
    ),
    Scenario("one", 1, (_linear(1, 10),), minutes=1.5),
    Scenario("few", 10, (_linear(10, 10),), minutes=1.5),
    Scenario(
        "many",
        1000,
        (Memory("1000"), _linear(1000, 10), Rate("1000/s N=1000", 1000, 10), Restart("1000")),
        minutes=6,
    ),
    Scenario("wss", 10, (Rate("wss", 10, 30, _LINKED, together=True),), tls=True, minutes=2),
    Scenario(
        "page",
        1,
        (
            Shown("1/s", 1, 60),
            Shown("1/s awake", 1, 60, awake=True),
            Shown("10/s", 10, 300),
            Shown("10/s drawn", 10, 300, drawn=True),
            Frames("6×", 10),
            Heap("", 3),
        ),
        broker=PROMPT,
        minutes=11,
    ),
)
