"""Messages that are dropped unread are named: too large ones, and those of the contract's next version."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from hypothesis import given
from hypothesis import strategies as st
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.notices.sightings import MOST_NAMES, Sightings
from integration.house import META, STATE, STATUS, Clock, FakeLink, House

LARGE = b'{"temperature": 1.0, "x": "' + b"x" * 65_536 + b'"}'
NEWER = STATUS.replace("v1", "v2")


def named(hass: HomeAssistant, entry: MockConfigEntry, key: str, placeholder: str) -> str:
    """What an issue names."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")
    assert found is not None
    return (found.translation_placeholders or {})[placeholder]


# Too large


async def test_a_message_that_is_too_large_is_named_and_counted(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, entry: MockConfigEntry
) -> None:
    link.deliver(STATE, LARGE)
    assert house.issues() == {"payload_too_large"}
    assert named(hass, entry, "payload_too_large", "topics") == "pi/box/state (1×)"
    assert named(hass, entry, "payload_too_large", "limit") == "64"
    for _ in range(6):
        link.deliver(STATE, LARGE)
    link.deliver(META, LARGE)
    await clock.advance(61)
    topics = named(hass, entry, "payload_too_large", "topics")
    assert topics == "pi/box/meta (1×), pi/box/state (7×)"


async def test_a_message_within_the_limit_is_not(link: FakeLink, house: House) -> None:
    link.deliver(STATE, LARGE.replace(b"x" * 100, b""))
    assert house.issues() == set()


async def test_it_goes_ten_minutes_after_proper_ones_took_its_place(
    link: FakeLink, house: House, clock: Clock
) -> None:
    link.sample()
    link.deliver(STATE, LARGE)
    link.deliver(META, LARGE)
    await clock.advance(550)
    link.sample()
    assert house.issues() == {"payload_too_large"}
    await clock.advance(61)
    assert house.issues() == {"payload_too_large"}  # the description
    link.describe()
    await clock.advance(61)
    assert house.issues() == set()


async def test_it_stays_while_proper_and_too_large_ones_alternate(
    link: FakeLink, house: House, clock: Clock
) -> None:
    for _ in range(30):
        link.deliver(STATE, LARGE)
        link.sample()
        await clock.advance(61)
        assert house.issues() == {"payload_too_large"}


async def test_it_goes_after_a_day_of_silence(link: FakeLink, house: House, clock: Clock) -> None:
    link.deliver(STATE, LARGE)
    await clock.advance(86_300)
    assert house.issues() == {"payload_too_large"}
    await clock.advance(161)
    assert house.issues() == set()


async def test_a_flood_of_them_is_one_issue_that_is_not_written_over_and_over(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, entry: MockConfigEntry
) -> None:
    written: list[str] = []
    hass.bus.async_listen(
        ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, lambda event: written.append(event.data["action"])
    )
    for number in range(1000):
        link.deliver(STATE.replace("box", f"box{number}"), LARGE)
    await hass.async_block_till_done()
    assert len(written) == MOST_NAMES
    for _ in range(1000):
        link.deliver(STATE.replace("box", "box0"), LARGE)
    await clock.advance(61)
    assert len(written) == MOST_NAMES + 1
    assert len(named(hass, entry, "payload_too_large", "topics")) < 1000


# The next version


async def test_a_gateway_that_speaks_the_next_version_is_named(
    hass: HomeAssistant, link: FakeLink, house: House, entry: MockConfigEntry
) -> None:
    link.deliver(NEWER, {"state": "online"}, retained=True)
    assert house.issues() == {"newer_contract"}
    assert named(hass, entry, "newer_contract", "gateways") == "pi"
    assert named(hass, entry, "newer_contract", "version") == "v2"


@pytest.mark.parametrize("words", [b"", b"online"], ids=["cleared", "spoken again"])
async def test_it_goes_when_that_is_taken_back(link: FakeLink, house: House, words: bytes) -> None:
    link.deliver(NEWER, {"state": "online"})
    link.deliver(STATUS, b"offline", retained=True)
    assert house.issues() == {"newer_contract"}
    link.deliver(STATUS if words else NEWER, words)
    assert house.issues() == set()


async def test_it_goes_when_a_chamber_speaks_this_version_live(
    link: FakeLink, house: House
) -> None:
    link.deliver(NEWER, {"state": "online"})
    link.deliver(STATE, {"temperature": 1.0, "time": 1.0}, retained=True)
    assert house.issues() == {"newer_contract"}
    link.sample()
    assert house.issues() == set()


async def test_a_gateway_that_speaks_both_is_understood(link: FakeLink, house: House) -> None:
    link.deliver(STATUS, {"state": "online", "session": "a"})
    link.deliver(NEWER, {"state": "online"})
    assert house.issues() == set()


async def test_it_goes_after_a_day(link: FakeLink, house: House, clock: Clock) -> None:
    link.deliver(NEWER, b"anything")
    await clock.advance(86_300)
    assert house.issues() == {"newer_contract"}
    await clock.advance(161)
    assert house.issues() == set()


async def test_thousands_of_gateways_are_one_issue(
    hass: HomeAssistant, link: FakeLink, house: House, entry: MockConfigEntry
) -> None:
    for number in range(3000):
        link.deliver(NEWER.replace("pi", f"pi{number}"), b"online")
    assert house.issues() == {"newer_contract"}
    assert named(hass, entry, "newer_contract", "gateways").count(",") == MOST_NAMES - 1


# What is remembered


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1e5), st.booleans()), max_size=80))
def test_what_is_shown_is_bounded_and_what_was_seen(
    events: list[tuple[int, float, bool]],
) -> None:
    shown: list[dict[str, int]] = [{}]
    sightings = Sightings(shown.append)
    at = 0.0
    for number, passed, proper in events:
        at += passed
        (sightings.proper if proper else sightings.see)(str(number), at)
        sightings.look(at)
        assert len(shown[-1]) <= MOST_NAMES
    names = {str(number) for number, _passed, proper in events if not proper}
    assert {name for one in shown for name in one} <= names
    sightings.look(at + 86_401)
    assert shown[-1] == {}
