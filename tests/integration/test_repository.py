"""The rules of hassfest, HACS and GitHub for what lies around the code, as far as they hold without a network."""

import ast
import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from homeassistant.const import Platform
from homeassistant.util.yaml import load_yaml_dict

from source import INTEGRATION, ROOT, Module, modules

HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text())
MANIFEST: dict[str, Any] = json.loads((INTEGRATION / "manifest.json").read_text())
ADMITTED: dict[str, type] = {
    "content_in_root": bool,
    "country": list,
    "filename": str,
    "hacs": str,
    "hide_default_branch": bool,
    "homeassistant": str,
    "name": str,
    "persistent_directory": str,
    "render_readme": bool,
    "zip_release": bool,
}
BRAND = {
    "icon": (256, 256),
    "icon@2x": (512, 512),
    "dark_icon": (256, 256),
    "dark_icon@2x": (512, 512),
    "logo": (None, 256),
    "logo@2x": (None, 512),
    "dark_logo": (None, 256),
    "dark_logo@2x": (None, 512),
}
EVERYWHERE = {*Platform, "diagnostics", "homeassistant", "system_health", "websocket_api"}
"""Parts of Home Assistant that any integration may import undeclared."""
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WITHOUT_VERSIONS = {"home-assistant/actions/hassfest@master", "hacs/action@main"}


def test_hacs_is_told_what_it_knows() -> None:
    assert HACS.keys() <= ADMITTED.keys()
    assert all(isinstance(value, ADMITTED[key]) for key, value in HACS.items())
    assert HACS["name"] == MANIFEST["name"]
    assert HACS.get("zip_release", False) == ("filename" in HACS)
    assert re.fullmatch(r"20\d\d\.\d{1,2}\.\d+", HACS["homeassistant"])


def test_there_is_one_integration_a_readme_and_a_license() -> None:
    folders = {path.name for path in (ROOT / "custom_components").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {MANIFEST["domain"]}
    assert (ROOT / "README.md").read_text().startswith(f"# {MANIFEST['name']}\n")
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG, as its header says (PNG, section 11.2.2)."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_the_brand_has_its_pictures_in_their_sizes() -> None:
    assert {path.stem for path in (INTEGRATION / "brand").iterdir()} == set(BRAND)
    for name, (width, height) in BRAND.items():
        found = size(INTEGRATION / "brand" / f"{name}.png")
        assert found[1] == height
        assert width in (None, found[0])


def used(module: Module) -> set[str]:
    """The parts of Home Assistant that a module imports."""
    found = set()
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "homeassistant.components":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update(re.findall(r"^homeassistant\.components\.(\w+)", node.module))
    return found


def test_what_is_used_of_home_assistant_is_declared() -> None:
    declared = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    assert not set(MANIFEST["dependencies"]) & set(MANIFEST["after_dependencies"])
    undeclared = {
        (module.name, name)
        for module in modules(INTEGRATION)
        for name in used(module) - declared - EVERYWHERE
        if not (INTEGRATION / f"{name}.py").is_file()
    }
    assert undeclared == set()


def test_it_is_set_up_by_entries_alone_and_says_so() -> None:
    text = (INTEGRATION / "__init__.py").read_text()
    assert "async def async_setup(" in text
    assert "CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)" in text


@pytest.mark.parametrize("name", ["services", "triggers", "conditions"])
def test_a_description_has_known_keys_and_one_selector_for_each_field(name: str) -> None:
    texts = json.loads((INTEGRATION / "translations" / "en.json").read_text())[name]
    for key, described in load_yaml_dict(str(INTEGRATION / f"{name}.yaml")).items():
        if key.startswith("."):
            continue
        assert set(described) <= {"target", "fields"}, key
        assert set(texts[key]) >= {"name", "description"}
        for field in described.get("fields", {}).values():
            inner = field.get("fields", {"": field})
            assert all(len(one["selector"]) == 1 for one in inner.values()), key


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_no_more_and_pins_what_it_uses(path: Path) -> None:
    workflow = load_yaml_dict(str(path))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job
        assert job.get("permissions", {}) == ({"contents": "write"} if name == "publish" else {})
        for step in job["steps"]:
            action = step.get("uses", "")
            pinned = re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", action) or action in WITHOUT_VERSIONS
            assert pinned or "run" in step
            if action.startswith("actions/checkout@"):
                assert step["with"].get("persist-credentials") is False


def test_what_workflows_run_is_there() -> None:
    text = "\n".join(path.read_text() for path in WORKFLOWS)
    named = set(re.findall(r"(?:scripts|tests|requirements|\.ci)/[\w./-]+", text))
    assert {"scripts/test", "scripts/release", ".ci/run", "tests/agent"} <= named
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert {path.stem for path in WORKFLOWS} == {"validate", "tests", "nightly", "release"}
    assert not re.search(r"https?://|\s/(?:home|root|work|usr|tmp)/", text)
