"""Each rule's evidence by itself: what speaks for a fault, what against it, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import pytest

from chamber.analysis.physics.bricks import MINUTE, START, wall
from chamber.analysis.stretches import HOUR
from chamber.given import sample
from chamber_agent.chamber.analysis.physics.door import Swing
from chamber_agent.chamber.analysis.physics.drive import drive_of
from chamber_agent.chamber.analysis.physics.effort import Effort, Strain
from chamber_agent.chamber.analysis.physics.flat import Flat
from chamber_agent.chamber.analysis.physics.likeness import Likeness
from chamber_agent.chamber.analysis.physics.probes import Doubt
from chamber_agent.chamber.analysis.physics.scene import NONE, Scene
from chamber_agent.chamber.analysis.physics.surroundings import Surroundings
from chamber_agent.chamber.analysis.rules import AT_ONCE, BY_INERTIA, Rule, Verdict
from chamber_agent.chamber.model import Action, Part

RULES: Mapping[str, Rule] = {rule.name: rule for rule in AT_ONCE + BY_INERTIA}
AGO = START - 900.0
"""When what goes on began."""


@dataclass(kw_only=True)
class Given:
    """A scene whose last block ended at the start: twenty minutes of a temperature, and what was done."""

    values: list[float] = field(default_factory=lambda: [20.0] * 20)
    blocks: dict[str, Any] = field(default_factory=dict)
    calm: float = inf
    scene: dict[str, Any] = field(default_factory=dict)

    def made(self) -> Scene:
        scene = Scene()
        scene.at = START
        scene.blocks = wall(self.values, **{"heat": 0.0, "cool": 90.0, **self.blocks})
        scene.door.disturbed = None if self.calm == inf else START - self.calm
        for name, value in self.scene.items():
            setattr(scene, name, value)
        return scene


def says(name: str, given: Given) -> Verdict:
    return RULES[name].evidence(given.made())


def spoken(name: str, **fields: Any) -> Verdict:
    """What a rule says of a sample at the start."""
    scene = Scene()
    told = sample(**fields)
    scene.at, scene.sample, scene.drive = START, told, drive_of(told)
    return RULES[name].evidence(scene)


# What a sample says by itself


@pytest.mark.parametrize(
    ("name", "fields", "verdict"),
    [
        ("reported", {}, False),
        ("reported", {"temperature": None}, START),
        ("reported", {"action": Action.FAULT}, START),
        ("door_left_open", {}, None),
        ("door_left_open", {"door": False}, False),
        ("door_left_open", {"door": True}, START),
        ("interlock_violated", {}, False),
        ("interlock_violated", {"heaters": (Part(on=True),)}, False),
        ("interlock_violated", {"heaters": (Part(on=True),), "coolers": (None,)}, None),
        ("interlock_violated", {"heaters": (Part(on=True),), "coolers": (Part(on=True),)}, START),
    ],
)
def test_a_sample_speaks_for_itself(name: str, fields: dict[str, Any], verdict: Verdict) -> None:
    assert spoken(name, **fields) == verdict
    assert (spoken(name, **fields) is None) is (verdict is None)


@pytest.mark.parametrize(
    ("doubts", "impossible", "jump"),
    [
        ([], False, False),
        ([Doubt("a", 85.0, 5.0, certain=True)], START, False),
        ([Doubt("a", 90.0, None)], START, False),
        ([Doubt("a", 20.0, 5.0, jumped=True)], False, START),
        ([Doubt("a", 20.0, 5.0, jumped=True), Doubt("b", 90.0, None)], START, START),
    ],
)
def test_a_doubt_is_a_jump_or_cannot_be(
    doubts: list[Doubt], impossible: Verdict, jump: Verdict
) -> None:
    given = Given(scene={"doubts": doubts})
    assert says("sensor_impossible", given) == impossible
    assert says("sensor_jump", given) == jump


SWING = Swing(AGO, 5.0, 1, 12.0)


def test_a_door_seems_open_where_none_is_reported() -> None:
    scene = Scene()
    assert RULES["door_left_open/seen"].evidence(scene) is False
    scene.door.swing = SWING
    assert RULES["door_left_open/seen"].evidence(scene) == AGO
    scene.sample = sample(door=True)
    assert RULES["door_left_open/seen"].evidence(scene) is False
    assert RULES["door_left_open/seen"].key == RULES["door_left_open"].key == "door_left_open"


@pytest.mark.parametrize(("until", "verdict"), [(START + 1.0, START), (START, False), (0.0, False)])
def test_a_part_cycles_until_its_last_hour_is_a_calm_one(until: float, verdict: Verdict) -> None:
    given = Given().made()
    given.starts.until = until
    assert RULES["short_cycling"].evidence(given) == verdict


# Dead


def effort(**changes: Any) -> tuple[Effort | None, Effort | None]:
    """A cooler's effort that owes an answer since a quarter of an hour."""
    return None, Effort(AGO, AGO, 20.0, owed=True)._replace(**changes)


OWED = {"efforts": effort()}
AWAY = [15.0] * 9 + [19.4] * 10 + [20.0]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (Given(scene=OWED), AGO),
        (Given(scene=OWED, values=[]), None),
        (Given(scene=OWED, blocks={"setpoint": None}), None),
        (Given(scene=OWED, blocks={"cool": None}), None),
        (Given(scene={**OWED, "disturbed": True}), None),
        (Given(scene={"efforts": NONE}), False),
        (Given(scene={"efforts": effort(answered=True)}), False),
        (Given(scene=OWED, blocks={"setpoint": 19.0}), False),
        (Given(scene=OWED, blocks={"setpoint": 18.9}), AGO),
        (Given(scene={"efforts": effort(owed=False)}), None),
        (Given(scene=OWED, calm=1199.0), None),
        (Given(scene=OWED, calm=1200.0), None),
        (Given(scene=OWED, calm=3599.0), None),
        (Given(scene=OWED, calm=3600.0), AGO),
        (Given(scene=OWED, values=AWAY, calm=1199.0), None),
        (Given(scene=OWED, values=AWAY, calm=1200.0), START),
        (Given(scene=OWED, values=AWAY, calm=3599.0), START),
        (Given(scene=OWED, values=AWAY, calm=3600.0), AGO),
    ],
    ids=[
        "no answer",
        "nothing known",
        "no setpoint",
        "no duty",
        "a door",
        "no effort",
        "answered",
        "near enough",
        "just too far",
        "nothing owed",
        "goods were just put in",
        "goods were put in",
        "almost an hour ago",
        "an hour ago",
        "runs away by goods",
        "runs away by no goods",
        "runs away, within the hour",
        "runs away, an hour later",
    ],
)
def test_a_cooler_is_dead_that_owes_an_answer_and_has_no_excuse(
    given: Given, verdict: Verdict
) -> None:
    found = says("cooler_dead", given)
    assert (found, found is None) == (verdict, verdict is None)


@pytest.mark.parametrize(("ambient", "dead"), [(23.1, False), (23.0, False), (22.9, True)])
def test_what_is_held_against_the_surroundings_is_held_by_a_cooler_that_lives(
    ambient: float, dead: bool
) -> None:
    surroundings = Surroundings(START, ambient, 1, low=0.0, high=30.0)
    found = says("cooler_dead", Given(scene={**OWED, "surroundings": surroundings}))
    assert found == (AGO if dead else None)


def test_a_heater_is_dead_likewise_and_by_its_own_effort() -> None:
    heated = {"heat": 90.0, "cool": 0.0, "setpoint": 35.0}
    trying = {"efforts": (Effort(AGO, AGO, -20.0, owed=True), None)}
    assert says("heater_dead", Given(scene=trying, blocks=heated)) == AGO
    assert says("cooler_dead", Given(scene=trying, blocks=heated)) is False
    assert says("heater_dead", Given(scene=OWED)) is False


# Saturated


def strained(since: float = AGO) -> dict[str, Any]:
    return {"strains": (None, Strain(5.0, since, 20.0))}


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (Given(scene=strained()), AGO),
        (Given(), False),
        (Given(scene=strained(), values=[]), None),
        (Given(scene=strained(), blocks={"setpoint": None}), None),
        (Given(scene={**strained(), "disturbed": True}), None),
        (Given(scene=strained(), calm=3599.0), None),
        (Given(scene=strained(), calm=3600.0), AGO),
        (Given(scene=strained(START - MINUTE)), False),
        (Given(scene=strained(START - MINUTE - 1.0)), START - MINUTE - 1.0),
        (Given(scene=strained(), blocks={"setpoint": 19.5}), False),
        (Given(scene=strained(), blocks={"setpoint": 19.4}), AGO),
        (Given(scene=strained(), blocks={"setpoint": 25.0}), False),
    ],
    ids=[
        "no nearer",
        "no strain",
        "nothing known",
        "no setpoint",
        "a door",
        "goods were put in",
        "an hour ago",
        "it began just now",
        "it began just before",
        "near enough",
        "just too far",
        "beyond",
    ],
)
def test_a_side_is_saturated_that_comes_no_nearer(given: Given, verdict: Verdict) -> None:
    found = says("duty_saturated", given)
    assert (found, found is None) == (verdict, verdict is None)


def test_a_heater_is_saturated_likewise() -> None:
    given = Given(
        scene={"strains": (Strain(35.0, AGO, -20.0), None)},
        blocks={"heat": 100.0, "cool": 0.0, "setpoint": 35.0},
    )
    assert says("duty_saturated", given) == AGO


# Stuck


FALLING = [25.0 - index / 4 for index in range(20)]
PULLED_UP = Surroundings(START, 30.0, 1, low=20.25, high=30.0)
IDLE: dict[str, Any] = {
    "idle_since": START - HOUR,
    "surroundings": PULLED_UP,
    "begun": START - HOUR,
}


def idle(values: list[float] = FALLING, calm: float = inf, **scene: Any) -> Given:
    return Given(values=values, blocks={"cool": 0.0}, calm=calm, scene={**IDLE, **scene})


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (idle(), START - 5 * MINUTE),
        (idle(values=[]), None),
        (Given(values=FALLING, blocks={"cool": None}, scene=IDLE), None),
        (idle(idle_since=None), None),
        (Given(blocks={"cool": 50.0, "setpoint": 20.0}, scene={"idle_since": None}), False),
        (idle(surroundings=None), None),
        (idle(begun=START - 1799.0), None),
        (idle(begun=START - 1800.0), START - 5 * MINUTE),
        (idle(calm=1799.0), None),
        (idle(calm=1800.0), START - 5 * MINUTE),
        (idle(idle_since=START - 500.0), None),
        (idle(values=[20.0] * 20), None),
        (idle(values=FALLING[::-1]), False),
        (idle(surroundings=PULLED_UP._replace(pull=0)), None),
        (idle(surroundings=PULLED_UP._replace(low=15.0)), None),
    ],
    ids=[
        "it falls",
        "nothing known",
        "no duty",
        "something is on",
        "something holds the setpoint",
        "no surroundings",
        "just begun",
        "begun half an hour ago",
        "a door just before",
        "a door half an hour ago",
        "just off",
        "it stands still",
        "it rises",
        "nothing pulls",
        "colder goods",
    ],
)
def test_a_cooler_is_stuck_where_it_falls_though_all_is_off(given: Given, verdict: Verdict) -> None:
    found = says("cooler_stuck", given)
    assert (found, found is None) == (verdict, verdict is None)


def test_a_heater_is_stuck_where_it_rises_though_all_is_off() -> None:
    pulled_down = Surroundings(START, 10.0, -1, low=10.0, high=25.0)
    rising = idle(values=FALLING[::-1], surroundings=pulled_down)
    assert says("heater_stuck", rising) == START - 5 * MINUTE
    assert says("cooler_stuck", rising) is False
    assert says("heater_stuck", idle()) is False
    assert says("heater_stuck", Given(blocks={"heat": None}, scene=IDLE)) is None


# Flat, apart


@pytest.mark.parametrize(
    ("flat", "blocks", "verdict"),
    [
        (Flat(20.0, AGO, 0.0625, usual=-40.0), {}, START),
        (Flat(20.0, AGO, 0.0625, usual=-90.0), {}, None),
        (Flat(20.0, START - MINUTE, 0.0625, usual=-90.0), {}, None),
        (Flat(20.0, START - MINUTE + 1.0, 0.0625, usual=-90.0), {}, False),
        (Flat(20.0, AGO, 0.0625, usual=-40.0), {"heat": None}, START),
        (Flat(20.0, AGO, 0.0625, usual=40.0), {"cool": None}, START),
        (Flat(20.0, AGO, 0.0625, usual=40.0), {"heat": None, "cool": None}, None),
    ],
)
def test_a_probe_is_flat_that_is_dull_until_it_shows_another_value(
    flat: Flat, blocks: dict[str, Any], verdict: Verdict
) -> None:
    found = says("sensor_flat", Given(blocks=blocks, scene={"flat": flat}))
    assert (found, found is None) == (verdict, verdict is None)
    assert says("sensor_flat", Given(values=[], scene={"flat": flat})) is None


ALIKE = Likeness(START, 20.0, 3.0, 20.0, 20.0, 3.0, AGO, agreed=True)


@pytest.mark.parametrize(
    ("likeness", "verdict"),
    [
        (ALIKE, START),
        (ALIKE._replace(difference=-3.0), START),
        (None, None),
        (ALIKE._replace(at=START - 1.0), None),
        (ALIKE._replace(difference=1.5), False),
        (ALIKE._replace(difference=-1.5), False),
        (ALIKE._replace(difference=1.6), None),
        (ALIKE._replace(difference=2.0), None),
        (ALIKE._replace(difference=2.1), START),
        (ALIKE._replace(slow=25.0), None),
        (ALIKE._replace(agreed=False), None),
    ],
)
def test_probes_disagree_by_two_kelvin_where_they_can_be_compared(
    likeness: Likeness | None, verdict: Verdict
) -> None:
    found = says("probes_disagree", Given(scene={"likeness": likeness}))
    assert (found, found is None) == (verdict, verdict is None)


# What is told of it


def told(name: str, scene: Scene) -> dict[str, Any]:
    return dict(RULES[name].details(scene))


@pytest.mark.parametrize("name", ["cooler_dead", "duty_saturated", "heater_stuck", "sensor_flat"])
def test_of_what_shows_in_minutes_it_is_told_where_the_chamber_stood(name: str) -> None:
    given = Given(values=[20.126])
    assert told(name, given.made()) == {"value": 20.13, "setpoint": 5.0}
    given.scene = {"surroundings": PULLED_UP}
    assert told(name, given.made()) == {"value": 20.13, "setpoint": 5.0, "ambient": 30.0}
    given.blocks = {"setpoint": None}
    assert told(name, given.made()) == {"value": 20.13, "ambient": 30.0}


def test_the_difference_of_probes_is_told_to_the_hundredth() -> None:
    likeness = ALIKE._replace(difference=3.146)
    assert told("probes_disagree", Given(scene={"likeness": likeness}).made()) == {
        "difference": 3.15
    }
    assert told("probes_disagree", Scene()) == {}


def test_of_a_doubt_it_is_told_which_probe_showed_what() -> None:
    doubts = [Doubt("a", 20.0, 5.0, jumped=True), Doubt("b", 85.0, 4.0, certain=True)]
    scene = Given(scene={"doubts": doubts}).made()
    assert told("sensor_jump", scene) == {"probe": "a", "value": 20.0, "before": 5.0}
    assert told("sensor_impossible", scene) == {"probe": "b", "value": 85.0, "before": 4.0}


def test_of_cycling_it_is_told_what_cycles_and_of_a_report_what_was_said() -> None:
    scene = Scene()
    scene.starts.part = "cooler 2"
    assert told("short_cycling", scene) == {"part": "cooler 2"}
    scene.sample = sample(action=Action.FAULT, reason="fan")
    assert told("reported", scene) == {"reasons": ["action: fan"]}
    assert told("door_left_open", scene) == {} == told("interlock_violated", scene)
