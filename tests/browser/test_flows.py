"""The integration's forms in the real frontend: add, reconfigure, and map what does not speak the contract."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from browser import lecture
from browser.accessibility import violations
from browser.dialogs import INTEGRATION, Dialog, add_integration, begin, choose, chosen, reconfigure
from browser.house import House
from browser.pages import Pages
from browser.puppet import Puppet
from workshop.demo.chambers import PLATFORM, Chamber
from workshop.demo.flows import add_integration as add_at_once
from workshop.demo.pages import PHONE

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120, func_only=True),
]

NOWHERE = "ws://127.0.0.1:1/mqtt"
OTHER = "second"
"""The prefix of an entry beside the house's own."""
ENTRY = f"127.0.0.1 {OTHER}"


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _as_before(house: House) -> AsyncIterator[None]:
    """Entries and mapped chambers of a test are gone afterwards."""
    entries = {"domain": PLATFORM}
    before = {one["entry_id"] for one in await house.client.call("config_entries/get", **entries)}
    yield
    for entry in await house.client.call("config_entries/get", **entries):
        at = {"entry_id": entry["entry_id"]}
        if entry["entry_id"] not in before:
            await house.client.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")
            continue
        for subentry in await house.client.call("config_entries/subentries/list", **at):
            one = {**at, "subentry_id": subentry["subentry_id"]}
            await house.client.call("config_entries/subentries/delete", **one)


async def test_the_integration_is_added_after_what_was_wrong_is_said(
    house: House, pages: Pages
) -> None:
    page = await pages.open("/config/integrations/dashboard")
    dialog = await add_integration(page)
    typed = {"url": NOWHERE, "username": "reader", "password": "secret", "prefix": "not one"}
    await dialog.fill(typed)
    await dialog.unfold("Advanced")
    await dialog.field("client_id").fill("shelf-3")
    await dialog.press("Submit")
    await expect(dialog.error_at("prefix")).to_contain_text("one to three parts of letters")
    await dialog.fill({"prefix": OTHER})
    await dialog.field("prefix").press("Enter")
    said = "Nothing answers there: 127.0.0.1, port 1 (Connection refused). Check host and port"
    await expect(dialog.error).to_contain_text(said)
    await dialog.unfold("Advanced")
    await dialog.holds({**typed, "prefix": OTHER, "client_id": "shelf-3"})
    assert await violations(dialog.description) == []
    await dialog.fill({"url": house.stage.broker.url})
    await dialog.field("url").press("Enter")
    await dialog.press("Skip and finish")
    await dialog.gone()
    with Puppet(house.stage.broker.plain_port, "box", prefix=OTHER, name="Second box") as puppet:
        page = await pages.open(INTEGRATION)
        row = page.locator("ha-config-entry-row", has_text=ENTRY)
        await expect(row.get_by_text("Second box")).to_be_visible()
        puppet.leave()


async def test_what_stands_under_advanced_is_shown_and_kept(house: House, pages: Pages) -> None:
    advanced = {"client_id": "shelf-4", "keepalive": 45, "server_name": "broker.example"}
    fields = {"url": house.stage.broker.url, "prefix": OTHER, "advanced": advanced}
    await add_at_once(house.client, PLATFORM, fields)
    page = await pages.open(INTEGRATION)
    for username in ("", "reader"):
        dialog = await reconfigure(page, ENTRY)
        await dialog.holds({"url": house.stage.broker.url, "prefix": OTHER, "username": username})
        section = await dialog.unfold("Advanced")
        await dialog.holds({"client_id": "shelf-4", "server_name": "broker.example"})
        numbers = section.locator("ha-selector-number input")
        await expect(numbers.first).to_have_value("45")
        await dialog.fill({"username": "reader"})
        await dialog.field("username").press("Enter")
        await dialog.at("Reconfiguration was successful")
        await dialog.press("Close")
        await dialog.gone()


async def test_a_chamber_of_plain_topics_is_mapped_and_obeys(house: House, pages: Pages) -> None:
    async with lecture.speaking(house.stage.broker.plain_port) as plain:
        page = await pages.open(INTEGRATION)
        await _mapped(await begin(page, "Map a chamber"))
        chamber = await house.chamber("Lecture's")
        # A page of its own each time: a dialog that closes goes back in its page's history.
        page = await pages.open(f"/config/devices/device/{chamber.device_id}")
        await _is_live(page)
        await page.locator("ha-device-entities-card").get_by_text("Lecture's", exact=True).click()
        thermostat = page.locator("ha-more-info-dialog ha-state-control-climate-temperature")
        await thermostat.locator("ha-outlined-icon-button").last.click()
        await _confirmed(house, chamber, 30.1)
        assert lecture.wishes(plain) == [30.1]
        page = await pages.open(INTEGRATION)
        await _shown_as_it_is(await begin(page, "Change the mapping"), "30.10")


async def test_a_chamber_is_mapped_on_a_phone(house: House, pages: Pages) -> None:
    async with lecture.speaking(house.stage.broker.plain_port):
        page = await pages.open(INTEGRATION, PHONE)
        await _mapped(await begin(page, "Map a chamber"))
        await _shown_as_it_is(await begin(page, "Change the mapping"), "30.00")


async def _mapped(dialog: Dialog) -> None:
    """Listen, correct the proposal, and save."""
    await dialog.form.locator("ha-selector-number input").fill("1")
    await dialog.press("Submit")
    await dialog.at("Which topic means what")
    for topic, payload in lecture.SAID.items():
        await expect(dialog.description).to_contain_text(f"{topic} = {payload.decode()}")
    await _proposed(dialog)
    fits = "form => form.scrollWidth <= form.clientWidth"
    assert await dialog.form.evaluate(fits)
    assert await violations(dialog.description) == []
    await dialog.fill({"name": "Lecture's"})
    await _with_a_fan(dialog)
    await dialog.holds({"name": "Lecture's"})
    await dialog.press("Submit")
    await dialog.at("This would be shown")
    for line in ("actual → 30.05 °C", "heater → off", "cooler → on"):
        await expect(dialog.whole).to_contain_text(line)
    await dialog.whole.get_by_text("Save", exact=True).click()
    await dialog.press("Finish")
    await dialog.gone()


async def _proposed(dialog: Dialog) -> None:
    await expect(chosen(dialog.section("Temperature"), "Topic")).to_have_text("actual")
    for label in ("Topic", "Command topic"):
        await expect(chosen(dialog.section("Setpoint"), label)).to_have_text("desired")
    for kind, topic in (("Heaters", "heater"), ("Coolers", "cooler")):
        rows = dialog.section("Actuators").locator("ha-selector-object", has_text=kind)
        await expect(rows.locator("[slot=headline]").first).to_have_text(topic)


async def _with_a_fan(dialog: Dialog) -> None:
    """Nothing is chosen for the user; what was heard is offered."""
    rows = dialog.section("Actuators").locator("ha-selector-object", has_text="Fans")
    await rows.get_by_role("button", name="Add").click()
    row = dialog.page.locator("dialog-form")
    await expect(chosen(row, "Topic")).to_have_text("Topic")
    await choose(dialog.page, row, "cooler")
    await expect(chosen(row, "Topic")).to_have_text("cooler")
    await row.get_by_role("button", name="Add").click()
    await expect(row.get_by_role("button")).to_have_count(0)  # it gives the focus back in the end
    await expect(rows.locator("[slot=headline]").first).to_have_text("cooler")


async def _is_live(page: Page) -> None:
    """Its device's page shows what it says."""
    rows = page.locator("ha-device-entities-card hui-generic-entity-row")
    for name, value in (
        ("Temperature", "30.05 °C"),
        ("Heater", "Not running"),
        ("Cooler", "Running"),
        ("Fan", "Running"),
    ):
        await expect(rows.filter(has=page.get_by_text(name, exact=True))).to_contain_text(value)


async def _confirmed(house: House, chamber: Chamber, setpoint: float) -> None:
    async with asyncio.timeout(10):
        while True:
            state = await house.client.get(f"/api/states/{chamber.climate}")
            if state["attributes"]["temperature"] == setpoint:
                return
            await asyncio.sleep(0.1)


async def _shown_as_it_is(dialog: Dialog, desired: str) -> None:
    """The mapping as it was saved, with what is said on its topics now."""
    await dialog.holds({"name": "Lecture's"})
    await expect(dialog.description).to_contain_text(f"desired = {desired}")
    await _proposed(dialog)
    section = await dialog.unfold("Limits and times")
    await expect(section.locator("ha-selector-number input").first).to_have_value("-80")
