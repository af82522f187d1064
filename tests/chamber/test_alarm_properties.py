"""The alarm's state machine under any inputs: restarts, extra ticks and odd values change nothing."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.chamber import alarm as alarms
from chamber_agent.chamber.alarm import Alarm
from chamber_agent.chamber.analysis.conditions import Stage
from chamber_agent.chamber.analysis.deeds import Act, Deed, Signature
from chamber_agent.chamber.analysis.findings import Happened, Occurrence
from chamber_agent.chamber.analysis.profiles import PROFILES
from chamber_agent.chamber.analysis.settings import Profile, Settings

DURATIONS = st.sampled_from([0.0, 30.0, 120.0])
SETTINGS = st.one_of(
    st.sampled_from(list(PROFILES.values())),
    st.builds(
        Settings,
        low=st.sampled_from([None, 2.0]),
        high=st.sampled_from([None, 8.0]),
        delay_low=DURATIONS,
        delay_high=DURATIONS,
        freeze=st.sampled_from([None, -0.5]),
        warning=st.sampled_from([None, 20.0]),
        cumulative=st.booleans(),
        off_delay=DURATIONS,
        latch=st.booleans(),
        realarm=st.sampled_from([None, 100.0]),
    ),
)
VALUES = st.one_of(st.none(), st.sampled_from([-0.6, -0.5, 1.0, 2.0, 5.0, 7.9, 8.0, 8.1, 20.0]))
STEPS = st.sampled_from([0.0, 1.0, 10.0, 60.0, 299.0, 301.0, 7200.0])
ACTS = st.sampled_from(
    [Act.ACKNOWLEDGE, Act.SHELVE, Act.UNSHELVE, Act.LOST, Act.RECOVERED, Act.SETTINGS]
)
OTHER: list[dict[str, object]] = [
    {"profile": Profile.CUSTOM.value, "high": 7.0},
    {"profile": Profile.CUSTOM.value, "high": None},
    {"delay_high": 60.0, "latch": True},
    {"cumulative": True, "realarm": 30.0},
    {"cumulative": False, "latch": False, "off_delay": 30.0},
    {"profile": Profile.OFF.value},
    {"profile": Profile.CUSTOM.value, "low": 2.0, "high": 8.0, "warning": 0.0},
]
INPUTS = st.lists(st.tuples(STEPS, st.one_of(VALUES, ACTS)), max_size=40)


def take(
    alarm: Alarm, at: float, given_one: float | Act | None
) -> tuple[Alarm, tuple[Occurrence, ...]]:
    if not isinstance(given_one, Act):
        return alarms.judge(alarm, at, given_one)
    new: dict[str, object] = {}
    if given_one is Act.SHELVE:
        new = {"until": at + 200.0}
    if given_one is Act.SETTINGS:
        new = OTHER[int(at) % len(OTHER)]
    return alarms.perform(alarm, Deed(act=given_one, at=at, by=Signature(name="Ada"), new=new))


@given(SETTINGS, INPUTS, st.sets(st.integers(0, 40)))
def test_a_restart_at_any_moment_changes_nothing(
    settings: Settings, inputs: list[tuple[float, float | Act | None]], restarts: set[int]
) -> None:
    one = other = alarms.begin(settings)
    at = 0.0
    for index, (step, given_one) in enumerate(inputs):
        at += step
        one, occurred = take(one, at, given_one)
        if index in restarts:
            other = alarms.restored(json.loads(json.dumps(alarms.snapshot(other))))
        other, as_well = take(other, at, given_one)
        assert other == one
        assert as_well == occurred
        assert other.quiet == one.quiet


@given(SETTINGS, INPUTS)
def test_ticks_in_between_change_nothing(
    settings: Settings, inputs: list[tuple[float, float | Act | None]]
) -> None:
    one = other = alarms.begin(settings)
    at = 0.0
    said: list[Occurrence] = []
    ticked: list[Occurrence] = []
    for step, given_one in inputs:
        for part in (0.3, 0.9):
            other, more = alarms.advance(other, at + part * step)
            ticked += more
        at += step
        one, occurred = take(one, at, given_one)
        said += occurred
        other, more = take(other, at, given_one)
        ticked += more
    assert alarms.advance(one, at)[0] == alarms.advance(other, at)[0]
    assert said + list(alarms.advance(one, at)[1]) == ticked + list(alarms.advance(other, at)[1])


@given(SETTINGS, INPUTS)
def test_what_starts_ends_before_it_starts_again(
    settings: Settings, inputs: list[tuple[float, float | Act | None]]
) -> None:
    alarm = alarms.begin(settings)
    at, running = 0.0, set[str]()
    for step, given_one in inputs:
        at += step
        alarm, occurred = take(alarm, at, given_one)
        for one in occurred:
            if one.happened is Happened.EXCURSION_STARTED and "shelved" not in one.details:
                assert one.what not in running
                running.add(one.what)
            if one.happened is Happened.EXCURSION_ENDED:
                running.remove(one.what)
        out = (Stage.ACTIVE, Stage.ACKNOWLEDGED)
        assert running == {
            condition.key
            for condition, standing in alarm.pairs()
            if standing.stage in out and not condition.warning
        }


@given(SETTINGS, st.lists(st.tuples(st.floats(0, 1e6), VALUES), max_size=40))
def test_whatever_the_times_are_nothing_is_negative(
    settings: Settings, values: list[tuple[float, float | None]]
) -> None:
    alarm = alarms.begin(replace(settings, realarm=50.0))
    for at, value in values:
        alarm, _ = alarms.judge(alarm, at, value)
        assert all(one.out >= 0 and one.dose >= 0 for one in alarm.standings)
        assert not (alarm.unacknowledged and not alarm.excursion)
        if value is not None:
            assert all(one.since is None or one.since <= at for one in alarm.standings)
