"""nginx in front of a broker: a path of its own, a password that HTTP asks for, TLS, and its idle cut.

with nginx.start(broker, folder, user="door", password="p", read_timeout=60) as proxy:
    connect(proxy.url, headers=proxy.authorization)
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..machine import debian
from ..progress import WorkshopError
from .brokers import Broker
from .processes import LOOPBACK, Process, ProcessError, answers, free_port, is_free

READ_TIMEOUT = 60
"""Seconds: nginx's own choice for `proxy_read_timeout`."""
_START_TIMEOUT = 20.0
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{
    default upgrade;
    ''      close;
  }}
  server {{
    listen {host}:{port}{ssl};
    {certificate}
    location {path} {{
      {password}
      proxy_pass http://{host}:{upstream}{upstream_path};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_read_timeout {read_timeout}s;
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Front:
    """What nginx shows, and to whom."""

    folder: Path
    port: int
    path: str = "/mqtt"
    """Any other one is answered with 404."""
    user: str = ""
    """Who has to tell a password in HTTP's basic authentication; empty: nobody."""
    password: str = ""
    tls: tuple[Path, Path] | None = None
    """Certificate and key, PEM."""
    read_timeout: int = READ_TIMEOUT
    """Seconds without a byte from the broker after which it cuts the connection."""


class Proxy(Process):
    """A running nginx; see `start`."""

    def __init__(self, broker: Broker, front: Front) -> None:
        """Start it and wait until its port answers.

        Raises:
            ProcessError: it did not start; the message holds its log's tail.
        """
        self.front = front
        self.port = front.port
        front.folder.mkdir(parents=True, exist_ok=True)
        configuration = front.folder / "nginx.conf"
        configuration.write_text(_configured(broker, front))
        super().__init__(
            "nginx",
            [unpacked(), "-p", front.folder, "-c", configuration],
            front.folder / "nginx.log",
        )
        try:
            self.wait_until(lambda: answers(self.port), f"nginx on {self.port}", _START_TIMEOUT)
        except ProcessError:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"{'wss' if self.front.tls else 'ws'}://{LOOPBACK}:{self.port}{self.front.path}"

    @property
    def authorization(self) -> Mapping[str, str]:
        """The header with which it lets somebody in."""
        words = f"{self.front.user}:{self.front.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(words).decode()}"}


def unpacked() -> Path:
    """Return the program of Debian's nginx."""
    return debian.program("nginx", "nginx-light", debian.STABLE, "usr/sbin/nginx")


def start(
    broker: Broker,
    folder: Path,
    *,
    port: int = 0,
    path: str = "/mqtt",
    user: str = "",
    password: str = "",
    tls: tuple[Path, Path] | None = None,
    read_timeout: int = READ_TIMEOUT,
) -> Proxy:
    """Start nginx in front of a broker without TLS; port 0 is any free one.

    Raises:
        MissingPartError: nginx cannot be had on this machine.
        ProcessError: it did not start.
        WorkshopError: the port is taken.
    """
    port = port or free_port()
    if not is_free(port):
        raise WorkshopError(f"port {port} of {LOOPBACK} is in use; choose another one")
    return Proxy(broker, Front(folder, port, path, user, password, tls, read_timeout))


def _configured(broker: Broker, front: Front) -> str:
    certificate = password = ""
    if front.tls:
        certificate = f"ssl_certificate {front.tls[0]}; ssl_certificate_key {front.tls[1]};"
    if front.user:
        passwords = front.folder / "passwords"
        passwords.touch(mode=0o600)
        passwords.write_text(f"{front.user}:{_hashed(front.password)}\n")
        password = f'auth_basic "chambers"; auth_basic_user_file {passwords};'
    return CONFIGURATION.format(
        folder=front.folder,
        host=LOOPBACK,
        port=front.port,
        ssl=" ssl" if front.tls else "",
        certificate=certificate,
        path=front.path,
        password=password,
        upstream=broker.port,
        upstream_path=broker.path,
        read_timeout=front.read_timeout,
    )


def _hashed(password: str) -> str:
    """Hash as the salted SHA-1 of RFC 2307, which nginx knows on every system."""
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt).digest()  # noqa: S324
    return f"{{SSHA}}{base64.b64encode(digest + salt).decode()}"
