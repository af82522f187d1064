"""`scripts/release VERSION`: what a release consists of, built from the working tree into `dist/`.

- `chamber_ws.zip`: the integration, as HACS and the Marketplace unpack it into `custom_components/chamber_ws`.
- `chamber-agent-VERSION.tar.gz`: the agent, which pip installs; what it shares with the integration is inside.
- `notes.md`: the version's section of the changelog.

The version is stamped into what is built, never into the working tree. The same tree makes the same bytes. HACS
installs the tree of a tag rather than its archive: `--tagged` refuses a tree that says another version than its tag.
"""

import argparse
import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .places import ROOT
from .progress import WorkshopError, say

ARCHIVE = "chamber_ws.zip"
NOTES = "notes.md"
MANIFEST = "manifest.json"
_INTEGRATION = ROOT / "custom_components" / "chamber_ws"
_AGENT = ROOT / "agent"
_CHANGELOG = ROOT / "CHANGELOG.md"
_VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-(alpha|beta|rc)\.(0|[1-9]\d*))?")
"""Semantic Versioning 2.0.0, with those pre-releases alone that Python's packages know too."""
_LEFT_OUT = {"__pycache__", "dist", "build"}
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can say: the same for every file."""

Files = Mapping[str, bytes]
Stamp = Callable[[str, str], str]


def main(arguments: list[str]) -> int:
    """Build a release and tell where it is."""
    parser = argparse.ArgumentParser(
        prog="scripts/release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("version", help="such as 1.2.3, 1.2.3-rc.1, or a tag with a v before it")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="a folder (%(default)s)")
    parser.add_argument("--tagged", action="store_true", help="the tree has to say this version")
    options = parser.parse_args(arguments)
    if options.tagged:
        agree(version_of(options.version), (_INTEGRATION / MANIFEST).read_text())
    for path in build(options.version, options.output):
        say(str(path))
    return 0


def build(tag: str, folder: Path) -> list[Path]:
    """Write archive, agent and notes into `folder`; return their paths.

    Raises:
        WorkshopError: the version is none, or the changelog has nothing to say of it.
    """
    version = version_of(tag)
    notes = notes_of(version, _CHANGELOG.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    name = f"chamber-agent-{version}"
    made = {
        folder / ARCHIVE: zipped(integration_files(version)),
        folder / f"{name}.tar.gz": tarred(name, agent_files(version)),
        folder / NOTES: notes.encode(),
    }
    for path, content in made.items():
        path.write_bytes(content)
    return list(made)


def agree(version: str, manifest: str) -> None:
    """Raise `WorkshopError` where the tree's manifest says another version: HACS would install that one."""
    if (said := json.loads(manifest)["version"]) != version:
        raise WorkshopError(
            f"{MANIFEST} says {said}, the tag {version}: give manifest.json, agent/pyproject.toml and "
            "the agent's __init__.py the version, commit, and tag that"
        )


def version_of(tag: str) -> str:
    """Return the version that a tag names.

    Raises:
        WorkshopError: it names none.
    """
    version = tag.removeprefix("v")
    if not _VERSION.fullmatch(version):
        raise WorkshopError(f"{tag} is no version; it looks like 1.2.3, 1.2.3-rc.1 or v1.2.3")
    return version


def notes_of(version: str, changelog: str) -> str:
    """Return what a changelog says of a version, without its heading.

    Raises:
        WorkshopError: it says nothing.
    """
    heading = re.search(rf"^## \[{re.escape(version)}\].*\n", changelog, re.MULTILINE)
    section = changelog[heading.end() :].partition("\n## ")[0].strip() if heading else ""
    if not section:
        raise WorkshopError(
            f"CHANGELOG.md says nothing below '## [{version}]': "
            "give what is under [Unreleased] that heading, and a date"
        )
    return f"{section}\n"


def integration_files(version: str) -> Files:
    """Return the integration's files by their path below its folder, with the version in its manifest."""
    return _stamped(dict(_files(_INTEGRATION)), version, {MANIFEST: _in_manifest})


def agent_files(version: str) -> Files:
    """Return the agent's files by their path below its folder, with the version in what pip and people read."""
    stamps = {"pyproject.toml": _in_project, "src/chamber_agent/__init__.py": _in_package}
    return _stamped({**dict(_files(_AGENT)), "LICENSE": _license()}, version, stamps)


def _license() -> bytes:
    return (ROOT / "LICENSE").read_bytes()


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(_walked(folder)):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def _walked(folder: Path) -> Iterator[Path]:
    """Through links too: an archive has no use for them."""
    for path in folder.iterdir():
        if path.name in _LEFT_OUT or path.suffix in {".pyc", ".egg-info"}:
            continue
        if path.is_dir():
            yield from _walked(path)
        else:
            yield path


def _stamped(files: Files, version: str, stamps: Mapping[str, Stamp]) -> Files:
    written = {name: stamp(files[name].decode(), version) for name, stamp in stamps.items()}
    return {**files, **{name: text.encode() for name, text in written.items()}}


def _in_manifest(text: str, version: str) -> str:
    return _replaced(r'"version": "[^"]*"', f'"version": "{version}"', text)


def _in_project(text: str, version: str) -> str:
    return _replaced(r'^version = "[^"]*"', f'version = "{version}"', text)


def _in_package(text: str, version: str) -> str:
    return _replaced(r'^__version__ = "[^"]*"', f'__version__ = "{version}"', text)


def _replaced(pattern: str, by: str, text: str) -> str:
    stamped, times = re.subn(pattern, by, text, flags=re.MULTILINE)
    if times != 1:
        raise WorkshopError(f"the version stands {times} times where it should stand once: {by}")
    return stamped


def zipped(files: Files) -> bytes:
    """Return a zip of files by their paths."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def tarred(root: str, files: Files) -> bytes:
    """Return a compressed tar of files by their paths, below one folder, as pip wants a source archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size, entry.mode = len(files[name]), 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return gzip.compress(buffer.getvalue(), mtime=0)
