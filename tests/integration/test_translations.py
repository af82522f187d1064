"""Every text that is asked for exists, every text that exists is asked for, and the rules of hassfest are kept."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict

from custom_components.chamber_ws import (
    binary_sensor,
    button,
    climate,
    condition,
    config_form,
    event,
    number,
    select,
    sensor,
    services,
    trigger,
)
from custom_components.chamber_ws.actions import schema
from custom_components.chamber_ws.chamber.analysis.findings import (
    Breach,
    Excursion,
    Extreme,
    Findings,
    Window,
)
from custom_components.chamber_ws.chamber.analysis.physics.blocks import Block
from custom_components.chamber_ws.chamber.analysis.physics.likeness import likeness_after
from custom_components.chamber_ws.chamber.analysis.physics.probes import Doubt
from custom_components.chamber_ws.chamber.analysis.physics.scene import Scene
from custom_components.chamber_ws.chamber.analysis.physics.surroundings import surroundings_after
from custom_components.chamber_ws.chamber.analysis.rules import AT_ONCE, BY_INERTIA
from custom_components.chamber_ws.chamber.analysis.settings import Profile
from custom_components.chamber_ws.chamber.errors import Code
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.errors import InvalidSettings
from custom_components.chamber_ws.link.errors import Cause, Failure
from custom_components.chamber_ws.link.retry import CHOICES
from custom_components.chamber_ws.record.report import Format
from integration.wording import texts

FOLDER = Path(config_form.__file__).parent
ENGLISH: dict[str, Any] = json.loads((FOLDER / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((FOLDER / "icons.json").read_text())
FORMS: dict[str, Any] = load_yaml_dict(str(FOLDER / "services.yaml"))
SOURCE = "\n".join(path.read_text() for path in sorted(FOLDER.glob("*.py")))
PLACEHOLDER = re.compile(r"{([a-z_]+)}")
KEYS = {
    "binary_sensor": {
        binary_sensor.DOOR.key,
        binary_sensor.EXCURSION.key,
        binary_sensor.FAULT.key,
        binary_sensor.ONLINE.key,
        binary_sensor.CONNECTED.key,
        *(part.key for part in binary_sensor.PARTS.values()),
    },
    "button": {button.ACKNOWLEDGE.key, button.RESET_EXTREMES.key},
    "climate": {climate.THERMOSTAT.key},
    "event": {event.ALARM.key},
    "number": {row.key for row in number.NUMBERS},
    "select": {select.ALARM_PROFILE.key},
    "sensor": {
        row.key
        for row in (
            *sensor.SENSORS,
            sensor.PROBE,
            *sensor.JUDGED_SENSORS,
            *sensor.LINK_SENSORS,
        )
    },
}


@pytest.mark.parametrize("platform", sorted(KEYS))
def test_entities_and_their_names_are_the_same(platform: str) -> None:
    assert set(ENGLISH["entity"][platform]) == KEYS[platform]


def test_icons_are_of_entities_that_exist() -> None:
    for platform, icons in ICONS["entity"].items():
        assert set(icons) <= KEYS[platform]
    assert all(text.startswith("mdi:") for _path, text in texts(ICONS))


PARTS_OF_AUTOMATIONS: dict[str, dict[str, Any]] = {
    "condition": condition.CONDITIONS,
    "trigger": trigger.TRIGGERS,
}


@pytest.mark.parametrize("part", sorted(PARTS_OF_AUTOMATIONS))
def test_triggers_and_conditions_are_described_named_and_drawn(part: str) -> None:
    """As hassfest has it: each has a description, texts of it and its fields, and an icon; and nothing is left over."""
    keys = set(PARTS_OF_AUTOMATIONS[part])
    described = load_yaml_dict(str(FOLDER / f"{part}s.yaml"))
    described = {key: value for key, value in described.items() if not key.startswith(".")}
    named = ENGLISH[f"{part}s"]
    assert set(described) == set(named) == keys
    assert ICONS[f"{part}s"].keys() == keys
    assert all(set(icon) == {part} for icon in ICONS[f"{part}s"].values())
    for key, description in described.items():
        fields = description.get("fields", {})
        assert set(description) <= {"target", "fields"}
        assert all(set(field) <= {"required", "default", "selector"} for field in fields.values())
        assert set(named[key]) == {"name", "description", *(["fields"] if fields else [])}
        assert set(named[key].get("fields", {})) == set(fields)
        assert all("name" in field for field in named[key].get("fields", {}).values())


def fields(schema: vol.Schema) -> set[str]:
    return {str(key) for key in schema.schema}


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        ("user", fields(config_form.USER)),
        ("zeroconf_confirm", fields(config_form.USER)),
        ("reconfigure", fields(config_form.USER) | {config_form.CONF_REMOVE}),
        ("reauth_confirm", fields(config_form.REAUTH_WITH_CERTIFICATE)),
    ],
)
def test_the_fields_of_every_form_are_described(step: str, asked: set[str]) -> None:
    texts = ENGLISH["config"]["step"][step]
    assert set(texts["data"]) == set(texts["data_description"]) == asked - {"advanced"}
    if "advanced" in asked:
        inner = texts["sections"]["advanced"]
        assert set(inner["data"]) == set(inner["data_description"]) == fields(config_form.ADVANCED)


def test_a_field_has_one_name_in_all_forms() -> None:
    """Forms of a custom integration cannot refer to each other's texts."""
    names: dict[str, set[str]] = {}
    for step in ENGLISH["config"]["step"].values():
        advanced = step.get("sections", {}).get("advanced", {"data": {}})
        for field, name in (*step["data"].items(), *advanced["data"].items()):
            names.setdefault(field, set()).add(name)
    assert {field: found for field, found in names.items() if len(found) > 1} == {}


def test_options_are_described() -> None:
    options = ENGLISH["options"]["step"]["init"]
    asked = fields(config_form.OPTIONS)
    assert set(options["data"]) == set(options["data_description"]) == asked


def test_every_error_of_the_form_has_a_text_and_every_text_its_error() -> None:
    causes = set(Cause) - {Cause.STOPPED}
    keys = {
        config_form.error_key(Failure(cause), has_password=known)
        for cause in causes
        for known in (True, False)
    }
    invalid = {"invalid_prefix", *config_form.INVALID.values()}
    assert set(ENGLISH["config"]["error"]) == keys | invalid


def test_every_setting_that_can_be_wrong_has_its_error() -> None:
    assert set(config_form.INVALID) == set(InvalidSettings.__subclasses__())


def test_every_exception_has_a_text() -> None:
    refused = {f"refused_{code}" for code in Code}
    local = {
        "out_of_range",
        "bad_mode",
        "bad_value",
        "refused",
        "unconfirmed",
        "interrupted",
        "not_connected",
        "invalid_entry",
        "no_chamber",
        "record_failed",
    }
    settings = {
        "bad_number",
        "limits_crossed",
        "negative_delay",
        "too_long",
        "too_seldom",
        "unknown_field",
        "unknown_probe",
        "unknown_profile",
        "bad_shelf",
    }
    exports = {"bad_range", "period_too_long", "nothing_recorded", "export_too_large"}
    local |= settings | exports
    assert set(ENGLISH["exceptions"]) == refused | local


def test_event_types_and_protocols_have_texts() -> None:
    states = ENGLISH["entity"]["event"]["alarm"]["state_attributes"]["event_type"]["state"]
    assert list(states) == event.ALARM.event_types
    assert set(ENGLISH["selector"]["protocol"]["options"]) == set(CHOICES)


def test_profiles_have_texts() -> None:
    assert list(ENGLISH["entity"]["select"]["alarm_profile"]["state"]) == list(Profile)


FOUND = Findings(
    pending_until=1.0,
    shelved_until=1.0,
    last_excursion=Excursion(
        what="high",
        stage="acknowledged",
        since=1.0,
        ended=2.0,
        peak=9.0,
        acknowledged_by="Ada",
        acknowledged_at=1.5,
        comment="the door was open",
    ),
    minimum=Extreme(1.0, 1.0),
    maximum=Extreme(9.0, 2.0),
    reset_at=0.5,
    window=Window(
        coverage=99.0,
        mean=5.0,
        time_above=0.0,
        time_below=0.0,
        degree_minutes_above=0.0,
        degree_minutes_below=0.0,
        heater_duty=0.0,
        cooler_duty=50.0,
        starts_per_hour=2.0,
        energy=1.0,
    ),
    breach=Breach(60.0, 8.0, confident=True),
)


def named(platform: str, key: str) -> set[str]:
    """The attributes of an entity that have names."""
    return set(ENGLISH["entity"][platform][key].get("state_attributes", {}))


def test_all_that_can_be_found_has_a_name() -> None:
    assert named("binary_sensor", "excursion") == dict(binary_sensor._of_alarm(FOUND)).keys()
    for row in sensor.JUDGED_SENSORS:
        assert named("sensor", row.key) == dict(row.attributes(FOUND)).keys()


RULES = (*AT_ONCE, *BY_INERTIA)
FAULTS = sorted({rule.key for rule in RULES})


def scene() -> Scene:
    """One in which every rule has something to tell."""
    one = Scene()
    one.doubts = [Doubt("x", 85.0, 5.0, certain=True), Doubt("y", 18.0, 5.0, jumped=True)]
    block = Block(0.0, 60.0, 7.0, 0.0, 100.0, idle=False, setpoint=5.0)
    one.blocks.closed.append(block)
    one.surroundings = surroundings_after(None, block, 25.0, None)
    one.likeness = likeness_after(None, 60.0, 5.0, (5.0, 9.0), disturbed=False)
    return one


def test_every_fault_has_a_name_wherever_it_is_shown() -> None:
    event_names = ENGLISH["entity"]["event"]["alarm"]["state_attributes"]["what"]["state"]
    reasons = ENGLISH["entity"]["binary_sensor"]["fault"]["state_attributes"]["reasons"]["state"]
    assert list(reasons) == FAULTS
    assert {fault: event_names.get(fault) for fault in FAULTS} == reasons


def test_all_that_is_told_of_a_fault_has_a_name() -> None:
    told = {name for rule in RULES for name in rule.details(scene())}
    assert {"probe", "part", "difference", "value", "ambient", "reasons"} <= told
    assert told | {"since", "shelved"} <= named("event", "alarm")


def test_every_fault_is_documented() -> None:
    document = (FOLDER.parents[1] / "docs" / "alarms.md").read_text()
    section = document.partition("## Faults\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == set(FAULTS)


def taken(action: str) -> dict[str, Any]:
    """The fields of an action's form, those of its section too."""
    asked: dict[str, Any] = dict(FORMS[action]["fields"])
    more: dict[str, Any] = asked.pop("more", {"fields": {}})["fields"]
    return asked | more


def test_every_action_has_its_texts_its_form_and_its_icon() -> None:
    assert set(ENGLISH["services"]) == set(ICONS["services"]) == set(services.ACTIONS)
    assert {name for name in FORMS if not name.startswith(".")} == set(services.ACTIONS)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("acknowledge", {schema.COMMENT, schema.ON_BEHALF_OF}),
        ("shelve", {schema.COMMENT, schema.DURATION}),
        ("unshelve", {schema.COMMENT}),
        ("reset_extremes", {schema.COMMENT}),
        ("configure_alarm", {schema.COMMENT, *schema.SETTINGS}),
        ("export_record", {schema.START, schema.END, schema.FORMAT}),
    ],
)
def test_every_field_of_an_action_is_described(action: str, fields: set[str]) -> None:
    assert set(taken(action)) == set(ENGLISH["services"][action]["fields"]) == fields


async def test_home_assistant_reads_the_forms(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    assert set(described) == set(services.ACTIONS)
    assert all(one["target"] for one in described.values())
    optional = {name for name, one in described.items() if one["response"]["optional"]}
    assert optional == set(services.ACTIONS) - {"export_record"}
    assert "Unable to parse services.yaml" not in caplog.text


def test_choices_in_forms_have_texts() -> None:
    choices: dict[str, tuple[str, str, type[StrEnum] | tuple[str, ...]]] = {
        "alarm_profile": ("configure_alarm", "profile", Profile),
        "export_format": ("export_record", "format", Format),
        "profile_end": ("start_profile", "end", schema.ENDINGS),
        "profile_resume": ("start_profile", "resume", schema.RESUMES),
    }
    for key, (action, field, known) in choices.items():
        select = taken(action)[field]["selector"]["select"]
        assert select["translation_key"] == key
        assert set(select["options"]) == set(ENGLISH["selector"][key]["options"]) == set(known)


def test_every_secret_can_be_named() -> None:
    secrets = {*config_form.HIDDEN, config_form.QUERY}
    assert set(ENGLISH["selector"]["remove"]["options"]) == secrets


@pytest.mark.parametrize(("path", "text"), list(texts(ENGLISH)), ids=lambda value: str(value)[:40])
def test_texts_keep_the_rules(path: str, text: str) -> None:
    assert text == text.strip()
    assert not re.search(r"https?://|<[^>]*>|'{|}'", text)
    assert all(re.fullmatch(r"[a-z0-9_.\-]+", key) for key in path.strip(".").split("."))


@pytest.mark.parametrize(
    "path", [path for path, _text in texts(ENGLISH) if path.startswith(".config.error")]
)
def test_errors_use_the_placeholder_that_the_form_gives(path: str) -> None:
    text = dict(texts(ENGLISH))[path]
    assert set(PLACEHOLDER.findall(text)) <= {"detail"}


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        ("cannot_resolve", "nowhere.example is not known"),
        ("timeout", "no answer within 10 seconds"),
    ],
)
def test_an_error_does_not_say_what_its_detail_says(error: str, detail: str) -> None:
    said = ENGLISH["config"]["error"][error].format(detail=detail).lower()
    assert len(re.findall("not known|no answer", said)) == 1, said
