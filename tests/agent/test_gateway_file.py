"""A gateway's file is read whole, or refused with every mistake named by line, key and remedy."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from chamber_agent.errors import ConfigError
from chamber_agent.gateway.file import load, parse
from chamber_agent.gateway.settings import (
    Commands,
    Degrees,
    ModeOrder,
    NodeConfig,
    PartSource,
    ProbeSource,
    SetpointOrder,
    Unit,
)

EXAMPLE = Path(__file__).parents[2] / "agent" / "gateway.example.toml"
SMALL = """
[broker]
url = "ws://broker.example/mqtt"
[gateway]
id = "pi"
[[nodes]]
match = "boxes/+/actual"
temperature = { topic = "boxes/{id}/actual" }
setpoint = { topic = "boxes/{id}/desired" }
heaters = [{ name = "Heater", topic = "boxes/{id}/heater" }]
[nodes.commands]
setpoint = { topic = "boxes/{id}/desired/set" }
"""


def test_the_example_is_right() -> None:
    config = load(EXAMPLE)
    boxes, cellar = config.nodes
    assert config.broker.password_file == EXAMPLE.parent / "password"
    assert (boxes.match, boxes.stale, boxes.silent) == ("boxes/+/actual", 10.0, 15.0)
    assert (cellar.id, cellar.temperature.unit) == ("cellar", Unit.FAHRENHEIT)
    assert (config.local.host, config.local.port) == ("127.0.0.1", 1883)


def test_what_the_example_shows_commented_out_is_right_too() -> None:
    lines = EXAMPLE.read_text().splitlines()
    text = "\n".join(line.removeprefix("# ") if " = " in line else line for line in lines)
    config = parse(text, EXAMPLE.parent)
    assert config.local.password_file == EXAMPLE.parent / "local-password"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("temperature =", "temprature =", 'line 8: nodes[0].temprature: unknown key, did you mean "temperature"?'),
        ('actual" }', 'actual", unit = "F" }', 'line 8: nodes[0].temperature.unit: found "F", expected one of "°C",'),
        ('actual" }', 'actual", path = "SENSOR" }', "line 8: nodes[0].temperature.path: found"),
        ('"boxes/{id}/heater"', '"boxes/+/heater"', "line 10: nodes[0].heaters[0].topic: found"),
        ('"boxes/{id}/heater"', '"boxes/heater"', "line 10: nodes[0].heaters[0].topic:"),
        ('"boxes/{id}/heater"', '"boxes/x{id}/heater"', "names no node, expected {id}"),
        ('match = "boxes/+/actual"', 'match = "boxes/#"', "line 7: nodes[0].match: found"),
        ('match = "boxes/+/actual"', 'match = "rooms/+/actual"', "line 7: nodes[0].match: no value of this"),
        ('match = "boxes/+/actual"', "", 'nodes[0].match: give either "match" for many nodes, or "id" for one'),
        ('match = "boxes/+/actual"', 'id = "box"', "{id} is for tables with match"),
        ('setpoint = { topic = "boxes/{id}/desired" }', "", "line 12: nodes[0].commands.setpoint: needs the value"),
        ("desired/set", "desired", "line 12: nodes[0].commands.setpoint.topic: the value setpoint comes from there"),
        ('desired/set" }', 'desired/set", payload = "{target}" }', "{target} is no field, expected {id} or {setpoint}"),
        ('desired/set" }', 'desired/set", scale = 0 }', "commands.setpoint.scale: 0"),
        ('heater" }', 'heater", on = ["off"] }', 'line 10: nodes[0].heaters[0].on: "off" means on and off'),
        ("[gateway]", "[local]\nport = 0\n[gateway]", "line 5: local.port: found 0"),
        ("[gateway]", '[local]\npassword_file = "p"\n[gateway]', "local.password_file: needs local.username"),
        ("[[nodes]]", "[[nodes]]\nstale_after = 60", "nodes[0].silent_after: 30 s is shorter than stale_after, 60 s"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_remedy(old: str, new: str, problem: str) -> None:
    assert old in SMALL
    with pytest.raises(ConfigError) as refused:
        parse(SMALL.replace(old, new, 1), Path())
    assert any(problem in one for one in refused.value.problems), refused.value.problems


def test_every_mistake_is_named_at_once() -> None:
    text = SMALL.replace("ws://", "http://").replace('id = "pi"', 'id = "Pi"').replace("+", "#")
    with pytest.raises(ConfigError) as refused:
        parse(text, Path())
    keys = [problem.split(": ")[1] for problem in refused.value.problems]
    assert keys == ["broker.url", "gateway.id", "nodes[0].match"]


def test_two_tables_cannot_have_the_same_nodes() -> None:
    twice = SMALL + SMALL[SMALL.index("[[nodes]]") :]
    with pytest.raises(ConfigError, match=r'nodes\[1\].match: "boxes/\+/actual" is another'):
        parse(twice, Path())


def test_one_topic_for_wish_and_echo_must_be_said_to_be_so() -> None:
    text = SMALL.replace('desired/set" }', 'desired", shared = true }')
    commands = parse(text, Path()).nodes[0].commands
    assert commands.setpoint is not None
    assert commands.setpoint.shared


def test_the_document_names_every_key() -> None:
    text = (EXAMPLE.parents[1] / "docs" / "gateway.md").read_text()
    tables = (NodeConfig, Commands, Degrees, ProbeSource, PartSource, SetpointOrder, ModeOrder)
    keys = {field.name for table in tables for field in fields(table)}
    assert {key for key in keys if f"`{key}`" not in text and f".{key}`" not in text} == set()
