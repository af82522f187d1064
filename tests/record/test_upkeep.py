"""What is too old or too much goes between turns, and nothing that is still needed goes with it."""

import math
from dataclasses import replace
from itertools import batched
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.record.file import pruning
from custom_components.chamber_ws.record.inputs import Described, Done, Taken
from custom_components.chamber_ws.record.keeper import COMMIT_EVERY
from custom_components.chamber_ws.record.rows import Row
from custom_components.chamber_ws.record.store import Store
from custom_components.chamber_ws.record.upkeep import EVERY, PAUSE, Allowance
from record.given import BOX, DAY, EPOCH, NOON
from record.shift import LIMITS, Shift, taken

STEP = 10.0
HOUR = 3600.0
HOURS = Allowance(days=2 / 24, years=1.0)
AN_HOUR = int(HOUR / STEP)
OTHER = Address("pi", "box2")


def at(seq: int, temperature: float | None = None, address: Address = BOX) -> Taken:
    """Sample `seq`, taken ten seconds after the one before; the temperature swings within its limits."""
    value = 5.0 + math.sin(seq / 20.0) if temperature is None else temperature
    return taken(seq, value, address, time=NOON + STEP * seq)


def lived(shift: Shift, first: int, last: int, *addresses: Address) -> None:
    """Samples from `first` to `last`, a turn for each minute."""
    for seqs in batched(range(first, last + 1), 6, strict=False):
        shift.turn(*(at(seq, None, one) for seq in seqs for one in addresses or (BOX,)))


@pytest.fixture
def shift(path: Path) -> Shift:
    made = Shift(path, allowance=HOURS)
    made.turn(Done(BOX, LIMITS))
    return made


def settled(shift: Shift) -> None:
    """Let time pass until nothing more goes."""
    for _slice in range(20):
        shift.wait(PAUSE)


def test_samples_go_after_their_time_and_the_minutes_of_every_chamber_stay(shift: Shift) -> None:
    shift.turn(Described(OTHER, False, {}, NOON))
    lived(shift, 1, 6 * AN_HOUR, BOX, OTHER)
    shift.wait(EVERY)
    settled(shift)
    assert 4 * AN_HOUR - 1 <= shift.kept()[0] < 5 * AN_HOUR
    assert shift.kept()[-1] == 6 * AN_HOUR
    for address in (BOX, OTHER):
        minutes = shift.minutes(address)
        assert len(minutes) == 6 * 60
        values = [5.0 + math.sin(seq / 20.0) for seq in range(7)]
        first = minutes[0]
        assert first.low == pytest.approx(min(values[1:]))
        assert first.high == pytest.approx(max(values))
        assert min(values) < first.integral / first.covered < max(values)


def test_minutes_go_after_their_years(path: Path) -> None:
    shift = Shift(path, allowance=replace(HOURS, years=3 * HOUR / pruning.YEAR))
    lived(shift, 1, 6 * AN_HOUR)
    settled(shift)
    assert 3 * 60 <= len(shift.minutes()) <= 4 * 60


@pytest.mark.parametrize("killed", [True, False])
def test_whoever_takes_up_a_record_after_some_of_it_went_finds_the_same(
    tmp_path: Path, *, killed: bool
) -> None:
    found = []
    for allowance in (HOURS, Allowance()):
        path = tmp_path / f"{allowance.days}.db"
        shift = Shift(path, allowance=allowance)
        shift.turn(Done(BOX, LIMITS))
        lived(shift, 1, 7 * AN_HOUR)
        shift.wait(COMMIT_EVERY)
        settled(shift)
        if killed:
            shift.duty.keeper.abandon()
        else:
            shift.end()
        again = Shift(path, allowance=allowance, now=shift.now)
        lived(again, 7 * AN_HOUR + 1, 8 * AN_HOUR)
        again.wait(120.0)
        found.append((again.findings, again.minutes(), again.occurred()))
    assert found[0] == found[1]


def test_a_gap_that_nobody_fills_is_given_up_when_what_follows_is_too_old(shift: Shift) -> None:
    """Whatever could still be fetched would be too old to be kept."""
    lived(shift, 1, AN_HOUR)
    lived(shift, AN_HOUR + 100, 2 * AN_HOUR)
    lived(shift, 2 * AN_HOUR + 1, 6 * AN_HOUR)
    settled(shift)
    assert Gap(EPOCH, AN_HOUR + 1, AN_HOUR + 99) in shift.gaps
    assert shift.gaps[-1] is None
    assert not shift.findings.provisional
    assert shift.kept()[0] > 3 * AN_HOUR
    assert len(shift.minutes()) == 6 * 60 - 15


def test_a_gap_that_may_still_be_filled_is_waited_for(shift: Shift) -> None:
    lived(shift, 1, AN_HOUR)
    lived(shift, AN_HOUR + 100, 2 * AN_HOUR)
    settled(shift)
    assert shift.gaps[-1] is not None
    assert shift.kept()[0] == 1


def test_a_file_stays_within_its_size_and_begins_at_once(path: Path) -> None:
    allowance = Allowance(megabytes=0.5)
    shift = Shift(path, allowance=allowance)
    sizes = []
    for hour in range(24):
        lived(shift, hour * AN_HOUR + 1, (hour + 1) * AN_HOUR)
        settled(shift)
        shift.duty.keeper.store.checkpoint()
        sizes.append(path.stat().st_size)
    assert max(sizes) < 1.3 * allowance.bytes
    assert shift.kept()[0] > 2 * AN_HOUR
    assert shift.kept()[-1] == 24 * AN_HOUR
    assert len(shift.minutes()) == 24 * 60


def test_a_file_that_is_too_large_does_not_wait_for_a_gap_and_keeps_its_minutes(path: Path) -> None:
    shift = Shift(path, allowance=Allowance(megabytes=0.5))
    lived(shift, 5, 60)
    lived(shift, 100, 24 * AN_HOUR)
    settled(shift)
    assert shift.duty.keeper.store.used() <= Allowance(megabytes=0.5).bytes
    assert shift.kept()[0] > 2 * AN_HOUR
    assert len(shift.minutes()) >= 24 * 60 - 9


def test_a_clock_of_ours_that_is_ahead_makes_nothing_old(shift: Shift) -> None:
    lived(shift, 1, AN_HOUR)
    shift.wait(400 * DAY)
    settled(shift)
    assert shift.kept() == list(range(1, AN_HOUR + 1))
    assert len(shift.minutes()) == 60


def test_a_slice_at_a_time_goes_and_turns_come_between(shift: Shift) -> None:
    lived(shift, 1, 2 * AN_HOUR)
    with patch.object(pruning, "SLICE", 100):
        shift.wait(EVERY)
        shift.turn(at(5 * AN_HOUR, 9.0))
        left = []
        for _slice in range(4):
            left.append(len(shift.kept()))
            shift.wait(PAUSE)
    assert shift.findings.excursion
    assert left == [2 * AN_HOUR + 1 - gone for gone in (100, 200, 300, 400)]


def test_what_waits_in_memory_is_bounded_and_no_alarm_is_forgotten_for_it(path: Path) -> None:
    """Of a chamber that cannot be asked: what was in force when its samples went stays in force."""
    with patch("custom_components.chamber_ws.record.duty.MEMORY", 0.3):
        shift = Shift(path, answers=False)
        shift.turn(Done(BOX, replace(LIMITS, new={**LIMITS.new, "latch": True})), at(1))
        with shift.full():
            shift.turn(at(2, 9.0), at(3))
            lived(shift, 4, 24 * AN_HOUR)
            settled(shift)
            assert shift.duty.keeper.store.used() < 0.4 * 1024 * 1024
        shift.wait()
        assert 2 not in shift.kept()
        shift.turn(at(24 * AN_HOUR + 12))
    assert shift.findings.unacknowledged
    assert not shift.findings.provisional
    assert [one for one, _at in shift.happened] == ["excursion_started", "excursion_ended"]


def test_numbers_that_begin_anew_where_the_samples_went_are_judged_all_the_same(
    shift: Shift,
) -> None:
    lived(shift, 1, 6 * AN_HOUR)
    settled(shift)
    assert shift.kept()[0] > 5
    shift.turn(taken(5, 9.0, time=NOON + STEP * 7 * AN_HOUR))
    assert shift.findings.excursion
    assert shift.kept()[-1] == 5


def test_epochs_that_are_over_are_forgotten_when_their_samples_went(path: Path) -> None:
    """A gateway that begins a new one each few minutes does not slow down everything after a year."""
    shift = Shift(path, answers=False, allowance=HOURS)
    for epoch in range(100):
        first = epoch * 30
        shift.turn(
            *(
                taken(seq, 5.0, time=NOON + STEP * (first + seq), epoch=f"e{epoch}")
                for seq in range(30)
            )
        )
    settled(shift)
    kept = {row.stretch for row in shift.duty.run(_rows, shift.now)}
    stretches = shift.duty.run(lambda store: store.stretches(1), shift.now)
    assert {stretch.id for stretch in stretches} == kept
    assert len(stretches) < 50
    shift.end()
    again = Shift(path, answers=True, allowance=HOURS, now=shift.now)
    again.turn(taken(30, 5.0, time=NOON + STEP * 3001, epoch="e99"))
    assert not again.findings.provisional
    assert not any(again.gaps)


def _rows(store: Store) -> list[Row]:
    return store.rows(1, None, 10_000)


def test_an_epoch_is_not_forgotten_while_something_of_it_is_awaited(shift: Shift) -> None:
    shift.turn(*(taken(seq, time=NOON + STEP * seq, epoch="a") for seq in range(1, 20)))
    shift.turn(*(taken(seq, time=NOON + STEP * (20 + seq), epoch="b") for seq in range(5, 20)))
    settled(shift)
    assert len(shift.duty.run(lambda store: store.stretches(1), shift.now)) == 2
    assert shift.gaps[-1] == Gap("b", 0, 4)
