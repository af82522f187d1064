"""What Debian offers: packages unpacked into a folder (no root, nothing installed); apt when root.

A program unpacked this way brings its own libc and libraries: its interpreter and search path are
set to the folder, so that a newer Debian's program runs on an older Debian.
"""

import os
import platform
import pwd
import shutil
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from ..places import DOWNLOADS, WORKSHOP
from ..progress import MissingPartError, step
from ..shell import run
from .apt_sources import DEFAULT_KEYRING, Source, debian_mirror, read_sources
from .guard import exclusively
from .tools import tool

STABLE = "bookworm"  # Debian 12, which the project's tables of brokers speak about
TESTING = "forky"  # Debian's name for the release after trixie


def codename() -> str:
    """Return the codename of the Debian this machine runs, or an empty string on any other system."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return release.get("VERSION_CODENAME", "") if release.get("ID") == "debian" else ""


def is_root() -> bool:
    """Tell whether this process may install packages."""
    return os.geteuid() == 0


@cache
def mirror() -> Source:
    """Return this machine's Debian mirror, as its own apt is configured.

    Raises:
        MissingPartError: not a Debian, no apt, or no source that is Debian's archive.
    """
    if not codename() or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise MissingPartError(
            "this is not a Debian with apt, so nothing can be taken from Debian's archive"
        )
    source = debian_mirror(read_sources(), codename())
    if source is None:
        raise MissingPartError(
            f"apt's configuration names no mirror that serves `main` of {codename()}"
        )
    return source


def multiarch() -> str:
    """Return Debian's name for this machine's libraries, such as `x86_64-linux-gnu`."""
    triplet = {"armv7l": "arm-linux-gnueabihf", "i686": "i386-linux-gnu"}
    machine = platform.machine()
    return triplet.get(machine, f"{machine}-linux-gnu")


def unpack(packages: Sequence[str], suite: str, folder: Path) -> None:
    """Download `packages` of a Debian suite with all they depend on and unpack them into `folder`.

    Raises:
        MissingPartError: this is no Debian.
        CommandError: the mirror does not have them.
    """
    source = mirror()
    apt = _private_apt(source, suite, DOWNLOADS / f"apt-{suite}")
    run([*apt, "update"], timeout=300)
    archives = DOWNLOADS / f"apt-{suite}" / "cache" / "archives"
    for old in archives.glob("*.deb"):
        old.unlink()
    run([*apt, "-y", "--download-only", "install", *packages], timeout=900)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in sorted(archives.glob("*.deb")):
        run(["dpkg-deb", "-x", package, folder])
        package.unlink()


def _private_apt(source: Source, suite: str, state: Path) -> list[str]:
    """Return an apt-get command that has lists, status and cache of its own and this machine's mirror."""
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    (state / "status").write_text("")
    (state / "sources.list").write_text(
        f"deb [signed-by={source.signed_by or DEFAULT_KEYRING}] {source.uri} {suite} main\n"
    )
    options = {
        "Dir::State": state,
        "Dir::State::Lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Cache::archives": state / "cache" / "archives",
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Debug::NoLocking": "1",
        "APT::Install-Recommends": "0",
        "APT::Sandbox::User": pwd.getpwuid(os.geteuid()).pw_name,
        "APT::Keep-Downloaded-Packages": "1",
        "Acquire::Check-Valid-Until": "false",  # a frozen mirror's Release file may have expired
    }
    return [
        "apt-get",
        "-q",
        *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
    ]


def relocate(program: Path, folder: Path) -> None:
    """Make an unpacked program use the libc and the libraries that were unpacked into `folder` with it.

    Raises:
        MissingPartError: the folder has no dynamic loader.
    """
    places = [
        folder / "usr/lib" / multiarch(),
        folder / "lib" / multiarch(),
        folder / "usr/lib64",
        folder / "lib64",
    ]
    loaders = [path for place in places for path in sorted(place.glob("ld-linux*.so.*"))]
    if not loaders:
        raise MissingPartError(f"no dynamic loader came with {program.name}")
    libraries = [place for place in places[:2] if place.is_dir()]
    for place in libraries:
        run(["/sbin/ldconfig", "-n", place])  # makes the links that packages leave to ldconfig
    search = ":".join(str(place) for place in libraries)
    run(
        [
            tool("patchelf"),
            "--set-interpreter",
            loaders[0],
            "--force-rpath",
            "--set-rpath",
            search,
            program,
        ]
    )


def is_unpacked(packages: Sequence[str], suite: str, folder: Path) -> bool:
    """Tell whether `unpacked` was done here before, with the same packages, and the folder was not moved since."""
    stamp = folder / ".complete"
    return stamp.is_file() and stamp.read_text() == _stamp(packages, suite, folder)


def _stamp(packages: Sequence[str], suite: str, folder: Path) -> str:
    return f"{folder}\n{suite}\n{' '.join(packages)}\n"


def unpacked(
    what: str, packages: Sequence[str], suite: str, programs: Iterable[str], folder: Path
) -> None:
    """Have `packages` unpacked in `folder` and the `programs` below it relocated, once.

    A program is a path relative to the folder, with wildcards where it holds a version.
    """
    if is_unpacked(packages, suite, folder):
        return
    tool("patchelf")
    with exclusively(f"apt-{suite}"):  # the suite's downloads are in one place
        if is_unpacked(packages, suite, folder):
            return
        with step(f"{what} (Debian {suite}, unpacked)"):
            unpack(packages, suite, folder)
            for pattern in programs:
                relocate(one(folder, pattern), folder)
            (folder / ".complete").write_text(_stamp(packages, suite, folder))


def one(folder: Path, pattern: str) -> Path:
    """Return the only path below a folder that matches the pattern.

    Raises:
        MissingPartError: there is none, or more than one.
    """
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise MissingPartError(f"{folder} holds {len(found)} of {pattern}, not one")
    return found[0]


def program(what: str, package: str, suite: str, path: str) -> Path:
    """Return a program of a suite's package, unpacked in `.workshop/`; no service runs by that."""
    folder = WORKSHOP / f"{package}-{suite}"
    unpacked(what, [package], suite, [path], folder)
    return one(folder, path)


def install(packages: Sequence[str], what: str) -> None:
    """Install packages with apt for the whole machine; no service is started by it.

    Raises:
        MissingPartError: not root, or no Debian; the message names the command for someone who is.
    """
    mirror()
    if not is_root():
        raise MissingPartError(
            f"{what} is missing; install it with: apt-get install {' '.join(packages)}"
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with step(f"{what} (apt-get install {' '.join(packages)})"):
        run(["apt-get", "-q", "update"], env=quiet, timeout=300)
        run(
            ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages],
            env=quiet,
            timeout=900,
        )
