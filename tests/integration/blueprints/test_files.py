"""The blueprints as files."""

import pytest
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.importer import _get_github_import_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.util.yaml import parse_yaml

from integration.blueprints.given import FOLDER

NAMES = (
    "chamber_lost",
    "daily_report",
    "door_left_open",
    "excursion",
    "fault",
    "setpoint_schedule",
)


def test_there_are_six() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_can_be_imported_from_where_it_is(name: str) -> None:
    data = parse_yaml((FOLDER / f"{name}.yaml").read_text())
    assert isinstance(data, dict)
    blueprint = Blueprint(data, expected_domain=AUTOMATION, schema=AUTOMATION_BLUEPRINT_SCHEMA)
    metadata = blueprint.metadata
    place = f"blueprints/automation/chamber_ws/{name}.yaml"
    raw = _get_github_import_url(metadata["source_url"])
    assert raw == f"https://raw.githubusercontent.com/chamber-ws/chamber_ws/main/{place}"
    assert metadata["homeassistant"] == {"min_version": "2026.10.0"}
    assert metadata["name"].startswith("Chamber ")
    assert metadata["description"].endswith(".")
    assert blueprint.validate() is None
    assert all(one is None or {"name", "selector"} <= set(one) for one in blueprint.inputs.values())


@pytest.mark.parametrize("name", NAMES)
def test_inputs_that_are_asked_for_are_used(name: str) -> None:
    """Home Assistant refuses one that is used and not asked for; of the contrary it says nothing."""
    text = (FOLDER / f"{name}.yaml").read_text()
    blueprint = Blueprint(parse_yaml(text), schema=AUTOMATION_BLUEPRINT_SCHEMA)  # type: ignore[arg-type]
    assert all(f"!input {key}\n" in text for key in blueprint.inputs)
    assert "integration: chamber_ws" in text
