"""The manifest and the files around it keep the rules of hassfest and HACS for a custom integration."""

import json
from pathlib import Path
from typing import Any

import pytest
from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant import const
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from packaging.requirements import Requirement

import custom_components.chamber_ws as component
from custom_components.chamber_ws.const import DOMAIN, PLATFORMS

FOLDER = Path(component.__file__).parent
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())
ADMITTED = {
    *("domain", "name", "after_dependencies", "codeowners", "config_flow", "dependencies"),
    *("documentation", "integration_type", "iot_class", "issue_tracker", "loggers"),
    *("requirements", "version", "zeroconf"),
}
ASKED_FOR = {"codeowners", "documentation", "domain", "issue_tracker", "name", "version"}


def test_its_keys_are_known_and_in_order() -> None:
    keys = list(MANIFEST)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert ASKED_FOR <= set(keys) <= ADMITTED


def test_its_domain_is_its_folder_and_nobody_else_s() -> None:
    assert MANIFEST["domain"] == FOLDER.name == DOMAIN
    assert not (Path(const.__file__).parent / "components" / DOMAIN).exists()


def test_its_values_are_admitted() -> None:
    version = AwesomeVersion(MANIFEST["version"])
    assert version.strategy is not AwesomeVersionStrategy.UNKNOWN
    assert MANIFEST["iot_class"] == "local_push"
    assert MANIFEST["integration_type"] == "hub"
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://")
    assert "home-assistant.io" not in MANIFEST["documentation"]


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_its_requirements_admit_what_home_assistant_pins(requirement: str) -> None:
    """Home Assistant installs below its own constraints: what they forbid cannot be had."""
    pins = Path(const.__file__).parent / "package_constraints.txt"
    wanted = Requirement(requirement)
    pinned = [line for line in pins.read_text().splitlines() if line.startswith(f"{wanted.name}==")]
    assert " " not in requirement
    assert all(wanted.specifier.contains(line.partition("==")[2]) for line in pinned)
    assert pinned


async def test_what_it_depends_on_exists(hass: HomeAssistant) -> None:
    for name in (*MANIFEST.get("dependencies", []), *MANIFEST.get("after_dependencies", [])):
        assert (await async_get_integration(hass, name)).domain == name


@pytest.mark.parametrize("service", MANIFEST["zeroconf"])
def test_what_it_looks_for_is_the_name_of_a_service(service: str) -> None:
    """Home Assistant compares lower-case names (RFC 6763, section 7: at most 15 letters)."""
    name, protocol, *domain = service.split(".")
    assert (protocol, domain) == ("_tcp", ["local", ""])
    assert name.startswith("_")
    assert name == name.lower()
    assert len(name) <= 16


def test_every_platform_has_its_file_and_every_file_is_read() -> None:
    assert all((FOLDER / f"{platform}.py").is_file() for platform in PLATFORMS)
    assert not (FOLDER / "strings.json").exists()
    assert (FOLDER / "translations" / "en.json").is_file()


@pytest.mark.parametrize("name", ["condition", "trigger"])
async def test_what_it_offers_automations_is_found(hass: HomeAssistant, name: str) -> None:
    integration = await async_get_integration(hass, DOMAIN)
    assert getattr(integration, f"has_{name}s")
    assert integration.platforms_exists((name,)) == [name]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("**/*.json")), ids=lambda path: path.name)
def test_no_key_stands_twice_in_a_file(path: Path) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _value in pairs}) == len(pairs)
        return dict(pairs)

    json.loads(path.read_text(), object_pairs_hook=once)
