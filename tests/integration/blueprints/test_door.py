"""A door stays open."""

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.chamber_ws.chamber.analysis.findings import Happened
from integration.automating import Chamber, pass_minutes
from integration.blueprints.given import Phone, another, here, lasting, use
from integration.house import Clock


async def test_of_doors_of_chambers_of_one_name_it_is_told_which(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    await another(hass, chamber)
    inputs = {"notifiers": ["notify.mail"], "patience": {"minutes": 1}}
    await use(hass, "door_left_open", chambers=here(chamber), **inputs)
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 2)
    assert [call.data["title"] for call in mail] == ["Vaccine carrier (pi): door open"]


async def test_a_door_that_stays_open_is_told_until_it_is_closed(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "patience": {"minutes": 3}}
    await use(hass, "door_left_open", chambers=here(chamber), **inputs)
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 2)
    await chamber.holds(5.0, door=False)
    await pass_minutes(clock, 5)
    assert mail == []
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 3.5)
    assert [call.data["title"] for call in mail] == ["Vaccine carrier: door open"]
    (shown,) = ada.shown.values()
    assert shown["message"] == "It has been open for 3 minutes."
    assert mail[0].data["message"] == f"Vaccine carrier: door open. {shown['message']}"
    chamber.tell(Happened.FAULT_STARTED, what="door_left_open")
    await chamber.holds(5.0, door=False)
    assert len(mail) == 1
    assert ada.shown == {}


@lasting
async def test_how_long_a_door_has_been_open_is_told_in_words(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, seconds: int, words: str
) -> None:
    inputs = {"phones": [ada.device_id], "patience": {"seconds": seconds}}
    await use(hass, "door_left_open", chambers=here(chamber), **inputs)
    await chamber.holds(5.0, door=True)
    await clock.advance(seconds + 1)
    assert ada.sent[-1].data["message"] == f"It has been open for {words}."


async def test_other_doors_of_an_area_may_stay_open(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    area = ar.async_get(hass).async_create("Lab")
    dr.async_get(hass).async_update_device(chamber.device_id, area_id=area.id)
    registry = er.async_get(hass)
    door = registry.async_get_or_create("binary_sensor", "other", "door").entity_id
    registry.async_update_entity(door, area_id=area.id)
    hass.states.async_set(door, "off", {"device_class": "door"})
    inputs = {"notifiers": ["notify.mail"], "patience": {"minutes": 3}}
    await use(hass, "door_left_open", chambers={"area_id": [area.id]}, **inputs)
    hass.states.async_set(door, "on", {"device_class": "door"})
    await pass_minutes(clock, 5)
    assert mail == []
    await chamber.holds(5.0, door=True)
    await pass_minutes(clock, 5)
    assert len(mail) == 1


async def test_a_chamber_without_a_switch_is_betrayed_by_its_temperature(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    await use(hass, "door_left_open", chambers=here(chamber), phones=[ada.device_id])
    er.async_get(hass).async_remove(chamber.entity_id("door"))
    chamber.tell(Happened.FAULT_STARTED, what="cooler_dead")
    await chamber.house.judged()
    assert ada.sent == []
    chamber.tell(Happened.FAULT_STARTED, what="door_left_open")
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: door open"]
    chamber.tell(Happened.FAULT_ENDED, what="door_left_open")
    await chamber.house.judged()
    assert ada.shown == {}
