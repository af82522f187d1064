"""What the demo consists of: a broker, the agent and Home Assistant, started and watched together."""

import fcntl
import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from ..machine.environments import ready
from ..parts import brokers, home_assistant
from ..parts.processes import Process, ProcessError, free_port, is_free
from ..progress import WorkshopError, say, step
from . import story
from .beginning import Past, agent_folder, past_of, was_live

_FIRST_CHOICE = {"home_assistant": 8123, "broker": 9001, "plain": 0}
Running = TypeVar("Running", bound=Process)
GATEWAY = "pi"
RECENT = ("--since", "-1h")
"""Options with which the agent lives through what is missing of the last hour before it goes live."""
CHAMBERS = 2


@dataclass(frozen=True)
class Play:
    """What is to be started."""

    state: Path
    version: str
    broker: str
    port: int = 0
    """Home Assistant's; 0: the one of the last time, else 8123 or a free one."""
    agent_options: tuple[str, ...] = ()
    well_known: bool = True
    """Whether to prefer the ports people expect."""
    past: bool = False
    """Whether chambers that are new have a past."""


class Stage:
    """The three parts while they run; leaving the block ends them in the reverse order."""

    def __init__(self, play: Play) -> None:
        """Take what is to be started; nothing is yet."""
        self._play = play
        self._parts = ExitStack()
        self.broker: brokers.Broker
        self.agent: Process
        self.server: home_assistant.HomeAssistant
        self.past: Past | None = None
        """What the chambers live through meanwhile, until `go_live`; None where they are live at once."""

    def __enter__(self) -> Self:
        """Start everything.

        Raises:
            WorkshopError: a part cannot be had or did not start; those that did are ended.
        """
        try:
            self._start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """End everything."""
        self.end()

    def keep(self, part: Running) -> Running:
        """Take on a part that somebody else has started; it ends with the others."""
        self._parts.enter_context(part)
        return part

    def end(self) -> None:
        """End what runs, the last started first."""
        self._parts.close()

    def _start(self) -> None:
        play = self._play
        try:
            play.state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkshopError(f"{play.state} cannot hold the demo's state: {error}") from error
        self._claim()
        ports = choose_ports(play.state / "ports.json", play.port, well_known=play.well_known)
        with step(f"broker ({play.broker})"):
            self.broker = self.keep(
                brokers.start(
                    play.broker,
                    play.state / "broker",
                    port=ports["broker"],
                    plain_port=ports["plain"],
                )
            )
        again = was_live(play.state)
        self.past = past_of(play.state) if play.past else None
        if self.past is None:
            how = ", going on where they were left" if again else ""
            with step(f"agent (simulating {CHAMBERS} chambers{how})"):
                self.agent = self.keep(self._start_agent())
        else:
            self.keep(self.past.process)
        with step(f"Home Assistant {play.version}"):
            self.server = self.keep(self._start_server(ports["home_assistant"]))

    def go_live(self) -> None:
        """Once the past is over, start the agent with the chambers as they were left.

        Raises:
            WorkshopError: the past was not written.
        """
        if self.past is not None:
            hours = story.SINCE / story.HOUR
            with step(f"agent (simulating {CHAMBERS} chambers, with a past of {hours:g} hours)"):
                self.past.end()
                self.past = None
                self.agent = self.keep(self._start_agent())

    def _claim(self) -> None:
        file = self._parts.enter_context((self._play.state / "in-use.lock").open("a"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkshopError(
                f"a demo already runs with the state in {self._play.state}; choose another with --state"
            ) from None

    def _start_agent(self) -> Process:
        folder = agent_folder(self._play.state)
        program = ready("agent").program("chamber-agent")
        if not program.exists():
            raise WorkshopError("agent/ does not install a program chamber-agent")
        command: list[str | Path] = [
            program,
            "simulate",
            "--url",
            self.broker.url,
            "--gateway",
            GATEWAY,
        ]
        command += ["--chambers", str(CHAMBERS), "--state", folder, *self._play.agent_options]
        return Process("the agent", command, folder / "agent.log")

    def _start_server(self, port: int) -> home_assistant.HomeAssistant:
        folder = self._play.state / "home-assistant"
        return home_assistant.start(self._play.version, folder, port=port)

    @property
    def processes(self) -> Sequence[Process]:
        """The parts, in the order they were started."""
        agent = () if self.past else (self.agent,)
        return (self.broker, *agent, self.server)

    def check(self) -> None:
        """Start Home Assistant again where it asked for that.

        Raises:
            ProcessError: a part has ended; the message holds its log's tail.
        """
        if self.server.exit_code() == home_assistant.RESTART:
            say("· Home Assistant restarts")
            self.server = self.keep(self._start_server(self.server.port))
        for process in self.processes:
            if process.exit_code() is not None:
                raise ProcessError(process.describe_end())

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Watch over the parts until `until()` holds, by default for ever."""
        while not until():
            self.check()
            time.sleep(0.2)


def choose_ports(remembered: Path, wanted: int = 0, *, well_known: bool = True) -> dict[str, int]:
    """Return the ports of all parts: as before, so that addresses stay valid, else well-known or free.

    Raises:
        WorkshopError: a port that has to stay the same is in use.
    """
    before: dict[str, int] = {}
    with suppress(OSError, ValueError):
        before = json.loads(remembered.read_text())
    if wanted:
        before["home_assistant"] = wanted
    ports = {
        name: before.get(name) or _free(first if well_known else 0)
        for name, first in _FIRST_CHOICE.items()
    }
    for name, port in ports.items():
        if not is_free(port):
            raise WorkshopError(
                f"port {port} ({name}) is in use by another program; "
                "end that, or choose another --port or --state"
            )
    if not wanted:
        remembered.write_text(json.dumps(ports))
    return ports


def _free(first: int) -> int:
    return first if first and is_free(first) else free_port()
