"""Real parts: what cannot be had on this machine skips the test, or fails it under `scripts/test --all`."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from workshop.checks.outcome import MISSING
from workshop.parts import brokers
from workshop.parts.brokers import Broker
from workshop.progress import MissingPartError

Part = TypeVar("Part")

TIMEOUT = pytest.mark.timeout(60, func_only=True)
"""The first test that needs a part waits until it is made; each wait of a fixture has a deadline of its own."""


def have(make: Callable[[], Part]) -> Part:
    """Make a part; without it the test is skipped, for a reason that `scripts/test --all` counts as a failure."""
    try:
        return make()
    except MissingPartError as error:
        pytest.skip(f"{MISSING} {error}")


def again(broker: Broker) -> Broker:
    """Start a broker that has ended, at the same place, for the same user and with what it remembers."""
    was = broker.listener
    return brokers.start(
        broker.kind,
        was.folder,
        port=was.port,
        plain_port=was.plain_port,
        user=was.user,
        password=was.password,
        tls=was.tls,
        extra=was.extra,
    )
