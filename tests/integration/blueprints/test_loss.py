"""A chamber is lost, and comes back."""

import pytest
from homeassistant.core import HomeAssistant, ServiceCall

from integration.automating import Chamber, pass_minutes
from integration.blueprints.given import Phone, here, lasting, use
from integration.house import EVENT, STATE, STATUS, Clock, FakeLink


async def lose(chamber: Chamber) -> None:
    """The gateway's last will comes, and is judged."""
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await chamber.house.judged()


async def test_a_chamber_that_stays_away_is_told_and_so_is_its_return(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "delay": {"minutes": 10}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    await lose(chamber)
    await pass_minutes(clock, 9)
    assert ada.sent == []
    await pass_minutes(clock, 2)
    assert ada.titles == ["Vaccine carrier: lost"]
    assert ada.sent[0].data["message"].startswith("Nothing has been heard of it for 10 minutes.")
    await pass_minutes(clock, 20)
    await chamber.holds(5.0)
    assert ada.titles == ["Vaccine carrier: lost", "clear_notification", "Vaccine carrier: back"]
    assert ada.sent[-1].data["message"] == "It is heard again, after 31 minutes."
    assert [call.data["title"] for call in mail] == [
        "Vaccine carrier: lost",
        "Vaccine carrier: back",
    ]
    assert mail[0].data["message"].startswith("Vaccine carrier: lost. Nothing has been heard of it")
    assert mail[1].data["message"] == (
        "Vaccine carrier: back. It is heard again, after 31 minutes."
    )


@lasting
async def test_how_long_a_chamber_was_away_is_told_in_words(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, seconds: int, words: str
) -> None:
    inputs = {"phones": [ada.device_id], "delay": {"seconds": seconds}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    await lose(chamber)
    await clock.advance(5)
    await clock.advance(seconds)
    unheard = f"Nothing has been heard of it for {words}. "
    brief = "Nothing is heard of it any more. "
    assert ada.sent[0].data["message"].startswith(unheard if seconds >= 60 else brief)
    await chamber.holds(5.0)
    assert ada.sent[-1].data["message"] == f"It is heard again, after {words}."


async def test_a_short_loss_is_not_told_and_nor_is_the_return_from_it(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    inputs = {"phones": [ada.device_id], "notifiers": ["notify.mail"], "delay": {"minutes": 10}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await pass_minutes(clock, 5)
    await chamber.holds(5.0)
    await pass_minutes(clock, 15)
    assert set(ada.titles) <= {"clear_notification"}
    assert mail == []


@pytest.mark.parametrize("minutes", [5, 12])
async def test_a_return_is_judged_by_the_loss_though_everything_was_restarted(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    links: list[FakeLink],
    minutes: int,
) -> None:
    inputs = {"notifiers": ["notify.mail"], "delay": {"minutes": 10}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    chamber.link.deliver(STATUS, {"state": "lost", "session": "a"})
    await pass_minutes(clock, minutes)
    mail.clear()
    await chamber.house.reload()
    links[-1].up()
    links[-1].deliver(EVENT, {"type": "restarted"})
    await chamber.house.judged()
    links[-1].sample()
    await chamber.house.judged()
    back = f"Vaccine carrier: back. It is heard again, after {minutes} minutes."
    assert [call.data["message"] for call in mail] == ([back] if minutes > 10 else [])


@pytest.mark.parametrize("retained", [True, False])
async def test_what_falls_silent_while_nobody_listens_was_silent_since_its_last_sample(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    links: list[FakeLink],
    retained: bool,
) -> None:
    inputs = {"notifiers": ["notify.mail"], "delay": {"minutes": 5}}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs)
    last = {"temperature": 5.0, "seq": 7, "epoch": "e", "time": clock.utc, "clock": "ntp"}
    chamber.link.deliver(STATE, last)
    await chamber.house.judged()
    await pass_minutes(clock, 4)
    await chamber.house.reload()
    link = links[-1]
    link.up()
    link.describe()
    if retained:
        link.deliver(STATE, last, retained=True)
    await pass_minutes(clock, 6.5)
    assert "Nothing has been heard of it for 10 minutes." in mail[0].data["message"]
    link.deliver(STATE, {**last, "seq": 8, "time": clock.utc})
    await chamber.house.judged()
    assert mail[1].data["message"].endswith("It is heard again, after 10 minutes.")


async def test_without_patience_a_loss_is_told_at_once(
    hass: HomeAssistant, chamber: Chamber, ada: Phone
) -> None:
    inputs = {"phones": [ada.device_id], "delay": {"minutes": 0}, "critical": True}
    await use(hass, "chamber_lost", chambers=here(chamber), **inputs, tell_return=False)
    await lose(chamber)
    assert ada.titles == ["Vaccine carrier: lost"]
    assert ada.sent[0].data["message"].startswith("Nothing is heard of it any more. Look at")
    assert ada.sent[0].data["data"]["channel"] == "alarm_stream"
    await chamber.holds(5.0)
    assert ada.titles == ["Vaccine carrier: lost", "clear_notification"]
