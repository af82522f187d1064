"""The past as a dashboard draws it: buckets, gaps, bands, and what is left where samples are gone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from custom_components.chamber_ws.chamber.analysis.findings import Excursion, Happened, Occurrence
from custom_components.chamber_ws.chamber.metrics import Minute
from custom_components.chamber_ws.chamber.model import Address, Part, Quality, frozen
from custom_components.chamber_ws.record.report.errors import BadRange, PeriodTooLong
from custom_components.chamber_ws.record.rows import Row
from custom_components.chamber_ws.record.series import (
    Asked,
    Known,
    Series,
    excursions,
    source,
    told,
)
from custom_components.chamber_ws.record.store import Store
from record.given import BOX, DAY, NOON, Filled, dated

LATER = NOON + 10 * DAY


def keep(box: Filled, *rows: Row) -> None:
    """Keep samples."""
    box.store.add(rows)


def sample(box: Filled, seq: int, at: float, **fields: Any) -> Row:
    """A sample taken so many seconds after noon."""
    return dated(box.stretch.id, seq, NOON + at, **fields)


def ask(
    box: Filled, seconds: float, points: int = 100, *, since: float = 0.0, **known: Any
) -> Series:
    """The past from noon on."""
    asked = Asked(start=NOON + since, end=NOON + seconds, points=points)
    return told(box.store, BOX, asked, Known(**{"longest": 30.0, **known}), LATER)


def since_noon(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans as seconds after noon."""
    return [(begun - NOON, ended - NOON) for begun, ended in spans]


# Samples


def test_few_samples_are_told_one_by_one(box: Filled) -> None:
    box.add(range(5))
    said = ask(box, 45)
    assert (said.source, said.step) == ("samples", None)
    assert said.temperature == [(NOON + 10 * n, n, n, n) for n in range(5)]


def test_many_samples_are_told_in_buckets_that_keep_the_extremes(box: Filled) -> None:
    box.add(range(1000))
    said = ask(box, 10_000, points=10)
    assert said.step == 1000.0
    assert len(said.temperature) <= 11
    assert {(low, high) for _at, _mean, low, high in said.temperature} == {(0.0, 99.0)}
    assert all(mean == pytest.approx(49.5) for _at, mean, _low, _high in said.temperature)


def test_buckets_are_the_same_ones_when_they_are_asked_for_a_little_later(box: Filled) -> None:
    box.add(range(1000))
    first, second = (
        {at for at, *_values in ask(box, 9000 + shift, points=10, since=shift).temperature}
        for shift in (0.0, 70.0)
    )
    assert len(first & second) >= 8


def test_what_quality_forbids_is_not_told(box: Filled) -> None:
    bad = frozen({"temperature": Quality.FAULT, "product": Quality.OK})
    fields = {"temperature": 99.0, "quality": bad, "probes": frozen({"product": 4.0})}
    good = {"temperature": 5.0, "probes": frozen({"product": 6.0})}
    keep(box, sample(box, 0, 0, **fields), sample(box, 1, 10, **good))
    said = ask(box, 20)
    assert said.temperature == [(NOON + 10, 5.0, 5.0, 5.0)]
    assert said.probes == {"product": [(NOON, 4.0, 4.0, 4.0), (NOON + 10, 6.0, 6.0, 6.0)]}


@pytest.mark.parametrize("quality", list(Quality))
def test_of_very_many_samples_none_that_quality_forbids_is_told_either(
    box: Filled, monkeypatch: pytest.MonkeyPatch, quality: Quality
) -> None:
    monkeypatch.setattr(source, "MOST_READ", 50)
    said_of = frozen({"temperature": quality, "product": Quality.FAULT})
    keep(
        box,
        *(
            sample(box, seq, seq, temperature=5.0, reason='"temperature":"fault"')
            for seq in range(1, 999)
        ),
        sample(box, 999, 999, temperature=50.0, quality=said_of),
    )
    highest = max(high for _at, _mean, _low, high in ask(box, 1000, points=10).temperature)
    shown = quality in (Quality.OK, Quality.SUSPECT)
    assert highest == (50.0 if shown else 5.0)


def test_very_many_samples_are_thinned_but_for_the_control_temperature(
    box: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_READ", 100)
    rows = [
        sample(
            box,
            seq,
            seq,
            temperature=40.0 if seq == 501 else 5.0,
            probes=frozen({"product": 4.0}),
            heaters=(Part(on=True),),
        )
        for seq in range(1000)
    ]
    keep(box, *rows)
    said = ask(box, 1000, points=10)
    assert max(high for _at, _mean, _low, high in said.temperature) == 40.0
    assert len(said.probes["product"]) == len(said.temperature)
    assert said.bands["heaters"] == [[(NOON, NOON + 1000, 100.0)]]
    assert said.gaps == []


def test_setpoints_are_told_where_they_change(box: Filled) -> None:
    points = [5.0, 5.0, 6.0, None, 6.0, 5.0]
    keep(box, *(sample(box, n, 10 * n, setpoint=value) for n, value in enumerate(points)))
    assert ask(box, 60).setpoint == [(NOON, 5.0), (NOON + 20, 6.0), (NOON + 50, 5.0)]


def test_a_setpoint_that_is_changed_back_within_a_bucket_is_no_change(box: Filled) -> None:
    keep(box, *(sample(box, n, n, setpoint=6.0 if n in (501, 502) else 5.0) for n in range(1000)))
    assert [value for _at, value in ask(box, 1000, points=10).setpoint] == [5.0]


@pytest.mark.parametrize("points", [100, 20])
def test_a_setpoint_is_not_known_where_nothing_is(box: Filled, points: int) -> None:
    times = (0, 20, 500, 520)
    keep(box, *(sample(box, n, at, setpoint=5.0) for n, at in enumerate(times)))
    told = [(at - NOON, setpoint) for at, setpoint in ask(box, 600, points).setpoint]
    assert told == [(0, 5.0), (20, None), (500, 5.0), (520, None)]


# Actuators


def test_bands_tell_when_each_part_ran(box: Filled) -> None:
    ran = [(True, 30.0), (True, 30.0), (False, 55.0), (True, 0.0)]
    keep(
        box,
        *(
            sample(box, n, 10 * n, heaters=(Part(on=on), None), coolers=(Part(duty > 0, duty),))
            for n, (on, duty) in enumerate(ran)
        ),
    )
    said = ask(box, 40)
    assert said.bands == {
        "heaters": [[(NOON, NOON + 20, None), (NOON + 30, NOON + 40, None)], []],
        "coolers": [[(NOON, NOON + 20, 30.0), (NOON + 20, NOON + 30, 55.0)]],
        "fans": [],
    }


def test_a_part_is_not_said_to_run_where_nothing_is_known(box: Filled) -> None:
    times = (0, 20, 500, 520)
    keep(box, *(sample(box, n, at, heaters=(Part(on=True),)) for n, at in enumerate(times)))
    said = ask(box, 600)
    assert said.bands["heaters"][0] == [(NOON, NOON + 20, None), (NOON + 500, NOON + 520, None)]
    assert since_noon(said.gaps) == [(20, 500), (520, 600)]


def test_a_part_runs_up_to_now_as_long_as_its_sample_holds(box: Filled) -> None:
    keep(box, *(sample(box, n, at, heaters=(Part(on=True),)) for n, at in enumerate((0, 20))))
    assert ask(box, 45).bands["heaters"][0] == [(NOON, NOON + 45, None)]


def test_in_buckets_a_part_has_its_mean_duty(box: Filled) -> None:
    keep(box, *(sample(box, n, n, heaters=(Part(on=n % 4 == 0),)) for n in range(1000)))
    [heater] = ask(box, 1000, points=10).bands["heaters"]
    assert heater == [(NOON, NOON + 1000, 25.0)]


def test_a_sample_holds_into_the_buckets_that_have_none(box: Filled) -> None:
    dense = [sample(box, n, n / 10, coolers=(Part(True, 40.0),)) for n in range(100)]
    sparse = [sample(box, 100 + n, 10.0 + 25 * n, coolers=(Part(True, 40.0),)) for n in range(10)]
    keep(box, *dense, *sparse)
    [cooler] = ask(box, 250, points=50).bands["coolers"]
    assert cooler == [(NOON, NOON + 250, 40.0)]


# What is not known, and what came late


def test_gaps_are_where_samples_are_too_far_apart(box: Filled) -> None:
    keep(box, *(sample(box, n, at) for n, at in enumerate((0, 10, 40, 71, 81))))
    assert since_noon(ask(box, 90).gaps) == [(40, 71)]


def lose(box: Filled, *times: float) -> None:
    """The chamber was lost so many seconds after noon."""
    box.store.add_occurrences(
        box.chamber, [Occurrence(Happened.LOST, NOON + at, "lost") for at in times]
    )


def test_a_gap_is_also_where_the_chamber_was_lost(box: Filled) -> None:
    times = (0, 10, 100, 110)
    keep(box, *(sample(box, n, at, coolers=(Part(on=True),)) for n, at in enumerate(times)))
    assert ask(box, 200, longest=900.0).gaps == []
    lose(box, 60, 170)
    said = ask(box, 200, longest=900.0)
    assert since_noon(said.gaps) == [(10, 100), (110, 200)]
    assert said.bands["coolers"][0] == [(NOON, NOON + 10, None), (NOON + 100, NOON + 110, None)]


def test_who_was_lost_before_the_period_is_still_away_at_its_begin(box: Filled) -> None:
    keep(box, sample(box, 0, 0), sample(box, 1, 400), sample(box, 2, 410))
    lose(box, 60)
    assert since_noon(ask(box, 420, since=100, longest=900.0).gaps) == [(100, 400)]


def test_who_was_lost_for_a_moment_and_told_everything_leaves_no_gap(box: Filled) -> None:
    keep(box, *(sample(box, n, 10.0 * n) for n in range(20)))
    lose(box, 55, 105)
    assert ask(box, 195, longest=30.0).gaps == []


def silent(box: Filled, since: float, until: float, now: float) -> Series:
    """What is told of a chamber that is silent now and promised a sample in fifteen minutes."""
    asked = Asked(start=NOON + since, end=NOON + until, points=100)
    return told(box.store, BOX, asked, Known(longest=900.0, silent=True), NOON + now)


@pytest.mark.parametrize("until", [300, 299.9, 900])
def test_of_who_is_silent_nothing_is_known_from_the_last_sample_up_to_now(
    box: Filled, until: float
) -> None:
    keep(box, *(sample(box, n, 10 * n, setpoint=4.0, coolers=(Part(on=True),)) for n in range(11)))
    assert ask(box, 300, longest=900.0).gaps == []
    said, end = silent(box, 0, until, 300), NOON + min(until, 300)
    assert said.gaps == [(NOON + 100, end)]
    assert said.bands["coolers"][0] == [(NOON, NOON + 100, None)]
    assert said.setpoint[-1] == (NOON + 100, None)
    assert silent(box, 200, until, 300).gaps == [(NOON + 200, end)]


def test_who_is_silent_now_was_not_so_before_its_last_sample(box: Filled) -> None:
    keep(box, *(sample(box, n, at) for n, at in enumerate((0, 100, 200))))
    assert silent(box, 0, 150, 300).gaps == []
    assert silent(box, 0, 220, 220).gaps == []


def test_a_gap_reaches_into_the_period_and_out_of_it_up_to_now(box: Filled) -> None:
    keep(box, sample(box, 0, 0), sample(box, 1, 500))
    assert since_noon(ask(box, 1000, since=100).gaps) == [(100, 500), (500, 1000)]
    asked = Asked(start=NOON, end=NOON + 9000, points=100)
    said = told(box.store, BOX, asked, Known(longest=30.0), NOON + 600)
    assert since_noon(said.gaps) == [(0, 500), (500, 600)]


def test_before_a_chamber_was_there_nothing_is_missing(box: Filled) -> None:
    keep(box, sample(box, 0, 500), sample(box, 1, 510))
    assert ask(box, 515).gaps == []
    assert since_noon(ask(box, 400).gaps) == []


def test_a_period_without_anything_is_one_gap(box: Filled) -> None:
    keep(box, sample(box, 0, 0))
    assert since_noon(ask(box, 1000, since=100).gaps) == [(100, 1000)]


def test_gaps_are_found_among_very_many_samples(
    box: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_READ", 100)
    keep(box, *(sample(box, n, n) for n in range(2000) if not 700 < n < 1100))
    said = ask(box, 2000, points=10)
    assert since_noon(said.gaps) == [(700, 1100)]


def test_what_was_fetched_later_is_marked(box: Filled) -> None:
    late = set(range(3, 7)) | {12}
    keep(box, *(sample(box, n, 10 * n)._replace(fetched=n in late) for n in range(20)))
    assert since_noon(ask(box, 200).backfilled) == [(30, 60), (120, 120)]


def test_what_cannot_be_read_is_left_out(box: Filled) -> None:
    keep(box, *(sample(box, n, 10 * n, door=True) for n in range(4)))
    for seq, rest in enumerate(("{", "[]", '{"probes":3,"quality":[],"heaters":{}}')):
        box.store._database.write("UPDATE sample SET rest = ? WHERE seq = ?", (rest, seq))
    said = ask(box, 40)
    assert [values[1] for values in said.temperature] == [0.0, 1.0, 2.0, 3.0]
    assert said.probes == {}


# Minutes


def minute(number: int, **fields: Any) -> Minute:
    """A minute after noon at 5 °C."""
    said = {"covered": 60.0, "integral": 300.0, "low": 4.0, "high": 6.0, **fields}
    return Minute(at=NOON + 60 * number, **said)


def test_where_samples_are_gone_minutes_tell(box: Filled) -> None:
    driven = {"heater": 3000.0, "heater_seconds": 60.0}
    box.store.add_minutes(box.chamber, [minute(n, **driven) for n in range(600)])
    said = ask(box, 36_000, points=10, judged_on="product")
    assert (said.source, said.step, said.judged) == ("minutes", 3600.0, "product")
    assert {tuple(values) for _at, *values in said.temperature} == {(5.0, 4.0, 6.0)}
    assert {duty for _at, duty in said.bands["heater"]} == {50.0}
    assert said.bands["cooler"] == []
    assert said.gaps == []


def test_where_some_samples_are_gone_minutes_tell_of_all(box: Filled) -> None:
    box.store.add_minutes(box.chamber, [minute(n) for n in range(10)])
    keep(box, *(sample(box, n, 600 + 10 * n) for n in range(60)))
    assert ask(box, 1200, since=300).source == "minutes"
    assert ask(box, 1200, since=605).source == "samples"


@pytest.mark.parametrize("since", [30, 90, 130, 240])
def test_a_period_that_begins_in_an_outage_is_told_by_the_samples_that_are_there(
    box: Filled, since: float
) -> None:
    """Minutes reach over an outage of up to five minutes; they are of the probe that is judged, too."""
    times = (0, 10, 20, 300, 310, 320)
    keep(box, *(sample(box, n, at, temperature=float(n)) for n, at in enumerate(times)))
    box.store.add_minutes(box.chamber, [minute(n) for n in range(5)])
    said = ask(box, 330, since=since)
    assert (said.source, [values[1] for values in said.temperature]) == ("samples", [3, 4, 5])
    assert since_noon(said.gaps) == [(since, 300)]
    assert since_noon(ask(box, 290, since=since).gaps) == [(since, 290)]


def test_where_there_are_too_many_samples_minutes_tell(
    box: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_ROWS", 100)
    keep(box, *(sample(box, n, 10 * n, setpoint=5.0) for n in range(101)))
    box.store.add_minutes(box.chamber, [minute(n) for n in range(17)])
    said = ask(box, 1010)
    assert (said.source, said.step) == ("minutes", 60.0)
    assert said.setpoint == [(NOON, 5.0)]
    assert len(said.temperature) == 17


def test_gaps_of_minutes(box: Filled) -> None:
    known = [minute(n) for n in range(100) if not 20 <= n < 40]
    unknown = minute(30, covered=0.0, integral=0.0, low=None, high=None)
    box.store.add_minutes(box.chamber, [*known, unknown])
    assert since_noon(ask(box, 6000).gaps) == [(1200, 2400)]


# Excursions, and what cannot be


def test_excursions_of_the_period_are_told(box: Filled) -> None:
    box.add(range(10))
    details = frozen({"since": NOON + 20, "peak": 9.5, "out": 30.0})
    signed = frozen({"by": "Anna", "on_behalf_of": "Ben"})
    box.store.add_occurrences(
        box.chamber,
        [
            Occurrence(Happened.EXCURSION_STARTED, NOON + 50, "high", details),
            Occurrence(Happened.ACKNOWLEDGED, NOON + 60, "high", signed),
            Occurrence(Happened.EXCURSION_STARTED, NOON + 80, "low", frozen({"since": NOON + 70})),
        ],
    )
    latest = Excursion(what="low", stage="active", since=NOON + 70, out=20.0, peak=-1.0)
    high, low = ask(box, 95, latest=latest, low=2.0, high=8.0).excursions
    assert high == {
        "what": "high",
        "since": NOON + 20,
        "ended": None,
        "acknowledged_by": "Ben",
        "out": 30.0,
        "peak": 9.5,
    }
    assert (low["acknowledged_by"], low["out"], low["peak"]) == (None, 20.0, -1.0)
    assert ask(box, 15).excursions == []


def test_what_is_far_from_settled_is_not_judged_once_more(
    box: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that never answers must not make every look at the past an effort."""
    box.add(range(30))
    monkeypatch.setattr(excursions, "MOST_REPLAYED", 29)
    monkeypatch.setattr(excursions, "lasting", lambda *_args: pytest.fail("judged once more"))
    details = frozen({"since": NOON + 20})
    box.store.add_occurrences(
        box.chamber, [Occurrence(Happened.EXCURSION_STARTED, NOON + 50, "high", details)]
    )
    latest = Excursion(
        what="low",
        stage="normal",
        since=NOON + 70,
        ended=NOON + 80,
        acknowledged_by="Anna",
        acknowledged_at=NOON + 90,
    )
    high, low = ask(box, 295, latest=latest).excursions
    assert (high["what"], high["since"], high["ended"]) == ("high", NOON + 20, None)
    assert (low["what"], low["ended"], low["acknowledged_by"]) == ("low", NOON + 80, "Anna")
    again = Excursion(what="high", stage="active", since=NOON + 20, out=99.0)
    [high] = ask(box, 295, latest=again).excursions
    assert high["out"] == 99.0


def test_an_unknown_chamber_has_no_past(store: Store) -> None:
    asked = Asked(start=NOON, end=NOON + 10, points=10)
    said = told(store, Address("no", "where"), asked, Known(low=2.0), LATER)
    assert (said.temperature, said.gaps, said.limits) == ([], [], {"low": 2.0, "high": None})


@pytest.mark.parametrize(
    ("end", "error"), [(NOON, BadRange), (NOON - 1, BadRange), (NOON + 4000 * DAY, PeriodTooLong)]
)
def test_a_period_that_cannot_be_is_an_error(
    store: Store, end: float, error: type[Exception]
) -> None:
    with pytest.raises(error):
        told(store, BOX, Asked(start=NOON, end=end, points=10), Known(), LATER)


def test_a_series_is_json(box: Filled) -> None:
    box.add(range(3))
    said = orjson.loads(orjson.dumps(ask(box, 45)))
    assert list(said) == [
        "start", "end", "source", "step", "temperature", "setpoint", "probes", "judged", "bands",
        "gaps", "backfilled", "excursions", "limits",
    ]  # fmt: skip
    assert said["source"] == "samples"
    assert said["temperature"][1] == [NOON + 10, 1.0, 1.0, 1.0]
