"""quality_scale.yaml: every rule stands once, and what is called done can be seen in code, tests or documentation."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws import config_flow, config_form, services
from custom_components.chamber_ws.const import DOMAIN, PLATFORMS
from integration.house import FakeLink
from source import INTEGRATION, ROOT, modules, proofs_in

FILE = INTEGRATION / "quality_scale.yaml"
TEXT = FILE.read_text()
RULES: dict[str, str | dict[str, str]] = load_yaml_dict(str(FILE))["rules"]
TIERS = {
    "Bronze": {
        *("action-setup", "appropriate-polling", "brands", "common-modules", "config-flow"),
        *("config-flow-test-coverage", "dependency-transparency", "docs-actions"),
        *("docs-conditions", "docs-high-level-description", "docs-installation-instructions"),
        *("docs-removal-instructions", "docs-triggers", "entity-event-setup", "entity-unique-id"),
        *("has-entity-name", "runtime-data", "test-before-configure", "test-before-setup"),
        "unique-config-entry",
    },
    "Silver": {
        *("action-exceptions", "config-entry-unloading", "docs-configuration-parameters"),
        *("docs-installation-parameters", "entity-unavailable", "integration-owner"),
        *("log-when-unavailable", "parallel-updates", "reauthentication-flow", "test-coverage"),
    },
    "Gold": {
        *("devices", "diagnostics", "discovery", "discovery-update-info", "docs-data-update"),
        *("docs-examples", "docs-known-limitations", "docs-supported-devices"),
        *("docs-supported-functions", "docs-troubleshooting", "docs-use-cases"),
        *("dynamic-devices", "entity-category", "entity-device-class"),
        *("entity-disabled-by-default", "entity-translations", "exception-translations"),
        *("icon-translations", "reconfiguration-flow", "repair-issues", "stale-devices"),
    },
    "Platinum": {"async-dependency", "inject-websession", "strict-typing"},
}
MANIFEST: dict[str, Any] = json.loads((INTEGRATION / "manifest.json").read_text())
ENGLISH: dict[str, Any] = json.loads((INTEGRATION / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((INTEGRATION / "icons.json").read_text())


def source(name: str) -> str:
    """A module of the integration, as text."""
    return (INTEGRATION / name).read_text()


def document(name: str, heading: str = "# ") -> bool:
    """Whether a document has something to say below a heading."""
    head, _found, rest = (ROOT / name).read_text().partition(heading)
    return bool(rest.partition("\n#")[0].strip()) and (not head or head.endswith("\n"))


def step(name: str) -> bool:
    """Whether the flow has a step, and its form texts."""
    return hasattr(config_flow.ChamberConfigFlow, f"async_step_{name}") and (
        name in ENGLISH["config"]["step"] or f"{name}_confirm" in ENGLISH["config"]["step"]
    )


def registered_before_entries() -> bool:
    """Whether actions are there whether or not an entry is."""
    setup = source("__init__.py").partition("async def async_setup(")[2].partition("\nasync def")[0]
    return "services.async_register(hass)" in setup and bool(services.ACTIONS)


def covered() -> bool:
    """Whether all that is delivered is bounded by what the tests have to reach, above 95 %, by night."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    bounds = settings["tool"]["chamber_ws"]["coverage"]
    nightly = (ROOT / ".github/workflows/nightly.yml").read_text()
    return (
        INTEGRATION.relative_to(ROOT).as_posix()
        in {folder for one in bounds for folder in one["of"]}
        and min(one["least"] for one in bounds) >= 95
        and "- scripts/coverage\n" in nightly
    )


SEEN: dict[str, Callable[[], bool]] = {
    "action-setup": registered_before_entries,
    "brands": (INTEGRATION / "brand" / "icon.png").is_file,
    "common-modules": lambda: all(
        (INTEGRATION / name).is_file() for name in ("coordinator.py", "entity.py")
    ),
    "config-flow": lambda: MANIFEST["config_flow"] is True and step("user"),
    "dependency-transparency": lambda: (
        [one.partition(">")[0] for one in MANIFEST["requirements"]] == ["paho-mqtt"]
    ),
    "docs-actions": lambda: document("docs/actions.md"),
    "docs-conditions": lambda: document("docs/automations.md", "## Conditions\n"),
    "docs-triggers": lambda: document("docs/automations.md", "## Triggers\n"),
    "docs-high-level-description": lambda: document("README.md"),
    "docs-installation-instructions": lambda: document("README.md", "## Install\n"),
    "docs-removal-instructions": lambda: (
        "To remove the integration, " in (ROOT / "README.md").read_text()
    ),
    "docs-installation-parameters": lambda: document(
        "docs/configuration.md", "## Adding a broker\n"
    ),
    "docs-configuration-parameters": lambda: document("docs/configuration.md", "## Options\n"),
    "docs-data-update": lambda: document("docs/entities.md", "## How often they are written\n"),
    "docs-examples": lambda: document("docs/automations.md", "## Examples\n"),
    "docs-known-limitations": lambda: document("docs/configuration.md", "## Known limitations\n"),
    "docs-supported-devices": lambda: document("docs/configuration.md", "## Supported devices\n"),
    "docs-supported-functions": lambda: document("README.md", "## What you get\n"),
    "docs-troubleshooting": lambda: document("README.md", "## Troubleshooting\n"),
    "docs-use-cases": lambda: document("docs/automations.md", "## Blueprints\n"),
    "runtime-data": lambda: "entry.runtime_data = Runtime(" in source("__init__.py"),
    "integration-owner": lambda: bool(MANIFEST["codeowners"]),
    "parallel-updates": lambda: all(
        re.search(r"^PARALLEL_UPDATES = \d+$", source(f"{platform}.py"), re.MULTILINE)
        for platform in PLATFORMS
    ),
    "reauthentication-flow": lambda: step("reauth"),
    "reconfiguration-flow": lambda: step("reconfigure"),
    "discovery": lambda: bool(MANIFEST["zeroconf"]) and step("zeroconf"),
    "diagnostics": lambda: "async_get_config_entry_diagnostics" in source("diagnostics.py"),
    "repair-issues": lambda: "async_create_fix_flow" in source("repairs.py"),
    "stale-devices": lambda: "async_remove_config_entry_device" in source("__init__.py"),
    "inject-websession": lambda: "async_create_clientsession(" in source("connection.py"),
    "test-coverage": covered,
    "strict-typing": lambda: "strict = true" in (ROOT / "pyproject.toml").read_text(),
}
"""What is looked for where a rule can be seen in the source."""
PROVEN = {
    "action-exceptions": ("test_errors", "test_an_error_has_its_text_and_all_that_stands_in_it"),
    "async-dependency": ("test_websocket_link", "test_a_frame_is_sent_and_received_whole"),
    "config-entry-unloading": ("test_life", "test_an_entry_ends_cleanly_in_every_situation"),
    "config-flow-test-coverage": ("test_config_flow_errors", "test_what_nobody_foresaw_is_called_unknown"),
    "devices": ("test_init", "test_devices_stand_under_each_other"),
    "diagnostics": ("test_diagnostics", "test_no_secret_is_in_it"),
    "discovery": ("test_zeroconf", "test_the_broker_is_tried_before_there_is_an_entry"),
    "dynamic-devices": ("test_roster", "test_a_chamber_that_is_described_appears_with_its_first_sample"),
    "entity-event-setup": ("test_life", "test_unloading_makes_every_entity_unavailable"),
    "entity-unavailable": ("test_availability", "test_three_heartbeats_without_a_sample_make_it_unavailable"),
    "exception-translations": ("test_translations", "test_every_exception_has_a_text"),
    "log-when-unavailable": ("test_coordinator", "test_a_loss_is_logged_once_however_often_it_is_tried"),
    "reauthentication-flow": ("test_reauth", "test_a_refused_login_asks_for_another_one_and_goes_on_with_it"),
    "reconfiguration-flow": ("test_reconfigure", "test_the_broker_may_move"),
    "repair-issues": ("test_repairs_provoked", "test_two_home_assistants_from_one_backup"),
    "stale-devices": ("test_deletion", "test_a_stale_chamber_can_be_deleted_and_then_its_gateway"),
    "test-before-configure": ("test_config_flow_errors", "test_a_port_where_nobody_listens_refuses"),
    "unique-config-entry": ("test_config_flow", "test_the_same_broker_with_the_same_prefix_is_configured_already"),
}  # fmt: skip
"""Which test shows what only behaviour shows."""
IN_THE_HOUSE = {
    *("entity-unique-id", "has-entity-name", "entity-translations", "icon-translations"),
    *("entity-category", "entity-device-class", "entity-disabled-by-default"),
}
"""Rules that the tests below look at in a loaded entry."""


def status(rule: str) -> str:
    """What a rule's status is, however it is written."""
    given = RULES[rule]
    return given if isinstance(given, str) else given["status"]


DONE = {rule for rule in RULES if status(rule) == "done"}


@pytest.mark.parametrize("tier", TIERS)
def test_every_rule_of_a_tier_stands_once_in_its_section(tier: str) -> None:
    section = TEXT.partition(f"  # {tier}\n")[2].partition("\n  # ")[0]
    listed = re.findall(r"^  ([a-z-]+):", section, re.MULTILINE)
    assert sorted(listed) == sorted(TIERS[tier])


def test_there_are_no_other_rules() -> None:
    assert set(RULES) == set().union(*TIERS.values())


def test_a_status_is_known_and_what_is_not_done_says_why() -> None:
    assert {status(rule) for rule in RULES} <= {"done", "exempt"}
    for rule, given in RULES.items():
        assert isinstance(given, str) or set(given) == {"status", "comment"}
        assert status(rule) == "done" or (isinstance(given, dict) and given["comment"].strip()), (
            rule
        )


def test_everything_done_is_shown_somewhere() -> None:
    assert DONE - SEEN.keys() - PROVEN.keys() - IN_THE_HOUSE == set()


@pytest.mark.parametrize("rule", sorted(SEEN))
def test_what_is_done_is_seen_in_the_source(rule: str) -> None:
    assert rule in DONE
    assert SEEN[rule]()


@pytest.mark.parametrize("rule", sorted(PROVEN))
def test_what_is_done_is_proven_by_a_test(rule: str) -> None:
    module, name = PROVEN[rule]
    found = proofs_in(Path(__file__).with_name(f"{module}.py"))
    assert rule in DONE
    assert name in found


def test_every_document_that_a_comment_names_exists() -> None:
    named = re.findall(r"\b(?:docs|adr|tests)/[\w/.-]+\.(?:md|py)\b", TEXT)
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_field_and_every_option_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    forms = (config_form.USER, config_form.ADVANCED, config_form.OPTIONS)
    fields = {str(key) for form in forms for key in form.schema} - {"advanced"}
    assert {field for field in fields if f"`{field}`" not in text} == set()
    steps = (ENGLISH["config"]["step"]["user"], ENGLISH["options"]["step"]["init"])
    labels = {label for one in steps for label in one["data"].values()}
    labels |= set(steps[0]["sections"]["advanced"]["data"].values())
    assert {label for label in labels if label not in text} == set()


def test_entities_are_in_the_hands_of_their_platforms_alone() -> None:
    """No entity names itself or draws itself in the code, but where the chamber has the name."""
    for module in modules(INTEGRATION):
        assert not re.search(r"_attr_(icon|name) = [^N]|\bicon=", module.path.read_text()), (
            module.path
        )


@pytest.fixture
def entities(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry
) -> list[er.RegistryEntry]:
    """All of a link, a gateway and a chamber that has everything."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {one.domain for one in found} == set(PLATFORMS)
    return found


async def test_every_entity_has_an_id_a_name_of_its_own_and_a_device(
    hass: HomeAssistant, entities: list[er.RegistryEntry]
) -> None:
    assert len({(one.domain, one.unique_id) for one in entities}) == len(entities)
    for one in entities:
        assert one.platform == DOMAIN
        assert one.has_entity_name
        assert one.device_id is not None
        assert dr.async_get(hass).async_get(one.device_id) is not None
        assert one.translation_key in ENGLISH["entity"][one.domain]


async def test_every_entity_has_a_device_class_or_a_picture(
    entities: list[er.RegistryEntry],
) -> None:
    bare = {
        (one.domain, one.translation_key)
        for one in entities
        if not one.original_device_class
        and one.translation_key not in ICONS["entity"].get(one.domain, {})
    }
    assert bare == set()


async def test_what_few_need_is_set_apart_and_off(entities: list[er.RegistryEntry]) -> None:
    apart = {str(one.translation_key) for one in entities if one.entity_category}
    off = {str(one.translation_key) for one in entities if one.disabled_by}
    assert {"connected", "round_trip", "alarm_profile"} <= apart
    assert {"last_sample", "cooler_duty", "round_trip", "message_rate"} <= off
    assert not {"temperature", "setpoint", "online", "excursion", "alarm"} & (apart | off)
