"""What a release consists of: whole, stamped, the same again, and nothing without a changelog."""

import io
import json
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from source import AGENT, INTEGRATION, ROOT
from workshop import release
from workshop.progress import WorkshopError

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Something new.

## [1.2.3] - 2027-01-02

### Fixed

- Something old.

## [1.2.2]
"""


@pytest.fixture
def archive() -> zipfile.ZipFile:
    """The integration of version 1.2.3."""
    return zipfile.ZipFile(io.BytesIO(release.zipped(release.integration_files("1.2.3"))))


def test_the_integration_is_whole_and_lies_at_the_root(archive: zipfile.ZipFile) -> None:
    """As HACS unpacks it: right into the integration's folder."""
    files = {
        path.relative_to(INTEGRATION).as_posix()
        for path in INTEGRATION.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert set(archive.namelist()) == files
    assert {"manifest.json", "__init__.py", "brand/icon.png", "www/chamber-card.js"} <= files
    changed = {name for name in files if archive.read(name) != (INTEGRATION / name).read_bytes()}
    assert changed == {"manifest.json"}


def test_the_manifest_has_the_version_and_else_what_it_had(archive: zipfile.ZipFile) -> None:
    stamped = json.loads(archive.read("manifest.json"))
    assert stamped == json.loads((INTEGRATION / "manifest.json").read_text()) | {"version": "1.2.3"}
    assert list(stamped) == list(json.loads((INTEGRATION / "manifest.json").read_text()))


def test_the_agent_has_the_version_and_what_it_shares_inside() -> None:
    packed = io.BytesIO(release.tarred("chamber-agent-1.2.3", release.agent_files("1.2.3")))
    with tarfile.open(fileobj=packed) as archive:
        entries = {entry.name: entry for entry in archive.getmembers()}
        project = archive.extractfile("chamber-agent-1.2.3/pyproject.toml")
        assert project is not None
        assert tomllib.loads(project.read().decode())["project"]["version"] == "1.2.3"
        package = archive.extractfile("chamber-agent-1.2.3/src/chamber_agent/__init__.py")
        assert package is not None
        assert '__version__ = "1.2.3"' in package.read().decode()
    assert all(entry.isfile() for entry in entries.values())
    shared = {
        f"chamber-agent-1.2.3/src/chamber_agent/{name}/__init__.py" for name in ("chamber", "link")
    }
    assert shared | {"chamber-agent-1.2.3/LICENSE", "chamber-agent-1.2.3/README.md"} <= set(entries)


def test_the_working_tree_says_one_version() -> None:
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())["version"]
    project = tomllib.loads((ROOT / "agent" / "pyproject.toml").read_text())["project"]["version"]
    assert manifest == project
    assert f'__version__ = "{manifest}"' in (AGENT / "__init__.py").read_text()


def test_the_same_tree_makes_the_same_bytes() -> None:
    files = release.integration_files("1.2.3")
    turned = dict(reversed(list(files.items())))
    assert release.zipped(files) == release.zipped(turned)
    assert release.tarred("x", files) == release.tarred("x", turned)


def test_the_notes_are_the_version_s_section() -> None:
    assert release.notes_of("1.2.3", CHANGELOG) == "### Fixed\n\n- Something old.\n"


@pytest.mark.parametrize("version", ["1.2.2", "1.2", "1.2.30", "9.9.9"])
def test_a_version_of_which_nothing_is_said_is_not_released(version: str) -> None:
    with pytest.raises(WorkshopError, match=r"give what is under \[Unreleased\] that heading"):
        release.notes_of(version, CHANGELOG)


@pytest.mark.parametrize(
    ("tag", "version"),
    [("v1.2.3", "1.2.3"), ("1.2.3", "1.2.3"), ("v0.10.0-rc.1", "0.10.0-rc.1")],
)
def test_a_tag_names_a_version(tag: str, version: str) -> None:
    assert release.version_of(tag) == version


@pytest.mark.parametrize(
    "tag", ["", "v1.2", "1.2.3.4", "01.2.3", "1.2.3-dev", "latest", "1.2.3\n", '1.2.3"']
)
def test_what_is_no_version_is_refused(tag: str) -> None:
    with pytest.raises(WorkshopError, match="is no version"):
        release.version_of(tag)


def test_a_tag_and_its_tree_say_the_same() -> None:
    release.agree("1.2.3", '{"version": "1.2.3"}')
    with pytest.raises(WorkshopError, match=r"says 1\.2\.2, the tag 1\.2\.3"):
        release.agree("1.2.3", '{"version": "1.2.2"}')


def test_nothing_is_written_where_the_changelog_is_silent(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="CHANGELOG"):
        release.build("987.6.5", tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_all_three_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    monkeypatch.setattr(release, "_CHANGELOG", tmp_path / "CHANGELOG.md")
    paths = release.build("v1.2.3", tmp_path / "dist")
    assert [path.name for path in paths] == [
        "chamber_ws.zip",
        "chamber-agent-1.2.3.tar.gz",
        "notes.md",
    ]
    assert all(path.stat().st_size for path in paths)
