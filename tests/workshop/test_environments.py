"""An environment is current only when it was completed from what the project says now."""

import json
import sys
from pathlib import Path

import pytest

from workshop.machine import environments
from workshop.machine.environments import TABLE, Environment, fingerprint, is_current, ready
from workshop.places import REQUIREMENTS
from workshop.progress import WorkshopError

PLAIN = Environment("plain", ("3.11",), "plain.txt", editable=("agent",))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, in which the environment `plain` is complete."""
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "environments")
    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)
    (tmp_path / "plain.txt").write_text("something==1\n")
    PLAIN.folder.mkdir(parents=True)
    complete()
    return tmp_path


def complete(python: str = sys.executable) -> None:
    stamp = {"made_from": fingerprint(PLAIN), "python": python}
    (PLAIN.folder / ".complete.json").write_text(json.dumps(stamp))


def test_a_complete_environment_is_current() -> None:
    assert is_current(PLAIN)


def test_an_interrupted_set_up_is_not(project: Path) -> None:
    (PLAIN.folder / ".complete.json").unlink()
    assert not is_current(PLAIN)


def test_a_damaged_stamp_is_none(project: Path) -> None:
    (PLAIN.folder / ".complete.json").write_text('{"made_from": ')
    assert not is_current(PLAIN)


def test_a_changed_requirement_outdates_it(project: Path) -> None:
    (project / "plain.txt").write_text("something==2\n")
    assert not is_current(PLAIN)


def test_an_editable_package_that_appears_or_changes_outdates_it(project: Path) -> None:
    (project / "agent").mkdir()
    description = project / "agent" / "pyproject.toml"
    description.write_text("[project]\n")
    assert not is_current(PLAIN)
    complete()
    assert is_current(PLAIN)
    description.write_text('[project]\nname = "agent"\n')
    assert not is_current(PLAIN)


def test_a_python_that_is_gone_outdates_it() -> None:
    complete(python="/nowhere/python3")
    assert not is_current(PLAIN)


def test_a_moved_project_outdates_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = tmp_path / "moved"
    PLAIN.folder.parent.rename(moved)
    monkeypatch.setattr(environments, "ENVIRONMENTS", moved)
    assert (PLAIN.folder / ".complete.json").exists()
    assert not is_current(PLAIN)


def test_an_unknown_environment_is_named_with_those_there_are() -> None:
    with pytest.raises(WorkshopError, match="no environment nonsense; there are: home-assistant-"):
        ready("nonsense")


@pytest.mark.parametrize("environment", TABLE.values(), ids=TABLE)
def test_every_environment_has_requirements_pinned_with_hashes(environment: Environment) -> None:
    lines = (REQUIREMENTS / environment.requirements).read_text().splitlines()
    names = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert names
    assert all("==" in name and name.rstrip().endswith("\\") for name in names)
