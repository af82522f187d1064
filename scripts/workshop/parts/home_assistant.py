"""A real Home Assistant as a process, on loopback only, with the project's integration in it.

    with home_assistant.start("2026.10.4", folder, port=8123) as server:
        asyncio.run(drive(server.url))

Its configuration is the smallest that leaves its log empty. `client.py` logs in and drives it.
"""

import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from ..machine.environments import ready
from ..places import ROOT
from ..progress import WorkshopError
from .processes import LOOPBACK, Process, ProcessError, free_port, is_free

RESTART = 100
"""The exit code with which Home Assistant asks to be started again."""
_START_TIMEOUT = 180.0
_STOP_TIMEOUT = 30.0

_CONFIGURATION = """
homeassistant:
  packages: {}
recorder:
history:
logbook:
mobile_app:
sun:
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
logger:
  default: warning
  logs:
    # They complain that this machine has no ffmpeg and no libturbojpeg.
    haffmpeg: fatal
    homeassistant.components.camera.img_util: fatal
"""
_BLUEPRINTS = Path("blueprints", "automation", "chamber_ws")
_EMPTY = {"automations.yaml": "[]\n", "scripts.yaml": "{}\n", "scenes.yaml": "[]\n"}
# Home Assistant's onboarding asks for more than an owner; this much is taken as done. Its step
# `core_config` would start flows for services on the Internet.
_ONBOARDED = ["core_config", "analytics", "integration"]


class HomeAssistant(Process):
    """A Home Assistant, running once it is `ready`; see `start`."""

    def __init__(self, version: str, folder: Path, port: int) -> None:
        """Start it, and do not wait for it."""
        self.version = version
        self.folder = folder
        self.port = port
        python = ready(f"home-assistant-{version}").program("python")
        options = ["--log-no-color", "--skip-pip"]  # all it requires is in the environment
        command = [str(python), "-m", "homeassistant", *options, "--config", str(folder.resolve())]
        # From the project's root it would take `custom_components/` there for its own.
        super().__init__(f"Home Assistant {version}", command, folder / "process.log", cwd=folder)

    def ready(self) -> Self:
        """Wait until its HTTP server answers.

        Raises:
            ProcessError: it did not start; the message holds its log's tail.
        """
        try:
            self.wait_until(self._serves, f"Home Assistant on port {self.port}", _START_TIMEOUT)
        except ProcessError:
            self.stop()
            raise
        return self

    @property
    def url(self) -> str:
        """Where browsers and clients go."""
        return f"http://{LOOPBACK}:{self.port}"

    def stop(self, timeout: float = _STOP_TIMEOUT) -> None:
        """End it; it gets the time to write what it knows."""
        super().stop(timeout)

    def _serves(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/manifest.json", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def launch(version: str, folder: Path, *, port: int = 0, extra: str = "") -> HomeAssistant:
    """Begin to start a version of Home Assistant with its configuration in `folder`; port 0 is any free one.

    Args:
        version: one of `environments.HOME_ASSISTANT_VERSIONS`.
        folder: kept between starts; made when it is not there.
        port: of loopback.
        extra: more lines of `configuration.yaml`.

    Raises:
        MissingPartError: its environment cannot be made on this machine.
        WorkshopError: the port is taken.
    """
    port = port or free_port()
    if not is_free(port):
        raise WorkshopError(f"port {port} of {LOOPBACK} is in use; choose another one")
    prepare(folder, port, extra)
    return HomeAssistant(version, folder, port)


def start(version: str, folder: Path, *, port: int = 0, extra: str = "") -> HomeAssistant:
    """Start one, as `launch` does, and wait for it.

    Raises:
        MissingPartError: its environment cannot be made on this machine.
        ProcessError: it did not start.
        WorkshopError: the port is taken.
    """
    return launch(version, folder, port=port, extra=extra).ready()


def prepare(folder: Path, port: int, extra: str = "") -> None:
    """Write the configuration; what Home Assistant itself has stored stays."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    (folder / "configuration.yaml").write_text(_CONFIGURATION + extra)
    for name, content in _EMPTY.items():
        if not (folder / name).exists():
            (folder / name).write_text(content)
    # `http:` in YAML would be a trial that ends after five minutes with a restart on all
    # interfaces; the stored form of version 1 is migrated by every later one.
    _store(storage, "http", {"server_host": [LOOPBACK], "server_port": port})
    if not (storage / "onboarding").exists():
        _store(storage, "onboarding", {"done": _ONBOARDED}, version=4)
    _link_integration(folder / "custom_components")
    # Home Assistant looks for blueprints in no folder that is a link.
    shutil.copytree(ROOT / _BLUEPRINTS, folder / _BLUEPRINTS, dirs_exist_ok=True)


def _store(storage: Path, key: str, data: object, version: int = 1) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))


def _link_integration(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    link = folder / "chamber_ws"
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT / "custom_components" / "chamber_ws", target_is_directory=True)
