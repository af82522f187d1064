"""What `scripts/test` can run: a table of checks, and which of them a path belongs to."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..machine.environments import HOME_ASSISTANT_VERSIONS
from ..mutation import MODULES as MUTATED
from ..parts import brokers
from ..places import LOGS, ROOT
from ..progress import WorkshopError

# On both Pythons: the contract and what judges by it, the agent, and what builds and checks all of it.
_ON_BOTH = {
    "pure": ("tests/contract", "tests/chamber", "tests/link"),
    "agent": ("tests/agent",),
    "workshop": ("tests/workshop", "tests/test_architecture.py"),
}
# No Home Assistant in these processes: they start one as other processes, or need none.
_WITHOUT_PHACC = ("-p", "no:homeassistant")
BRIEF = "not lasting"
"""The tests that are not left to --all, as pytest chooses them."""
_FEW_EXAMPLES = ("--hypothesis-profile=hasty",)
# With --all the other core has the end to end tests to carry meanwhile.
_IN_TWO = ("-n", "2", "--dist", "loadfile")
_SOURCES = ("custom_components", "agent", "scripts", "tests", "bench")
_TEXTS = "custom_components/chamber_ws/translations"
_SHARED = ("custom_components/chamber_ws/chamber", "custom_components/chamber_ws/link")


@dataclass(frozen=True)
class Check:
    """One process whose exit code says whether something holds."""

    name: str
    environment: str
    program: str
    arguments: tuple[str, ...]
    paths: tuple[str, ...]
    """What it looks at, relative to the root; what does not exist is left out; none: no files."""
    covers: tuple[str, ...] = ()
    """Further paths it speaks about."""
    needs: tuple[str, ...] = ()
    """Further environments, of the processes it starts."""
    alone: bool = False
    """Whether nothing else may run meanwhile: a second look gives the machine to what failed."""
    always: bool = True
    """Whether it runs unless more is asked for; else with --all, or when one of its paths is given."""
    hasty: tuple[str, ...] = ()
    """Further arguments for a run that leaves to --all what takes long."""
    minutes: float = 0.0
    """How long it takes, about; the longest start first, so that none is left over in the end."""
    looks_twice: bool = False
    """Whether a few failed tests are run once more by themselves: those that wait for real time and real processes."""

    @property
    def is_pytest(self) -> bool:
        """Tell whether it reports single tests."""
        return self.program == "pytest"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOGS / f"test-{os.getpid()}" / f"{self.name.replace(' ', '-')}.log"

    @property
    def junit(self) -> Path:
        """Where pytest writes its results."""
        return self.log.with_suffix(".xml")

    def command(self, program: Path) -> list[str]:
        """Return the command that runs it with this program."""
        report = [f"--junitxml={self.junit}", "-o", f"cache_dir=.workshop/pytest/{self.log.stem}"]
        return [str(program), *self.arguments, *(report if self.is_pytest else []), *self.paths]

    def hastened(self) -> "Check":
        """Return this check without what takes long."""
        return replace(self, arguments=(*self.arguments, *self.hasty))

    def second_look(self) -> "Check":
        """Return this check of the tests alone that failed the last time."""
        only = ("--last-failed", "--last-failed-no-failures=none")
        return replace(self, arguments=(*self.arguments, *only), alone=True)

    def narrowed(self, paths: Iterable[str]) -> "Check | None":
        """Return this check of the given paths only, or None where it has nothing to say of them."""
        kept = []
        for path in paths:
            file = path.split("::", 1)[0]
            if any(_within(file, own) for own in self.paths):
                kept.append(path)
            elif any(_within(own, file) for own in self.paths):
                kept += [own for own in self.paths if _within(own, file)]
            elif any(_within(file, other) for other in self.covers):
                return self
        return replace(self, paths=tuple(dict.fromkeys(kept))) if kept else None

    def present(self) -> "Check | None":
        """Return this check of what exists, or None where nothing does."""
        if not self.paths:
            return self
        paths = tuple(path for path in self.paths if _is_filled(ROOT / path.split("::", 1)[0]))
        return replace(self, paths=paths) if paths else None


def _within(path: str, folder: str) -> bool:
    return folder in {".", path} or path.startswith(f"{folder}/")


def _is_filled(path: Path) -> bool:
    return path.is_file() or any(path.rglob("*.py"))


def _brief(version: str, *, always: bool) -> list[Check]:
    return [
        Check(
            f"{name} {version}",
            f"pure-{version}",
            "pytest",
            ("--no-header", "-m", BRIEF),
            paths,
            always=always,
            hasty=_FEW_EXAMPLES,
            minutes=0.2,
            looks_twice=True,
        )
        for name, paths in _ON_BOTH.items()
    ]


def _lasting(version: str, *paths: str) -> Check:
    """The tests of one Python that live for hours or start processes: what they find depends little on the Python."""
    return Check(
        f"lasting {version}",
        f"pure-{version}",
        "pytest",
        ("--no-header", "-m", "lasting"),
        paths,
        always=False,
        minutes=1.5,
        looks_twice=True,
    )


def _types(version: str, paths: tuple[str, ...], covers: tuple[str, ...] = ()) -> Check:
    arguments = ("--python-version", version, "--cache-dir", f".workshop/mypy-{version}")
    return Check(f"types {version}", "integration", "mypy", arguments, paths, covers, minutes=0.6)


STATIC = (
    Check("lint", "integration", "ruff", ("check", "--output-format=concise"), _SOURCES),
    Check(
        "format", "integration", "ruff", ("format", "--check", "--output-format=concise"), _SOURCES
    ),
    _types("3.14", ("custom_components/chamber_ws", "scripts/workshop", "tests", "bench")),
    # The agent's package holds the two shared folders too: this is their check on the Pi's Python.
    _types("3.11", ("agent/src/chamber_agent",), _SHARED),
)
PYTEST = (
    Check(
        "integration",
        "integration",
        "pytest",
        ("--no-header",),
        ("tests/integration",),
        hasty=("-m", BRIEF, *_FEW_EXAMPLES, *_IN_TWO),
        minutes=4.0,
        looks_twice=True,
    ),
    Check(
        "record",
        "integration",
        "pytest",
        ("--no-header", *_WITHOUT_PHACC),
        ("tests/record", "tests/record_report"),
        hasty=("-m", BRIEF, *_FEW_EXAMPLES),
        minutes=0.7,
    ),
    *_brief("3.11", always=False),
    *_brief("3.14", always=True),
    _lasting("3.11", "tests/agent"),
    _lasting("3.14", "tests/chamber"),
    Check(
        "end to end",
        "integration",
        "pytest",
        ("--no-header", "--timeout=300", *_WITHOUT_PHACC),
        ("tests/end_to_end",),
        needs=(f"home-assistant-{HOME_ASSISTANT_VERSIONS[0]}", "agent"),
        always=False,
        minutes=8.0,
        looks_twice=True,
    ),
    Check(
        "browser",
        "integration",
        "pytest",
        ("--no-header", "--timeout=300", *_WITHOUT_PHACC),
        ("tests/browser",),
        needs=(*(f"home-assistant-{version}" for version in HOME_ASSISTANT_VERSIONS), "agent"),
        always=False,
        minutes=3.0,
        looks_twice=True,
    ),
)
FRONTEND = Check(
    "frontend",
    "agent",
    "python",
    ("scripts/frontend", "--check"),
    (),
    covers=("frontend", "custom_components/chamber_ws/www", _TEXTS),
    needs=("node",),
)
CHECKS = (*STATIC, FRONTEND, *PYTEST)


def _demo(version: str, broker: str) -> Check:
    options = ("--check", "--home-assistant", version, "--broker", broker)
    return Check(f"demo {version} {broker}", "agent", "python", ("scripts/demo", *options), ())


_NEWEST = HOME_ASSISTANT_VERSIONS[-1]
NIGHTLY = {
    # What a broker does, it does to every Home Assistant.
    "matrix": (
        *(_demo(_NEWEST, broker) for broker in brokers.KINDS),
        *(_demo(version, "mosquitto") for version in HOME_ASSISTANT_VERSIONS if version != _NEWEST),
    ),
    # With --all each of them runs on the Python that it is used on.
    "pythons": tuple(
        _lasting(version, *(path for paths in _ON_BOTH.values() for path in paths))
        for version in ("3.11", "3.14")
    ),
    # Some ten times the troubles of the end to end test's.
    "soak": (Check("soak", "agent", "python", ("scripts/soak", "--minutes", "15"), ()),),
    # One module after the other: each fills both cores.
    "mutation": tuple(
        Check(
            f"mutation {module.replace('/', ' ')}",
            "agent",
            "python",
            ("scripts/mutation", module),
            (),
            alone=True,
        )
        for module in MUTATED
    ),
    "audit": (Check("audit", "agent", "python", ("scripts/audit",), ()),),
    "fuzz": (Check("fuzz", "agent", "python", ("scripts/fuzz", "--minutes", "5"), ()),),
}
"""Long runs by name, for `scripts/test --nightly NAME`."""


def chosen(paths: Iterable[str], *, everything: bool = False) -> list[Check]:
    """Return the checks that look at these paths; of none given, those that take little time, or all.

    A path of tests chooses only the suites it is in; any other path also the linter and the types.

    Raises:
        WorkshopError: a path does not exist or no check looks at it.
    """
    wanted = [normal(path) for path in paths]
    if not wanted:
        return list(CHECKS) if everything else [one.hastened() for one in CHECKS if one.always]
    found: list[Check] = []
    for check in CHECKS:
        relevant = [path for path in wanted if check.is_pytest or not _within(path, "tests")]
        narrowed = check.narrowed(relevant)
        # Types hold or not for a program as a whole: the paths only choose the check.
        found += [check if check.program == "mypy" else narrowed] if narrowed else []
    if not found:
        raise WorkshopError(f"no check looks at {', '.join(wanted)}")
    return found


def normal(path: str) -> str:
    """Return a path (with a test's name after `::`, if any) relative to the root.

    It may be given relative to where the command is called, or to the root.

    Raises:
        WorkshopError: it does not exist or is outside of the project.
    """
    file, separator, test = path.partition("::")
    whole = Path(file).resolve()
    if not whole.exists():
        whole = (ROOT / file).resolve()
    if not whole.exists():
        raise WorkshopError(f"there is no {file}, neither here nor in {ROOT}")
    if not whole.is_relative_to(ROOT):
        raise WorkshopError(f"{file} is outside of the project")
    return f"{whole.relative_to(ROOT).as_posix()}{separator}{test}"
