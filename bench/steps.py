"""One thing done at a stand, and the figures it yields."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from . import machine, measures
from .names import BARE, NAMES
from .numbers import percentile
from .stand import Stand

Figures = dict[str, float]
_KEPT = ("cpu_ms", "p50", "p95", "p99", "shown", "stale", "lost")


class Step(Protocol):
    """See the classes below."""

    @property
    def label(self) -> str:
        """What distinguishes its figures, such as the rate."""

    @property
    def contenders(self) -> tuple[str, ...]:
        """Whom it concerns."""

    async def measure(self, stand: Stand) -> Figures:
        """Do it; return figures by name, without the label."""


@dataclass(frozen=True)
class Rate:
    """Messages at a rate per second, for some seconds."""

    label: str
    rate: float
    seconds: float
    contenders: tuple[str, ...] = NAMES
    together: bool = False

    async def measure(self, stand: Stand) -> Figures:
        """Warm up, then run."""
        warm = min(2.0, self.seconds)
        count = measures.messages_of(self.rate, warm, stand)
        await measures.passed(stand, self.rate, count, together=self.together)
        messages = measures.messages_of(self.rate, self.seconds, stand)
        run = await measures.passed(stand, self.rate, messages, together=self.together)
        return _kept(asdict(run), _KEPT)


@dataclass(frozen=True)
class Burst:
    """Messages as fast as the broker takes them."""

    label: str
    messages: int
    contenders: tuple[str, ...] = NAMES

    async def measure(self, stand: Stand) -> Figures:
        """Run once."""
        passed = asdict(await measures.passed(stand, 0, self.messages))
        return _kept(passed, ("drained_per_s", "shown", "lost", "stale", "disconnected", "cpu_ms"))


@dataclass(frozen=True)
class Sustained:
    """The highest rate without loss, and 99 of 100 messages fast."""

    label: str
    first: float
    seconds: float
    contenders: tuple[str, ...] = NAMES

    async def measure(self, stand: Stand) -> Figures:
        """Search."""
        return {"sustained": await measures.highest_rate(stand, self.first, seconds=self.seconds)}


@dataclass(frozen=True)
class Commands:
    """Setpoints from `climate.set_temperature` to being shown as confirmed."""

    label: str
    times: int
    contenders: tuple[str, ...] = tuple(name for name in NAMES if name != BARE)

    async def measure(self, stand: Stand) -> Figures:
        """Change setpoints one after the other."""
        took = await measures.commanded(stand, self.times)
        return {"command_p50": percentile(took, 0.5), "command_p95": percentile(took, 0.95)}


@dataclass(frozen=True)
class Memory:
    """What Home Assistant's memory grew by when it came to know the chambers."""

    label: str
    contenders: tuple[str, ...] = NAMES

    async def measure(self, stand: Stand) -> Figures:
        """Look once."""
        resident = machine.resident_bytes(stand.pid)
        return {
            "rss_mib": resident / 2**20,
            "kib_per_chamber": (resident - stand.resident_before) / 1024 / stand.setting.chambers,
            "entities": len(stand.entities.all),
            "added_s": stand.added_in,
        }


@dataclass(frozen=True)
class Restart:
    """From the start of Home Assistant's process until all entities show something; ends the stand."""

    label: str
    contenders: tuple[str, ...] = NAMES

    async def measure(self, stand: Stand) -> Figures:
        """Stop, start, wait."""
        return await measures.restarted(stand)


def _kept(figures: Mapping[str, Any], names: tuple[str, ...]) -> Figures:
    return {name: float(figures[name]) for name in names}
