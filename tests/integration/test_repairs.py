"""Repair issues come with their cause and go with it, and can be mended."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws import async_remove_config_entry_device, repairs
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.keeping.acting import Hand
from custom_components.chamber_ws.link.packets import Version
from custom_components.chamber_ws.notices.board import MOST_OF_A_KIND, IssueBoard
from custom_components.chamber_ws.notices.record import PROBLEMS, SET_ASIDE
from custom_components.chamber_ws.record.errors import RecordFull
from custom_components.chamber_ws.record.store import Store
from integration.house import STATE, Clock, FakeLink, House
from integration.test_repairs_of_links import brief, cut, cut_early, fought

TEXTS = Path(repairs.__file__).parent / "translations" / "en.json"
ISSUES: dict[str, Any] = json.loads(TEXTS.read_text())["issues"]


@pytest.fixture
def entry(entry: MockConfigEntry, hass: HomeAssistant) -> MockConfigEntry:
    """An entry that admits two chambers."""
    hass.config_entries.async_update_entry(entry, options={"most_chambers": 2, "heartbeat": 60})
    return entry


def sampled(link: FakeLink, *names: str, retained: bool = False, **fields: Any) -> None:
    """Chambers give a sign of life."""
    for name in names:
        topic = STATE.replace("box", name)
        link.deliver(topic, {"temperature": 1.0, **fields}, retained=retained)


@pytest.fixture
async def crowded(link: FakeLink, clock: Clock) -> FakeLink:
    """One chamber more than is admitted."""
    sampled(link, "a", "b", "c")
    await clock.advance(61)
    return link


async def mend(hass: HomeAssistant, entry: MockConfigEntry, *, confirm: bool = True) -> Any:
    """Click through the repair."""
    assert await async_setup_component(hass, REPAIRS, {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    issue_id = f"too_many_chambers_{entry.entry_id}"
    flow = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
    if not confirm or flow["type"] is not FlowResultType.FORM:
        return flow
    done = await manager.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    return done


async def test_the_repair_asks_before_it_removes(
    hass: HomeAssistant, crowded: FakeLink, house: House, entry: MockConfigEntry
) -> None:
    form = await mend(hass, entry, confirm=False)
    told = {"link": "broker", "surplus": "1", "most": "2", "going": "0", "stay": "0"}
    assert form["description_placeholders"] == told
    assert house.device("pi/a") is not None


async def test_who_goes_is_not_guessed_while_the_broker_is_away_or_has_just_come_back(
    hass: HomeAssistant, crowded: FakeLink, house: House, entry: MockConfigEntry, clock: Clock
) -> None:
    form = await mend(hass, entry, confirm=False)
    crowded.down()
    await clock.advance(300)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    done = await manager.async_configure(form["flow_id"], {})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "not_connected")
    crowded.up()
    await clock.advance(59)
    done = await mend(hass, entry)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "not_connected")
    assert done["reason"] in ISSUES["too_many_chambers"]["fix_flow"]["abort"]
    assert house.device("pi/a") is not None
    await clock.advance(2)
    sampled(crowded, "a")
    done = await mend(hass, entry)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    # The other one has not been silent for long enough since.
    assert None not in (house.device("pi/a"), house.device("pi/b"))


async def test_what_somebody_set_up_stays_however_long_it_is_silent(
    hass: HomeAssistant, crowded: FakeLink, house: House, entry: MockConfigEntry, clock: Clock
) -> None:
    clerk, a, b = house.coordinator.clerk, Address("pi", "a"), Address("pi", "b")
    await Hand(clerk).configure(a, profile="vaccine_2_8")
    await clock.advance(3600)
    form = await mend(hass, entry, confirm=False)
    told = form["description_placeholders"]
    assert (told["going"], told["stay"]) == ("1", "1")
    assert (await mend(hass, entry))["type"] is FlowResultType.CREATE_ENTRY
    assert house.device("pi/a") is not None
    assert house.device("pi/b") is None
    assert a in await clerk.run(Store.addresses)
    assert b not in await clerk.run(Store.addresses)


async def test_what_was_said_before_a_click_and_is_not_true_any_more_is_said_again(
    hass: HomeAssistant, crowded: FakeLink, house: House, entry: MockConfigEntry, clock: Clock
) -> None:
    form = await mend(hass, entry, confirm=False)
    await clock.advance(200)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    again = await manager.async_configure(form["flow_id"], {})
    assert again["type"] is FlowResultType.FORM
    assert (again["description_placeholders"] or {})["going"] == "2"
    assert house.device("pi/a") is not None
    done = await manager.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert house.device("pi/a") is None


async def test_who_goes_is_not_guessed_while_the_record_cannot_be_read(
    hass: HomeAssistant,
    crowded: FakeLink,
    house: House,
    entry: MockConfigEntry,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await clock.advance(200)
    monkeypatch.setattr(house.coordinator.clerk._duty, "problem", RecordFull("the disk is full"))
    done = await mend(hass, entry)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "record_unreadable")
    assert done["reason"] in ISSUES["too_many_chambers"]["fix_flow"]["abort"]
    assert house.device("pi/a") is not None


async def test_the_number_in_the_issue_follows(
    hass: HomeAssistant, crowded: FakeLink, entry: MockConfigEntry, clock: Clock
) -> None:
    sampled(crowded, "d", "e")
    await clock.advance(1)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"too_many_chambers_{entry.entry_id}")
    assert issue is not None
    assert (issue.translation_placeholders or {})["surplus"] == "3"


async def test_what_the_repair_removed_stays_away_until_it_lives(
    hass: HomeAssistant,
    crowded: FakeLink,
    house: House,
    entry: MockConfigEntry,
    clock: Clock,
    links: list[FakeLink],
) -> None:
    """Also when something else appeared in between, and after a restart."""
    await clock.advance(181)
    sampled(crowded, "b")
    assert (await mend(hass, entry))["type"] is FlowResultType.CREATE_ENTRY
    sampled(crowded, "c")
    await clock.advance(3)
    assert (house.device("pi/a"), house.device("pi/c") is not None) == (None, True)
    hass.config_entries.async_update_entry(entry, options={"most_chambers": 9, "heartbeat": 60})
    await house.reload()
    links[-1].up()
    sampled(links[-1], "a", retained=True, time=clock.utc, clock="ntp")
    await clock.advance(3)
    assert house.device("pi/a") is None
    sampled(links[-1], "a")
    await clock.advance(3)
    assert house.device("pi/a") is not None


@pytest.mark.usefixtures("socket_enabled")
async def test_an_issue_goes_with_its_entry(
    hass: HomeAssistant, crowded: FakeLink, house: House, entry: MockConfigEntry
) -> None:
    assert house.issues() == {"too_many_chambers"}
    await hass.config_entries.async_remove(entry.entry_id)
    assert house.issues() == set()


async def test_a_higher_limit_withdraws_the_issue(
    hass: HomeAssistant, crowded: FakeLink, house: House, entry: MockConfigEntry, clock: Clock
) -> None:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"most_chambers": 3, "heartbeat": 60}
    )
    await hass.async_block_till_done()
    await clock.advance(1)
    assert house.issues() == set()


async def test_the_repair_of_an_entry_that_is_not_loaded_says_so(
    hass: HomeAssistant, crowded: FakeLink, entry: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    issue_id = f"too_many_chambers_{entry.entry_id}"
    form = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    done = await manager.async_configure(form["flow_id"], {})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_texts_of_issues_find_what_they_need(
    hass: HomeAssistant, crowded: FakeLink, house: House, clock: Clock
) -> None:
    given: dict[str, set[str]] = {}

    def note() -> None:
        for issue in ir.async_get(hass).issues.values():
            given[str(issue.translation_key)] = set(issue.translation_placeholders or {})

    for seq in (9, 1, 2, 3, 4, 5, 6):
        await clock.advance(5)
        dated: dict[str, Any] = {"seq": seq, "epoch": "e", "time": clock.utc - 3600, "clock": "ntp"}
        sampled(crowded, "a", **dated)
    for epoch in ("x", "y", *["x"] * 5):
        sampled(crowded, "b", seq=1, epoch=epoch)
    crowded.deliver(STATE, bytes(70_000))
    crowded.deliver("chamber/v2/new/status", {"state": "online"})
    for suffer in (brief, cut, cut_early, fought):
        await suffer(crowded, clock)
        crowded.up(Version.V311, refused=("chamber/v1/+/+/reply",), certificate_ends=clock.utc)
        note()
    given["client_certificate_expires"] = given["certificate_expires"]
    given["too_many_chambers"] |= {"going", "stay"}
    assert given.keys() == ISSUES.keys() - {*PROBLEMS, SET_ASIDE}
    for key, placeholders in given.items():
        assert set(re.findall(r"{(\w+)}", json.dumps(ISSUES[key]))) <= placeholders


def test_every_issue_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "repairs.md").read_text()
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == set(ISSUES)


def test_every_issue_that_a_click_mends_says_so_and_no_other_does() -> None:
    """The frontend shows either the description or the repair."""
    assert {key for key, texts in ISSUES.items() if "fix_flow" in texts} == repairs.REPAIRS.keys()
    assert all(("description" in texts) != ("fix_flow" in texts) for texts in ISSUES.values())


@pytest.mark.parametrize("restarted", [False, True])
async def test_numbers_that_begin_again_are_reported(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, restarted: bool
) -> None:
    def numbered(seq: int) -> dict[str, Any]:
        return {"seq": seq, "epoch": "e", "time": clock.utc, "clock": "ntp"}

    sampled(link, "a", **numbered(1000))
    for seq in (1, 2, 3):
        await clock.advance(5)
        sampled(link, "a", **numbered(seq))
    assert house.issues() == {"renumbered"}
    await clock.advance(5)
    sampled(link, "a", **({**numbered(1), "epoch": "new"} if restarted else numbered(4)))
    assert house.issues() == (set() if restarted else {"renumbered"})


async def test_the_repair_leaves_the_loop_its_turn(
    hass: HomeAssistant, crowded: FakeLink, entry: MockConfigEntry, clock: Clock
) -> None:
    """Thousands of devices are removed one by one, and nothing else stands still meanwhile."""
    await clock.advance(181)
    left: list[int] = []

    def look() -> None:
        left.append(len(dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)))
        if left[-1] > 2:
            hass.loop.call_soon(look)

    hass.loop.call_soon(look)
    await mend(hass, entry)
    assert left[-2:] == [3, 2]


async def test_what_was_wrong_with_a_chamber_goes_when_it_is_deleted(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock
) -> None:
    for seq in (9, 1, 2, 3, 4, 5, 6):
        await clock.advance(5)
        sampled(link, "a", seq=seq, epoch="e", time=clock.utc - 3600, clock="ntp")
    for epoch in ("x", "y", *["x"] * 5):
        sampled(link, "b", seq=1, epoch=epoch)
    await clock.advance(3)
    assert house.issues() == {"clock_skew", "renumbered", "two_publishers"}
    left: set[str]
    for name, left in (("pi/a", {"two_publishers"}), ("pi/b", set())):
        device = house.device(name)
        assert device is not None
        await clock.advance(181)
        assert await async_remove_config_entry_device(hass, house.entry, device)
        assert house.issues() == left


async def test_issues_of_a_kind_are_not_more_than_can_be_read(
    hass: HomeAssistant, link: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    board = IssueBoard(hass, entry)
    for number in range(500):
        board.pin("renumbered", str(number), {"chamber": str(number)})
    assert len(ir.async_get(hass).issues) == MOST_OF_A_KIND
    board.take_down("renumbered", "3")
    board.pin("renumbered", "499", {"chamber": "499"})
    assert len(ir.async_get(hass).issues) == MOST_OF_A_KIND
    board.clear()
    assert house.issues() == set()
