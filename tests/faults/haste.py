"""The deadlines of a connection: as they are, and short enough for tests."""

import contextlib
import functools
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from unittest.mock import patch

INTEGRATION = "custom_components.chamber_ws"
AGENT = "chamber_agent"
_TRANSPORTS = {INTEGRATION: "websocket_link", AGENT: "uplink"}


@dataclass(frozen=True)
class Deadlines:
    """Seconds; the defaults are the product's."""

    open: float = 10.0
    connack: float = 5.0
    suback: float = 10.0
    heartbeat: float = 25.0
    close: float = 2.0
    keepalive: int = 30


USUAL = Deadlines()
SHORT = Deadlines(open=4.0, connack=2.5, suback=2.5, heartbeat=2.5, close=0.5, keepalive=3)


def product(package: str = INTEGRATION) -> Deadlines:
    """What a package really uses: the documentation is computed from it."""
    modules = {
        name: importlib.import_module(f"{package}.link.{name}")
        for name in ("packets", "session", "transport")
    }
    transport, session = modules["transport"], modules["session"]
    return Deadlines(
        transport.OPEN_WITHIN,
        session.CONNACK_WITHIN,
        session.SUBACK_WITHIN,
        transport.HEARTBEAT,
        transport.CLOSE_WITHIN,
        modules["packets"].Settings("").keepalive,
    )


@contextlib.contextmanager
def hasty(deadlines: Deadlines = SHORT, again_after: float = 0.2) -> Iterator[None]:
    """Use these deadlines at both ends, and try again after so many seconds whatever went wrong."""
    with contextlib.ExitStack() as stack:
        for package, transport in _TRANSPORTS.items():
            values = {
                "link.link.OPEN_WITHIN": deadlines.open,
                "link.link.CLOSE_WITHIN": deadlines.close,
                "link.link.TICK": 0.1,
                "link.session.CONNACK_WITHIN": deadlines.connack,
                "link.session.SUBACK_WITHIN": deadlines.suback,
                "link.retry.FIRST_DELAY": again_after,
                "link.retry.LONGEST_DELAY": 2 * again_after,
                "link.retry.SLOW_DELAY": again_after,
                "link.retry.LONGEST_WISH": again_after,
                f"{transport}.HEARTBEAT": deadlines.heartbeat,
                f"{transport}.CLOSE_WITHIN": deadlines.close,
            }
            for name, value in values.items():
                module, _dot, constant = f"{package}.{name}".rpartition(".")
                stack.enter_context(patch.object(importlib.import_module(module), constant, value))
        uplink = importlib.import_module(f"{AGENT}.uplink")
        stack.enter_context(patch.object(uplink, "OPEN_WITHIN", deadlines.open))
        yield


@contextlib.contextmanager
def with_settings(**more: object) -> Iterator[None]:
    """Let every connection that is set up by hand have these settings too."""
    with contextlib.ExitStack() as stack:
        for package in _TRANSPORTS:
            packets = importlib.import_module(f"{package}.link.packets")
            made = functools.partial(packets.Settings, **more)
            stack.enter_context(patch.object(packets, "Settings", made))
        yield
