"""What a broker is asked to serve, whichever broker it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Listener:
    """The ports of loopback a broker serves, and for whom."""

    folder: Path
    """Where its configuration, log and, if it keeps any, its retained messages and sessions are."""
    port: int
    """WebSocket, below any path."""
    plain_port: int
    """MQTT over TCP."""
    user: str = ""
    """Nobody else is let in; empty: everybody is."""
    password: str = ""
    tls: tuple[Path, Path] | None = None
    """Certificate and key, PEM: the WebSocket listener speaks TLS."""
    extra: str = ""
    """More lines of a Mosquitto configuration, such as `acl_file …`."""

    def write(self, name: str, content: str) -> Path:
        """Write a file for the broker that nobody else may read; return its path."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(content)
        return path


@dataclass(frozen=True)
class Service:
    """How a program serves a listener."""

    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    path: str = "/mqtt"
    """Of the WebSocket's URL."""
    greeting: str = ""
    """What its log says once it serves, where open ports do not say it; empty: they do."""
