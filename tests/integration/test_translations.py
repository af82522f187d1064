"""Every text that is asked for exists, every text that exists is asked for, and the rules of hassfest are kept."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custom_components.chamber_ws import binary_sensor, climate, config_flow, event, sensor
from custom_components.chamber_ws.chamber.errors import Code
from custom_components.chamber_ws.link.errors import Cause, Failure
from custom_components.chamber_ws.link.retry import CHOICES

FOLDER = Path(config_flow.__file__).parent
ENGLISH: dict[str, Any] = json.loads((FOLDER / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((FOLDER / "icons.json").read_text())
SOURCE = "\n".join(path.read_text() for path in sorted(FOLDER.glob("*.py")))
PLACEHOLDER = re.compile(r"{([a-z_]+)}")
KEYS = {
    "binary_sensor": {
        binary_sensor.DOOR.key,
        binary_sensor.FAULT.key,
        binary_sensor.ONLINE.key,
        binary_sensor.CONNECTED.key,
        *(part.key for part in binary_sensor.PARTS.values()),
    },
    "climate": {climate.THERMOSTAT.key},
    "event": {event.ALARM.key},
    "sensor": {row.key for row in (*sensor.SENSORS, sensor.PROBE, *sensor.LINK_SENSORS)},
}


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its path."""
    if isinstance(node, str):
        yield path, node
        return
    for key, value in node.items():
        yield from texts(value, f"{path}.{key}")


@pytest.mark.parametrize("platform", sorted(KEYS))
def test_entities_and_their_names_are_the_same(platform: str) -> None:
    assert set(ENGLISH["entity"][platform]) == KEYS[platform]


def test_icons_are_of_entities_that_exist() -> None:
    for platform, icons in ICONS["entity"].items():
        assert set(icons) <= KEYS[platform]
    assert all(text.startswith("mdi:") for _path, text in texts(ICONS))


def test_the_form_s_fields_are_described() -> None:
    user = ENGLISH["config"]["step"]["user"]
    advanced = user["sections"]["advanced"]
    fields = {str(key) for key in config_flow.USER.schema} - {"advanced"}
    assert set(user["data"]) == set(user["data_description"]) == fields
    inner = {str(key) for key in config_flow.ADVANCED.schema}
    assert set(advanced["data"]) == set(advanced["data_description"]) == inner
    options = ENGLISH["options"]["step"]["init"]
    assert (
        set(options["data"])
        == set(options["data_description"])
        == {str(k) for k in config_flow.OPTIONS.schema}
    )


def test_every_error_of_the_form_has_a_text_and_every_text_its_error() -> None:
    causes = set(Cause) - {Cause.LOST, Cause.STOPPED}
    keys = {
        config_flow.error_key(Failure(cause), has_password=known)
        for cause in causes
        for known in (True, False)
    }
    fields = set(re.findall(r'"(invalid_\w+)"', SOURCE)) - {"invalid_entry"}
    assert set(ENGLISH["config"]["error"]) == keys | fields


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
    }
    assert set(ENGLISH["exceptions"]) == refused | local


def test_event_types_and_protocols_have_texts() -> None:
    states = ENGLISH["entity"]["event"]["alarm"]["state_attributes"]["event_type"]["state"]
    assert list(states) == event.ALARM.event_types
    assert set(ENGLISH["selector"]["protocol"]["options"]) == set(CHOICES)


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
