"""Run checks two at a time and show each one's output in one piece."""

import re
import time
from collections.abc import Mapping, Sequence

from ..machine.environments import TABLE
from ..parts.processes import Process
from ..places import ROOT
from ..progress import say
from ..shell import tail
from .outcome import Outcome, State, read_junit
from .suites import Check

_AT_ONCE = 2
_TELL_EVERY = 60.0
_LONGEST = 1800.0
_SHARE = re.compile(r"\[ *(\d+%)\]")
_NO_TESTS = 5  # pytest's exit code when it collected none


class _Run:
    """One check that is running."""

    def __init__(self, check: Check, settings: Mapping[str, str]) -> None:
        self.check = check
        self.start = time.monotonic()
        self.shown = 0
        check.log.parent.mkdir(parents=True, exist_ok=True)
        for old in (check.log, check.junit):
            old.unlink(missing_ok=True)
        program = TABLE[check.environment].program(check.program)
        self.process = Process(
            check.name, check.command(program), check.log, env=settings, cwd=ROOT
        )

    def show_more(self) -> None:
        """Print what was written since the last time."""
        output = self.process.output()
        print(output[self.shown :], end="", flush=True)
        self.shown = len(output)

    def so_far(self) -> str:
        """Return how far it is: of its tests where pytest says so, else in time."""
        shares = _SHARE.findall(self.process.output()) if self.check.is_pytest else []
        reached = shares[-1] if shares else f"{time.monotonic() - self.start:.0f} s"
        return f"{self.check.name} {reached}"

    def outcome(self, code: int, reason: str = "") -> Outcome:
        """Return what it came to, given its exit code."""
        tests = read_junit(self.check.junit) if self.check.is_pytest else None
        seconds = time.monotonic() - self.start
        if code == _NO_TESTS and self.check.is_pytest:
            return Outcome(self.check.name, State.EMPTY, reason="no tests collected")
        state = State.FAILED if code or reason else State.PASSED
        return Outcome(self.check.name, state, seconds, reason, tests)


class Scheduler:
    """Runs checks; those that want to be alone wait for the others, and are shown live."""

    def __init__(self, checks: Sequence[Check], settings: Mapping[str, str]) -> None:
        """Take the checks in the order they are to start, with variables for all of them."""
        self._waiting = list(checks)
        self._live = len(checks) == 1
        self._settings = settings
        self._running: list[_Run] = []
        self._outcomes: dict[str, Outcome] = {}
        self._told = time.monotonic()

    def run(self) -> dict[str, Outcome]:
        """Run all and return the outcome of each by name; an interruption ends what runs."""
        try:
            while self._waiting or self._running:
                self._start_next()
                self._look()
                self._tell()
                time.sleep(0.03)
        finally:
            for run in self._running:
                run.process.stop()
        return self._outcomes

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < _AT_ONCE:
            alone = self._waiting[0].alone or any(run.check.alone for run in self._running)
            if alone and self._running:
                return
            run = _Run(self._waiting.pop(0), self._settings)
            self._running.append(run)
            if self._is_live(run):
                say(f"\n── {run.check.name}")

    def _is_live(self, run: _Run) -> bool:
        return self._live or run.check.alone

    def _tell(self) -> None:
        """Say now and then how far those are that are not shown live."""
        if time.monotonic() - self._told < _TELL_EVERY:
            return
        self._told = time.monotonic()
        if quiet := [run.so_far() for run in self._running if not self._is_live(run)]:
            say(f"· {', '.join(quiet)}")

    def _look(self) -> None:
        for run in list(self._running):
            if self._is_live(run):
                run.show_more()
            code, reason = run.process.exit_code(), ""
            if code is None and time.monotonic() - run.start > _LONGEST:
                run.process.stop()
                code, reason = 1, f"took longer than {_LONGEST:.0f} s"
            if code is not None:
                self._running.remove(run)
                self._outcomes[run.check.name] = outcome = run.outcome(code, reason)
                self._show(run, outcome)

    def _show(self, run: _Run, outcome: Outcome) -> None:
        if self._is_live(run):
            run.show_more()
            return
        output = run.process.output().rstrip()
        if outcome.state is not State.FAILED:
            output = _closing(output) if run.check.is_pytest else tail(output)
        say(f"\n── {run.check.name}: {outcome.state.value} in {outcome.seconds:.1f} s")
        say(output) if output else None


def _closing(output: str) -> str:
    """Return the summary pytest closes with; it begins with the reasons for skips."""
    lines = output.splitlines()
    starts = [number for number, line in enumerate(lines) if "short test summary info" in line]
    return "\n".join(lines[starts[-1] :] if starts else lines[-1:])
