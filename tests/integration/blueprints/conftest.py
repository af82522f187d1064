"""A chamber that is well, and people who are told when it is not."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant, ServiceCall
from pytest_homeassistant_custom_component.common import async_mock_service

from integration.automating import Chamber
from integration.blueprints.given import Phone, Phones
from integration.house import Clock, FakeLink, House


@pytest.fixture
def chamber(clock: Clock, carrier: FakeLink, house: House) -> Chamber:
    """A chamber that is well, and seldom says so."""
    carrier.describe(heartbeat=3600)
    return Chamber(carrier, house)


@pytest.fixture(autouse=True)
async def _end(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Automations that are on wait for their time."""
    yield
    if "chamber" in request.fixturenames:
        hass: HomeAssistant = request.getfixturevalue("hass")
        target = {"entity_id": "all"}
        await hass.services.async_call("automation", "turn_off", target, blocking=True)


@pytest.fixture
def phones(hass: HomeAssistant) -> Phones:
    """Everybody's phones."""
    return Phones(hass)


@pytest.fixture
def ada(phones: Phones) -> Phone:
    """The phone of who is called first."""
    return phones.add("Ada's phone")


@pytest.fixture
def bob(phones: Phones) -> Phone:
    """The phone of who is called when nobody cares."""
    return phones.add("Bob")


@pytest.fixture
def mail(hass: HomeAssistant) -> list[ServiceCall]:
    """What goes to notification entities."""
    return async_mock_service(hass, "notify", "send_message")
