"""Coroutines are tested on a clock that skips what is waited for, and what is said in each version of MQTT."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chamber_agent.link.packets import Version
from link.clock import SkippingLoop


def pytest_asyncio_loop_factories() -> Mapping[str, type[SkippingLoop]]:
    """What the tests of this folder run in."""
    return {"skipping": SkippingLoop}


@pytest.fixture(params=Version, ids=lambda version: str(version.value))
def version(request: pytest.FixtureRequest) -> Version:
    """Each version of MQTT."""
    return Version(request.param)
