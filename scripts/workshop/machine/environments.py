"""The environments everything runs in: a table, and how a row of it comes to be.

An environment is made by uv below `.workshop/environments/`. A stamp, written last, says what it
was made from: an interrupted set-up is done again from the start, an outdated one brought up to date.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..places import ENVIRONMENTS, REQUIREMENTS, ROOT
from ..progress import MissingPartError, WorkshopError, step
from ..shell import CommandError
from . import compilers
from .guard import exclusively
from .pythons import AGENT, HOME_ASSISTANT, compiler_environment, python
from .tools import tool, uv

_FORMAT = "1"


@dataclass(frozen=True)
class Environment:
    """One virtual environment: what runs in it, on which Python, with what."""

    name: str
    pythons: tuple[str, ...]
    """Minor versions, the preferred one first."""
    requirements: str
    """A file in `requirements/`, pinned with hashes."""
    editable: tuple[str, ...] = ()
    """Folders of the project that are installed in place; one that does not exist is left out."""
    compiles: bool = False
    """Whether some requirement comes as C++ source only."""

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ENVIRONMENTS / self.name

    def program(self, name: str) -> Path:
        """Return the path of one of its programs, `python` for one."""
        return self.folder / "bin" / name


def _home_assistant(version: str) -> Environment:
    name = f"home-assistant-{version}"
    return Environment(name, (HOME_ASSISTANT,), f"{name}.txt", compiles=True)


HOME_ASSISTANT_VERSIONS = ("2026.10.4", "2026.11.0")

TABLE = {
    environment.name: environment
    for environment in (
        *(_home_assistant(version) for version in HOME_ASSISTANT_VERSIONS),
        Environment("agent", (AGENT, HOME_ASSISTANT), "agent.txt", editable=("agent",)),
        Environment("integration", (HOME_ASSISTANT,), "integration.txt", editable=("agent",)),
        Environment("pure-3.11", (AGENT,), "pure.txt", editable=("agent",)),
        Environment("pure-3.14", (HOME_ASSISTANT,), "pure.txt", editable=("agent",)),
        Environment("amqtt", (AGENT, HOME_ASSISTANT), "amqtt.txt"),
        Environment("node", (AGENT, HOME_ASSISTANT), "node.txt"),
        Environment("fuzz", (HOME_ASSISTANT,), "fuzz.txt"),
        Environment("audit", (AGENT, HOME_ASSISTANT), "audit.txt"),
        Environment("mutation", (AGENT,), "mutation.txt"),
    )
}


def ready(name: str) -> Environment:
    """Return the environment of that name, made first if it is not there or outdated.

    Raises:
        MissingPartError: no Python or compiler for it can be had here.
        WorkshopError: there is no such environment, or its installation failed.
    """
    environment = TABLE.get(name)
    if environment is None:
        raise WorkshopError(f"there is no environment {name}; there are: {', '.join(TABLE)}")
    if not is_current(environment):
        with exclusively(f"environment-{name}"):
            if not is_current(environment):
                _make(environment)
    return environment


def is_current(environment: Environment) -> bool:
    """Tell whether the environment is complete and made from what the project says now."""
    stamp = _read_stamp(environment)
    return stamp.get("made_from") == fingerprint(environment) and _works(stamp)


def fingerprint(environment: Environment) -> str:
    """Return a hash of what decides its content: requirements, place, what is installed in place."""
    digest = hashlib.sha256(repr((_FORMAT, environment, str(environment.folder))).encode())
    for path in (
        REQUIREMENTS / environment.requirements,
        *(folder / "pyproject.toml" for folder in _editable(environment)),
    ):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def _stamp(environment: Environment) -> Path:
    return environment.folder / ".complete.json"


def _read_stamp(environment: Environment) -> dict[str, str]:
    """Return what a completed set-up wrote down last; nothing where it was not completed."""
    try:
        stamp: dict[str, str] = json.loads(_stamp(environment).read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _works(stamp: dict[str, str]) -> bool:
    return Path(stamp.get("python", "/nowhere")).exists()


def _editable(environment: Environment) -> list[Path]:
    return [
        ROOT / folder
        for folder in environment.editable
        if (ROOT / folder / "pyproject.toml").is_file()
    ]


def _first_python(versions: Iterable[str]) -> tuple[str, Path]:
    reasons = []
    for version in versions:
        try:
            return version, python(version)
        except MissingPartError as error:
            reasons.append(str(error))
    raise MissingPartError("\n".join(reasons))


def _make(environment: Environment) -> None:
    """Make it new; where only its requirements changed, in place, as others may be using it."""
    version, interpreter = _first_python(environment.pythons)
    compiler = compilers.cplusplus() if environment.compiles else {}
    stamp = {
        "made_from": fingerprint(environment),
        "python": str(interpreter),
        "folder": str(environment.folder),
    }
    before = _read_stamp(environment)
    tool("uv")
    with step(f"environment {environment.name} (Python {version})"):
        if before and before == stamp | {"made_from": before["made_from"]}:
            _stamp(environment).unlink()
        else:
            shutil.rmtree(environment.folder, ignore_errors=True)
            uv("venv", "--quiet", "--no-project", "--python", interpreter, environment.folder)
        _install(environment, compiler | compiler_environment(interpreter))
        _stamp(environment).write_text(json.dumps(stamp))


def _install(environment: Environment, settings: dict[str, str]) -> None:
    options: list[str | Path] = ["--quiet", "--python", environment.program("python")]
    requirements = REQUIREMENTS / environment.requirements
    uv("pip", "sync", *options, "--require-hashes", requirements, env=settings)
    options += ["--no-deps", "--no-build-isolation", "--editable"]
    for folder in _editable(environment):
        try:
            uv("pip", "install", *options, folder, env=settings)
        except CommandError as error:
            raise WorkshopError(f"{folder.name}/ cannot be installed in place:\n{error}") from error
