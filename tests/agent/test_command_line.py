"""The command line, run as people and systemd run it: exit codes, messages, signals."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from chamber_agent.simulation import plc as simulated_plc

pytestmark = pytest.mark.lasting
WITHIN = 20.0
CONFIG = """
[broker]
url = "{url}"
[gateway]
id = "pi"
[[chambers]]
id = "box"
name = "Box"
setpoint = 5
limits = {{ min = 0, max = 40 }}
coolers = ["Cooler"]
door = true
power = true
[chambers.hardware]
kind = "simulated"
"""


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A URL at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{taken.getsockname()[1]}/mqtt"


def agent(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chamber_agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False)


def started(*arguments: str, until: str) -> subprocess.Popen[str]:
    """The agent, running, once its log says `until`."""
    command = [sys.executable, "-m", "chamber_agent", *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert running.stderr is not None
    deadline = time.monotonic() + WITHIN
    while until not in (line := running.stderr.readline()):
        assert line, "the agent ended"
        assert time.monotonic() < deadline
    return running


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_even_without_a_broker(
    nowhere: str, tmp_path: Path, sent: signal.Signals
) -> None:
    options = ("--url", nowhere, "--state", str(tmp_path / "state"))
    running = started("simulate", *options, until="connection_refused")
    running.send_signal(sent)
    _, log = running.communicate(timeout=WITHIN)
    assert running.returncode == 0
    assert "every chamber is in its safe state" in log
    assert "Traceback" not in log


def test_the_first_chamber_can_be_switched_through_a_simulated_plc(nowhere: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = started("simulate", "--url", nowhere, "--plc", str(port), until="connection_refused")
    client = ModbusTcpClient("127.0.0.1", port=port)
    beats, temperatures = set[int](), set[int]()
    deadline = time.monotonic() + WITHIN
    while len(beats) < 3 and time.monotonic() < deadline:
        beats.update(client.read_holding_registers(simulated_plc.WATCHDOG).registers)
        temperatures.update(client.read_input_registers(simulated_plc.TEMPERATURE).registers)
        time.sleep(0.05)
    client.close()
    running.terminate()
    _, log = running.communicate(timeout=WITHIN)
    assert len(beats) >= 3, "the watchdog stood still"
    assert any(2000 < shown < 3500 for shown in temperatures)
    assert running.returncode == 0
    assert "Traceback" not in log
    assert "do not answer" not in log


def test_two_agents_cannot_share_a_state_folder(nowhere: str, tmp_path: Path) -> None:
    options = ("simulate", "--url", nowhere, "--state", str(tmp_path))
    first = started(*options, until="connection_refused")
    second = agent(*options)
    first.terminate()
    first.communicate(timeout=WITHIN)
    assert second.returncode == 1
    assert "another agent uses the state folder" in second.stderr


@pytest.mark.parametrize(
    ("config", "forgotten"),
    [
        pytest.param(CONFIG, "setpoints, modes and samples", id="controlled"),
        pytest.param(
            re.sub("(setpoint|limits|coolers) = .*\n", "", CONFIG), "the samples", id="measured"
        ),
    ],
)
def test_what_is_forgotten_without_a_state_folder_is_said(
    nowhere: str, tmp_path: Path, config: str, forgotten: str
) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(config.format(url=nowhere))
    warning = f"without gateway.state_folder every restart forgets {forgotten}\n"
    running = started("run", "--config", str(file), until=warning)
    running.kill()
    running.communicate(timeout=WITHIN)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "required: COMMAND"),
        (("simulate",), "required: --url"),
        (("simulate", "--url", "http://x"), '--url: found "http://x"'),
        (("simulate", "--url", "ws://x", "--speed", "fast"), "--speed"),
        (("run", "--config", "no-such.toml"), "no-such.toml: cannot be read"),
        (("check", "--config", "no-such.toml"), "no-such.toml: cannot be read"),
        (("dance",), "invalid choice"),
    ],
)
def test_a_wrong_command_line_is_refused_with_its_reason(
    arguments: tuple[str, ...], message: str
) -> None:
    refused = agent(*arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


def test_check_names_what_fails_and_reads_every_sensor(nowhere: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(CONFIG.format(url=nowhere))
    checked = agent("check", "--config", str(file))
    assert checked.returncode == 1
    assert re.search(
        r"^FAILED ws://.*: connection_refused: .*broker runs", checked.stdout, re.MULTILINE
    )
    assert re.search(r"^ok +box: temperature: 2\d\.\d\d °C \(ok\)$", checked.stdout, re.MULTILINE)
    assert re.search(r"^ok +box: door: closed$", checked.stdout, re.MULTILINE)
    assert re.search(r"^ok +box: power: 0\.0 W$", checked.stdout, re.MULTILINE)


def test_a_profile_is_checked_against_the_chambers_limits(nowhere: str, tmp_path: Path) -> None:
    profile, config = tmp_path / "bake.csv", tmp_path / "agent.toml"
    profile.write_text("setpoint,rate,soak\n30,,3600\n60,1,\n")
    config.write_text(CONFIG.format(url=nowhere))
    alone = agent("profile", "check", str(profile))
    assert alone.returncode == 0
    assert "bake: 3 step(s), 3 with jumps, 1:30:00 from the first setpoint on" in alone.stdout
    judged = agent("profile", "check", str(profile), "--config", str(config))
    assert judged.returncode == 1
    assert "FAILED box: step 3: 60 °C is outside this chamber's limits" in judged.stdout


def test_safe_needs_neither_broker_nor_state(nowhere: str, tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG.format(url=nowhere))
    secured = agent("safe", "--config", str(config))
    assert secured.returncode == 0
    assert "box: heaters 0%, coolers 0%, fans 0%" in secured.stderr


def test_check_moves_actuators_only_where_it_may(nowhere: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(CONFIG.format(url=nowhere))
    unasked = agent("check", "--config", str(file)).stdout
    assert re.search(r"^- +box: .*: not moved: nobody can be asked here", unasked, re.MULTILINE)
    without = agent("check", "--no-actuators", "--config", str(file)).stdout
    assert re.search(r"^- +box: .*: not moved: --no-actuators", without, re.MULTILINE)
    moved = agent("check", "--yes", "--config", str(file)).stdout
    assert re.search(r"^ok +box: .*: 1 s on with .* W, and off again", moved, re.MULTILINE)


def test_the_unit_can_be_looked_at_by_anybody() -> None:
    shown = agent("install-service", "--print")
    assert shown.returncode == 0
    assert "ExecStopPost=" in shown.stdout


def test_run_uses_the_folder_that_systemd_made(
    nowhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    file = tmp_path / "agent.toml"
    file.write_text(CONFIG.format(url=nowhere))
    running = started("run", "--config", str(file), until="connection_refused")
    running.terminate()
    running.communicate(timeout=WITHIN)
    assert (tmp_path / "state" / ".lock").exists()


def test_it_says_its_version() -> None:
    assert agent("--version").stdout == "chamber-agent 0.1.0\n"
