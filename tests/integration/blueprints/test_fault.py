"""A fault begins and ends."""

from homeassistant.core import HomeAssistant, ServiceCall

from custom_components.chamber_ws.chamber.analysis.findings import Happened
from integration.automating import Chamber
from integration.blueprints.given import Phone, here, use


async def test_a_fault_is_told_until_it_is_over(
    hass: HomeAssistant, chamber: Chamber, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {
        "phones": [ada.device_id],
        "notifiers": ["notify.mail"],
        "ignored": ["door_left_open"],
    }
    await use(hass, "fault", chambers=here(chamber), **inputs, tell_end=True)
    chamber.tell(Happened.FAULT_STARTED, what="door_left_open")
    chamber.tell(Happened.FAULT_STARTED, what="cooler_dead", reasons=["cooler: 100 %"])
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: fault"]
    assert ada.sent[0].data["message"].startswith("Cooler dead, since ")
    assert mail[0].data["message"].startswith("Vaccine carrier: fault. Cooler dead, since ")
    assert mail[0].data["message"].endswith(" cooler: 100 %")
    chamber.tell(Happened.FAULT_ENDED, what="cooler_dead")
    await chamber.house.judged()
    assert ada.titles[1:] == ["clear_notification", "Vaccine carrier: fault over"]
    assert mail[-1].data["message"] == "Vaccine carrier: fault over. Cooler dead."


async def test_the_end_of_a_fault_is_silent_unless_wished(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    await use(hass, "fault", chambers=here(chamber), phones=[ada.device_id])
    chamber.tell(Happened.FAULT_STARTED, what="cooler_dead")
    chamber.tell(Happened.FAULT_ENDED, what="cooler_dead")
    await chamber.house.judged()
    assert ada.titles == ["Vaccine carrier: fault", "clear_notification"]
