"""A configuration is read whole, or refused with every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from chamber_agent.chamber.model import Limits, Mode, Probe
from chamber_agent.config import AgentConfig, load, parse
from chamber_agent.control import Strategy
from chamber_agent.errors import ConfigError
from chamber_agent.hardware.simulated import Simulated

EXAMPLE = Path(__file__).parents[2] / "agent" / "config.example.toml"
SMALL = """
[broker]
url = "wss://broker.example/mqtt"

[gateway]
id = "pi"

[[chambers]]
id = "box"
name = "Box"
setpoint = 5
limits = { min = 0, max = 40 }
heaters = ["Heater"]
coolers = ["Cooler"]

[chambers.hardware]
kind = "simulated"
"""
FRIDGE = (
    ("setpoint = 5\n", ""),
    ("limits = { min = 0, max = 40 }\n", ""),
    ('heaters = ["Heater"]\n', ""),
    ('coolers = ["Cooler"]\n', ""),
)
"""What a chamber leaves out that is only measured."""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(text, Path())
    return list(refused.value.problems)


def small(*changes: tuple[str, str]) -> str:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def read(*changes: tuple[str, str]) -> AgentConfig:
    return parse(small(*changes), Path())


def test_the_example_is_right() -> None:
    config = load(EXAMPLE)
    (chamber,) = config.chambers
    assert config.broker.password_file == EXAMPLE.parent / "password"
    assert chamber.probes == {"product": Probe("product"), "ambient": Probe("ambient")}
    assert chamber.control.strategy is Strategy.PID
    assert isinstance(chamber.hardware, Simulated)
    assert chamber.hardware.plant.load == 8372.0


def test_what_the_example_shows_commented_out_is_right_too() -> None:
    lines = EXAMPLE.read_text().splitlines()[3:]
    parse("\n".join(line.removeprefix("# ") for line in lines), Path())


def test_a_small_configuration_has_sensible_defaults() -> None:
    config = read()
    (chamber,) = config.chambers
    assert (config.gateway.prefix, config.gateway.heartbeat) == ("chamber", 10.0)
    assert chamber.limits == Limits(0.0, 40.0, 0.1)
    assert chamber.mode is Mode.OFF
    assert chamber.offered == (Mode.OFF, Mode.HEAT, Mode.COOL, Mode.HEAT_COOL)


def test_the_parts_say_which_modes_are_offered() -> None:
    (chamber,) = read(('heaters = ["Heater"]', "")).chambers
    assert chamber.offered == (Mode.OFF, Mode.COOL)


def test_the_description_for_home_assistant_follows() -> None:
    meta = read().chambers[0].meta(10.0, "1.0")
    assert (meta.name, meta.heaters, meta.replies, meta.history) == (
        "Box",
        ("Heater",),
        True,
        True,
    )


@pytest.mark.parametrize("more", ["", 'mode = "off"\nheaters = []\n'])
def test_what_is_only_measured_needs_neither_setpoint_nor_limits(more: str) -> None:
    (chamber,) = read(*FRIDGE, ('name = "Box"\n', f'name = "Box"\n{more}')).chambers
    assert not chamber.controlled
    meta = chamber.meta(10.0, "1.0")
    assert (meta.limits, meta.modes, meta.heaters, meta.coolers) == (None, None, (), ())
    assert (meta.replies, meta.history) == (True, True)


def test_one_heater_or_cooler_makes_a_chamber_controlled() -> None:
    assert read(FRIDGE[2]).chambers[0].controlled
    assert read(FRIDGE[3]).chambers[0].controlled


@pytest.mark.parametrize("kind", ["heaters", "coolers"])
def test_what_is_controlled_needs_both(kind: str) -> None:
    more = ('name = "Box"\n', f'name = "Box"\n{kind} = ["Part"]\n')
    assert problems(small(*FRIDGE, more)) == [
        "line 8: chambers[0].setpoint: missing, expected a number from -273.15 to 2000",
        "line 8: chambers[0].limits: missing, expected a table",
    ]


@pytest.mark.parametrize(
    "told",
    [
        "setpoint = 0",
        "limits = { min = 0, max = 40 }",
        'modes = ["off"]',
        'fans = ["Fan"]',
        "control = { gain = 0.5 }",
        "cutout = { high = 50 }",
        "safe = { coolers = 0.3 }",
    ],
)
def test_what_can_have_no_effect_is_refused(told: str) -> None:
    more = ('name = "Box"\n', f'name = "Box"\n{told}\n')
    key = told.partition(" ")[0]
    why = "is for heaters or coolers, and there are none: leave it out, or name them"
    assert problems(small(*FRIDGE, more)) == [f"line 11: chambers[0].{key}: {why}"]


def test_a_mode_needs_its_parts() -> None:
    more = ('name = "Box"\n', 'name = "Box"\nmode = "cool"\n')
    assert problems(small(*FRIDGE, more)) == [
        'line 11: chambers[0].mode: "cool" needs coolers, and the chamber has none',
        'line 11: chambers[0].mode: "cool" is not offered, expected one of "off"',
    ]


def test_a_profile_needs_a_chamber_that_can_follow_it() -> None:
    profile = '[[profiles]]\nname = "p"\nsteps = [{ setpoint = 4 }]\n[[chambers]]'
    (problem,) = problems(small(*FRIDGE, ("[[chambers]]", profile)))
    assert "profiles[0]: box: it has neither heaters nor coolers" in problem
    both = SMALL + small(*FRIDGE, ('id = "box"', 'id = "fridge"'))[SMALL.index("[[chambers]]") :]
    parse(both.replace("[[chambers]]", profile, 1), Path())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "Box"', "", "chambers[0].name: missing, expected one line of"),
        ('name = "Box"', 'nmae = "Box"', 'chambers[0].nmae: unknown key, did you mean "name"?'),
        ('name = "Box"', "name = 3", "chambers[0].name: found 3, expected a text"),
        ("setpoint = 5", 'setpoint = "5"', 'chambers[0].setpoint: found "5", expected a number'),
        ("setpoint = 5", "setpoint = true", "chambers[0].setpoint: found true, expected a number"),
        ("setpoint = 5", "setpoint = nan", "chambers[0].setpoint: found nan, expected a number"),
        ("setpoint = 5", "setpoint = inf", "chambers[0].setpoint: found inf, expected a number"),
        ("setpoint = 5", "setpoint = -300", "chambers[0].setpoint: found -300"),
        ("setpoint = 5", "setpoint = 50", "chambers[0].setpoint: 50 °C is outside limits"),
        ("setpoint = 5", 'setpoint = 5\nmode = "bake"', 'chambers[0].mode: found "bake"'),
        ("min = 0", "min = 40", "chambers[0].limits.min: 40 °C is not below limits.max"),
        ("max = 40", "max = 40, step = 0", "chambers[0].limits.step: 0 K, expected more than 0"),
        ("limits = { min = 0, max = 40 }", "limits = 3", "chambers[0].limits: found 3"),
        ('id = "box"', 'id = "Box!"', 'chambers[0].id: found "Box!", expected an id of'),
        ('["Heater"]', '"Heater"', "chambers[0].heaters: found"),
        ('["Heater"]', "[3]", "chambers[0].heaters[0]: found 3, expected a text"),
        ('kind = "simulated"', 'kind = "gpio"', 'hardware.kind: found "gpio", expected one of'),
        ("wss://broker.example/mqtt", "http://x", 'broker.url: found "http://x"'),
        ("wss://broker", "wss://me:secret@broker", "broker.url: found"),
        ("broker.example/", "broker.example:99999/", "broker.url: Port out of range"),
        ("[gateway]", 'alternate_urls = "ws://b"\n[gateway]', "broker.alternate_urls: found"),
        (
            "[gateway]",
            'alternate_urls = ["http://b"]\n[gateway]',
            "broker.alternate_urls[0]: found",
        ),
        (
            "[gateway]",
            'alternate_urls = ["ws://b", "ws://c:0"]\n[gateway]',
            "broker.alternate_urls[1]: ws://c:0 names no host, or port 0",
        ),
        ('id = "pi"', 'id = "pi"\nheartbeat = 0.2', "gateway.heartbeat: 0.2 s is shorter"),
        ('id = "pi"', 'id = "pi"\nprefix = "a//b"', "gateway.prefix: found"),
        ('"wss://broker.example/mqtt"', '"ws://b"\nca_file = "ca"', "broker.ca_file: is for"),
        ("[gateway]", 'client_key_file = "k"\n[gateway]', "broker.client_key_file: needs"),
        ("[gateway]", 'password_file = "p"\n[gateway]', "broker.password_file: needs"),
        ("[gateway]\n", "[gatway]\n", 'gatway: unknown key, did you mean "gateway"?'),
        (
            "[chambers.hardware]",
            "plant.wall = 1\n[chambers.hardware]",
            "chambers[0].plant: unknown",
        ),
        (
            "[chambers.hardware]",
            "[chambers.control]\ngain = -1\n[chambers.hardware]",
            "chambers[0].control.gain: found -1, expected a number from 0 to 100",
        ),
        (
            "[chambers.hardware]",
            'probes.door = { role = "product" }\n[chambers.hardware]',
            "chambers[0].probes.door: this is the name of a field of every sample",
        ),
        (
            "[chambers.hardware]",
            'probes.p = { role = "moon" }\n[chambers.hardware]',
            'chambers[0].probes.p.role: found "moon", expected one of',
        ),
        (
            "[chambers.hardware]",
            "[chambers.safe]\nheaters = 0.1\ncoolers = 0.1\n[chambers.hardware]",
            "chambers[0].safe.heaters: they and the coolers never run together",
        ),
        (
            "[chambers.hardware]",
            "[chambers.safe]\nheaters = 0.1\n[chambers.hardware]",
            "chambers[0].safe.heaters: heating blindly needs a probe of its own",
        ),
        (
            'coolers = ["Cooler"]',
            'coolers = ["Cooler"]\nfans = ["Fan"]\nsafe = { coolers = 1 }',
            "chambers[0].safe.fans: 0 while heaters or coolers run",
        ),
        (
            "[chambers.hardware]",
            '[chambers.cutout]\nprobe = "p"\n[chambers.hardware]',
            'chambers[0].cutout.probe: "p" is none of the chamber\'s probes (none)',
        ),
        (
            "[chambers.hardware]",
            "[chambers.cutout]\nhigh = 39\n[chambers.hardware]",
            "chambers[0].cutout.high: 39 °C is below limits.max, 40 °C",
        ),
        (
            "[chambers.hardware]",
            "[chambers.cutout]\nlow = 1\n[chambers.hardware]",
            "chambers[0].cutout.low: 1 °C is above limits.min, 0 °C",
        ),
        (
            "[[chambers]]",
            '[[profiles]]\nname = "p"\nsteps = [{ setpoint = 41 }]\n[[chambers]]',
            "profiles[0]: box: step 1: 41 °C is outside this chamber's limits",
        ),
        (
            "[[chambers]]",
            '[[profiles]]\nname = "p"\nsteps = [{ setpiont = 41 }]\n[[chambers]]',
            'profiles[0].steps[0].setpiont: unknown key, did you mean "setpoint"?',
        ),
        (
            'heaters = ["Heater"]',
            'modes = ["heat"]\nmode = "heat"',
            'chambers[0].modes: "heat" needs heaters',
        ),
        (
            "setpoint = 5",
            'setpoint = 5\nmode = "cool"\nmodes = ["off", "heat"]',
            'chambers[0].mode: "cool" is not offered',
        ),
    ],
)
def test_a_mistake_is_named_by_its_key(old: str, new: str, problem: str) -> None:
    assert any(problem in found for found in problems(small((old, new))))


def test_every_mistake_is_named_at_once() -> None:
    found = problems(small(("setpoint = 5", "setpont = 5"), ('id = "pi"', 'id = "π"')))
    assert len(found) == 3


def test_the_same_id_twice_is_refused() -> None:
    twice = SMALL + SMALL[SMALL.index("[[chambers]]") :]
    line = len(SMALL.splitlines()) + 2
    assert problems(twice) == [
        f'line {line}: chambers[1].id: "box" is another chamber\'s id already'
    ]


def test_no_chamber_is_no_agent() -> None:
    text = SMALL[: SMALL.index("[[chambers]]")]
    assert problems("chambers = []\n" + text) == [
        "line 1: chambers: the list is empty, expected at least one [[chambers]]"
    ]


def test_what_is_not_toml_is_said_so_with_its_line() -> None:
    (problem,) = problems("[broker\nurl")
    assert problem.startswith("the file is not TOML:")
    assert "line 1" in problem


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "agent.toml"
    if content:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"agent\.toml: cannot be read"):
        load(file)
