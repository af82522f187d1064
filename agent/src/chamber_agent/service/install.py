"""`chamber-agent install-service`: the unit, what it needs of the machine, and a configuration to begin with."""

import grp
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from .. import config
from ..config import AgentConfig
from ..errors import AgentError
from ..hardware.wiring import Max31865, Pwm, Relay, Switch, Wired

UNIT, CONFIG, PASSWORD = "chamber-agent.service", "chamber-agent.toml", "password"
ETC = Path("/etc/chamber-agent")
UNITS = Path("/etc/systemd/system")
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""Where a unit with ProtectHome= sees nothing."""
SOCKETS = "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX"
"""Of the unit; who announces a broker also asks the kernel for this machine's addresses (getifaddrs(3), netlink(7))."""


class Kind(NamedTuple):
    """A kind of device: its name in DeviceAllow=, and the group that may use it on Raspberry Pi OS."""

    device: str
    group: str


GPIO, SPI = Kind("char-gpiochip", "gpio"), Kind("char-spi", "spi")
NEEDS = {Relay: GPIO, Pwm: GPIO, Switch: GPIO, Max31865: SPI}


class NotInstalled(AgentError):
    """The service cannot be installed; the message says why, and what to do."""


class Installed(NamedTuple):
    """What was done, and what is left to do, in lines."""

    done: tuple[str, ...]
    next: tuple[str, ...]


def unit(
    told: AgentConfig | None,
    etc: Path = ETC,
    command: Sequence[str] | None = None,
    groups: Callable[[str], bool] | None = None,
) -> str:
    """Return the unit for this machine; without a configuration that of the example's."""
    words = " ".join(_own_command() if command is None else command)
    text = _shipped(UNIT).replace("=chamber-agent ", f"={words} ")
    text = text.replace("=-chamber-agent ", f"=-{words} ")
    if told is None:
        return text
    credentials = "".join(f"{line}\n" for line in _credentials(told, etc))
    before, _, after = text.partition("# Only root needs to read the password")
    text = before + credentials + after.partition("LoadCredential=")[2].partition("\n")[2]
    if told.gateway.advertise:
        text = text.replace(SOCKETS, f"{SOCKETS} AF_NETLINK")
    needed = sorted(set(_devices(told)))
    if not needed:
        return text
    exists = _group_exists if groups is None else groups
    lines = ["PrivateDevices=no", *(f"DeviceAllow={device.device} rw" for device in needed)]
    if members := sorted({device.group for device in needed if exists(device.group)}):
        lines.append(f"SupplementaryGroups={' '.join(members)}")
    return text.replace("PrivateDevices=yes", "\n".join(lines))


def install(
    user_config: Path | None,
    *,
    etc: Path = ETC,
    units: Path = UNITS,
    root: bool | None = None,
    command: Sequence[str] | None = None,
) -> Installed:
    """Write unit and configuration; what is there already stays. Raises `NotInstalled` and `ConfigError`."""
    if not (os.geteuid() == 0 if root is None else root):
        raise NotInstalled(
            f"only root may write to {units} and {etc}: run it with sudo, or look at --print"
        )
    command = _own_command() if command is None else command
    if hidden := [folder for folder in HIDDEN if Path(command[0]).is_relative_to(folder)]:
        raise NotInstalled(
            f"a service does not see {hidden[0]}, where {command[0]} is: install the agent elsewhere, "
            "such as: python3 -m venv /opt/chamber-agent && /opt/chamber-agent/bin/pip install …"
        )
    told = None if user_config is None else config.load(user_config)
    target = etc / CONFIG
    done = list(_configuration(user_config, target))
    if told is None and target.exists():
        told = _readable(target)
    units.mkdir(parents=True, exist_ok=True)
    (units / UNIT).write_text(unit(told, etc, command), encoding="utf-8")
    done.append(f"wrote {units / UNIT}")
    return Installed(tuple(done), tuple(_left(told, etc, target, " ".join(command))))


def _configuration(user_config: Path | None, target: Path) -> Iterator[str]:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        yield f"kept {target}, which was there already"
    elif user_config is None:
        target.write_text(_shipped("config.example.toml"), encoding="utf-8")
        yield f"wrote {target}, an example"
    else:
        shutil.copyfile(user_config, target)
        yield f"copied {user_config} to {target}"


def _left(told: AgentConfig | None, etc: Path, target: Path, command: str) -> Iterator[str]:
    yield f"make {target} yours"
    password = PASSWORD if told is None else told.broker.password_file
    if password is not None:
        place = etc / Path(password).name
        yield f"put the broker's password there: sudo install -m 600 /dev/stdin {place}"
    yield f"see whether all answers: sudo {command} check --config {target}"
    yield "start it, now and at boot: sudo systemctl daemon-reload && sudo systemctl enable --now chamber-agent"
    yield "read what it says: journalctl -u chamber-agent"


def _readable(target: Path) -> AgentConfig | None:
    """Return the configuration that is there, if it is one; `check` says what is wrong with it."""
    try:
        return config.load(target)
    except AgentError:
        return None


def _credentials(told: AgentConfig, etc: Path) -> Iterator[str]:
    """Yield what only root needs to read: passed on under the file's name."""
    for secret in (told.broker.password_file, told.broker.client_key_file):
        if secret is not None:
            yield f"LoadCredential={secret.name}:{etc / secret.name}"


def _devices(told: AgentConfig) -> Iterator[Kind]:
    for chamber in told.chambers:
        if not isinstance(chamber.hardware, Wired):
            continue
        for _, part in chamber.hardware.parts():
            if (needed := NEEDS.get(type(part))) is not None:
                yield needed
        plc = chamber.hardware.plc
        if plc is not None and plc.url.startswith("rtu://"):
            yield Kind(plc.url.removeprefix("rtu://"), "dialout")


def _own_command() -> list[str]:
    """Return how this agent is called by its whole path: the script beside the interpreter, or the module."""
    script = Path(sys.executable).with_name("chamber-agent")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "chamber_agent"]


def _group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _shipped(name: str) -> str:
    files = resources.files(__package__).joinpath("files")
    return files.joinpath(name).read_text(encoding="utf-8")
