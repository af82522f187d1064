"""What outlives a restart, and what must not."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from chamber_agent.chamber.model import Limits, Mode
from chamber_agent.errors import StateError
from chamber_agent.kept import MOST_ANSWERS, Answer, Kept, Target, restored
from chamber_agent.state_folder import StateFolder

DEFAULT = Target(5.0, Mode.OFF)
LIMITS = Limits(0.0, 40.0, 0.1)
MODES = (Mode.OFF, Mode.COOL)
NOON = 1_764_000_000.0


def from_saved(saved: dict[str, Any]) -> Kept:
    return restored(saved, DEFAULT, LIMITS, MODES)


def test_target_and_answers_come_back() -> None:
    kept = Kept(Target(4.0, Mode.COOL)).answered("a", '{"id":"a"}', NOON)
    assert from_saved(json.loads(json.dumps(kept.as_json()))) == kept


def test_nothing_saved_is_the_default() -> None:
    assert from_saved({}) == Kept(DEFAULT)


@pytest.mark.parametrize("setpoint", [-1.0, 41.0, "4", True, None, [4.0], float("nan")])
def test_a_setpoint_that_is_not_possible_is_not_restored(
    setpoint: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert from_saved({"setpoint": setpoint, "mode": "cool"}).target == Target(5.0, Mode.COOL)
    assert "the default is used" in caplog.text


@pytest.mark.parametrize("mode", ["heat", "bake", None, 3, []])
def test_a_mode_that_is_not_offered_is_not_restored(mode: object) -> None:
    assert from_saved({"setpoint": 4.0, "mode": mode}).target == Target(4.0, Mode.OFF)


@pytest.mark.parametrize("answers", [None, [], {"a": 3}, {"a": ["x", "y"]}, {"a": [1.0]}])
def test_answers_that_are_none_are_forgotten(answers: object) -> None:
    assert from_saved({"setpoint": 4.0, "mode": "cool", "answers": answers}).answers == {}


def test_answers_are_forgotten_after_ten_minutes() -> None:
    kept = Kept(DEFAULT).answered("old", "x", NOON).answered("new", "y", NOON + 601.0)
    assert kept.answers == {"new": Answer(NOON + 601.0, "y")}


def test_no_more_answers_are_taken_than_can_be_remembered() -> None:
    kept = Kept(DEFAULT, {str(i): Answer(NOON, "x") for i in range(MOST_ANSWERS)})
    assert kept.full(NOON)
    assert not kept.full(NOON + 601.0)


def test_what_is_saved_is_there_again(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "deep" / "state")
    with folder.held():
        folder.save("box", {"setpoint": 4.0})
        assert folder.load("box") == {"setpoint": 4.0}
        assert folder.load("another") == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"nonsense", b"[" * 100_000])
def test_a_corrupt_file_is_set_aside_and_said_so(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "box.json").write_bytes(content)
    with caplog.at_level(logging.ERROR):
        assert StateFolder(tmp_path).load("box") == {}
    assert (tmp_path / "box.corrupt").read_bytes() == content
    assert not (tmp_path / "box.json").exists()
    assert "box.json is corrupt" in caplog.text


def test_a_half_written_file_does_not_replace_the_old_one(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    folder.save("box", {"setpoint": 4.0})
    (tmp_path / ".box.json.new").write_text('{"setp')
    assert folder.load("box") == {"setpoint": 4.0}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be used"), StateFolder(tmp_path / "file").held():
        pass


def test_a_folder_that_vanished_costs_the_save_alone(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="could not be saved"):
        StateFolder(tmp_path / "gone").save("box", {})


def test_two_agents_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    with folder.held(), pytest.raises(StateError, match="another agent"), folder.held():
        pass
    with folder.held():
        pass


def test_without_a_folder_nothing_is_kept() -> None:
    folder = StateFolder()
    with folder.held():
        folder.save("box", {"setpoint": 4.0})
        assert folder.load("box") == {}
