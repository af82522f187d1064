"""Certificates for a server: the one that its clients trust, and those they must not."""

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from faults.proxy import LOOPBACK
from integration.certificates import self_signed

_YESTERDAY = datetime.timedelta(hours=-1)


@dataclass(frozen=True)
class Certificates:
    """What a server may show; `trust` are the authorities of its clients, PEM."""

    good: ssl.SSLContext
    expired: ssl.SSLContext
    elsewhere: ssl.SSLContext
    unknown: ssl.SSLContext
    demanding: ssl.SSLContext
    trust: str

    def client(self) -> ssl.SSLContext:
        """What a client verifies with."""
        return ssl.create_default_context(cadata=self.trust)


def certificates(folder: Path) -> Certificates:
    """Make them all."""
    good, unknown = self_signed(address=LOOPBACK), self_signed(address=LOOPBACK)
    expired = self_signed(address=LOOPBACK, ends_in=_YESTERDAY)
    elsewhere = self_signed(host="elsewhere.example")
    return Certificates(
        good=good.server_context(folder),
        expired=expired.server_context(folder),
        elsewhere=elsewhere.server_context(folder),
        unknown=unknown.server_context(folder),
        demanding=good.server_context(folder, clients_by=unknown.certificate),
        trust="".join(one.certificate for one in (good, expired, elsewhere)),
    )
