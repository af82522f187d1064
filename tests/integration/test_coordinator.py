"""The middle of the line: what it says to the broker, what it logs, what it measures and what it forgets."""

import logging
from collections.abc import Callable

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.link.errors import Cause, Failure
from custom_components.chamber_ws.link.packets import Version
from integration.house import META, REPLY, STATE, STATUS, Clock, FakeLink, House

URL = "wss://broker.example/mqtt?token=s3cret"


@pytest.fixture
def entry(entry: MockConfigEntry, hass: HomeAssistant) -> MockConfigEntry:
    """An entry with secrets in it."""
    secrets = {"url": URL, "password": "s3cret", "headers": {"Authorization": "s3cret"}}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **secrets})
    return entry


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the log says that users should read."""
    caplog.set_level(logging.DEBUG)

    def found() -> list[str]:
        return [
            record.getMessage()
            for record in caplog.get_records("call")
            if record.name.startswith("custom_components") and record.levelno >= logging.WARNING
        ]

    return found


# What is said


async def test_what_a_chamber_does_not_say_by_itself_is_asked_for_by_name_and_once(
    link: FakeLink, clock: Clock
) -> None:
    link.deliver(STATE, {"temperature": 1.0})
    await clock.advance(2)
    await clock.advance(2)
    assert link.subscribed == [STATUS, META]


async def test_what_it_says_is_not(carrier: FakeLink, clock: Clock) -> None:
    carrier.deliver(STATUS, {"state": "online"})
    await clock.advance(2)
    assert carrier.subscribed == []


async def test_after_a_reconnection_a_silent_chamber_is_asked_for_anew(
    carrier: FakeLink, clock: Clock
) -> None:
    carrier.down()
    await clock.advance(2)
    assert carrier.subscribed == []
    carrier.up()
    assert carrier.subscribed == []
    await clock.advance(2)
    assert carrier.subscribed == [STATUS, META, STATE]


async def test_a_chamber_that_was_forgotten_is_not_asked_for(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    house.coordinator.forget(house.address)
    await clock.advance(2)
    assert carrier.subscribed == []


async def test_home_assistant_only_asks_and_commands(link: FakeLink, house: House) -> None:
    assert [one.topic for one in link.published] == ["chamber/v1/announce"]


# What is logged


async def test_a_loss_is_logged_once_however_often_it_is_tried(
    link: FakeLink, warnings: Callable[[], list[str]]
) -> None:
    for _ in range(5):
        link.down(Cause.CONNECTION_REFUSED)
    assert len(warnings()) == 1
    link.up()
    link.down()
    assert len(warnings()) == 2


async def test_a_broker_that_speaks_no_version_is_logged_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    links: list[FakeLink],
    warnings: Callable[[], list[str]],
) -> None:
    """The first version's failure is followed by the next version at once, and says nothing yet."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    for _ in range(3):
        links[0].down(Cause.NO_GREETING, retry_in=0.0)
        assert len(warnings()) <= 1
        links[0].down(Cause.NO_GREETING, retry_in=1.0)
    assert len(warnings()) == 1
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_refused_subscription_is_logged(
    link: FakeLink, warnings: Callable[[], list[str]]
) -> None:
    link.up(refused=("chamber/v1/+/+/reply",))
    assert [text for text in warnings() if "chamber/v1/+/+/reply" in text]


async def test_taking_leave_is_no_news(
    hass: HomeAssistant,
    link: FakeLink,
    entry: MockConfigEntry,
    warnings: Callable[[], list[str]],
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert warnings() == []


async def test_secrets_are_never_logged(link: FakeLink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link.down()
    link.up(refused=("chamber/v1/+/+/reply",))
    text = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    assert "broker.example" in text
    assert "s3cret" not in text


# What is measured and remembered


async def test_the_round_trip_is_that_of_the_newest_publication(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.up()
    clock.freezer.tick(0.02)
    link.acknowledge(len(link.published))
    measured = house.coordinator.round_trip
    assert measured == pytest.approx(20.0, abs=0.1)  # a float of some 1e9 s is coarse
    link.acknowledge(99)
    assert house.coordinator.round_trip == measured


async def test_what_was_never_acknowledged_is_forgotten_with_its_connection(
    link: FakeLink, house: House
) -> None:
    for _ in range(10):
        link.down()
        link.up()
    assert len(house.coordinator._sent_at) == 1


async def test_the_best_version_is_remembered_and_written_once(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink]
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    for version, best in ((Version.V311, "3.1.1"), (Version.V5, "5"), (Version.V311, "5")):
        links[0].up(version)
        assert entry.data["spoken_protocol"] == best
        before = entry.data
        links[0].up(version)
        assert entry.data is before
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_broker_that_hangs_up_on_a_filter_is_not_asked_for_what_we_can_do_without(
    link: FakeLink,
) -> None:
    def curious() -> bool:
        return "chamber/v2/+/status" in {one.filter for one in link.greet().subscriptions}

    assert curious()
    link.down(Cause.LOST)
    assert not curious()
    link.down(Cause.CONNECTION_REFUSED)
    assert curious()
    link.down(Cause.LOST, up_for=3.0)
    assert curious()


async def test_what_nobody_awaits_is_counted(link: FakeLink, house: House) -> None:
    link.deliver(REPLY, {"id": "x", "status": "applied"})
    link.deliver("chamber/v1/pi/box/command", {"id": "x", "do": "set"})
    link.deliver("chamber/v1/pi/box/history", {"id": "x"})
    link.deliver("chamber/v1/announce", {})
    link.acknowledge(99, Failure(Cause.NOT_AUTHORIZED))
    tally = house.coordinator.census.tally
    assert (tally["received"], tally["foreign_reply"]) == (4, 1)


# Who is told


async def test_what_does_not_change_freshness_costs_no_telling(
    link: FakeLink, house: House, clock: Clock
) -> None:
    """The sweep that lets samples grow old tells only of those that did."""
    told: list[str] = []
    link.describe()
    link.sample()
    house.coordinator.herald.listen(house.address, lambda: told.append("box"))
    await clock.advance(29)
    assert told == []
    await clock.advance(2)
    await clock.advance(2)
    assert told == ["box"]
