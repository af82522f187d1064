"""`scripts/lock`: compile `requirements/*.in` into `requirements/*.txt`, every version pinned with its hashes.

Home Assistant installs the requirements of an integration when it first loads it. The demo and the
tests have them beforehand: they are read from the manifests of the wanted version and resolved under
the constraints that version ships.
"""

import argparse
import ast
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..places import REQUIREMENTS, ROOT, WORKSHOP
from ..progress import WorkshopError, step
from . import node
from .environments import HOME_ASSISTANT_VERSIONS
from .pythons import AGENT, HOME_ASSISTANT, python
from .tools import uv

# What Home Assistant loads beside the entity platforms, all of which it always loads: of its own
# accord (analytics imports hassio), and because the demo's configuration asks for it.
_LOADED = ("analytics", "automation", "backup", "frontend", "hardware", "hassio", "network")
_ASKED_FOR = ("history", "logbook", "mobile_app", "recorder", "sun", "system_health", "zeroconf")
# In tests nothing of the voice assistant is loaded, whose requirements have to be compiled.
_TESTED = ("backup", "diagnostics", "frontend", "network", "repairs", *_ASKED_FOR)
_REQUIREMENTS = re.compile(r"^REQUIREMENTS = (\[[^\]]*\])", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """One pair of files: `requirements/<name>.in` becomes `requirements/<name>.txt`."""

    name: str
    python: str
    home_assistant: str = ""
    """The version whose manifests and constraints count."""
    integrations: tuple[str, ...] = ()
    platforms: bool = False
    """Whether to add what all entity platforms require."""

    @property
    def source(self) -> Path:
        """What people write."""
        return REQUIREMENTS / f"{self.name}.in"

    @property
    def target(self) -> Path:
        """What is installed."""
        return REQUIREMENTS / f"{self.name}.txt"


LOCKS = (
    Lock("tools", AGENT),
    Lock("agent", AGENT),
    Lock("pure", AGENT),
    Lock("amqtt", AGENT),
    Lock("node", AGENT),
    Lock("fuzz", HOME_ASSISTANT),
    Lock("audit", AGENT),
    Lock("mutation", AGENT),
    Lock("integration", HOME_ASSISTANT, "2026.10.4", _TESTED),
    *(
        Lock(f"home-assistant-{each}", HOME_ASSISTANT, each, _LOADED + _ASKED_FOR, platforms=True)
        for each in HOME_ASSISTANT_VERSIONS
    ),
)


NODE_LOCKS = {"aedes": REQUIREMENTS / "aedes", "frontend": ROOT / "frontend"}
"""Folders that npm locks, by name."""


def required(components: Path, integrations: Iterable[str]) -> list[str]:
    """Return the requirements in the manifests of these integrations and of all they depend on.

    Raises:
        WorkshopError: that Home Assistant has no such integration.
    """
    waiting, seen, found = list(integrations), set[str](), set[str]()
    while waiting:
        domain = waiting.pop()
        if domain in seen:
            continue
        seen.add(domain)
        manifest = _manifest(components / domain)
        found.update(manifest.get("requirements", []))
        waiting += manifest.get("dependencies", [])
    return sorted(found)


def entity_platforms(components: Path) -> list[str]:
    """Return the integrations that define a kind of entity; Home Assistant loads all of them."""
    return [
        path.parent.name
        for path in components.glob("*/manifest.json")
        if _manifest(path.parent).get("integration_type") == "entity"
    ]


def of_login(package: Path) -> list[str]:
    """Return what ways to log in require; these modules say so in a constant."""
    found = set[str]()
    for path in (package / "auth").glob("*/*.py"):
        # Its syntax may be newer than the Python that runs here.
        for constant in _REQUIREMENTS.findall(path.read_text()):
            found.update(ast.literal_eval(constant))
    return sorted(found)


def tested(package: Path) -> list[str]:
    """Return what the tests need of a Home Assistant that is installed, whichever it is."""
    return sorted({*required(package / "components", _TESTED), *of_login(package)})


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except OSError as error:
        raise WorkshopError(f"this Home Assistant has no integration {folder.name}") from error
    return manifest


def _home_assistant(version: str) -> Path:
    """Have the bare package of a version, without what it depends on; return the folder it is in."""
    folder = WORKSHOP / "lock" / version
    if not (folder / "homeassistant" / "package_constraints.txt").is_file():
        where = ("--python", python(HOME_ASSISTANT), "--target", folder)
        uv("pip", "install", "--quiet", "--no-deps", *where, f"homeassistant=={version}")
    return folder / "homeassistant"


def _of_manifests(lock: Lock, package: Path) -> Path:
    """Write down what the wanted integrations, and logging in, require."""
    components = package / "components"
    platforms = entity_platforms(components) if lock.platforms else []
    path = WORKSHOP / "lock" / f"{lock.name}-manifests.in"
    wanted = required(components, [*lock.integrations, *platforms])
    path.write_text("\n".join([*wanted, *of_login(package), ""]))
    return path


def compile_lock(lock: Lock, *, upgrade: bool) -> None:
    """Resolve one file; what is pinned stays as it is unless `upgrade`."""
    least = {HOME_ASSISTANT: "3.14.2"}.get(lock.python, lock.python)
    options = ["--quiet", "--universal", "--python-version", least, "--generate-hashes"]
    # Else the lock would carry the index's address or a machine's paths.
    options += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"]
    options += ["--upgrade"] if upgrade else []
    sources: list[str | Path] = [lock.source]
    if lock.home_assistant:
        package = _home_assistant(lock.home_assistant)
        sources += [_of_manifests(lock, package)]
        sources += ["--constraints", package / "package_constraints.txt"]
    where = ("--python", python(lock.python), "--output-file", lock.target)
    uv("pip", "compile", *options, *where, *sources)


def main(arguments: list[str]) -> int:
    """Compile all locks, or the named ones."""
    names = [*(lock.name for lock in LOCKS), *NODE_LOCKS]
    parser = argparse.ArgumentParser(prog="scripts/lock", description=__doc__)
    parser.add_argument("name", nargs="*", help=", ".join(names))
    parser.add_argument("--upgrade", action="store_true", help="move to the newest that fit")
    options = parser.parse_args(arguments)
    unknown = set(options.name) - set(names)
    if unknown:
        raise WorkshopError(f"there is no requirements/{min(unknown)}.in known to scripts/lock")
    wanted = options.name or names
    for lock in LOCKS:
        if lock.name in wanted:
            with step(f"requirements/{lock.target.name}"):
                compile_lock(lock, upgrade=options.upgrade)
    for name, folder in NODE_LOCKS.items():
        if name in wanted:
            with step(f"{folder.relative_to(ROOT)}/package-lock.json"):
                node.lock(folder, upgrade=options.upgrade)
    return 0
