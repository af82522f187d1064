"""A past for chambers that are new: written beside everything else that starts, once for each state folder."""

import json
import time
from contextlib import suppress
from pathlib import Path

from ..machine.environments import ready
from ..parts.processes import Process, ProcessError
from ..places import ROOT, SCRIPTS

_WITHIN = 300.0


class Past:
    """The past of the demo's chambers, while it is written; `until` is when it ends, Unix s."""

    def __init__(self, state: Path, until: float) -> None:
        """Begin to write it, or go on where that was interrupted."""
        self.until = until
        self._file = _file(state)
        self._note(over=False)
        folder = agent_folder(state)
        python = ready("agent").program("python")
        # The agent of this tree, whichever tree its environment was made from.
        paths = {"PYTHONPATH": f"{SCRIPTS}:{ROOT / 'agent' / 'src'}"}
        command: list[str | Path] = [python, "-m", "workshop.demo.past", folder, str(until)]
        self.process = Process("the past", command, folder / "past.log", env=paths)

    def end(self) -> None:
        """Wait until it is written.

        Raises:
            ProcessError: it was not; the message holds its log's tail.
        """
        process = self.process
        deadline = time.monotonic() + _WITHIN
        while process.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if process.exit_code() != 0:
            raise ProcessError(process.describe_end())
        self._note(over=True)

    def _note(self, *, over: bool) -> None:
        self._file.write_text(json.dumps({"until": self.until, "over": over}))


def past_of(state: Path) -> Past | None:
    """Begin the past of chambers that are new; None where they have been live."""
    known: dict[str, float] = {}
    with suppress(OSError, ValueError):
        known = json.loads(_file(state).read_text())
    if known.get("over") or (not known and was_live(state)):
        return None
    return Past(state, known.get("until", time.time()))


def was_live(state: Path) -> bool:
    """Tell whether an agent has left samples."""
    return (agent_folder(state) / "samples.db").exists()


def agent_folder(state: Path) -> Path:
    """Return where the agent keeps what it knows, made if need be."""
    folder = state / "agent"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file(state: Path) -> Path:
    return state / "past.json"
