"""Minutes, and hours for Home Assistant's statistics."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.chamber_ws.chamber.metrics import Minute
from custom_components.chamber_ws.chamber.model import Address, Quality, frozen
from custom_components.chamber_ws.record.minutes import HOUR, step_mean
from record.given import NOON, Filled, dated, undated

TOP = NOON - NOON % HOUR


def test_minutes_come_back_exactly_and_a_later_one_replaces(box: Filled) -> None:
    first = Minute(at=NOON, covered=60.0, integral=1800.123, low=29.9, high=30.1, starts=3)
    empty = Minute(at=NOON + 60)
    box.store.add_minutes(box.chamber, [empty, first])
    box.store.add_minutes(box.chamber, [later := Minute(at=NOON, covered=59.5, arrhenius=1e-15)])
    assert box.store.minutes(box.chamber, NOON, NOON + 61) == [later, empty]
    assert box.store.minutes(box.chamber, NOON, NOON + 60) == [later]
    assert box.store.minutes(box.store.chamber(Address("pi", "box2")), NOON, NOON + 61) == []


def test_minutes_of_a_clock_that_was_set_back_are_let_go_of(box: Filled) -> None:
    other = box.store.chamber(Address("pi", "box2"))
    for chamber in (box.chamber, other):
        box.store.add_minutes(chamber, [Minute(at=NOON + 60 * index) for index in range(4)])
    box.store.drop_minutes(box.chamber, NOON + 60)
    assert [one.at for one in box.store.minutes(box.chamber, 0, 2 * NOON)] == [NOON, NOON + 60]
    assert len(box.store.minutes(other, 0, 2 * NOON)) == 4


def test_the_table_has_a_column_for_each_field_of_a_minute(box: Filled) -> None:
    columns = [row[1] for row in box.store._database.read("PRAGMA table_info(minute)")]
    assert columns == ["chamber", *Minute.FIELDS]


def test_noted_hours_are_told_once_they_ended_until_they_are_settled(box: Filled) -> None:
    box.store.mark_hours(box.chamber, [TOP + HOUR, TOP])
    box.store.mark_hours(box.chamber, [TOP])
    assert box.store.dirty_hours(TOP + HOUR - 1) == []
    assert box.store.dirty_hours(TOP + HOUR) == [(box.chamber, TOP)]
    both = [(box.chamber, TOP), (box.chamber, TOP + HOUR)]
    assert box.store.dirty_hours(TOP + 2 * HOUR) == both
    box.store.settle_hours([(box.chamber, TOP)])
    assert box.store.dirty_hours(TOP + 9 * HOUR) == both[1:]


def hourly(box: Filled, *taken: tuple[float, float | None], probe: str = "temperature") -> object:
    """The hour's mean of temperatures taken so many seconds after the top of the hour."""
    box.store.add(
        [
            dated(box.stretch.id, seq, at=TOP + at, temperature=value)
            for seq, (at, value) in enumerate(taken)
        ]
    )
    return box.store.hourly(box.chamber, probe, TOP)


def test_an_hour_without_samples_is_unknown(box: Filled) -> None:
    assert hourly(box) is None


def test_temperatures_count_for_as_long_as_they_hold(box: Filled) -> None:
    assert hourly(box, (0, 4.0), (100, 8.0), (300, 5.0)) == (
        pytest.approx((100 * 4 + 200 * 8 + 300 * 5) / 600),
        4.0,
        8.0,
        600.0,
    )


def test_a_temperature_holds_into_the_hour_and_out_of_it(box: Filled) -> None:
    assert hourly(box, (-100, 4.0), (3500, 8.0), (3700, 1.0)) == (
        pytest.approx((200 * 4 + 100 * 8) / 300),
        4.0,
        8.0,
        300.0,
    )


def test_a_temperature_of_long_before_does_not_hold(box: Filled) -> None:
    assert hourly(box, (-301, 4.0), (3600, 8.0)) is None


def test_a_value_that_is_not_trusted_ends_the_one_before_and_counts_nothing(box: Filled) -> None:
    faulty = {"quality": frozen({"temperature": Quality.FAULT})}
    box.store.add([dated(box.stretch.id, 50, at=TOP + 100, temperature=99.0, **faulty)])
    assert hourly(box, (0, 4.0), (200, 6.0), (250, None)) == (
        pytest.approx((100 * 4 + 50 * 6) / 150),
        4.0,
        6.0,
        150.0,
    )


def test_a_probe_is_asked_by_its_name(box: Filled) -> None:
    probes = {"probes": frozen({"product": 5.5})}
    box.store.add([dated(box.stretch.id, 1, at=TOP, **probes), undated(box.stretch.id, 2)])
    assert box.store.hourly(box.chamber, "product", TOP) == (5.5, 5.5, 5.5, 300.0)
    assert box.store.hourly(box.chamber, "ambient", TOP) is None


@given(
    st.lists(
        st.tuples(st.integers(-400, 4000), st.none() | st.integers(-50, 50)),
        unique_by=lambda taken: taken[0],
    )
)
def test_the_mean_is_that_of_every_single_second(taken: list[tuple[int, int | None]]) -> None:
    rows = [dated(1, at + 400, at=TOP + at, temperature=value) for at, value in sorted(taken)]
    seen: list[int] = []
    for second in range(3600):
        held = [(at, value) for at, value in sorted(taken) if at <= second]
        if held and second - held[-1][0] < 300 and held[-1][1] is not None:
            seen.append(held[-1][1])
    expected = (sum(seen) / len(seen), min(seen), max(seen), len(seen)) if seen else None
    found = step_mean([row for row in rows if row.at >= TOP - 300], "temperature", TOP, TOP + HOUR)  # type: ignore[operator]
    assert found == (expected and pytest.approx(expected))


PLANS = (
    lambda box: box.store.hourly(box.chamber, "temperature", TOP),
    lambda box: box.store.rows(box.chamber, box.at(5), 10),
    lambda box: box.store.undated(box.chamber, box.at(5)),
    lambda box: box.store.unplaced(box.chamber),
    lambda box: box.store.resolve(box.stretch.id, "b1", 1.0, NOON),
    lambda box: box.store.minutes(box.chamber, NOON, NOON + 60),
    lambda box: box.store.occurrences(box.chamber, NOON, NOON + 60),
    lambda box: box.store.deeds(box.chamber, 0),
    lambda box: box.store.prune(NOON, 30, 2, 1, {box.chamber: box.at(9)}),
)


@pytest.mark.parametrize("asked", PLANS, ids=range(len(PLANS)))
def test_no_question_looks_at_all_samples(box: Filled, asked: object) -> None:
    """As SQLite itself says of each statement, with the data that there is."""
    box.add(range(10))
    box.store.add([undated(box.stretch.id, seq) for seq in range(20, 30)])
    box.store.commit()
    statements: list[str] = []
    connection: sqlite3.Connection = box.store._database._connection
    connection.set_trace_callback(statements.append)
    asked(box)  # type: ignore[operator]
    connection.set_trace_callback(None)
    large = ("sample", "minute", "occurrence", "journal")
    plans = [
        row[3]
        for statement in statements
        if statement.split()[0] in {"SELECT", "DELETE", "UPDATE"}
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert plans
    assert [
        plan for plan in plans if plan.startswith(tuple(f"SCAN {name}" for name in large))
    ] == []
    assert [plan for plan in plans if "TEMP B-TREE" in plan] == []
