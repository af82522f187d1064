"""What the project has set itself, mostly as ratios to a rival measured in the same run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .names import BARE, MQTT, OURS

Figures = Mapping[str, Mapping[str, float]]
"""Figure → contender → value, medians over the repetitions."""


@dataclass(frozen=True)
class Goal:
    """A ratio of one figure, ours over the rival's, and the bound it has to keep; without a rival the figure itself."""

    what: str
    figure: str
    rival: str | None
    bound: float
    at_least: bool = False
    none_of: tuple[str, ...] = ()
    """Figures that have to be 0 with us."""


GOALS = (
    Goal("processor per message, 1000/s", "cpu_ms 1000/s", MQTT, 0.40),
    Goal("processor per message, 1000/s, over the bare floor", "cpu_ms 1000/s", BARE, 1.3),
    Goal(
        "processor per message, 500/s, recorder; nothing lost",
        "cpu_ms 500/s recorder",
        MQTT,
        0.25,
        none_of=("lost 500/s recorder", "stale 500/s recorder"),
    ),
    Goal("latency p99, 1000/s", "p99 1000/s", MQTT, 0.05),
    Goal("burst of 6000, drained per s", "drained_per_s burst", MQTT, 4.0, at_least=True),
    Goal("highest sustained rate", "sustained", MQTT, 6.0, at_least=True),
    Goal("highest sustained rate, recorder", "sustained recorder", MQTT, 5.0, at_least=True),
    Goal(
        "latency p50, wss behind a proxy, 10 × 1/s; none stale",
        "p50 wss",
        MQTT,
        0.05,
        none_of=("stale wss",),
    ),
    Goal("command to confirmation, p50", "command_p50", MQTT, 0.6),
    Goal("start-up with 1000 chambers", "start_s 1000", MQTT, 0.5),
    Goal("memory per chamber, 1000 chambers", "kib_per_chamber 1000", MQTT, 0.7),
    Goal("sample to page p50, ms, 1/s awake", "page_p50 1/s awake", None, 10),
    Goal("sample to page p95, ms, 1/s awake", "page_p95 1/s awake", None, 30),
    Goal("sample to page p50, ms, 10/s", "page_p50 10/s", None, 10),
    Goal("sample to page p95, ms, 10/s", "page_p95 10/s", None, 30),
    Goal("sample to page p50, 1/s awake", "page_p50 1/s awake", MQTT, 0.6),
    Goal("sample to page p50, 10/s", "page_p50 10/s", MQTT, 0.6),
    Goal("longest frame, ms, processor slowed down 6 times", "frame_longest card 6×", None, 50),
)


@dataclass(frozen=True)
class Verdict:
    """A goal and what was measured; `met` is None where it was not."""

    goal: Goal
    ours: float | None = None
    rival: float | None = None
    ratio: float | None = None
    met: bool | None = None

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "goal": self.goal.what,
            "rival": self.goal.rival,
            "bound": f"{'≥' if self.goal.at_least else '≤'} {self.goal.bound:g}",
            "ours": self.ours,
            "theirs": self.rival,
            "ratio": self.ratio,
            "met": self.met,
        }


def judge(goal: Goal, figures: Figures) -> Verdict:
    """Compare what was measured with a goal."""
    row = figures.get(goal.figure, {})
    ours, rival = row.get(OURS), row.get(goal.rival or "")
    if ours is None or (goal.rival and not rival):
        return Verdict(goal, ours, rival)
    ratio = ours / rival if rival else None
    judged = ours if ratio is None else ratio
    met = judged >= goal.bound if goal.at_least else judged <= goal.bound
    clean = all(not figures.get(figure, {}).get(OURS) for figure in goal.none_of)
    return Verdict(goal, ours, rival, ratio, met and clean)


def verdicts(figures: Figures) -> list[Verdict]:
    """Compare what was measured with all goals."""
    return [judge(goal, figures) for goal in GOALS]
