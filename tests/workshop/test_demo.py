"""The demo's logic apart from its processes; the processes are proven by scripts/demo --check."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from workshop.demo import beginning, stage, story
from workshop.demo import command as demo
from workshop.parts import home_assistant
from workshop.parts.processes import LOOPBACK, Process, ProcessError, free_port
from workshop.places import ROOT
from workshop.progress import WorkshopError


def test_options_have_defaults() -> None:
    options = demo.parse([])
    assert (options.check, options.port, options.broker) == (False, 0, "auto")
    assert (options.home_assistant, options.state) == ("2026.10.4", None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "0"],
        ["--port", "65536"],
        ["--port", "http"],
        ["--broker", "emqx"],
        ["--home-assistant", "2024.1.0"],
    ],
)
def test_what_cannot_be_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        demo.parse(arguments)
    assert arguments[1] in capsys.readouterr().err


def test_ports_stay_the_same_so_that_addresses_stay_valid(tmp_path: Path) -> None:
    remembered = tmp_path / "ports.json"
    first = stage.choose_ports(remembered, well_known=False)
    assert len(set(first.values())) == 3
    assert stage.choose_ports(remembered) == first


def test_a_port_that_is_given_counts_for_this_time_only(tmp_path: Path) -> None:
    wanted, remembered = free_port(), tmp_path / "ports.json"
    first = stage.choose_ports(remembered, well_known=False)
    assert stage.choose_ports(remembered, wanted) == {**first, "home_assistant": wanted}
    assert stage.choose_ports(remembered) == first


def test_a_remembered_port_that_is_taken_is_named(tmp_path: Path) -> None:
    remembered = tmp_path / "ports.json"
    with socket.create_server((LOOPBACK, 0)) as other:
        taken = other.getsockname()[1]
        remembered.write_text(json.dumps({"broker": taken}))
        with pytest.raises(WorkshopError, match=f"port {taken} \\(broker\\) is in use"):
            stage.choose_ports(remembered, free_port())


def test_damaged_memory_of_ports_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")
    assert stage.choose_ports(tmp_path / "ports.json", free_port())


def stored(folder: Path, key: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / ".storage" / key).read_text())
    return content


def test_home_assistant_listens_on_loopback_alone(tmp_path: Path) -> None:
    home_assistant.prepare(tmp_path, 8200)
    http = stored(tmp_path, "http")
    assert http["data"] == {"server_host": ["127.0.0.1"], "server_port": 8200}
    assert "\nhttp:" not in (tmp_path / "configuration.yaml").read_text()


def test_a_second_start_keeps_what_home_assistant_stored(tmp_path: Path) -> None:
    home_assistant.prepare(tmp_path, 8200)
    (tmp_path / ".storage" / "onboarding").write_text('{"data": "mine"}')
    (tmp_path / "automations.yaml").write_text("- alias: mine\n")
    home_assistant.prepare(tmp_path, 8201)
    assert stored(tmp_path, "onboarding") == {"data": "mine"}
    assert "mine" in (tmp_path / "automations.yaml").read_text()
    assert stored(tmp_path, "http")["data"]["server_port"] == 8201
    assert (tmp_path / "custom_components" / "chamber_ws").is_symlink()


def test_the_blueprints_are_there_to_choose_from(tmp_path: Path) -> None:
    for _start in range(2):
        home_assistant.prepare(tmp_path, 8200)
    ours = ROOT / "blueprints" / "automation" / "chamber_ws"
    copied = tmp_path / "blueprints" / "automation" / "chamber_ws"
    assert sorted(one.name for one in copied.iterdir()) == sorted(
        one.name for one in ours.iterdir()
    )


def test_what_the_chambers_went_through_is_in_order_and_over() -> None:
    moments = [story.SINCE, *(one.ago for one in story.INCIDENTS), 0.0]
    assert moments == sorted(moments, reverse=True)
    too_cold, put_right = (one.ago for one in story.INCIDENTS if one.setpoint is not None)
    assert too_cold > story.ACKNOWLEDGED > put_right
    assert [one.door for one in story.INCIDENTS if one.door is not None] == [True, False]


def test_what_is_said_of_chambers_holds_after_somebody_changed_their_limits() -> None:
    assert "watched for 2 to 8 °C" in story.told(new=True)[story.NAME]
    assert not any(sign.isdigit() for said in story.told(new=False).values() for sign in said)


class Written:
    """In place of the process that writes a past: it has ended with `code`."""

    def __init__(self, name: str, command: list[Path | str], _log: Path, **_: Any) -> None:
        self.name, self.command, self.code = name, command, 0

    def exit_code(self) -> int:
        """The code."""
        return self.code

    def describe_end(self) -> str:
        """How it ended."""
        return f"{self.name} ended with {self.code}"


@pytest.fixture
def at_once() -> Iterator[None]:
    """Every past is written at once."""
    nowhere = SimpleNamespace(program=Path)
    with patch.multiple(beginning, Process=Written, ready=lambda _name: nowhere):
        yield


def begun(state: Path) -> beginning.Past:
    past = beginning.past_of(state)
    assert past is not None
    return past


@pytest.mark.usefixtures("at_once")
def test_a_past_is_written_once(tmp_path: Path) -> None:
    past = begun(tmp_path)
    assert str(past.until) in ended(past).command
    past.end()
    assert beginning.past_of(tmp_path) is None


@pytest.mark.usefixtures("at_once")
def test_a_past_that_was_interrupted_goes_on_as_the_same(tmp_path: Path) -> None:
    first = begun(tmp_path)
    assert begun(tmp_path).until == first.until


@pytest.mark.usefixtures("at_once")
def test_a_past_that_could_not_be_written_is_no_past(tmp_path: Path) -> None:
    past = begun(tmp_path)
    ended(past).code = 1
    with pytest.raises(ProcessError, match="the past ended with 1"):
        past.end()
    assert begun(tmp_path).until == past.until


@pytest.mark.usefixtures("at_once")
def test_chambers_that_were_live_before_get_no_other_past(tmp_path: Path) -> None:
    assert not beginning.was_live(tmp_path)
    (beginning.agent_folder(tmp_path) / "samples.db").touch()
    assert beginning.was_live(tmp_path)
    assert beginning.past_of(tmp_path) is None


def ended(past: beginning.Past) -> Written:
    process: Process | Written = past.process
    assert isinstance(process, Written)
    return process
