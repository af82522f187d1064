"""All that physics remembers: what is fed to which machine, what a gap forgets, and what a clock moves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.analysis.physics.bricks import MINUTE, START
from chamber.given import sample
from chamber_agent.chamber.analysis.physics.drive import Drive, drive_of
from chamber_agent.chamber.analysis.physics.effort import COOLING, SIDES
from chamber_agent.chamber.analysis.physics.probes import Doubt
from chamber_agent.chamber.analysis.physics.scene import NONE, Scene
from chamber_agent.chamber.analysis.physics.surroundings import Need
from chamber_agent.chamber.model import Action, Part, Quality

OFF: dict[str, Any] = {
    "heaters": (Part(on=False, duty=0.0),),
    "coolers": (Part(on=False, duty=0.0),),
}
HARD: dict[str, Any] = {**OFF, "coolers": (Part(on=True, duty=100.0),)}
EASY: dict[str, Any] = {**OFF, "coolers": (Part(on=True, duty=40.0),)}
RELAY_ON: dict[str, Any] = {"coolers": (Part(on=True),)}
RELAY_OFF: dict[str, Any] = {"coolers": (Part(on=False),)}
NOBODY_TELLS = Drive(None, None, ())


def take(scene: Scene, after: float, temperature: float | None = 5.0, **fields: Any) -> bool:
    """One sample so many seconds after the start; whether a block was closed."""
    told = sample(temperature, **{"setpoint": 5.0, **fields})
    return scene.take(START + after, told, drive_of(told))


def lived(
    minutes: float,
    temperature: float = 5.0,
    scene: Scene | None = None,
    since: float = 0.0,
    **fields: Any,
) -> Scene:
    """A scene that lives for so long, with a sample each ten seconds."""
    scene = scene or Scene()
    for index in range(int(minutes * 6) + 1):
        take(scene, since + 10.0 * index, temperature, **fields)
    return scene


def described(**roles: str) -> Scene:
    scene = Scene()
    scene.describe(roles)
    return scene


# What is known


def test_at_first_nothing_is_known() -> None:
    scene = Scene()
    assert (scene.at, scene.begun, scene.known, scene.drive) == (0.0, 0.0, None, NOBODY_TELLS)
    assert (scene.block, scene.ambience, scene.ambient) == (None, None, None)
    assert (scene.idle_since, scene.need, scene.surroundings, scene.likeness) == (None,) * 4
    assert (scene.companions, scene.snapshot()["due"]) == (("product",), 0.0)
    assert (scene.efforts, scene.strains, scene.doubts) == (NONE, NONE, [])
    assert (scene.quiet, scene.disturbed) == (False, False)
    assert scene.unusual, "there is no temperature"


def test_a_block_is_closed_each_minute_and_is_the_last_one() -> None:
    scene = Scene()
    closed = [take(scene, 10.0 * index, 5.0 + index) for index in range(13)]
    assert [index for index, one in enumerate(closed) if one] == [6, 12]
    assert scene.block is not None
    assert (scene.block.at, scene.block.value) == (START + 120.0, 14.5)
    assert (scene.begun, scene.known) == (START, START + 120.0)


@pytest.mark.parametrize(
    "unknown",
    [{"temperature": None}, {"quality": {"temperature": Quality.FAULT}}, {"temperature": 85.0}],
    ids=["none", "not trusted", "a word for a failure"],
)
def test_what_is_no_temperature_is_not_known(unknown: dict[str, Any]) -> None:
    scene = lived(2)
    assert not take(scene, 180.0, **unknown)
    assert (scene.at, scene.known) == (START + 180.0, START + 120.0)


def test_a_doubt_of_another_probe_leaves_the_control_probe_known() -> None:
    scene = lived(2, probes={"a7": 5.0})
    take(scene, 130.0, probes={"a7": -127.0})
    assert scene.doubts == [Doubt("a7", -127.0, 5.0, certain=True)]
    assert (scene.trusted("a7"), scene.trusted("temperature")) == (None, 5.0)
    assert scene.known == START + 130.0


def test_a_temperature_that_is_suspect_is_trusted_all_the_same() -> None:
    scene = lived(2)
    take(scene, 130.0, quality={"temperature": Quality.SUSPECT})
    assert scene.known == START + 130.0


@pytest.mark.parametrize(("gap", "kept"), [(300.0, True), (301.0, False)])
def test_after_five_minutes_without_a_temperature_all_begins_anew(gap: float, kept: bool) -> None:
    scene = lived(12, 9.0, **HARD)
    assert scene.efforts != NONE
    take(scene, 720.0 + gap, 9.0, **OFF)
    assert (scene.begun == START) is kept
    assert (len(scene.blocks.closed) > 0) is kept
    assert (scene.flat.since == START) is kept


def test_what_a_gap_forgets_is_all_that_rests_on_what_was_before() -> None:
    scene = described(p="product")
    lived(12, 9.0, scene, probes={"p": 5.0}, **HARD)
    compared = scene.likeness
    assert compared is not None
    take(scene, 1200.0, 9.0, **HARD)
    assert (scene.efforts, scene.strains) == (NONE, NONE)
    assert (scene.idle_since, scene.likeness, scene.block) == (None, None, None)
    assert scene.snapshot()["due"] == 0.0, "other probes are looked at with the next block"
    idle = lived(12, **OFF)
    assert idle.idle_since == START
    take(idle, 1200.0, **OFF)
    assert idle.idle_since is None


# What a sample says by itself


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": None},
        {"quality": {"a7": Quality.OK}},
        {"door": True},
        {"heaters": (Part(on=True),), "coolers": (Part(on=True),)},
        {"action": Action.FAULT},
        {"temperature": 60.0},
    ],
    ids=["no temperature", "quality", "door", "both", "it says so", "a jump"],
)
def test_a_sample_is_unusual_that_may_be_a_fault_by_itself(fields: dict[str, Any]) -> None:
    scene = lived(2)
    assert not scene.unusual
    take(scene, 130.0, **fields)
    assert scene.unusual


@pytest.mark.parametrize(
    "fields", [{"door": False}, RELAY_ON, {"heaters": (Part(on=True),)}, {"action": Action.COOLING}]
)
def test_a_sample_that_says_nothing_of_the_kind_is_usual(fields: dict[str, Any]) -> None:
    scene = lived(2)
    take(scene, 130.0, **fields)
    assert not scene.unusual


def test_it_is_unusual_while_a_relay_has_started_too_often() -> None:
    scene = Scene()
    for index in range(8):
        take(scene, 60.0 * index, **RELAY_OFF)
        take(scene, 60.0 * index + 30.0, **RELAY_ON)
    assert scene.unusual
    until = scene.starts.until
    take(scene, until - START - 1.0, **RELAY_ON)
    assert scene.unusual
    take(scene, until - START, **RELAY_ON)
    assert not scene.unusual


# Doors


def opened() -> Scene:
    """A cooled chamber whose air runs away, and nobody says why."""
    scene = lived(10, **EASY)
    for index in range(6):
        take(scene, 610.0 + 10.0 * index, 5.0 + 2.0 * index, **EASY)
    return scene


def test_a_door_that_nobody_reports_is_seen() -> None:
    scene = opened()
    assert scene.door.swing is not None
    assert scene.unusual
    take(scene, 670.0, 15.0, door=False, **EASY)
    assert scene.door.swing is None, "who reports a door is believed"


def test_a_door_that_is_reported_disturbs_its_block() -> None:
    scene = lived(2, door=False, **HARD)
    take(scene, 130.0, door=True, **HARD)
    assert scene.door.disturbed == START + 130.0
    disturbed = [scene.disturbed]
    for after in (180.0, 240.0):
        take(scene, after, door=False, **HARD)
        disturbed.append(scene.disturbed)
    assert disturbed == [False, True, False]


def test_a_door_that_nobody_reports_is_looked_for_when_it_is_due() -> None:
    scene = Scene()
    take(scene, 0.0)
    due = scene.door.due
    take(scene, due - START - 1.0)
    assert scene.door.due == due
    take(scene, due - START)
    assert scene.door.due > due


def test_an_open_door_ends_every_effort() -> None:
    scene = lived(5, 9.0, door=False, **HARD)
    assert scene.efforts[SIDES.index(COOLING)] is not None
    take(scene, 310.0, 9.0, door=True, **HARD)
    take(scene, 360.0, 9.0, door=False, **HARD)
    assert (scene.efforts, scene.strains) == (NONE, NONE)


# Efforts, idleness, quiet


def test_an_effort_lasts_while_a_side_tries_hard() -> None:
    scene = lived(5, 9.0, **HARD)
    heating, cooling = scene.efforts
    assert heating is None
    assert cooling is not None
    assert cooling.began == START
    assert scene.strains[SIDES.index(COOLING)] is not None
    lived(1, 9.0, scene, since=310.0, **EASY)
    assert (scene.efforts, scene.strains) == (NONE, NONE)


def test_a_heater_alone_makes_an_effort_too() -> None:
    heated: dict[str, Any] = {**OFF, "heaters": (Part(on=True, duty=80.0),)}
    heating, cooling = lived(5, 1.0, **heated).efforts
    assert heating is not None
    assert cooling is None


@pytest.mark.parametrize(("duty", "hard"), [(79.9, False), (80.0, True)])
@pytest.mark.parametrize("side", ["heaters", "coolers"])
def test_a_side_tries_hard_from_80_percent_on(side: str, duty: float, hard: bool) -> None:
    scene = lived(2, 5.0, **{**OFF, side: (Part(on=True, duty=duty),)})
    assert (scene.efforts is not NONE) is hard


def test_idleness_begins_with_its_first_block() -> None:
    scene = lived(5, **EASY)
    assert scene.idle_since is None
    scene = lived(3, scene=scene, since=310.0, **OFF)
    assert scene.idle_since == START + 300.0
    scene = lived(2, scene=scene, since=500.0, **EASY)
    assert scene.idle_since is None


def moving(minutes: float, scene: Scene | None = None, **fields: Any) -> Scene:
    """A probe that shows another value now and then, as all do."""
    scene = scene or Scene()
    for index in range(int(minutes * 6) + 1):
        take(scene, 10.0 * index, 5.0 + 0.0625 * (index % 4 == 0), **fields)
    return scene


def test_a_chamber_that_is_controlled_easily_is_quiet() -> None:
    assert moving(30, **EASY).quiet


@pytest.mark.parametrize(("minutes", "quiet"), [(4, True), (5, False)])
def test_what_is_off_for_five_minutes_may_be_stuck(minutes: float, quiet: bool) -> None:
    assert moving(minutes, **OFF).quiet is quiet


def test_an_effort_that_owes_an_answer_is_not_quiet_and_one_that_answered_is() -> None:
    scene = lived(2, 9.0, **HARD)
    assert not scene.quiet
    for index in range(12):
        take(scene, 130.0 + 10.0 * index, 9.0 - 0.1 * index, **HARD)
    assert scene.quiet


def test_a_strain_of_five_minutes_is_not_quiet() -> None:
    near = {"setpoint": 5.0, **HARD}
    assert moving(4.5, **near).quiet
    assert not moving(5, **near).quiet


def test_probes_that_are_two_kelvin_apart_are_not_quiet() -> None:
    for product, quiet in ((7.0, True), (3.0, True), (7.2, False), (2.8, False)):
        scene = described(p="product")
        lived(6, 5.0, scene, probes={"p": product}, **EASY)
        assert scene.quiet is quiet


def test_a_probe_that_is_dull_is_not_quiet() -> None:
    scene = moving(5, **EASY)
    lived(5, 5.0, scene, since=310.0, **{**EASY, "coolers": (Part(on=True, duty=75.0),)})
    assert not scene.quiet


# The other probes


def test_the_ambient_is_the_probe_of_that_role_while_it_can_be_trusted() -> None:
    scene = described(outside="ambient", p="product")
    lived(2, 5.0, scene, probes={"outside": 25.0, "ambient": 99.0})
    shown = [scene.ambience]
    take(scene, 300.0, probes={"outside": 25.0}, quality={"outside": Quality.STALE})
    shown.append(scene.ambience)
    assert shown == [25.0, None]
    named = [scene.ambient]
    scene.describe({})
    assert [*named, scene.ambient] == ["outside", None]


def test_the_warmest_that_was_in_the_chamber_is_remembered() -> None:
    scene = lived(5, 9.0)
    lived(5, 5.0, scene, since=310.0)
    assert scene.surroundings is not None
    assert scene.surroundings.low == 5.0
    assert scene.surroundings.high > 6.0


@pytest.mark.parametrize(
    ("roles", "companions"),
    [
        ({}, ("product",)),
        ({"p": "product"}, ("p", "product")),
        ({"m": "monitor"}, ("m", "product")),
        ({"m": "monitor", "p": "product"}, ("p", "m", "product")),
        ({"product": "product"}, ("product",)),
        ({"b": "product", "a": "product"}, ("a", "product")),
    ],
)
def test_companions_are_the_product_and_the_monitor(
    roles: dict[str, str], companions: tuple[str, ...]
) -> None:
    assert described(**roles).companions == companions


def test_the_first_companion_that_shows_something_is_compared_with() -> None:
    scene = described(p="product", m="monitor")
    lived(2, 5.0, scene, probes={"p": None, "m": 4.0})
    assert scene.likeness is not None
    assert (scene.likeness.difference, scene.likeness.setpoint) == (1.0, 5.0)


def test_probes_are_compared_every_five_minutes() -> None:
    scene = described(p="product")
    looks: list[float] = []
    for index in range(100):
        take(scene, 10.0 * index, probes={"p": 4.0})
        if scene.likeness is not None and scene.likeness.at not in looks:
            looks.append(scene.likeness.at)
    assert [at - START for at in looks] == [60.0, 300.0, 600.0, 900.0]


def test_a_need_is_looked_for_only_where_no_ambient_is_told() -> None:
    needed = lived(5, **EASY)
    assert needed.need == Need(1, START + 300.0)
    assert lived(3, scene=needed, since=310.0, **OFF).need == Need(1, START + 300.0)
    scene = described(outside="ambient")
    lived(5, 5.0, scene, probes={"outside": 25.0}, **EASY)
    assert scene.need == Need(1, START + 60.0), "until it was told"


def test_an_open_door_begins_a_comparison_anew() -> None:
    scene = described(p="product")
    lived(10, 5.0, scene, probes={"p": 5.0}, door=False, **EASY)
    assert scene.likeness is not None
    assert scene.likeness.agreed
    take(scene, 610.0, door=True, probes={"p": 5.0}, **EASY)
    lived(4.9, 5.0, scene, since=620.0, probes={"p": 8.0}, door=False, **EASY)
    assert scene.likeness is not None
    assert (scene.likeness.agreed, scene.likeness.difference) == (False, -3.0)


# Clocks and restarts


def test_a_gap_begins_the_starts_anew_and_leaves_the_rest() -> None:
    scene = lived(2, **RELAY_ON)
    known = scene.known
    scene.interrupt(START + 9999.0)
    assert scene.starts.snapshot()["running"] is None
    assert scene.known == known


def test_a_gap_of_no_length_leaves_what_is_known() -> None:
    scene = lived(5, **EASY)
    known, need = scene.known, scene.need
    scene.interrupt(scene.at)
    assert (scene.known, scene.need) == (known, need) == (START + 300.0, Need(1, START + 300.0))


def test_a_clock_that_is_set_back_moves_what_is_remembered() -> None:
    scene = opened()
    assert scene.surroundings is not None
    swing, disturbed, until = scene.door.swing, scene.door.disturbed, scene.starts.until
    assert swing is not None
    assert disturbed is not None
    back = START - 1000.0
    moved = back - scene.at
    scene.interrupt(back)
    assert (scene.known, scene.need) == (None, None)
    assert scene.surroundings.at == back
    assert scene.door.swing == swing._replace(since=swing.since + moved)
    assert scene.door.disturbed == disturbed + moved
    assert scene.starts.until == until + moved
    seen = scene.probes.snapshot()
    assert seen["temperature"][0] == back


def test_a_clock_that_is_set_back_before_anything_was_known_changes_nothing() -> None:
    scene = Scene()
    take(scene, 0.0)
    scene.interrupt(START - MINUTE)
    assert scene.surroundings is None


def test_a_snapshot_holds_all_that_a_scene_remembers() -> None:
    roles = {"p": "product", "outside": "ambient"}
    beside: dict[str, Any] = {"probes": {"p": 4.0, "outside": 25.0}}
    busy, idle = described(**roles), described(**roles)
    lived(12, 9.0, busy, **beside, **HARD)
    lived(12, 9.0, idle, **beside, **OFF)
    for scene in (busy, idle):
        told = json.loads(json.dumps(scene.snapshot()))
        assert json.loads(json.dumps(Scene.restored(told).snapshot())) == told
    assert None not in (idle.idle_since, busy.efforts[1], busy.strains[1], busy.likeness)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([10.0, 60.0, 400.0]),
        st.sampled_from([None, 4.0, 5.0, 9.0, 85.0]),
        st.sampled_from([{}, OFF, HARD, EASY, RELAY_ON, RELAY_OFF, {"door": True}]),
        st.sampled_from([{}, {"probes": {"p": 5.0, "outside": 25.0}}]),
        st.sampled_from([1, 1, 40]),
    ),
    max_size=12,
)


@given(STEPS, st.integers(0, 12))
def test_a_snapshot_goes_on_as_the_scene_itself(steps: list[Any], turn: int) -> None:
    roles = {"p": "product", "outside": "ambient"}
    scene, other, after = described(**roles), described(**roles), 0.0
    for index, (step, temperature, fields, beside, count) in enumerate(steps):
        for _each in range(count):
            after += step
            closed = take(scene, after, temperature, **fields, **beside)
            assert take(other, after, temperature, **fields, **beside) is closed
            assert (other.unusual, other.quiet) == (scene.unusual, scene.quiet)
        if index == turn:
            other = Scene.restored(json.loads(json.dumps(scene.snapshot())))
            other.describe(roles)
    assert json.dumps(other.snapshot()) == json.dumps(scene.snapshot())
