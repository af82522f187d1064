"""Coroutines are tested on a clock that skips what is waited for, but where threads or sockets are real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from link.clock import SkippingLoop

REAL = {
    "test_advertising",
    "test_agent",
    "test_bus",
    "test_checking",
    "test_command_line",
    "test_desk",
    "test_downlink",
    "test_gateway",
    "test_measured",
    "test_past",
    "test_plc",
    "test_programmes",
    "test_tls",
    "test_uplink",
}
"""Modules that wait for something outside of the event loop."""


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What the tests of this folder run in."""
    if item.path.stem in REAL:
        return {"real": asyncio.SelectorEventLoop}
    return {"skipping": SkippingLoop}
