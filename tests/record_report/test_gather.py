"""What is gathered equals what is reckoned independently, and what is unknown counts nowhere."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Excursion, Extreme, Happened
from custom_components.chamber_ws.chamber.analysis.settings import OFF
from custom_components.chamber_ws.chamber.errors import ChamberError
from custom_components.chamber_ws.chamber.metrics import Minute
from custom_components.chamber_ws.chamber.model import Address, Clock, Part, Quality, Sample
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.inputs import Described, Done, Taken
from custom_components.chamber_ws.record.journal import digest
from custom_components.chamber_ws.record.keeper import Keeper
from custom_components.chamber_ws.record.report import Context, gather
from custom_components.chamber_ws.record.report.account import Acknowledgement, Span
from custom_components.chamber_ws.record.report.errors import (
    BadRange,
    ExportTooLarge,
    NothingRecorded,
    PeriodTooLong,
)
from custom_components.chamber_ws.record.store import Store
from record_report.given import (
    ANNA,
    BOX,
    DAY,
    HOUR,
    NAME,
    START,
    VACCINE,
    Kept,
    course,
    settings,
)

NOON = START + 12 * HOUR


def haynes(steps: list[tuple[float, float]]) -> float:
    """Mean kinetic temperature by the formula, in kelvin and back."""
    ratio = 83.144 / 8.314462618e-3
    total = sum(seconds for seconds, _value in steps)
    weighed = sum(seconds * math.exp(-ratio / (value + 273.15)) for seconds, value in steps)
    return ratio / -math.log(weighed / total) - 273.15


def trapezoid(values: list[float], step: float) -> list[tuple[float, float]]:
    return [(step, (one + two) / 2) for one, two in pairwise(values)]


def test_mean_and_mean_kinetic_temperature_equal_an_independent_reckoning(told: Kept) -> None:
    end = START + 40 * HOUR
    values = [course(index / 60) for index in range(40 * 60)]
    figures = told.account(START, end).figures
    steps = trapezoid(values, 60.0)
    assert figures.mean == pytest.approx(fmean(value for _seconds, value in steps), abs=1e-9)
    assert figures.mean_kinetic_temperature == pytest.approx(haynes(steps), abs=2e-3)
    assert figures.known == pytest.approx(60.0 * len(steps))


def test_the_published_vector_of_a_warm_hour_is_met(kept: Kept) -> None:
    """23 h at 5 °C and 1 h at 15 °C are 5.764 °C."""
    kept.constant(START, START + 23 * HOUR, 5.0)
    kept.constant(START + 23 * HOUR + 0.001, START + DAY + 0.01, 15.0)
    figures = kept.account(START, START + DAY + 1).figures
    assert figures.mean_kinetic_temperature == pytest.approx(5.764, abs=0.002)
    assert figures.mean == pytest.approx(5.417, abs=0.002)


def test_the_extremes_are_those_of_the_samples_with_their_times(told: Kept) -> None:
    end = START + 48 * HOUR
    values = {START + 60.0 * index: course(index / 60) for index in range(48 * 60)}
    figures = told.account(START, end).figures
    coldest, hottest = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    assert figures.minimum == Extreme(values[coldest], coldest)
    assert figures.maximum == Extreme(values[hottest], hottest)


def test_time_and_dose_beyond_the_limits_are_exact(kept: Kept) -> None:
    """A straight rise from 6 to 10 °C in 240 s is above 8 for 120 s, on average by 1 K."""
    kept.sample(START, 6.0)
    kept.sample(START + 240, 10.0)
    kept.sample(START + 480, 1.0)
    figures = kept.account().figures
    assert figures.above == pytest.approx(120 + 240 * 2 / 9)
    assert figures.dose_above == pytest.approx((120 * 1 + 240 * 2 / 9 * 1) / 60)
    assert figures.below == pytest.approx(240 / 9)
    assert figures.in_range + figures.above + figures.below == pytest.approx(480)


def test_without_limits_there_is_no_time_in_range(kept: Kept) -> None:
    kept.constant(START, NOON, 5.0)
    assert kept.account(settings=OFF).figures.time_in_range is None


def test_duty_starts_and_energy_are_told(kept: Kept) -> None:
    for index in range(61):
        on = index % 20 < 10
        said: dict[str, Any] = {"heaters": (Part(on=on),), "power": 120.0 if on else 0.0}
        kept.sample(START + 60 * index, 5.0, **said)
    figures = kept.account().figures
    assert figures.heater_duty == pytest.approx(50.0)
    assert figures.energy == pytest.approx(0.06)
    assert figures.starts_per_hour == pytest.approx(3.0, abs=0.01)
    assert figures.cooler_duty is None


def test_a_gap_is_unknown_and_not_in_range(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.constant(START + 3 * HOUR, START + 4 * HOUR, 5.0)
    account = kept.account(START, START + 4 * HOUR)
    assert account.figures.known == 2 * HOUR - 60
    assert account.figures.coverage == pytest.approx(50.0, abs=0.5)
    assert account.figures.in_range == account.figures.known
    assert account.gaps == (Span(START + HOUR, START + 3 * HOUR),)
    assert account.gap_seconds == 2 * HOUR


def test_before_the_first_sample_and_after_the_last_is_a_gap_but_the_future_is_none(
    kept: Kept,
) -> None:
    kept.constant(START + HOUR, START + 2 * HOUR, 5.0)
    account = kept.account(START, START + DAY, now=START + 3 * HOUR)
    assert account.gaps == (
        Span(START, START + HOUR),
        Span(START + 2 * HOUR, START + 3 * HOUR),
    )
    assert account.figures.coverage == pytest.approx(100 / 3)


def test_a_probe_that_cannot_be_trusted_is_unknown(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.constant(START + HOUR + 60, NOON, 60.0, quality={"temperature": Quality.FAULT})
    account = kept.account(START, NOON)
    assert account.figures.maximum == Extreme(5.0, START)
    assert account.figures.known == HOUR
    assert account.gaps == (Span(START + HOUR, NOON),)


def test_it_is_judged_on_the_probe_that_is_named(kept: Kept) -> None:
    kept.constant(START, NOON, 12.0, probes={"product": 4.0})
    assert kept.account(judged_on="product").figures.mean == pytest.approx(4.0)
    assert kept.account(judged_on="temperature").figures.mean == pytest.approx(12.0)


def test_the_virtual_vial_is_slower_than_the_air(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.sample(START + HOUR + 60, 15.0)
    air = kept.account().figures.maximum
    vial = kept.account(
        settings=settings(time_constant=600.0), judged_on="virtual_vial"
    ).figures.maximum
    assert air is not None
    assert air.value == 15.0
    assert vial is not None
    assert vial.value == pytest.approx(15 - 10 * math.exp(-0.1))


def test_where_rows_are_gone_the_minutes_tell(kept: Kept) -> None:
    """The first hour is known by its minutes alone: 5 °C with a peak of 9."""
    minute = Minute(
        at=START, covered=60.0, integral=300.0, low=4.0, high=9.0, arrhenius=60 * 2.4e-16, in_range=60.0
    )  # fmt: skip
    kept.store.add_minutes(
        kept.chamber, [replace(minute, at=START + 60 * index) for index in range(60)]
    )
    kept.constant(START + HOUR, START + 2 * HOUR, 5.0)
    account = kept.account(START, START + 2 * HOUR)
    assert account.tally.condensed == HOUR
    assert account.figures.known == pytest.approx(2 * HOUR - 60)
    assert account.figures.maximum == Extreme(9.0, START)
    assert account.gaps == ()


def test_a_minute_whose_rows_are_there_is_not_counted_twice(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    minute = Minute(at=START + 600, covered=60.0, integral=9000.0, low=150.0, high=150.0)
    kept.store.add_minutes(kept.chamber, [minute])
    account = kept.account(START, START + HOUR)
    assert account.figures.mean == pytest.approx(5.0)
    assert account.tally.condensed == 0


def test_an_excursion_is_told_with_its_acknowledgement(told: Kept) -> None:
    [excursion] = told.account(START, START + 3 * DAY).excursions
    assert excursion.what == "high"
    assert excursion.limit == VACCINE.high
    assert excursion.peak == max(course(index / 60) for index in range(30 * 60, 36 * 60))
    assert excursion.announced == excursion.start + VACCINE.delay_high
    assert excursion.acknowledged == (
        Acknowledgement(
            START + 31.9 * HOUR,
            ANNA.name,
            None,
            "Cooler was dead, moved the vaccines to the spare unit",
        ),
    )


def test_an_excursion_that_began_before_the_period_belongs_to_it(told: Kept) -> None:
    middle = START + 32 * HOUR
    assert len(told.account(middle, middle + 600, now=START + 3 * DAY).excursions) == 1
    assert told.account(START, START + 20 * HOUR).excursions == ()


def test_an_excursion_that_goes_on_is_told_as_far_as_it_got(kept: Kept) -> None:
    kept.constant(START, START + 2 * HOUR, 9.0)
    latest = Excursion(what="high", stage="active", since=START, out=7200.0, peak=9.0)
    [excursion] = kept.account(START, START + 2 * HOUR, latest=latest).excursions
    assert excursion.end is None
    assert (excursion.out, excursion.peak) == (7200.0, 9.0)


def test_what_the_end_of_a_shelf_says_again_is_no_other_excursion(kept: Kept) -> None:
    kept.deed(Act.SHELVE, START, new={"until": START + 2 * HOUR})
    kept.constant(START, START + 3 * HOUR, 9.0)
    [excursion] = kept.account().excursions
    assert not excursion.silent


def test_an_acknowledgement_on_behalf_of_somebody_is_kept_as_a_claim(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 9.0)
    kept.deed(Act.ACKNOWLEDGE, START + HOUR, by=Signature("1", "bot", "Carla"), why="seen")
    [excursion] = kept.account().excursions
    assert excursion.acknowledged == (Acknowledgement(START + HOUR, "bot", "Carla", "seen"),)


def test_faults_and_losses_of_data_are_told(told: Kept) -> None:
    account = told.account(START, START + 3 * DAY)
    assert [(one.what, one.end) for one in account.faults] == [
        ("door_open_inferred", START + 62.4 * HOUR)
    ]
    assert [one.what for one in account.losses] == ["data"]
    assert {one.what for one in account.warnings} == {"warning_high"}


def test_a_fault_whose_start_is_no_longer_recorded_has_an_end(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.occur(Happened.FAULT_ENDED, START + 60, "heater_stuck")
    assert [one.end for one in kept.account().faults] == [START + 60]


@pytest.mark.parametrize("recorded", [True, False])
def test_a_loss_lasted_from_the_last_sample_on(kept: Kept, recorded: bool) -> None:
    kept.constant(START, START + 60, 5.0)
    if recorded:
        kept.occur(Happened.LOST, START + 150, "data", since=START + 60)
    kept.occur(Happened.RECOVERED, START + 600, "data", since=START + 60, lost_at=START + 150)
    assert [(one.start, one.announced, one.end) for one in kept.account().losses] == [
        (START + 60, START + 150, START + 600)
    ]


def test_what_is_fetched_lost_awaited_and_unplaced_is_counted(kept: Kept) -> None:
    kept.constant(START, START + 600, 5.0)
    kept.skip(7, lost=True)
    kept.skip(5)
    kept.constant(START + 2000, START + 2600, 5.0, fetched=True)
    kept.sample(START + 2660, 5.0, placed=Placed.ESTIMATED)
    kept.sample(None, 5.0, placed=Placed.UNKNOWN, boot="b1", uptime=3.0)
    tally = kept.account().tally
    assert (tally.rows, tally.fetched, tally.estimated) == (23, 11, 1)
    assert (tally.lost, tally.awaited, tally.unplaced) == (7, 5, 1)


def test_what_is_missing_at_the_edges_of_the_period_is_awaited_too(kept: Kept) -> None:
    """Its time is not known: it may lie in the period."""
    kept.skip(3)
    kept.constant(START, NOON, 5.0)
    kept.skip(4)
    kept.constant(NOON + 300, START + DAY, 5.0)
    first, second = (
        kept.account(start, end).tally.awaited
        for start, end in ((START + HOUR, START + 2 * HOUR), (START, NOON + 60))
    )
    assert (first, second) == (0, 4 + 4)
    assert kept.account(NOON + 200, START + DAY).tally.awaited == 4


def test_of_a_gateway_that_keeps_nothing_nothing_is_awaited(tmp_path: Path) -> None:
    kept = Kept.at(tmp_path / "record.db", answers=False)
    kept.skip(3)
    kept.constant(START, START + 600, 5.0)
    kept.skip(5)
    kept.constant(START + 900, START + HOUR, 5.0)
    tally = kept.account().tally
    assert (tally.lost, tally.awaited) == (5, 0)
    kept.store.close()


def test_what_is_judged_but_not_settled_is_told(tmp_path: Path) -> None:
    """Samples 0 to 9 are still to be fetched, so that nothing is settled; the alarm did not wait for them."""
    keeper = Keeper(Store.open(tmp_path / "record.db"), "chamber")
    limits = {"profile": "custom", "high": 8.0, "delay_high": 600.0}
    keeper.turn([Described(BOX, True, {}, START)], START)
    keeper.turn([Done(BOX, Deed(act=Act.SETTINGS, at=START, new=limits))], START)
    for seq in range(10, 100):
        at = START + 60.0 * seq
        sample = Sample(temperature=9.0, seq=seq, epoch="k3f9", time=at, clock=Clock.NTP)
        keeper.turn([Taken(BOX, sample, at)], at)
    end = START + 60.0 * 100
    keeper.turn([Done(BOX, Deed(act=Act.ACKNOWLEDGE, at=end, by=ANNA, why="seen"))], end)
    keeper.turn([Done(BOX, Deed(act=Act.LOST, at=end + 60))], end + 60)
    keeper.commit(end)
    account = gather(keeper.store, BOX, NAME, START, end + 120, VACCINE, end + 120)
    [excursion], [loss] = account.excursions, account.losses
    assert excursion.acknowledged == (Acknowledgement(end, ANNA.name, None, "seen"),)
    assert (excursion.start, excursion.end) == (START + 600, None)
    assert (loss.start, loss.announced, loss.end) == (end - 60, end + 60, None)
    assert account.tally.awaited == 10
    keeper.close(end + 120)


def test_what_is_settled_is_not_told_twice(tmp_path: Path) -> None:
    keeper = Keeper(Store.open(tmp_path / "record.db"), "chamber")
    limits = {"profile": "custom", "high": 8.0}
    keeper.turn([Described(BOX, False, {}, START)], START)
    keeper.turn([Done(BOX, Deed(act=Act.SETTINGS, at=START, new=limits))], START)
    for seq in range(1, 100):
        at, value = START + seq, 9.0 if seq % 20 < 10 else 5.0
        sample = Sample(temperature=value, seq=seq, epoch="k3f9", time=at, clock=Clock.NTP)
        keeper.turn([Taken(BOX, sample, at)], at)
    keeper.commit(START + 100)
    account = gather(keeper.store, BOX, NAME, START, START + 100, VACCINE, START + 100)
    assert [one.start - START for one in account.excursions] == [1, 20, 40, 60, 80]
    keeper.close(START + 100)


def test_the_journal_is_told_and_verified(told: Kept) -> None:
    account = told.account(START, START + 3 * DAY)
    assert [entry.act for entry in account.audit] == ["setpoint", "acknowledge", "shelve"]
    assert account.audit[0].old == {"setpoint": 4.5}
    assert account.audit[1].previous == account.audit[0].hash
    assert account.intact


def test_each_entry_of_the_journal_can_be_checked_by_itself(told: Kept) -> None:
    for entry in told.account(START, START + 3 * DAY).audit:
        assert digest(entry.previous, entry.content) == entry.hash


def test_a_journal_that_was_changed_is_not_intact(kept: Kept) -> None:
    kept.constant(START, START + HOUR, 5.0)
    kept.deed(Act.SETPOINT, START + 60, new={"setpoint": 5.0})
    for (trigger,) in kept.store._database.read(
        "SELECT name FROM sqlite_master WHERE type='trigger'"
    ):
        kept.store._database.write(f"DROP TRIGGER {trigger}")
    kept.store._database.write("UPDATE journal SET content = replace(content, '5.0', '6.0')")
    account = kept.account()
    assert not account.intact
    assert "changed" in account.breaks[0]


def test_the_days_are_local_and_the_day_the_clocks_change_has_25_hours(told: Kept) -> None:
    days = told.account(START, START + 73 * HOUR).days
    assert [str(day.date) for day in days] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    assert [day.figures.seconds / HOUR for day in days] == [24, 25, 24]
    whole = told.account(START, START + 73 * HOUR).figures
    assert sum(day.figures.known for day in days) == pytest.approx(whole.known)


def test_the_extremes_of_a_day_are_dated_to_the_minute(told: Kept) -> None:
    second = told.account(START, START + 73 * HOUR).days[1].figures
    values = {START + 60.0 * index: course(index / 60) for index in range(24 * 60, 48 * 60)}
    hottest = max(values, key=values.__getitem__)
    assert second.maximum is not None
    assert second.maximum.value == values[hottest]
    assert second.maximum.at == pytest.approx(hottest, abs=60.0)


def test_a_second_account_of_the_same_period_is_the_same(told: Kept) -> None:
    assert told.account() == told.account()


CHANGES: dict[str, dict[str, Any]] = {
    "a value": {"temperature": 5.01},
    "a time": {"at": START + 31.0},
    "how it came": {"fetched": True},
    "how it is placed": {"placed": Placed.ESTIMATED},
    "a setpoint": {"setpoint": 5.0},
    "a reason": {"reason": "defrost"},
    "a part": {"heaters": (Part(on=True),)},
    "a probe": {"probes": {"air": 1.0}},
    "a quality": {"quality": {"temperature": Quality.SUSPECT}},
    "an uptime": {"uptime": 1.0},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_hash_changes_with(change: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    def hashed(**changed: Any) -> str:
        kept = Kept.at(tmp_path_factory.mktemp("one") / "record.db")
        kept.sample(START, 5.0)
        kept.sample(**{"at": START + 30.0, "temperature": 5.0, **changed})
        kept.sample(START + 60, 5.0)
        account = kept.account()
        kept.store.close()
        return account.tally.sha256

    assert hashed() == hashed()
    assert hashed(**CHANGES[change]) != hashed()


def test_a_row_less_is_another_hash(told: Kept) -> None:
    assert told.account(START, NOON).tally.sha256 != told.account(START + 1, NOON).tally.sha256


@pytest.mark.parametrize("end", [START, START - 1, math.nan])
def test_a_period_must_begin_before_it_ends(told: Kept, end: float) -> None:
    with pytest.raises(BadRange, match="earlier"):
        told.account(START, end)


def test_a_period_of_centuries_is_an_error_that_names_the_remedy(told: Kept) -> None:
    with pytest.raises(PeriodTooLong, match="at most 3660 days"):
        told.account(-6e10, START)


def test_an_empty_period_is_an_error_that_names_the_remedy(told: Kept) -> None:
    with pytest.raises(NothingRecorded, match="choose a period"):
        told.account(START - DAY, START)


def test_an_unknown_chamber_is_an_error_and_is_not_made(told: Kept) -> None:
    stranger = Address("nobody", "nowhere")
    with pytest.raises(NothingRecorded):
        gather(told.store, stranger, NAME, START, NOON, VACCINE, NOON, Context())
    assert list(told.store.addresses()) == [BOX]


def test_too_many_rows_are_an_error_that_names_the_remedy(told: Kept) -> None:
    with pytest.raises(ExportTooLarge, match="shorter period"):
        told.account(most=100)


def test_every_error_is_one_of_the_chamber() -> None:
    for error in (BadRange(1, 0), NothingRecorded("x"), ExportTooLarge(1), PeriodTooLong(1)):
        assert isinstance(error, ChamberError)
