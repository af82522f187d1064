"""Each fault by hand-made samples: found after its delay, not found where nothing is wrong, and over again."""

from __future__ import annotations

import math
from typing import Any

import pytest

from chamber.given import NOON
from chamber.telling import OFF, ON, Curve, Tale, at_work, straight
from chamber_agent.chamber.model import Action, Part, Quality

HOUR = 3600.0
IMPOSSIBLE, JUMP = "sensor_impossible", "sensor_jump"


def cools(duty: float, **fields: Any) -> dict[str, Any]:
    """A chamber at work towards 5 °C."""
    return {"setpoint": 5.0, "coolers": (at_work(duty),), "heaters": (at_work(0.0),), **fields}


def heats(duty: float, **fields: Any) -> dict[str, Any]:
    """A chamber at work towards 35 °C."""
    return {"setpoint": 35.0, "coolers": (at_work(0.0),), "heaters": (at_work(duty),), **fields}


# Reported


@pytest.mark.parametrize(
    ("shown", "fields", "reason"),
    [
        (None, {}, "temperature: missing"),
        (5.0, {"quality": {"temperature": Quality.FAULT}}, "temperature: fault"),
        (5.0, {"quality": {"temperature": Quality.STALE}}, "temperature: stale"),
        (5.0, {"probes": {"x": None}, "quality": {"x": Quality.MISSING}}, "x: missing"),
        (5.0, {"action": Action.FAULT, "reason": "fan"}, "action: fan"),
    ],
)
def test_what_a_chamber_reports_is_a_fault_at_once_and_as_long(
    shown: float | None, fields: dict[str, Any], reason: str
) -> None:
    tale = Tale().goes(30, 5.0).goes(20, shown, **fields)
    assert tale.said == [("+", "reported", 30.0)]
    assert tale.last.details == {"reasons": [reason], "since": NOON + 30}
    assert tale.active == ("reported",)
    tale.goes(30, 5.0)
    assert tale.said[1:] == [("-", "reported", 50.0)]
    assert not tale.active


@pytest.mark.parametrize("quality", [Quality.OK, Quality.SUSPECT])
def test_a_quality_that_may_be_trusted_is_no_fault(quality: Quality) -> None:
    assert not Tale().goes(60, 5.0, quality={"temperature": quality}).said


# Sensors that cannot be right


@pytest.mark.parametrize("word", [85.0, 127.94, 127.9375, -127.0])
def test_a_sensors_word_for_a_failure_is_a_fault_until_ten_calm_minutes_later(word: float) -> None:
    tale = Tale().goes(30, 5.0).goes(10, word)
    assert tale.said == [("+", IMPOSSIBLE, 30.0)]
    assert tale.last.details == {
        "probe": "temperature",
        "value": word,
        "before": 5.0,
        "since": NOON + 30,
    }
    tale.goes(600, 5.0)
    assert tale.active == (IMPOSSIBLE,)
    tale.goes(20, 5.0)
    assert tale.said[1:] == [("-", IMPOSSIBLE, 640.0)]


def test_a_fault_that_comes_and_goes_is_said_once() -> None:
    tale = Tale()
    for _ in range(10):
        tale.goes(300, 5.0).goes(10, 85.0)
    assert tale.said == [("+", IMPOSSIBLE, 300.0)]


@pytest.mark.parametrize(
    ("before", "word"), [(127.0, 127.94), (-125.0, -127.0), (83.5, 85.0), (86.0, 85.0)]
)
def test_near_what_a_sensor_showed_before_its_word_for_a_failure_is_a_temperature(
    before: float, word: float
) -> None:
    tale = Tale().goes(60, before).goes(60, word)
    assert not tale.said
    assert tale.watch.value == word


def test_the_first_value_after_power_up_has_nothing_to_be_held_against() -> None:
    """A chamber at 85.0 °C looks the same; the others are no temperature anywhere."""
    assert not Tale().goes(60, 85.0).said
    assert Tale().goes(10, 127.94).said == [("+", IMPOSSIBLE, 0.0)]
    assert Tale().goes(10, -127.0).said == [("+", IMPOSSIBLE, 0.0)]
    assert not Tale().goes(30, 5.0).misses(400).goes(30, 85.0).said


@pytest.mark.parametrize(
    ("role", "good", "bad"),
    [("ambient", 80.0, 80.5), ("ambient", -60.0, -60.5), ("hot_sink", 150.0, 150.5)],
)
def test_what_cannot_be_where_a_probe_is_is_a_fault(role: str, good: float, bad: float) -> None:
    assert not Tale(x=role).goes(60, 5.0, probes={"x": good}).said
    assert not Tale(x="product").goes(60, 5.0, probes={"x": bad}).said
    tale = Tale(x=role).goes(60, 5.0, probes={"x": bad})
    assert tale.said == [("+", IMPOSSIBLE, 0.0)]
    assert tale.last.details == {"probe": "x", "value": bad, "before": None, "since": NOON}


@pytest.mark.parametrize(("every", "most"), [(1.0, 3.0), (10.0, 12.0), (60.0, 62.0)])
def test_more_than_two_kelvin_and_one_a_second_is_a_jump(every: float, most: float) -> None:
    assert not Tale().goes(300, 5.0, every).goes(300, 5.0 + most, every).said
    tale = Tale().goes(300, 5.0, every).goes(every, 5.1 + most, every)
    assert tale.said == [("+", JUMP, 300.0)]
    assert tale.last.details["before"] == 5.0
    assert tale.last.details["value"] == 5.1 + most
    assert not Tale().goes(300, 5.0, every).goes(300, 4.0 - most, every).said[1:]


def test_a_probe_that_reports_a_fault_is_not_doubted_beside() -> None:
    tale = Tale().goes(30, 5.0).goes(10, 85.0, quality={"temperature": Quality.FAULT})
    assert tale.said == [("+", "reported", 30.0)]


# Actuators and doors that tell


def test_heating_and_cooling_at_once_violate_the_interlock() -> None:
    both = {"heaters": (ON,), "coolers": (OFF, ON)}
    assert not Tale().goes(5, 20.0, 1, **both).goes(60, 20.0, 1, heaters=(OFF,), coolers=(ON,)).said
    tale = Tale().goes(30, 20.0, 1, **both)
    assert tale.said == [("+", "interlock_violated", 5.0)]
    tale.goes(60, 20.0, 1, heaters=(None,), coolers=(ON,))
    assert tale.active == ("interlock_violated",)
    tale.goes(61, 20.0, 1, heaters=(ON,), coolers=(OFF,))
    assert tale.said[1:] == [("-", "interlock_violated", 150.0)]


def test_a_reported_door_may_be_open_for_five_minutes() -> None:
    tale = Tale().goes(60, 5.0, door=False).goes(300, 5.0, door=True).goes(60, 5.0, door=False)
    assert not tale.said
    tale.goes(320, 5.0, door=True)
    assert tale.said == [("+", "door_left_open", 720.0)]
    assert tale.last.details == {"since": NOON + 420}
    tale.goes(10, 5.0, door=None)
    assert tale.active == ("door_left_open",)
    tale.goes(10, 5.0, door=False)
    assert tale.said[1:] == [("-", "door_left_open", 750.0)]


def cycled(times: int, pause: float, part: Part = ON) -> Tale:
    tale = Tale()
    for _ in range(times):
        tale.goes(pause, 5.0, coolers=(OFF, OFF)).goes(30, 5.0, coolers=(OFF, part))
    return tale


def test_the_seventh_start_within_an_hour_is_short_cycling_until_an_hour_has_six() -> None:
    tale = cycled(7, 300)
    assert tale.said == [("+", "short_cycling", 300 + 6 * 330.0)]
    assert tale.last.details == {"part": "cooler 2", "since": NOON + 300 + 6 * 330}
    tale.goes(HOUR, 5.0, coolers=(OFF, ON))
    assert tale.said[1] == ("-", "short_cycling", 300 + HOUR)


def test_fewer_starts_or_a_part_with_a_duty_are_no_short_cycling() -> None:
    assert not cycled(6, 300).said
    assert not cycled(9, 600).said
    assert not cycled(20, 60, at_work(100.0)).said


def test_what_is_on_after_a_gap_did_not_start_then() -> None:
    tale = Tale()
    for _ in range(20):
        tale.goes(10, 5.0, coolers=(OFF,)).misses(301).goes(10, 5.0, coolers=(ON,))
    assert not tale.said


# A door that only the air tells of

AJAR = 2010.0
"""When the air has risen by 3 K/min over half a minute, s."""


def ajar(**fields: Any) -> Tale:
    """Half an hour at 5 °C, then up by 12 K in two minutes."""
    doing = cools(40.0, **fields)
    return Tale().goes(1800, 5.0, **doing).goes(120, straight(5.0, 6.0), **doing)


def test_a_door_left_open_is_seen_by_the_rate_of_the_air() -> None:
    tale = ajar().goes(400, 17.0, **cools(40.0))
    assert tale.said == [("+", "door_left_open", 2030.0)]
    assert tale.last.details == {"value": 17.0, "setpoint": 5.0, "since": NOON + 1790}
    tale.goes(60, straight(17.0, -6.0), **cools(40.0))
    assert tale.said[1:] == [("-", "door_left_open", 2350.0)]


def test_a_door_that_is_closed_soon_or_is_reported_shut_is_none() -> None:
    shut = ajar().goes(60, straight(17.0, -6.0), **cools(40.0)).goes(600, 11.0, **cools(40.0))
    assert "door_left_open" not in {what for _, what, _ in shut.said}
    reported = ajar(door=False).goes(400, 17.0, **cools(40.0, door=False))
    assert "door_left_open" not in {what for _, what, _ in reported.said}


def test_a_rise_that_a_dying_cooler_or_a_heater_explains_is_no_door() -> None:
    tale = Tale().goes(1800, 5.0, **cools(100.0)).goes(60, straight(5.0, 4.0), **cools(100.0))
    assert "door_left_open" not in {what for _, what, _ in tale.goes(400, 9.0).said}
    heated = {**cools(0.0), "heaters": (at_work(30.0),)}
    tale = Tale().goes(1800, 5.0, **cools(40.0)).goes(120, straight(5.0, 6.0), **heated)
    assert "door_left_open" not in {what for _, what, _ in tale.goes(400, 17.0, **heated).said}


# What shows in minutes

MIRRORED = pytest.mark.parametrize(
    ("which", "work", "off", "sign"),
    [("cooler_dead", cools, 20.0, -1), ("heater_dead", heats, 20.0, 1)],
)


@MIRRORED
def test_full_duty_without_an_answer_for_ten_minutes_is_dead(
    which: str, work: Any, off: float, sign: int
) -> None:
    tale = Tale().goes(900, off, **work(100.0))
    assert tale.said == [("+", which, 600.0)]
    setpoint = work(100.0)["setpoint"]
    assert tale.last.details == {"value": off, "setpoint": setpoint, "since": NOON}
    tale.goes(720, straight(off, sign * 0.5), **work(100.0))
    assert [one[:2] for one in tale.said[1:]] == [("-", which)]


@MIRRORED
@pytest.mark.parametrize(
    ("rate", "duty"), [(0.06, 100.0), (0.0, 70.0)], ids=["slow goods", "no effort"]
)
def test_an_answer_however_slow_or_less_than_full_effort_is_not_dead(
    which: str, work: Any, off: float, sign: int, rate: float, duty: float
) -> None:
    tale = Tale().goes(2 * HOUR, straight(off, sign * rate), **work(duty))
    assert which not in {what for _, what, _ in tale.said}


def test_a_cooler_that_dies_at_the_setpoint_is_found_as_the_air_runs_away() -> None:
    tale = Tale().goes(1200, 5.0, **cools(50.0)).goes(1200, straight(5.0, 0.3), **cools(100.0))
    assert tale.said[0] == ("+", "cooler_dead", 2040.0)


def test_what_only_a_working_cooler_can_hold_is_not_dead() -> None:
    surroundings: dict[str, Any] = {"probes": {"r": 32.0}}
    tale = Tale(r="ambient").goes(HOUR, 20.0, **cools(100.0, **surroundings))
    assert {what for _, what, _ in tale.said} == {"duty_saturated"}


def test_full_duty_that_comes_no_nearer_is_saturated() -> None:
    tale = Tale().goes(600, straight(12.0, -0.5), **cools(100.0)).goes(1800, 7.0, **cools(100.0))
    assert [one[:2] for one in tale.said] == [("+", "duty_saturated")]
    assert 600 + 900 <= tale.said[0][2] <= 600 + 1800
    assert tale.last.details["value"] == 7.0
    tale.goes(900, 5.1, **cools(60.0))
    assert [one[:2] for one in tale.said[1:]] == [("-", "duty_saturated")]


@pytest.mark.parametrize(
    ("rest", "duty"), [(7.0, 90.0), (5.1, 100.0)], ids=["some is left", "within the deadband"]
)
def test_what_could_do_more_or_has_arrived_is_not_saturated(rest: float, duty: float) -> None:
    tale = Tale().goes(600, straight(12.0, -0.5), **cools(duty)).goes(3000, rest, **cools(duty))
    assert not tale.said


def idle(setpoint: float, ambient: float) -> dict[str, Any]:
    return {
        "setpoint": setpoint,
        "heaters": (at_work(0.0),),
        "coolers": (at_work(0.0),),
        "probes": {"r": ambient},
    }


STUCK = pytest.mark.parametrize(
    ("which", "sign", "ambient"), [("heater_stuck", 1, 10.0), ("cooler_stuck", -1, 30.0)]
)


@STUCK
def test_what_goes_on_against_the_surroundings_though_all_is_off_is_stuck(
    which: str, sign: int, ambient: float
) -> None:
    tale, off = Tale(r="ambient").goes(1800, 20.0, **idle(20.0, ambient)), idle(20.0, ambient)
    tale.goes(900, straight(20.0, sign * 0.3), **off)
    assert [one[:2] for one in tale.said] == [("+", which)]
    assert 1800 + 120 <= tale.said[0][2] <= 1800 + 720
    assert tale.last.details["ambient"] == ambient
    tale.goes(1500, straight(20.0 + sign * 4.5, -sign * 0.3), **off)
    assert [one[:2] for one in tale.said[1:]] == [("-", which)]


@STUCK
def test_what_the_surroundings_do_or_goods_or_a_running_part_is_not_stuck(
    which: str, sign: int, ambient: float
) -> None:
    """With the surroundings on the other side they do it; so do those that were put in a moment ago."""
    course: Curve = straight(20.0, sign * 0.3)
    other = idle(20.0, 60.0 if sign > 0 else -20.0)
    begun = Tale(r="ambient").goes(1800, 20.0, **other)
    assert not begun.goes(1800, course, **other).said
    off = idle(20.0, ambient)
    opened = Tale(r="ambient").goes(1800, 20.0, **off).goes(60, 20.0, **off, door=True)
    assert not opened.goes(1500, course, **off, door=False).said
    kind = "heaters" if sign > 0 else "coolers"
    runs = {**off, kind: (at_work(30.0),)}
    running = Tale(r="ambient").goes(1800, 20.0, **runs).goes(1800, course, **runs)
    assert which not in {what for _, what, _ in running.said}


def dithering(after: float) -> float:
    return 5.0 + (after // 10 % 2) / 16


def test_a_fine_probe_that_stands_still_while_the_duty_changes_is_flat_until_it_moves() -> None:
    tale = Tale().goes(1800, dithering, **cools(50.0)).goes(2 * HOUR, 5.0, **cools(90.0))
    assert [one[:2] for one in tale.said] == [("+", "sensor_flat")]
    assert 1800 + 600 <= tale.said[0][2] <= 1800 + 720
    tale.goes(120, 5.0625, **cools(90.0))
    assert [one[:2] for one in tale.said[1:]] == [("-", "sensor_flat")]


def test_a_probe_that_stands_still_with_the_duty_is_not_flat() -> None:
    assert not Tale().goes(1800, dithering, **cools(50.0)).goes(2 * HOUR, 5.0, **cools(55.0)).said


def test_a_probe_with_coarse_steps_may_stand_still_for_an_hour() -> None:
    tale = Tale().goes(1800, lambda after: 5.0 + (after // 10 % 2) / 2, **cools(50.0))
    for _ in range(9):
        tale.goes(300, 5.0, **cools(90.0)).goes(300, 5.0, **cools(10.0))
    (found,) = tale.said
    assert found[1] == "sensor_flat"
    assert found[2] >= 1800 + HOUR


def two(shown: float) -> dict[str, Any]:
    return {"setpoint": 5.0, "probes": {"m": shown}}


def test_two_probes_that_agreed_and_do_no_longer_are_a_fault() -> None:
    tale = Tale(m="monitor").goes(1800, 5.0, **two(5.5)).goes(2400, 5.0, **two(8.0))
    assert [one[:2] for one in tale.said] == [("+", "probes_disagree")]
    assert 1800 + 900 <= tale.said[0][2] <= 1800 + 1800
    assert -3.0 <= tale.last.details["difference"] <= -2.0
    tale.goes(1800, 5.0, **two(6.0))
    assert [one[:2] for one in tale.said[1:]] == [("-", "probes_disagree")]


def test_two_probes_that_never_agreed_are_given_two_hours() -> None:
    tale = Tale(m="monitor").goes(3 * HOUR, 5.0, **two(8.0))
    assert [one[:2] for one in tale.said] == [("+", "probes_disagree")]
    assert 2 * HOUR <= tale.said[0][2] <= 2.5 * HOUR


def test_goods_that_lag_behind_the_air_do_not_disagree() -> None:
    """They showed the same before the setpoint was changed: that says nothing of what comes then."""
    tale = Tale(m="monitor").goes(1800, 20.0, setpoint=20.0, probes={"m": 20.0})
    for ten in range(4 * 360):
        lagging = round(5.0 + 15.0 * math.exp(-ten / 720), 2)
        tale.goes(10, max(5.0, 20.0 - ten / 6), **two(lagging))
    assert not tale.said


def test_probes_that_differ_by_less_or_are_elsewhere_do_not_disagree() -> None:
    assert not Tale(m="monitor").goes(1800, 5.0, **two(5.5)).goes(2 * HOUR, 5.0, **two(6.8)).said
    assert not Tale(m="ambient").goes(3 * HOUR, 5.0, **two(25.0)).said
