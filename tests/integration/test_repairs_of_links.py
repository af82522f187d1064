"""What the link suffers from is named with its cause, goes when it is mended, and some is mended with a click."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.link.errors import Cause
from custom_components.chamber_ws.link.packets import Version
from custom_components.chamber_ws.notices import certificates
from integration.certificates import self_signed
from integration.house import Clock, FakeLink, House

DAY = 86_400.0
REPLY = "chamber/v1/+/+/reply"


async def fought(link: FakeLink, clock: Clock, times: int = 3) -> None:
    """Another client takes the id, again and again."""
    for _ in range(times):
        await clock.advance(2)
        link.down(Cause.TAKEN_OVER, up_for=2.0)
        await clock.advance(1)
        link.up()


async def brief(link: FakeLink, clock: Clock, times: int = 4) -> None:
    """The connection comes up, and is lost without a word."""
    for _ in range(times):
        await clock.advance(2)
        link.down(Cause.LOST, up_for=2.0, idle=1.0)
        await clock.advance(1)
        link.up()


async def cut(link: FakeLink, clock: Clock, times: int = 3, idle: float = 15.0) -> None:
    """Something ends the connection when it was idle."""
    for _ in range(times):
        await clock.advance(100)
        link.down(Cause.LOST, up_for=100.0, idle=idle)
        await clock.advance(1)
        link.up()


async def cut_early(link: FakeLink, clock: Clock) -> None:
    """Something ends the connection sooner than any keepalive can bridge."""
    await cut(link, clock, idle=4.0)


def issue(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> ir.IssueEntry:
    """An issue that is raised."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")
    assert found is not None
    return found


async def mended(
    hass: HomeAssistant, entry: MockConfigEntry, key: str, answer: dict[str, Any] | None = None
) -> Any:
    """Click through the repair of an issue."""
    assert await async_setup_component(hass, REPAIRS, {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    form = await manager.async_init(DOMAIN, context={"issue_id": f"{key}_{entry.entry_id}"})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    done = await manager.async_configure(form["flow_id"], answer or {})
    await hass.async_block_till_done()
    return done


# How connections end


@pytest.mark.parametrize(
    ("suffer", "key", "well_after"),
    [
        (fought, "client_id_fight", 60.0),
        (brief, "connection_unstable", 60.0),
        (cut, "idle_cut", 60.0),
        (cut_early, "idle_cut_short", 16.0),
    ],
)
async def test_an_ailment_is_named_until_a_connection_lasts(
    link: FakeLink,
    house: House,
    clock: Clock,
    suffer: Callable[[FakeLink, Clock], Any],
    key: str,
    well_after: float,
) -> None:
    await suffer(link, clock)
    assert house.issues() == {key}
    await clock.advance(well_after - 1)
    assert house.issues() == {key}
    await clock.advance(2)
    assert house.issues() == set()


async def test_it_stays_while_connections_do_not_last(
    link: FakeLink, house: House, clock: Clock
) -> None:
    await fought(link, clock)
    for _ in range(3):
        await clock.advance(59)
        link.down(Cause.TAKEN_OVER, up_for=59.0)
        await clock.advance(61)
        assert house.issues() == {"client_id_fight"}
        link.up()


@pytest.mark.parametrize(
    ("suffer", "times"), [(fought, 2), (brief, 3), (cut, 2)], ids=["fought", "brief", "cut"]
)
async def test_fewer_times_are_chance(
    link: FakeLink, house: House, clock: Clock, suffer: Any, times: int
) -> None:
    await suffer(link, clock, times)
    assert house.issues() == set()


async def test_what_becomes_clearer_is_named_anew(
    link: FakeLink, house: House, clock: Clock
) -> None:
    await brief(link, clock)
    await fought(link, clock)
    assert house.issues() == {"client_id_fight"}


@pytest.mark.parametrize("suffer", [brief, cut])
async def test_it_goes_as_well_where_the_pattern_was_broken_before(
    link: FakeLink, house: House, clock: Clock, suffer: Any
) -> None:
    await suffer(link, clock)
    link.down(Cause.LOST, up_for=20.0, idle=2.0)
    assert len(house.issues()) == 1
    link.up()
    await clock.advance(59)
    assert len(house.issues()) == 1
    await clock.advance(2)
    assert house.issues() == set()


async def test_no_more_than_one_issue_is_written_however_long_it_goes_on(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, entry: MockConfigEntry
) -> None:
    await fought(link, clock, 3)
    first = issue(hass, entry, "client_id_fight")
    await fought(link, clock, 20)
    assert issue(hass, entry, "client_id_fight") is first


async def test_a_broker_that_restarts_now_and_then_is_not_ailing(
    link: FakeLink, house: House, clock: Clock
) -> None:
    for _ in range(9):
        link.down(Cause.LOST, up_for=5.0)
        link.down(Cause.CONNECTION_REFUSED)
        await clock.advance(1)
        link.up()
    assert house.issues() == set()


async def test_the_issue_goes_with_its_entry_and_comes_back_only_with_its_cause(
    link: FakeLink, house: House, clock: Clock, links: list[FakeLink]
) -> None:
    await fought(link, clock)
    await house.reload()
    assert house.issues() == set()
    await fought(links[-1], clock, 2)
    assert house.issues() == set()


# What a click mends


@pytest.fixture
def generated(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """A client id as the configuration flow makes it."""
    client_id = "chamber0123456789abcdef"
    hass.config_entries.async_update_entry(entry, data={**entry.data, "client_id": client_id})
    return client_id


@pytest.mark.parametrize(
    ("suffer", "key"), [(fought, "client_id_fight"), (brief, "connection_unstable")]
)
async def test_a_click_gives_a_new_client_id(
    hass: HomeAssistant,
    generated: str,
    link: FakeLink,
    house: House,
    clock: Clock,
    suffer: Any,
    key: str,
) -> None:
    await suffer(link, clock)
    assert (await mended(hass, house.entry, key))["type"] is FlowResultType.CREATE_ENTRY
    assert len(house.entry.data["client_id"]) == len(generated)
    assert house.entry.data["client_id"] != generated
    assert link.stopped.is_set()
    assert house.issues() == set()


async def test_a_client_id_that_somebody_chose_is_given_up_only_with_consent(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, entry: MockConfigEntry
) -> None:
    await fought(link, clock)
    refused = await mended(hass, entry, "client_id_fight", {"agree": False})
    assert (refused["type"], refused["errors"]) == (FlowResultType.FORM, {"agree": "not_agreed"})
    assert entry.data["client_id"] == "chamber0123"
    assert house.issues() == {"client_id_fight"}
    done = await mended(hass, entry, "client_id_fight", {"agree": True})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data["client_id"] != "chamber0123"
    assert house.issues() == set()


async def test_a_click_sets_keepalive_below_the_silence(
    hass: HomeAssistant,
    link: FakeLink,
    links: list[FakeLink],
    house: House,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    await cut(link, clock)
    placeholders = issue(hass, entry, "idle_cut").translation_placeholders
    assert placeholders == {"link": "broker", "seconds": "15", "keepalive": "7"}
    await mended(hass, entry, "idle_cut")
    assert (entry.data["keepalive"], len(links), house.issues()) == (7, 2, set())


async def test_what_no_keepalive_bridges_has_no_click(
    hass: HomeAssistant, link: FakeLink, clock: Clock, entry: MockConfigEntry
) -> None:
    await cut_early(link, clock)
    assert not issue(hass, entry, "idle_cut_short").is_fixable


# What the broker grants and speaks


async def test_filters_that_are_refused_are_named_until_they_are_granted(
    hass: HomeAssistant, link: FakeLink, house: House, entry: MockConfigEntry
) -> None:
    link.up(refused=(REPLY,))
    placeholders = issue(hass, entry, "subscription_refused").translation_placeholders or {}
    assert placeholders["filters"] == REPLY
    link.down()
    assert house.issues() == {"subscription_refused"}
    link.up()
    assert house.issues() == set()


async def test_no_more_of_them_than_can_be_read(
    hass: HomeAssistant, link: FakeLink, entry: MockConfigEntry
) -> None:
    link.up(refused=tuple(f"chamber/v1/pi/{number}/state" for number in range(999)))
    placeholders = issue(hass, entry, "subscription_refused").translation_placeholders or {}
    assert placeholders["filters"].endswith("pi/9/state, …")


async def test_a_lesser_version_is_named_until_the_better_one_is_back(
    link: FakeLink, house: House
) -> None:
    link.up(Version.V311)
    assert house.issues() == {"protocol_downgraded"}
    link.up(Version.V5)
    assert house.issues() == set()


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
async def test_it_is_no_news_where_nothing_else_was_ever_spoken_or_asked_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    links: list[FakeLink],
    house: House,
    protocol: str,
) -> None:
    known = {"protocol": protocol, "spoken_protocol": "5" if protocol == "3.1.1" else "3.1.1"}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **known})
    assert await hass.config_entries.async_setup(entry.entry_id)
    links[0].up(Version.V311)
    assert house.issues() == set()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_it_is_remembered_over_a_restart_and_accepted_with_a_click(
    hass: HomeAssistant, link: FakeLink, links: list[FakeLink], house: House, entry: MockConfigEntry
) -> None:
    await house.reload()
    links[-1].up(Version.V311)
    assert house.issues() == {"protocol_downgraded"}
    await mended(hass, entry, "protocol_downgraded")
    links[-1].up(Version.V311)
    assert (len(links), house.issues()) == (3, set())


# Certificates


async def test_the_broker_s_certificate_is_named_two_weeks_before_it_ends(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, entry: MockConfigEntry
) -> None:
    end = clock.utc + 15 * DAY
    link.up(certificate_ends=end)
    assert house.issues() == set()
    await clock.advance(1.5 * DAY)
    assert house.issues() == {"certificate_expires"}
    found = issue(hass, entry, "certificate_expires")
    assert found.severity is ir.IssueSeverity.WARNING
    day = (clock.freezer() + timedelta(days=13.5)).date().isoformat()
    assert (found.translation_placeholders or {})["day"] == day
    await clock.advance(14 * DAY)
    assert issue(hass, entry, "certificate_expires").severity is ir.IssueSeverity.ERROR
    link.down(Cause.TLS_FAILED)
    assert house.issues() == {"certificate_expires"}
    link.up(certificate_ends=clock.utc + 90 * DAY)
    assert house.issues() == set()


@pytest.mark.parametrize(("days", "named"), [(13.0, True), (15.0, False), (-0.5, True)])
async def test_the_entry_s_own_certificate_is_looked_at_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    links: list[FakeLink],
    house: House,
    days: float,
    named: bool,
) -> None:
    identity = self_signed(ends_in=timedelta(days=days))
    own = {"client_certificate": identity.certificate, "client_key": identity.key}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **own})
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert house.issues() == ({"client_certificate_expires"} if named else set())
    longer = self_signed(ends_in=timedelta(days=90))
    new = {"client_certificate": longer.certificate, "client_key": longer.key}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **new})
    await house.reload()
    assert house.issues() == set()
    assert await hass.config_entries.async_unload(entry.entry_id)


def test_of_a_chain_the_first_to_end_counts_and_no_certificate_has_no_end() -> None:
    soon, late = (self_signed(ends_in=timedelta(days=days)).certificate for days in (3, 90))
    assert certificates.ends(late + soon) == certificates.ends(soon)
    assert certificates.ends("no certificate") is None


# Secrets


async def test_no_issue_tells_a_secret(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink], clock: Clock
) -> None:
    hidden = {
        "url": "wss://broker.example/mqtt?token=s3cret",
        "username": "s3cret",
        "password": "s3cret",
        "client_id": "s3cret",
        "headers": {"Authorization": "s3cret"},
    }
    hass.config_entries.async_update_entry(entry, data={**entry.data, **hidden})
    assert await hass.config_entries.async_setup(entry.entry_id)
    link = links[0]
    link.up()
    for suffer in (fought, cut, cut_early, brief):
        await suffer(link, clock)
        link.up(Version.V311, refused=(REPLY,), certificate_ends=clock.utc)
        registry = ir.async_get(hass)
        assert "s3cret" not in str([one.to_json() for one in registry.issues.values()])
        assert "s3cret" not in str(list(registry.issues.values()))
    assert await hass.config_entries.async_unload(entry.entry_id)
