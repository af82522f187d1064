"""What a check came to, and the table at the end of `scripts/test`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from ..progress import say

MISSING = "missing:"
"""How a test's skip reason begins when a real part is not there: under `--all` that is a failure."""


class State(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    UNSTEADY = "UNSTEADY"
    SKIPPED = "SKIPPED"
    EMPTY = "nothing there yet"


@dataclass(frozen=True)
class Tally:
    """What pytest counted."""

    run: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """How often each reason was given."""


@dataclass(frozen=True)
class Outcome:
    """What one check came to."""

    name: str
    state: State
    seconds: float = 0.0
    reason: str = ""
    tests: Tally | None = None

    @property
    def failures(self) -> int:
        """How many tests failed."""
        return self.tests.failed if self.tests and self.state is State.FAILED else 0

    def failed(self, *, everything: bool) -> bool:
        """Tell whether it makes the whole fail; with `everything` a missing real part does, too."""
        skipped = self.tests.skipped if self.tests else {}
        missing = self.state is State.SKIPPED or any(MISSING in reason for reason in skipped)
        return self.state is State.FAILED or (everything and missing)


def after_second_look(first: Outcome, second: Outcome) -> Outcome:
    """Return what a check came to whose failed tests were run once more by themselves."""
    seconds = first.seconds + second.seconds
    if second.state is not State.PASSED or first.tests is None:
        return replace(first, seconds=seconds, reason="again when they ran alone")
    reason = f"{first.tests.failed} failed among the others, and passed alone"
    tests = replace(first.tests, failed=0)
    return Outcome(first.name, State.UNSTEADY, seconds, reason, tests)


def read_junit(path: Path) -> Tally | None:
    """Return what pytest wrote down, or None where it wrote nothing usable."""
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - written by our own pytest a moment ago
    except (OSError, ElementTree.ParseError):
        return None
    suites = list(root.iter("testsuite"))
    skips = [_reason(case) for suite in suites for case in suite.iter("skipped")]
    total = sum(int(suite.get("tests", 0)) for suite in suites)
    failed = sum(int(suite.get(kind, 0)) for suite in suites for kind in ("failures", "errors"))
    return Tally(total - len(skips), failed, Counter(skips))


def _reason(skipped: ElementTree.Element) -> str:
    """Return why a test was skipped; of a skipped file it stands in the text, after its place."""
    message, text = skipped.get("message", ""), skipped.text or ""
    if message == "collection skipped":
        return text.rpartition("Skipped: ")[2].rstrip("')\"")
    return message


def print_table(outcomes: Iterable[Outcome]) -> None:
    """Print what ran, what passed, and what was skipped and why."""
    outcomes = list(outcomes)
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    say("")
    for outcome in outcomes:
        say(f"{outcome.name:<{width}}  {_line(outcome)}".rstrip())
        skipped = outcome.tests.skipped if outcome.tests else Counter[str]()
        for reason, count in skipped.most_common():
            say(f"{'':<{width}}  SKIPPED {count}: {reason}")


def _line(outcome: Outcome) -> str:
    parts = [f"{outcome.state.value:<7}"]
    if outcome.state in {State.PASSED, State.FAILED, State.UNSTEADY}:
        parts.append(f"{outcome.seconds:6.1f} s")
    if outcome.tests:
        parts.append(f"{outcome.tests.run} tests")
        parts += [f"{outcome.tests.failed} failed"] if outcome.tests.failed else []
    return "  ".join(parts) + (f"  {outcome.reason}" if outcome.reason else "")
