"""The agent as a service: what it tells systemd, and what makes chambers safe after any end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.supervisor import UNIT, Supervisor, lines
from chamber_agent.service import notify
from chamber_agent.service.watchdog import attend

WITHIN = 30.0
CONFIG = """
[broker]
url = "ws://127.0.0.1:9/mqtt"
[gateway]
id = "pi"
interval = 0.1
[[chambers]]
id = "box"
name = "Box"
setpoint = 5
mode = "cool"
limits = { min = 0, max = 40 }
coolers = ["Cooler"]
fans = ["Fan"]
safe = { coolers = 0.4, fans = 1.0 }
[chambers.hardware]
kind = "simulated"
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(WITHIN)
        yield line


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    (tmp_path / "chamber-agent.toml").write_text(CONFIG)
    return Supervisor(
        tmp_path, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC=str(3_000_000)
    )


def heard(manager: socket.socket, word: str) -> list[str]:
    """What was said until `word`, that included."""
    said: list[str] = []
    while word not in said:
        said += manager.recv(4096).decode().splitlines()
    return said


@pytest.mark.lasting
def test_it_is_ready_lives_and_says_that_it_stops(
    manager: socket.socket, supervisor: Supervisor
) -> None:
    service = supervisor.start()
    heard(manager, "READY=1")
    heard(manager, "STATUS=1 chamber(s) attended to")
    heard(manager, "WATCHDOG=1")
    service.terminate()
    heard(manager, "STOPPING=1")
    assert supervisor.finish(service).returncode == 0
    assert service.returncode == 0


@pytest.mark.lasting
def test_after_kill_9_the_unit_makes_everything_safe(
    manager: socket.socket, supervisor: Supervisor
) -> None:
    service = supervisor.start()
    heard(manager, "READY=1")
    service.kill()
    afterwards = supervisor.finish(service)
    assert service.returncode == -signal.SIGKILL
    assert afterwards.returncode == 0
    assert "box: heaters 0%, coolers 40%, fans 100%" in afterwards.stderr


@pytest.mark.lasting
def test_a_stalled_process_gives_no_sign_of_life(
    manager: socket.socket, supervisor: Supervisor
) -> None:
    service = supervisor.start()
    heard(manager, "READY=1")
    os.kill(service.pid, signal.SIGSTOP)
    manager.settimeout(0.5)
    with pytest.raises(TimeoutError):
        heard(manager, "no such word")
    os.kill(service.pid, signal.SIGKILL)
    assert "coolers 40%" in supervisor.finish(service).stderr


def test_the_unit_makes_safe_before_the_start_and_after_the_end() -> None:
    unit = lines()
    assert unit["Type"] == ["notify"]
    assert float(unit["WatchdogSec"][0]) <= 60
    assert unit["ExecStartPre"] == ["-" + unit["ExecStopPost"][0]]
    assert "network" not in UNIT.read_text().replace("wait for the network", "")


class Turning:
    """A loop that is late or not, as it is told."""

    def __init__(self, *turns: bool | None, name: str = "box") -> None:
        self.turns = list(turns)
        self.name = name

    def late(self, now: float) -> bool | None:
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


OTHER = Turning(False, name="other")


async def told(*loops: Turning, seconds: float, within: float | None = None) -> list[str]:
    said: list[str] = []
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    await attend(loops, stop, lambda *words: said.extend(words), within)
    return said


async def test_the_sign_of_life_stays_away_while_one_loop_is_late() -> None:
    said = await told(Turning(False, True, True, False), OTHER, seconds=3.5)
    assert said == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=2 chamber(s) attended to",
        "STATUS=stalled: box",
        "WATCHDOG=1",
        "STATUS=2 chamber(s) attended to",
        "STOPPING=1",
        "STATUS=stopping: every chamber goes into its safe state",
    ]


async def test_it_is_not_ready_before_every_chamber_had_its_turn() -> None:
    said = await told(Turning(None, None, False), OTHER, seconds=2.5)
    assert said[:4] == ["WATCHDOG=1", "WATCHDOG=1", "READY=1", "WATCHDOG=1"]
    assert "READY=1" not in await told(Turning(None), seconds=2.5)


async def test_it_says_so_three_times_within_the_watchdogs_time() -> None:
    said = await told(Turning(False), seconds=1.2, within=1.2)
    assert said.count("WATCHDOG=1") >= 3


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdogs_time_is_for_this_process(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: float | None
) -> None:
    for key in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert notify.watchdog() == expected


@pytest.mark.parametrize("address", ["", "nowhere", "/no/such/socket", "@no-such-socket"])
def test_nobody_there_to_hear_it_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify.tell("READY=1")


def test_the_abstract_namespace_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"chamber-agent-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind("\0" + name)
        line.settimeout(WITHIN)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        notify.tell("READY=1", "STATUS=here")
        assert line.recv(4096) == b"READY=1\nSTATUS=here"
