"""Chambers of one name are told apart wherever text is all that people get."""

from collections.abc import Callable
from typing import Any

import pytest
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr

from custom_components.chamber_ws import devices
from custom_components.chamber_ws.chamber.analysis.findings import Happened
from integration.automating import Chamber, automate, hearing
from integration.house import FakeLink, House, act


async def join(link: FakeLink, house: House, path: str, name: str = "Vaccine carrier") -> str:
    """Another chamber comes; its device."""
    link.introduce(path, name)
    await house.judged()
    device = house.device(path)
    assert device is not None
    return device.id


@pytest.fixture
def called(hass: HomeAssistant, house: House) -> Callable[..., list[str | None]]:
    """What chambers are called, by their paths."""

    def called(*paths: str) -> list[str | None]:
        found = (house.device(path) for path in paths)
        return [devices.distinct_name_of(hass, device) for device in found if device is not None]

    return called


async def test_a_name_that_is_its_own_stands_alone(
    carrier: FakeLink, house: House, called: Callable[..., list[str | None]]
) -> None:
    await join(carrier, house, "attic/box", "Incubator")
    assert called("pi/box", "attic/box") == ["Vaccine carrier", "Incubator"]


async def test_namesakes_are_told_apart_by_the_plainest_that_does(
    carrier: FakeLink, house: House, called: Callable[..., list[str | None]]
) -> None:
    await join(carrier, house, "attic/box")
    both = ["Vaccine carrier (pi)", "Vaccine carrier (attic)"]
    assert called("pi/box", "attic/box") == both
    await join(carrier, house, "attic/other")
    three = [both[0], "Vaccine carrier (attic · box)", "Vaccine carrier (attic · other)"]
    assert called("pi/box", "attic/box", "attic/other") == three


async def test_who_renames_one_needs_nothing_else(
    hass: HomeAssistant, carrier: FakeLink, house: House, called: Callable[..., list[str | None]]
) -> None:
    other = await join(carrier, house, "attic/box")
    dr.async_get(hass).async_update_device(other, name_by_user="Attic")
    assert called("pi/box", "attic/box") == ["Vaccine carrier", "Attic"]


async def test_gateways_are_no_namesakes_of_chambers(
    carrier: FakeLink, house: House, called: Callable[..., list[str | None]]
) -> None:
    await join(carrier, house, "attic/box", "pi")
    assert called("attic/box") == ["pi"]


async def test_automations_are_told_which_it_is(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    heard: list[ServiceCall] = hearing(hass)
    await join(carrier, house, "attic/box")
    chamber = Chamber(carrier, house)
    target = {"device_id": chamber.device_id}
    await automate(hass, {"triggers": {"trigger": "chamber_ws.fault_started", "target": target}})
    chamber.tell(Happened.FAULT_STARTED, what="x")
    await house.judged()
    assert [call.data["chamber"] for call in heard] == ["Vaccine carrier (pi)"]


async def test_reports_and_answers_are_told_apart(
    hass: HomeAssistant, carrier: FakeLink, house: House
) -> None:
    await join(carrier, house, "attic/box")
    told: list[dict[str, Any]] = await act(hass, "export_record", {"entity_id": "all"})
    assert [one["name"] for one in told] == ["Vaccine carrier (attic)", "Vaccine carrier (pi)"]
