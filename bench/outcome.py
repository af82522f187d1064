"""What came of a run, from when messages were sent and when temperatures were shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .load import Run
from .numbers import percentile


@dataclass(frozen=True)
class Passed:
    """What came of a run."""

    sent_per_s: float
    late: float
    """Seconds by which the sender fell behind its schedule at most."""
    shown: float
    """Percent of the messages whose own values were shown; the others had given way to newer ones, or are lost."""
    stale: int
    """Chambers that do not show their last message in the end."""
    lost: int
    """Messages that did not arrive; where the contender does not count them: that were not shown."""
    p50: float
    p95: float
    p99: float
    """Milliseconds from the publisher's socket until the WebSocket client is shown this message or a newer one."""
    cpu_ms: float
    """Home Assistant's processor time per message, without what it takes when idle."""
    drained_per_s: float
    """Messages that were not lost over the time from the first sent to the last shown."""
    disconnected: int
    """How often Home Assistant hung up on the watcher."""


def latencies(run: Run, sent: Sequence[float], arrivals: Mapping[int, float]) -> list[float]:
    """Return, ascending, after how many seconds each message, or a newer one of its chamber, was shown.

    Those of which neither was are left out.

    Args:
        run: which message is whose.
        sent: when each message was sent.
        arrivals: when each key was first shown.
    """
    newer: dict[int, float] = {}
    took = []
    for message in range(run.messages - 1, -1, -1):
        chamber = message % run.chambers
        at = min(arrivals.get(run.key(message), float("inf")), newer.get(chamber, float("inf")))
        if at < float("inf"):
            newer[chamber] = at
            took.append(at - sent[message])
    took.sort()
    return took


@dataclass(frozen=True)
class Seen:
    """A run as it was observed; times are monotonic seconds."""

    run: Run
    sent: Sequence[float]
    took: float
    """Seconds the sender took."""
    late: float
    arrivals: Mapping[int, float]
    arrived: int | None
    """Messages the contender says it received; None where it does not count."""
    stale: int
    disconnected: int
    cpu: float
    """Seconds of processor time, less those of an idle Home Assistant."""

    def passed(self) -> Passed:
        """Return its figures."""
        run = self.run
        took = latencies(run, self.sent, self.arrivals)
        shown = sum(run.key(message) in self.arrivals for message in range(run.messages))
        arrived = shown if self.arrived is None else min(run.messages, self.arrived)
        last = max(self.arrivals.values(), default=self.sent[-1])
        return Passed(
            sent_per_s=run.messages / self.took,
            late=self.late,
            shown=100 * shown / run.messages,
            stale=self.stale,
            lost=run.messages - arrived,
            p50=1000 * percentile(took, 0.50),
            p95=1000 * percentile(took, 0.95),
            p99=1000 * percentile(took, 0.99),
            cpu_ms=1000 * max(0.0, self.cpu) / run.messages,
            drained_per_s=arrived / max(1e-9, last - self.sent[0]),
            disconnected=self.disconnected,
        )
