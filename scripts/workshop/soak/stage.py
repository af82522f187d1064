"""A broker, an agent, a Home Assistant and the lines between them: started, stopped, killed and started again."""

import signal
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from ..machine.environments import ready
from ..parts import brokers, home_assistant
from ..parts.brokers import Broker
from ..parts.home_assistant import HomeAssistant
from ..parts.processes import Process, ProcessError, free_port
from ..places import ROOT
from ..progress import WorkshopError
from .chambers import CHAMBERS, GATEWAY
from .lines import End, Lines
from .witness import Witness

_PAST_WITHIN = 300.0
_SPEED = 30
_INTERVAL = 0.2
FOREIGN = "sensor.foreign"
_EXTRA = """
template:
  - sensor:
      - name: Foreign
        device_class: temperature
        unit_of_measurement: °C
        state_class: measurement
        state: "{{ 20 + now().minute / 10 }}"
"""


class Stage:
    """Everything that runs; leaving the block ends it. `ends` counts what was stopped and killed."""

    def __init__(self, folder: Path, version: str, seed: int) -> None:
        """Take where state is kept, which Home Assistant, and the seed of the chambers' noise."""
        self.folder = folder
        self.ends: Counter[str] = Counter()
        self._version = version
        self._seed = seed
        self._port = free_port()
        self._parts = ExitStack()
        self.broker: Broker
        self.server: HomeAssistant
        self.agent: Process
        self.lines: Lines
        self.witness: Witness

    def __enter__(self) -> Self:
        """Start the broker, and the lines to it."""
        try:
            self.broker = brokers.start("mosquitto", self.folder / "broker")
            self.lines = self._parts.enter_context(Lines(self.broker.port))
            witness = Witness(self.broker.plain_port, GATEWAY)
            self.witness = self._parts.enter_context(witness)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """End everything."""
        self.end()

    def end(self) -> None:
        """End what runs."""
        for name in ("server", "agent", "broker"):
            if (process := getattr(self, name, None)) is not None:
                process.stop()
        self._parts.close()

    # Places

    @property
    def house(self) -> Path:
        """Home Assistant's configuration."""
        return self.folder / "home-assistant"

    @property
    def samples(self) -> Path:
        """The agent's own record."""
        return self.folder / "agent" / "samples.db"

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    # Home Assistant

    def start_house(self) -> None:
        """Begin to start Home Assistant."""
        self.server = home_assistant.launch(
            self._version, self.house, port=self._port, extra=_EXTRA
        )

    def end_house(self, *, killed: bool = False) -> None:
        """End Home Assistant."""
        self._end(self.server, "Home Assistant", killed=killed)

    # The agent

    def start_agent(self, *options: str, url: str = "") -> None:
        """Start the agent."""
        state = self.folder / "agent"
        state.mkdir(exist_ok=True)
        told: dict[str, str] = {
            "--url": url or self.lines.url(End.GATEWAY),
            "--gateway": GATEWAY,
            "--chambers": str(len(CHAMBERS)),
            "--interval": str(_INTERVAL),
            "--seed": str(self._seed),
            "--state": str(state),
        }
        words = [word for pair in told.items() for word in pair]
        python = str(ready("agent").program("python"))
        # The agent of this tree, whichever tree its environment was made from.
        paths = {"PYTHONPATH": str(ROOT / "agent" / "src")}
        program = [python, str(Path(__file__).with_name("clocked.py")), str(self._clock)]
        command = [*program, "simulate", *words, *options]
        self.agent = Process("the agent", command, state / "agent.log", env=paths)

    def go_live(self, *options: str) -> None:
        """Start the agent with its box in a hurry."""
        self.start_agent("--speed", str(_SPEED), *options)

    def write_past(self, since: str) -> Process:
        """Begin to let the chambers live through their past, which nobody hears of."""
        self.start_agent("--since", since, url="ws://127.0.0.1:9/mqtt")
        return self.agent

    def past_is_written(self) -> None:
        """Wait for the past, and end the agent."""
        self.agent.wait_until(
            lambda: self.agent.output().count("of its past are written") == len(CHAMBERS),
            "the past",
            _PAST_WITHIN,
        )
        self.agent.stop()

    def end_agent(self, *, killed: bool = False) -> None:
        """End the agent."""
        self._end(self.agent, "agent", killed=killed)

    def set_clock(self, wrong: float) -> None:
        """Set the gateway's clock wrong by so many seconds."""
        beside = self.folder / "clock.new"
        beside.write_text(str(wrong))
        beside.replace(self._clock)

    def put_back(self) -> None:
        """While the agent is not there: let its samples seem to be put back from a copy, so that a new epoch begins."""
        (self.folder / "agent" / ".samples.json").unlink(missing_ok=True)

    # The broker

    def end_broker(self, *, killed: bool = False) -> None:
        """End the broker; killed, it forgets what it retains."""
        self.lines.cuts += sum(self.lines.up(end) for end in End)
        self._end(self.broker, "broker", killed=killed)

    def start_broker(self) -> None:
        """Start the broker where it was."""
        was = self.broker.listener
        self.broker = brokers.start(
            "mosquitto", was.folder, port=was.port, plain_port=was.plain_port
        )

    def _end(self, process: Process, name: str, *, killed: bool) -> None:
        if process.exit_code() is not None:
            raise WorkshopError(process.describe_end())
        self.ends[f"{name} {'killed' if killed else 'stopped'}"] += 1
        if killed:
            process.kill(signal.SIGKILL)
        process.stop(30.0)

    def check(self) -> None:
        """Raise `ProcessError` where something ended by itself."""
        for process in (self.broker, self.agent, self.server):
            if process.exit_code() is not None:
                raise ProcessError(process.describe_end())

    def wait(self, seconds: float) -> None:
        """Let time pass, and see that all live."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(0.2, left))
