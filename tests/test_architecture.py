"""The laws of the house, read from the source."""

import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from source import AGENT, CHAMBER, INTEGRATION, LINK, ROOT, SHARED, Module, is_standard, modules
from workshop.own_tests import own_tests

if sys.version_info < (3, 14):
    pytest.skip("the integration is written for Python 3.14", allow_module_level=True)

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 10
MOST_MODULES = 15
PLATFORMS = frozenset({"binary_sensor", "button", "climate", "event", "number", "select", "sensor"})
# File names that Home Assistant prescribes do not count towards a folder's size.
PRESCRIBED = PLATFORMS | {
    "__init__", "backup", "condition", "config_flow", "const", "coordinator", "diagnostics", "entity",
    "logbook", "repairs", "services", "system_health", "trigger", "websocket_api",
}  # fmt: skip
# What the rooms may know of each other; docs/architecture.md says why.
ROOMS = {
    "actions": {"chamber", "const", "coordinator", "devices", "errors", "keeping", "link", "record"},
    "keeping": {"census", "chamber", "coordinator", "link", "record"},
    "mapping": {
        "chamber", "commander", "const", "coordinator", "errors", "link", "roster", "runtime"
    },
    "notices": {"census", "chamber", "const", "coordinator", "link", "record"},
    "record": {"chamber", "devices", "link", "options", "telling"},
    "streaming": {"actions", "census", "chamber", "const", "coordinator", "devices"},
    "targeting": {"chamber", "const", "devices", "runtime"},
    "telling": {"chamber"},
}  # fmt: skip
# Of the record and the mappings, what lives in Home Assistant; the rest runs without.
IN_HOME_ASSISTANT = {
    "mapping": {"desk", "directory", "flow", "form"},
    "record": {"backfill", "clerk", "statistics"},
}
NETWORK = frozenset({"aiohttp", "websockets", "socket", "http", "requests", "httpx"})
CLOCKS = re.compile(
    r"(time\.\w+|(\w+\.)*(now|utcnow|today)|random\.\w+|secrets\.\w+|asyncio\.sleep|uuid\.uuid\d)"
)
OWN_MODULES = modules(INTEGRATION) + modules(AGENT, leave_out=SHARED)
DESCRIBED = [
    module for module in modules(CHAMBER) + modules(LINK) if module.path.stem != "__init__"
]


def named(module: Module) -> str:
    """How a failing test names a module."""
    return str(module.path.relative_to(ROOT))


def test_the_integration_is_the_only_folder_and_has_no_links() -> None:
    """HACS takes the first folder whole, and a link inside would arrive as a text file."""
    folders = [path.name for path in (ROOT / "custom_components").iterdir() if path.is_dir()]
    assert [name for name in folders if name != "__pycache__"] == ["chamber_ws"]
    assert not [path for path in INTEGRATION.rglob("*") if path.is_symlink()]


def test_the_agent_shares_two_folders_by_links() -> None:
    assert [path.resolve() for path in SHARED] == [CHAMBER, LINK]


@pytest.mark.parametrize("module", modules(CHAMBER), ids=named)
def test_chamber_imports_the_standard_library_alone(module: Module) -> None:
    assert {
        name for name in module.imports if not name.startswith(".") and not is_standard(name)
    } == set()
    assert ".." not in {name[1:3] for name in module.imports if name.startswith(".")}


@pytest.mark.parametrize("module", modules(LINK), ids=named)
def test_link_adds_paho_alone_and_knows_no_chamber(module: Module) -> None:
    foreign = {
        name for name in module.imports if not name.startswith(".") and not is_standard(name)
    }
    assert foreign <= {"paho"}
    assert ".." not in {name[1:3] for name in module.imports if name.startswith(".")}


@pytest.mark.parametrize("module", OWN_MODULES, ids=named)
def test_paho_is_known_to_the_link_alone(module: Module) -> None:
    assert "paho" not in module.imports or module.path.is_relative_to(LINK)


@pytest.mark.parametrize("module", OWN_MODULES, ids=named)
def test_only_the_transports_open_a_connection(module: Module) -> None:
    # The service manager's socket is no network: the agent says there that it lives.
    if module.path.stem not in {"websocket_link", "uplink", "downlink", "notify"}:
        assert not module.imports & NETWORK


@pytest.mark.parametrize(
    "module",
    [*modules(CHAMBER), Module(LINK / "session.py", LINK), Module(LINK / "retry.py", LINK)],
    ids=named,
)
def test_time_and_chance_are_arguments(module: Module) -> None:
    assert [call for call in module.calls() if CLOCKS.fullmatch(call)] == []
    assert not module.imports & {"asyncio", "random", "secrets", "threading", "time"}


@pytest.mark.parametrize("package", [INTEGRATION, AGENT], ids=["integration", "agent"])
def test_there_are_no_import_cycles(package: Path) -> None:
    graph = {
        "." + module.name: {name for name in module.imports if name.startswith(".")}
        for module in modules(package, leave_out=SHARED if package == AGENT else ())
    }
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys() - {name}}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert graph == {}


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_platforms_know_coordinator_entity_and_chamber_only(name: str) -> None:
    module = Module(INTEGRATION / f"{name}.py", INTEGRATION)
    own = {imported.split(".")[1] for imported in module.imports if imported.startswith(".")}
    assert own <= {"chamber", "coordinator", "entity", "errors", "link", "runtime"}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_know_what_they_may(room: str) -> None:
    own = [module for module in modules(INTEGRATION) if module.name.split(".")[0] == room]
    known = {name.split(".")[1] for module in own for name in module.imports if name[0] == "."}
    assert known - {room} <= ROOMS[room]
    living = {module.path.stem for module in own if "homeassistant" in module.imports}
    assert living <= IN_HOME_ASSISTANT.get(room, living)


def test_every_room_has_its_law() -> None:
    rooms = {path.parent.name for path in INTEGRATION.glob("*/__init__.py")}
    assert rooms == ROOMS.keys() | {"chamber", "link"}


def test_the_coordinator_knows_both_languages() -> None:
    module = Module(INTEGRATION / "coordinator.py", INTEGRATION)
    assert any(name.startswith(".chamber") for name in module.imports)
    assert any(name.startswith(".link") for name in module.imports)


@pytest.mark.parametrize("module", OWN_MODULES, ids=named)
def test_files_and_functions_are_small(module: Module) -> None:
    assert module.code_lines <= LONGEST_FILE
    assert [name for name, lines in module.functions if lines > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("module", DESCRIBED, ids=named)
def test_a_module_of_the_shared_code_has_tests_of_its_own(module: Module) -> None:
    """They alone say how it behaves; `scripts/coverage` asks whether they reach all of it."""
    assert own_tests(module.path) != [], f"tests/**/test_{module.path.stem}.py is missing"


def test_most_functions_are_shorter_than_ten_lines() -> None:
    assert (
        median(lines for module in OWN_MODULES for _name, lines in module.functions)
        < USUAL_FUNCTION
    )


def test_folders_are_small() -> None:
    for folder in {module.path.parent for module in OWN_MODULES}:
        prescribed = PRESCRIBED if folder == INTEGRATION else {"__init__", "__main__"}
        rooms = [path.stem for path in folder.glob("*.py") if path.stem not in prescribed]
        assert len(rooms) <= MOST_MODULES, folder


@pytest.mark.parametrize(
    ("package", "root"),
    [
        (INTEGRATION, {"ChamberError", "LinkError"}),
        (CHAMBER, {"ChamberError"}),
        (LINK, {"LinkError"}),
        (AGENT, {"AgentError"}),
    ],
    ids=["integration", "chamber", "link", "agent"],
)
def test_each_package_has_one_root_exception(package: Path, root: set[str]) -> None:
    known = set(root)
    own = modules(package, leave_out=SHARED if package == AGENT else ())
    classes = [found for module in own for found in module.exceptions]
    for _round in classes:
        known |= {name for name, bases in classes if known & set(bases)}
    raised = {
        name
        for name, bases in classes
        if any(base.endswith(("Error", "Exception")) for base in bases)
    }
    assert raised <= known


def test_no_path_of_a_machine_and_no_registry_is_named() -> None:
    """What is tracked works anywhere, and takes its registries from the machine it runs on."""
    machine = re.compile(r"(?<![\w.$~-])/(work|farm|root|home/\w+)/")
    registries = (
        "py" + "pi.org",
        "python" + "hosted",
        "registry." + "npmjs",
        "deb.debian" + ".org",
    )
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    offenders = []
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.is_symlink() or not path.is_file() or path.suffix in {".png", ".ico"}:
            continue
        text = path.read_text(errors="ignore")
        if machine.search(text) or any(host in text.lower() for host in registries):
            offenders.append(name)
    assert offenders == []
