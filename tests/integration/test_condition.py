"""Conditions of our own: what is so of chambers now; what nobody can know is not so."""

from collections.abc import Callable
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.condition import (
    ConditionChecker,
    async_from_config,
    async_get_all_descriptions,
    async_validate_condition_config,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.condition import CONDITIONS
from integration.automating import Chamber
from integration.house import STATUS, Clock, FakeLink, House

Check = Callable[..., Any]


@pytest.fixture
def chamber(clock: Clock, carrier: FakeLink, house: House) -> Chamber:
    """A chamber that is well, and seldom says so."""
    carrier.describe(heartbeat=3600)
    return Chamber(carrier, house)


async def check(hass: HomeAssistant, key: str, target: Any, **options: Any) -> ConditionChecker:
    """A condition, as automations have it."""
    config = {"condition": f"chamber_ws.{key}", "target": target, "options": options}
    return await async_from_config(hass, await async_validate_condition_config(hass, config))


def so(checker: ConditionChecker) -> bool | None:
    """Whether it is so now."""
    return checker.async_check()


def targets(chamber: Chamber) -> list[dict[str, Any]]:
    """The same chamber, by its device, its thermostat, its alarm and its own word for it."""
    return [
        {"device_id": chamber.device_id},
        *(
            {"entity_id": chamber.entity_id(key)}
            for key in ("chamber", "alarm", "online", "excursion")
        ),
    ]


async def test_an_excursion_is_one_as_long_as_it_lasts(
    hass: HomeAssistant, chamber: Chamber
) -> None:
    checkers = [await check(hass, "is_in_excursion", target) for target in targets(chamber)]
    assert {so(checker) for checker in checkers} == {False}
    await chamber.watch()
    await chamber.holds(9.0)
    assert {so(checker) for checker in checkers} == {True}
    await chamber.holds(5.0)
    assert {so(checker) for checker in checkers} == {False}


async def test_a_chamber_is_fresh_as_long_as_it_is_heard(
    hass: HomeAssistant, chamber: Chamber
) -> None:
    checkers = [await check(hass, "is_fresh", target) for target in targets(chamber)]
    assert {so(checker) for checker in checkers} == {True}
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()
    assert {so(checker) for checker in checkers} == {False}


async def test_a_time_can_be_asked_for(hass: HomeAssistant, chamber: Chamber, clock: Clock) -> None:
    await chamber.watch()
    checker = await check(hass, "is_in_excursion", targets(chamber)[0], **{"for": "00:10:00"})
    await chamber.holds(9.0)
    assert so(checker) is False
    await clock.advance(599)
    assert so(checker) is False
    await clock.advance(2)
    assert so(checker) is True


@pytest.mark.parametrize("key", sorted(CONDITIONS))
@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_of_what_is_not_loaded_nothing_is_so(
    hass: HomeAssistant, chamber: Chamber, key: str, behavior: str
) -> None:
    await chamber.watch()
    await chamber.holds(9.0)
    checker = await check(hass, key, {"device_id": chamber.device_id}, behavior=behavior)
    assert so(checker) is True
    await hass.config_entries.async_unload(chamber.house.entry.entry_id)
    assert so(checker) is False


@pytest.mark.parametrize("key", sorted(CONDITIONS))
@pytest.mark.parametrize("behavior", ["any", "all"])
@pytest.mark.parametrize("device", ["pi", ""])
async def test_of_no_chamber_nothing_is_so(
    hass: HomeAssistant, chamber: Chamber, key: str, behavior: str, device: str
) -> None:
    found = chamber.house.device(device)
    assert found is not None
    assert so(await check(hass, key, {"device_id": found.id}, behavior=behavior)) is False


async def test_one_of_several_is_not_all_of_them(hass: HomeAssistant, chamber: Chamber) -> None:
    chamber.link.deliver("chamber/v1/pi/other/meta", {"name": "Other"}, retained=True)
    await hass.async_block_till_done()
    chamber.link.deliver("chamber/v1/pi/other/state", {"temperature": 5.0}, retained=True)
    await hass.async_block_till_done()
    other = chamber.house.device("pi/other")
    assert other is not None
    area = ar.async_get(hass).async_create("Lab")
    for device_id in (chamber.device_id, other.id):
        dr.async_get(hass).async_update_device(device_id, area_id=area.id)
    target = {"area_id": area.id}
    assert so(await check(hass, "is_fresh", target, behavior="any")) is True
    assert so(await check(hass, "is_fresh", target, behavior="all")) is False
    chamber.link.deliver("chamber/v1/pi/other/state", {"temperature": 5.0})
    await chamber.house.judged()
    assert so(await check(hass, "is_fresh", target, behavior="all")) is True


@pytest.mark.parametrize("key", sorted(CONDITIONS))
@pytest.mark.parametrize("target", [{}, {"device_id": []}])
async def test_a_target_that_names_nothing_is_refused(
    hass: HomeAssistant, key: str, target: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid, match="target is empty"):
        await check(hass, key, target)


async def test_whoever_shows_a_condition_is_told_when_it_may_have_changed(
    hass: HomeAssistant, chamber: Chamber
) -> None:
    changes: list[bool | None] = []
    for target in targets(chamber):
        checker = await check(hass, "is_fresh", target)
        stop = await checker.async_track_changes(
            lambda checker=checker: changes.append(so(checker))  # type: ignore[misc]
        )
        assert changes == []
        chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
        await chamber.house.judged()
        assert changes.pop() is False
        await chamber.holds(30.0)
        assert changes.pop() is True
        changes.clear()
        stop()


async def test_the_editor_knows_them_all_and_offers_them(
    hass: HomeAssistant,
    chamber: Chamber,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    described = await async_get_all_descriptions(hass)
    ours = {key for key, value in described.items() if key.startswith("chamber_ws.") and value}
    assert ours == {f"chamber_ws.{key}" for key in CONDITIONS}
    client = await hass_ws_client(hass)
    target = {"device_id": [chamber.device_id]}
    await client.send_json_auto_id({"type": "get_conditions_for_target", "target": target})
    assert ours <= set((await client.receive_json())["result"])
    assert "conditions.yaml" not in caplog.text
