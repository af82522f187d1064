"""The wizard that maps a chamber: it listens, proposes, tries, shows and saves, and names what is wrong."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.chamber_ws.mapping import flow as module
from custom_components.chamber_ws.mapping import form, reading
from custom_components.chamber_ws.mapping.form import kept
from custom_components.chamber_ws.mapping.table import BadMapping
from integration.forms import opened
from integration.house import STATE, FakeLink, House

ENGLISH: dict[str, Any] = json.loads(
    (Path(form.__file__).parents[1] / "translations" / "en.json").read_text()
)
TEXTS = ENGLISH["config_subentries"]["chamber"]
PLAIN = {"desired": b"30", "actual": b"30.05", "cooler": b"1", "heater": b"0"}


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    """Nobody waits for what does not come."""
    with (
        patch.object(module, "TRY_SECONDS", 0.01),
        patch.object(module, "RECALL_SECONDS", 0.05),
        patch("custom_components.chamber_ws.mapping.desk.GATHER", 0.0),
    ):
        yield


class Wizard:
    """A user in the wizard."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink) -> None:
        self.hass = hass
        self.entry = entry
        self.link = link
        self.now: dict[str, Any] = {}

    async def open(self) -> None:
        handler = (self.entry.entry_id, "chamber")
        self._took(
            await self.hass.config_entries.subentries.async_init(
                handler, context={"source": "user"}
            )
        )

    async def listen(self, said: dict[str, bytes], topic_filter: str = "#", **form: Any) -> None:
        """Submit the first form; meanwhile this is said."""
        fields = {"topic_filter": topic_filter, "seconds": 0.05, **form}
        submitted = asyncio.ensure_future(self._submitted(fields))
        await asyncio.sleep(0.01)
        for topic, payload in said.items():
            self.link.deliver(topic, payload)
        await submitted

    async def submit(self, **fields: Any) -> None:
        await self._submitted(fields)

    async def reopen(self, said: dict[str, bytes]) -> None:
        """Change the mapping there is; meanwhile this is said."""
        (subentry,) = self.entry.subentries.values()
        started = self.entry.start_subentry_reconfigure_flow(self.hass, subentry.subentry_id)
        opening = asyncio.ensure_future(started)
        await asyncio.sleep(0.01)
        for topic, payload in said.items():
            self.link.deliver(topic, payload)
        self._took(await opening)

    async def choose(self, option: str) -> None:
        await self._submitted({"next_step_id": option})
        await self.hass.async_block_till_done()

    async def _submitted(self, fields: dict[str, Any]) -> None:
        flows = self.hass.config_entries.subentries
        self._took(await flows.async_configure(self.now["flow_id"], fields))

    def _took(self, result: Any) -> None:
        self.now = dict(result)

    @property
    def step(self) -> str:
        return str(self.now["step_id"])

    @property
    def error(self) -> str | None:
        errors: dict[str, str] = self.now["errors"] or {}
        return next(iter(errors.values()), None)

    @property
    def told(self) -> dict[str, str]:
        placeholders: dict[str, str] = self.now["description_placeholders"]
        return placeholders

    @property
    def proposed(self) -> dict[str, Any]:
        """What the form holds as a browser opens it, without what maps nothing and how it behaves."""
        held = kept(opened(self.now["data_schema"]))
        held.pop("behaviour", None)
        return held


@pytest.fixture
async def wizard(hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink) -> Wizard:
    made = Wizard(hass, entry, link)
    await made.open()
    return made


async def test_the_lectures_chamber_is_mapped_in_a_minute(
    hass: HomeAssistant, wizard: Wizard, link: FakeLink, house: House
) -> None:
    """Four plain topics: heard, proposed for what they are, shown, saved; and the chamber obeys."""
    assert wizard.step == "user"
    await wizard.listen(PLAIN)
    assert wizard.step == "map"
    for topic, payload in PLAIN.items():
        assert f"`{topic}` = `{payload.decode()}`" in wizard.told["heard"]
    assert wizard.proposed == {
        "name": "Chamber",
        "temperature": {"topic": "actual", "unit": "°C"},
        "setpoint": {"topic": "desired", "unit": "°C", "command_topic": "desired"},
        "actuators": {"heaters": [{"topic": "heater"}], "coolers": [{"topic": "cooler"}]},
    }
    await wizard.submit(**wizard.proposed)
    assert wizard.step == "try"
    assert wizard.told["shown"].splitlines() == [
        "- `actual` → 30.05 °C",
        "- `desired` → 30.0 °C",
        "- `heater` → `off`",
        "- `cooler` → `on`",
    ]
    await wizard.choose("save")
    assert wizard.now["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = wizard.entry.subentries.values()
    for topic, payload in PLAIN.items():
        link.deliver(topic, payload)
    for _turn in range(3):
        await asyncio.sleep(0)
    await hass.async_block_till_done()
    device = subentry.subentry_id
    assert house.value("temperature", device) == "30.05"
    assert house.attribute("chamber", "temperature", device) == 30
    assert (house.value("heater", device), house.value("cooler", device)) == ("off", "on")
    (climate,) = house.entity_ids("chamber", device)
    data = {"entity_id": climate, "temperature": 31}
    asked = asyncio.ensure_future(
        hass.services.async_call("climate", "set_temperature", data, blocking=True)
    )
    await asyncio.sleep(0.01)
    (sent,) = [one for one in link.published if one.topic == "desired"]
    link.deliver("desired", sent.payload)
    await asked
    await hass.async_block_till_done()
    assert house.attribute("chamber", "temperature", device) == 31


async def test_what_was_listened_to_is_left_again(wizard: Wizard) -> None:
    await wizard.listen(PLAIN, "lab/#")
    assert wizard.link.subscribed[-1] == "lab/#"
    assert wizard.link.unsubscribed == ["lab/#"]


async def test_what_is_mapped_is_not_left_with_it(hass: HomeAssistant, wizard: Wizard) -> None:
    await wizard.listen(PLAIN)
    await wizard.submit(**wizard.proposed)
    await wizard.choose("save")
    await wizard.open()
    await wizard.listen(PLAIN, "actual")
    assert "actual" not in wizard.link.unsubscribed


async def test_chambers_of_the_contract_need_no_mapping_and_live_on(
    wizard: Wizard, hass: HomeAssistant, house: House
) -> None:
    await wizard.listen({STATE: b'{"temperature": 5}', "x/temp": b"4"})
    assert wizard.told["heard"] == "- `x/temp` = `4`"
    await hass.async_block_till_done()
    assert house.coordinator.census.chambers[house.address].sample is not None


async def test_silence_is_named(wizard: Wizard) -> None:
    await wizard.listen({}, "lab/#")
    assert (wizard.error, wizard.told["detail"]) == ("nothing_heard", "lab/#")


async def test_a_refusal_is_named(wizard: Wizard) -> None:
    fields = {"topic_filter": "#", "seconds": 0.05}
    submitted = asyncio.ensure_future(wizard.submit(**fields))
    await asyncio.sleep(0.01)
    wizard.link.up(refused=("#",))
    await submitted
    assert (wizard.error, wizard.told["detail"]) == ("refused", "#")


async def test_without_a_connection_nothing_is_listened_to(wizard: Wizard) -> None:
    wizard.link.down()
    await wizard.submit(topic_filter="#", seconds=1)
    assert wizard.error == "not_connected"


async def test_who_does_not_listen_maps_by_hand(wizard: Wizard) -> None:
    await wizard.submit(topic_filter="#", seconds=0)
    assert (wizard.step, wizard.proposed) == ("map", {"name": "Chamber"})
    await wizard.submit(name="Box", temperature={"topic": "t"})
    assert wizard.told["shown"] == "- `t` → —"
    await wizard.choose("save")
    (subentry,) = wizard.entry.subentries.values()
    assert dict(subentry.data) == {"name": "Box", "temperature": {"topic": "t", "unit": "°C"}}


@pytest.mark.parametrize("topic_filter", ["", "a/#/b", "a#", "a+/b"])
async def test_what_is_no_filter_is_named(wizard: Wizard, topic_filter: str) -> None:
    await wizard.submit(topic_filter=topic_filter, seconds=1)
    assert wizard.error == "bad_filter"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"temperature": {}}, "no_temperature"),
        ({"name": " "}, "bad_name"),
        ({"temperature": {"topic": "a/+"}}, "bad_topic"),
        ({"temperature": {"topic": STATE}}, "contract_topic"),
        ({"temperature": {"topic": "a", "read": "t"}}, "bad_read"),
        ({"temperature": {"topic": "a", "read": "{{ value_json.t"}}, "bad_template"),
        ({"setpoint": {"command_topic": "b"}}, "no_echo"),
        ({"door": {"topic": "d", "on": ["1"], "off": ["1"]}}, "bad_words"),
        ({"mode": {"topic": "m", "words": ["warm=1"]}}, "bad_words"),
        ({"behaviour": {"min": 5, "max": 5}}, "bad_limits"),
        ({"further": {"probes": [{"name": "A", "topic": "a"}] * 2}}, "probe_twice"),
        ({"actuators": {"fans": [{"topic": "f"}] * 65}}, "too_many"),
        ({"temperature": {"topic": "word"}}, "unreadable"),
    ],
)
async def test_a_mistake_in_the_mapping_is_named_and_can_be_corrected(
    wizard: Wizard, fields: dict[str, Any], error: str
) -> None:
    await wizard.listen({"actual": b"5", "word": b"warm"})
    await wizard.submit(**{"name": "Box", "temperature": {"topic": "actual"}, **fields})
    assert (wizard.step, wizard.error) == ("map", error)
    await wizard.submit(name="Box", temperature={"topic": "actual"})
    assert wizard.step == "try"


async def test_the_same_temperature_is_mapped_once(wizard: Wizard) -> None:
    await wizard.listen(PLAIN)
    proposed = wizard.proposed
    await wizard.submit(**proposed)
    await wizard.choose("save")
    await wizard.open()
    await wizard.listen(PLAIN)
    await wizard.submit(**proposed)
    assert (wizard.error, wizard.told["detail"]) == ("already_mapped", "actual")


async def test_the_mapping_can_be_corrected_after_it_was_tried(wizard: Wizard) -> None:
    await wizard.listen(PLAIN)
    await wizard.submit(**{**wizard.proposed, "name": "Box"})
    await wizard.choose("map")
    assert (wizard.step, wizard.proposed["name"]) == ("map", "Box")


async def test_a_mapping_is_changed(hass: HomeAssistant, wizard: Wizard, house: House) -> None:
    await wizard.listen(PLAIN)
    await wizard.submit(**wizard.proposed)
    await wizard.choose("save")
    await wizard.reopen({})
    assert wizard.proposed["temperature"] == {"topic": "actual", "unit": "°C"}
    await wizard.submit(**{**wizard.proposed, "name": "Other", "actuators": {}})
    await wizard.choose("save")
    assert (wizard.now["type"], wizard.now["reason"]) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    (changed,) = wizard.entry.subentries.values()
    assert (changed.title, "actuators" in changed.data) == ("Other", False)
    device = house.device(changed.subentry_id)
    assert device is not None
    assert device.name == "Other"
    assert house.registered("heater", changed.subentry_id) == []


async def test_who_changes_a_mapping_sees_what_is_said_on_it_now(wizard: Wizard) -> None:
    await wizard.listen(PLAIN)
    await wizard.submit(**wizard.proposed)
    await wizard.choose("save")
    subscribed = list(wizard.link.subscribed)
    await wizard.reopen({**PLAIN, "actual": b"29", "other": b"1"})
    lines = ["actual` = `29", "cooler` = `1", "desired` = `30", "heater` = `0"]
    assert wizard.told["heard"].splitlines() == [f"- `{line}`" for line in lines]
    assert wizard.link.subscribed == subscribed


async def test_a_mapping_that_cannot_be_read_any_more_is_shown_to_be_mended(wizard: Wizard) -> None:
    await wizard.listen(PLAIN)
    await wizard.submit(**wizard.proposed)
    await wizard.choose("save")
    with patch.object(reading, "read", side_effect=BadMapping("bad_read", "")):
        await wizard.reopen(PLAIN)
    assert (wizard.step, wizard.told["heard"]) == ("map", "—")


async def test_an_entry_that_is_not_loaded_maps_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, link: FakeLink
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    wizard = Wizard(hass, entry, link)
    await wizard.open()
    assert (wizard.now["type"], wizard.now["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_what_others_say_cannot_spoil_the_form(wizard: Wizard) -> None:
    await wizard.listen({"a`b\n": b"`x`\x00[link](http://x)" + b"y" * 500})
    (line,) = wizard.told["heard"].splitlines()
    assert line.count("`") == 4
    assert len(line) < 150


async def test_a_prefix_below_a_root_narrows_the_filter(wizard: Wizard) -> None:
    assert wizard.proposed["topic_filter"] == "#"
    with patch.object(module.MappingFlow, "_prefix", "site1/chamber"):
        await wizard.open()
    assert wizard.proposed["topic_filter"] == "site1/#"


async def test_frontends_get_the_forms(
    hass: HomeAssistant, wizard: Wizard, hass_client: ClientSessionGenerator
) -> None:
    """All of a form can be said in JSON, and what a frontend sends back is taken."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_client()
    flows = "/api/config/config_entries/subentries/flow"
    opened = await client.post(flows, json={"handler": [wizard.entry.entry_id, "chamber"]})
    at = f"{flows}/{(await opened.json())['flow_id']}"
    mapping = await (await client.post(at, json={"topic_filter": "#", "seconds": 0})).json()
    assert [one["name"] for one in mapping["data_schema"]][:3] == [
        "name",
        "temperature",
        "setpoint",
    ]
    fields = {"name": "Box", "temperature": {"topic": "t", "unit": "°C"}}
    tried = await (await client.post(at, json=fields)).json()
    assert (tried["type"], tried["menu_options"]) == ("menu", ["save", "map"])
    saved = await (await client.post(at, json={"next_step_id": "save"})).json()
    assert (saved["type"], saved["title"]) == ("create_entry", "Box")


def _keys(schema: Any) -> set[str]:
    return {str(key) for key in schema.schema}


def test_every_field_is_described() -> None:
    listening = TEXTS["step"]["user"]
    assert set(listening["data"]) == set(listening["data_description"]) == _keys(form.LISTEN)
    texts, sections = TEXTS["step"]["map"], form.schema(()).schema
    assert set(texts["data"]) == set(texts["data_description"]) == {"name"}
    assert set(texts["sections"]) == {str(key) for key in sections} - {"name"}
    for key, inner in sections.items():
        if str(key) != "name":
            described = texts["sections"][str(key)]
            assert set(described["data"]) == _keys(inner.schema), key
            assert set(described["data_description"]) == _keys(inner.schema)


def _row(section: str, key: str, *heard: str) -> dict[str, Any]:
    """The fields of one of several actuators or probes."""
    rows: Any = form.schema(heard).schema[section].schema.schema[key]
    fields: dict[str, Any] = rows.config["fields"]
    return fields


def test_every_field_of_a_row_has_a_name() -> None:
    named = ENGLISH["selector"]
    assert set(named["mapped_part"]["fields"]) == set(_row("actuators", "heaters"))
    assert set(named["mapped_probe"]["fields"]) == set(_row("further", "probes"))


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("actuators", "heaters"),
        ("actuators", "coolers"),
        ("actuators", "fans"),
        ("further", "probes"),
    ],
)
def test_the_topic_of_a_row_is_chosen_from_what_was_heard_or_typed(section: str, key: str) -> None:
    """Not required: a frontend would choose the first one, and whoever overlooks that maps a thermometer as a fan."""
    topic = _row(section, key, "heater", "cooler")["topic"]
    assert topic["selector"]["select"]["options"] == ["cooler", "heater"]
    assert topic["selector"]["select"]["custom_value"]
    assert not topic.get("required")
    assert "text" in _row(section, key)["topic"]["selector"]


async def test_a_row_without_a_topic_is_named(wizard: Wizard) -> None:
    await wizard.listen(PLAIN)
    await wizard.submit(**{**wizard.proposed, "actuators": {"fans": [{"name": "Blower"}]}})
    assert (wizard.error, wizard.told["detail"]) == ("bad_topic", "fans[0]: ")
