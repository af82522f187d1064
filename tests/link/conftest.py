"""Coroutines are tested on a clock that skips what is waited for."""

from __future__ import annotations

from collections.abc import Mapping

from link.clock import SkippingLoop


def pytest_asyncio_loop_factories() -> Mapping[str, type[SkippingLoop]]:
    """What the tests of this folder run in."""
    return {"skipping": SkippingLoop}
