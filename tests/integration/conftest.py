"""A real Home Assistant, with the link replaced at its place in the coordinator."""

import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import pytest_socket
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.chamber_ws  # noqa: F401  (must be imported before any fixture of the test kit)
from custom_components.chamber_ws.const import DOMAIN
from end_to_end.parts import have
from faults.tls import Certificates, certificates
from integration.house import URL, Clock, FakeLink, House
from integration.living import Life
from workshop.parts import brokers
from workshop.parts.brokers import Broker

CHATTY = ("homeassistant.helpers.entity_registry", "homeassistant.setup", "sqlalchemy.engine")
"""Loggers whose news no test reads, and which take a tenth of all time."""
for name in CHATTY:
    logging.getLogger(name).setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def _custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let the test kit find the integration, in tests that have a Home Assistant; a recorder comes before it."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """A configuration folder of the test's own: the record is kept there."""
    return str(tmp_path)


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Leave out the kit's debug mode, which takes half of all time; `pytest --asyncio-debug` brings it back."""


@pytest.fixture(autouse=True)
def _no_reproach(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Home Assistant must not complain about what the integration uses, in any test."""
    yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    messages = [record.getMessage() for record in [*records, *caplog.records]]
    assert not [text for text in messages if "Detected that custom integration" in text]


@pytest.fixture(autouse=True)
def _ample_time() -> Iterator[None]:
    """What changes is shown at once, however slow this machine is; tests of the pace bring their own."""
    with patch("custom_components.chamber_ws.telling.herald.SLICE", 60.0):
        yield


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    """What comes goes to the record without waiting for more; tests of that bring their own."""
    with patch("custom_components.chamber_ws.record.clerk.GATHER", 0.0):
        yield


@pytest.fixture
def links() -> Iterator[list[FakeLink]]:
    """The links made during a test, newest last."""
    made: list[FakeLink] = []

    def make(_dial: Any, _settings: Any, greet: Any, listener: Any, **_more: Any) -> FakeLink:
        made.append(FakeLink(listener, greet))
        return made[-1]

    with patch("custom_components.chamber_ws.coordinator.Link", make):
        yield made


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """An entry as the configuration flow makes it."""
    made = MockConfigEntry(
        domain=DOMAIN,
        title="broker",
        data={"url": URL, "prefix": "chamber", "client_id": "chamber0123", "keepalive": 30},
        unique_id="127.0.0.1:9001/mqtt chamber",
    )
    made.add_to_hass(hass)
    return made


@pytest.fixture
async def link(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink]
) -> AsyncIterator[FakeLink]:
    """The link of a loaded entry, up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    links[-1].up()
    await hass.async_block_till_done()
    yield links[-1]
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def carrier(hass: HomeAssistant, link: FakeLink) -> FakeLink:
    """The link of a chamber that has everything, promises replies and is well."""
    link.describe()
    link.sample()
    await hass.async_block_till_done()
    return link


@pytest.fixture
def house(hass: HomeAssistant, entry: MockConfigEntry) -> House:
    """The entities, as a user sees them."""
    return House(hass, entry)


@pytest.fixture
def clock(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Iterator[Clock]:
    """Time, which passes only when told to; on the record's thread as well, which the freezer leaves alone."""
    made = Clock(hass, freezer)
    record = SimpleNamespace(time=lambda: made.utc, monotonic=time.monotonic)
    with patch("custom_components.chamber_ws.record.clerk.time", record):
        yield made


@pytest.fixture
async def life(link: FakeLink, links: list[FakeLink], house: House, clock: Clock) -> Life:
    """A chamber at 5 °C whose days go by; it may be silent for five minutes."""
    link.describe(heartbeat=100)
    made = Life(links, house, clock)
    await made.go_on(5.0)
    return made


@pytest.fixture
def impatient() -> Iterator[None]:
    """The link's deadlines, short enough for a test."""
    link = "custom_components.chamber_ws.link"
    with (
        patch(f"{link}.link.OPEN_WITHIN", 0.5),
        patch(f"{link}.link.TICK", 0.02),
        patch(f"{link}.session.CONNACK_WITHIN", 0.05),
        patch(f"{link}.session.SUBACK_WITHIN", 0.05),
    ):
        yield


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Mosquitto that lets everybody in."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("mosquitto")
    with have(lambda: brokers.start("mosquitto", folder)) as started:
        yield started


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates, good and bad."""
    return certificates(tmp_path_factory.mktemp("certificates"))
