"""What Home Assistant's integrations require is read from their manifests."""

import json
from pathlib import Path

import pytest

from workshop.machine.locking import LOCKS, NODE_LOCKS, entity_platforms, of_login, required
from workshop.places import REQUIREMENTS
from workshop.progress import WorkshopError


@pytest.fixture
def components(tmp_path: Path) -> Path:
    """A Home Assistant with four integrations, two of which depend on each other."""
    for domain, manifest in {
        "camera": {"requirements": ["jpeg==1"], "dependencies": ["http"]},
        "climate": {"integration_type": "entity"},
        "http": {"requirements": ["web==2"], "dependencies": ["camera"]},
        "sensor": {"integration_type": "entity", "dependencies": ["http"]},
    }.items():
        (tmp_path / domain).mkdir()
        (tmp_path / domain / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_dependencies_are_followed_once(components: Path) -> None:
    assert required(components, ["sensor"]) == ["jpeg==1", "web==2"]
    assert required(components, ["climate"]) == []


def test_entity_platforms_are_found(components: Path) -> None:
    assert sorted(entity_platforms(components)) == ["climate", "sensor"]


def test_what_logging_in_requires_stands_in_a_constant(tmp_path: Path) -> None:
    (tmp_path / "auth" / "modules").mkdir(parents=True)
    (tmp_path / "auth" / "modules" / "totp.py").write_text('A = 1\nREQUIREMENTS = ["otp==1"]\n')
    (tmp_path / "auth" / "modules" / "plain.py").write_text("type New = int\nREQUIRED = 1\n")
    assert of_login(tmp_path) == ["otp==1"]


def test_an_integration_that_does_not_exist_is_named(components: Path) -> None:
    with pytest.raises(WorkshopError, match="no integration mqtt"):
        required(components, ["mqtt"])


def test_every_requirements_file_belongs_to_a_lock_and_names_no_address() -> None:
    known = {path.name for lock in LOCKS for path in (lock.source, lock.target)}
    folders = {folder.name for folder in NODE_LOCKS.values() if folder.parent == REQUIREMENTS}
    assert {path.name for path in REQUIREMENTS.iterdir()} == known | folders
    assert not [name for name in known if "://" in (REQUIREMENTS / name).read_text()]


@pytest.mark.parametrize("name", NODE_LOCKS)
def test_what_npm_locks_is_pinned_exactly_and_names_no_registry(name: str) -> None:
    folder = NODE_LOCKS[name]
    package = json.loads((folder / "package.json").read_text())
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]
    told = locked.pop("")
    for kind in {"dependencies", "devDependencies"} & package.keys():
        assert told[kind] == package[kind]
        for wanted, version in package[kind].items():
            assert locked[f"node_modules/{wanted}"]["version"] == version
    assert all("integrity" in one and "resolved" not in one for one in locked.values())
