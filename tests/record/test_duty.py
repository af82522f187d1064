"""A file that fails stops no alarm and loses no sample; what comes back is taken up as if nothing had been."""

import sqlite3
import tempfile
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.chamber_ws.chamber import wire
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed
from custom_components.chamber_ws.chamber.analysis.findings import Reading
from custom_components.chamber_ws.chamber.analysis.watch import Fed, Watch
from custom_components.chamber_ws.chamber.messages import History, HistoryMessage
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.record.duty import Duty
from custom_components.chamber_ws.record.errors import (
    Reason,
    RecordError,
    RecordFull,
    RecordTooNew,
)
from custom_components.chamber_ws.record.inputs import Done, Fetched, Forgotten, Nobodys, Verdict
from custom_components.chamber_ws.record.judge import PUBLISH_EVERY, Judge
from custom_components.chamber_ws.record.keeper import (
    COMMIT_EVERY,
    SNAPSHOT_EVERY,
    Keeper,
)
from custom_components.chamber_ws.record.store import Store
from patience import examples
from record.given import BOX, EPOCH, NOON
from record.shift import LIMITS, PREFIX, Shift, acknowledged, taken
from record.test_full import failing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
def shift(path: Path) -> Shift:
    made = Shift(path)
    made.turn(Done(BOX, LIMITS), *(taken(seq) for seq in range(1, 4)))
    return made


def test_an_alarm_is_given_though_the_disk_fails_with_its_sample_and_given_once(
    shift: Shift,
) -> None:
    with shift.full():
        shift.turn(taken(4, 9.0))
        assert shift.problem() == "full"
        shift.turn(taken(5, 9.0), taken(6))
    shift.wait()
    assert shift.problem() is None
    shift.turn(taken(70))
    assert shift.happened == [("excursion_started", 4), ("excursion_ended", 6)]
    assert shift.kept() == [1, 2, 3, 4, 5, 6, 70]
    assert shift.occurred() == shift.happened


def test_a_real_error_of_the_disk_is_such_a_failure(shift: Shift) -> None:
    with failing():
        shift.turn(taken(4, 9.0))
        assert shift.problem() == Reason.DISK_ERROR
        shift.turn(taken(5))
    shift.wait()
    assert shift.kept() == [1, 2, 3, 4, 5]
    assert shift.occurred() == [("excursion_started", 4), ("excursion_ended", 5)]


def test_what_was_acknowledged_while_the_disk_was_full_does_not_silence_what_came_later(
    shift: Shift,
) -> None:
    with shift.full():
        shift.turn(taken(4, 9.0), acknowledged(4.5), taken(5), taken(6, 9.0))
        assert shift.findings.unacknowledged
    shift.wait()
    shift.turn(taken(67, 9.0))
    assert shift.findings.unacknowledged
    assert [deed.act for deed in shift.journal()] == [Act.SETTINGS, Act.ACKNOWLEDGE]
    told = [("excursion_started", 4), ("acknowledged", 4.5), ("excursion_ended", 5)]
    assert shift.happened == [*told, ("excursion_started", 6)]


def test_what_was_done_in_the_turn_that_failed_is_entered_once(shift: Shift) -> None:
    with shift.full():
        shift.turn(Done(BOX, Deed(act=Act.SHELVE, at=NOON + 3, new={"until": NOON + 3600})))
    shift.wait()
    assert [deed.act for deed in shift.journal()] == [Act.SETTINGS, Act.SHELVE]
    assert shift.happened == [("shelved", 3)]
    assert shift.findings.shelved_until == NOON + 3600


def test_a_chamber_that_does_not_answer_for_the_past_loses_nothing_either(path: Path) -> None:
    shift = Shift(path, answers=False)
    shift.turn(Done(BOX, LIMITS), taken(1))
    with shift.full():
        for seq in range(2, 40):
            shift.turn(taken(seq, 9.0 if seq == 20 else 7.5))
    shift.wait()
    assert shift.kept() == list(range(1, 40))
    assert shift.occurred() == [("excursion_started", 20), ("excursion_ended", 21)]
    assert not shift.findings.provisional


def test_in_memory_nothing_is_asked_for_and_afterwards_what_is_missing(shift: Shift) -> None:
    with shift.full():
        shift.gaps.clear()
        shift.turn(taken(10))
        shift.turn(taken(20))
        assert not any(shift.gaps)
    shift.wait()
    assert shift.gaps[-1] == Gap(EPOCH, 4, 9)


def test_a_chamber_that_is_forgotten_while_the_disk_is_full_stays_forgotten(shift: Shift) -> None:
    with shift.full():
        shift.turn(Forgotten(BOX))
    shift.wait()
    assert shift.duty.run(Store.addresses, shift.now) == {}
    assert shift.journal() == [LIMITS]


def test_a_chamber_that_came_back_meanwhile_begins_anew(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(4))
        shift.turn(Forgotten(BOX))
        shift.turn(taken(5))
    shift.wait()
    assert shift.kept() == [5]


def test_a_file_that_cannot_be_opened_at_first_is_taken_up_later(shift: Shift) -> None:
    shift.end()
    with patch.object(
        Store, "open", side_effect=[RecordFull("no room"), Store.open(Path(":memory:"))]
    ):
        again = Shift(shift.path)
    again.turn(Done(BOX, replace(LIMITS, at=NOON + 9)), taken(10, 9.0))
    again.wait()
    assert again.kept() == [1, 2, 3, 10]
    assert again.findings.excursion
    assert again.happened == [("excursion_started", 10)]


def test_the_alarm_of_a_restart_after_a_full_disk_is_the_one_before(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(4, 9.0))
    shift.wait()
    before = shift.findings.last_excursion
    shift.end()
    assert before is not None
    assert Shift(shift.path).findings.last_excursion == before


def test_what_is_not_kept_at_the_end_is_said(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(4))
        with pytest.raises(RecordFull):
            shift.end()
    again = Shift(shift.path)
    assert again.kept() == [1, 2, 3]


def test_a_last_attempt_is_made_at_the_end(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(4))
    shift.end()
    assert Shift(shift.path).kept() == [1, 2, 3, 4]


def test_a_reader_who_meets_the_failure_first_loses_nothing(shift: Shift) -> None:
    shift.turn(taken(4))
    with shift.full(), pytest.raises(RecordFull):
        shift.kept()
    shift.turn(taken(5))
    with pytest.raises(RecordFull):
        shift.kept()
    shift.wait()
    assert shift.kept() == [1, 2, 3, 4, 5]


def test_what_a_reader_wrote_before_it_failed_is_undone(shift: Shift) -> None:
    def fails(store: Store) -> None:
        store.mark_hours(store.chamber(BOX), [NOON])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shift.duty.run(fails, shift.now)
    assert shift.duty.run(lambda store: store.dirty_hours(2 * NOON), shift.now) == []


UNSPEAKABLE = Done(BOX, Deed(act=Act.SETPOINT, at=NOON + 4, new={"setpoint": object()}))


def test_a_bad_input_costs_only_itself(shift: Shift, caplog: pytest.LogCaptureFixture) -> None:
    other = BOX._replace(chamber="box2")
    for seq in (4, 6):
        bad = UNSPEAKABLE
        shift.turn(taken(seq, 9.0), bad, taken(seq + 1), taken(seq + 2, address=other), bad)
    assert shift.happened == shift.occurred()
    assert [what for what, _at in shift.happened] == 2 * ["excursion_started", "excursion_ended"]
    assert shift.kept() == [1, 2, 3, 4, 5, 6, 7]
    assert [one for one, _error in shift.failed] == 4 * [UNSPEAKABLE]
    assert shift.duty.tally["failed"] == 4
    assert caplog.text.count("was set aside") == 4
    assert shift.problem() is None
    assert shift.journal() == [LIMITS]
    assert set(shift.duty.run(Store.addresses, shift.now)) == {BOX, other}


def test_a_bad_input_costs_only_itself_in_memory_too(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(4), UNSPEAKABLE, taken(5, 9.0))
        shift.turn(UNSPEAKABLE, taken(6))
        assert shift.findings.settings.high == 8.0
    shift.wait()
    shift.turn(taken(70))
    assert shift.kept() == [1, 2, 3, 4, 5, 6, 70]
    assert shift.happened == [("excursion_started", 5), ("excursion_ended", 6)]
    assert shift.occurred() == shift.happened


def test_a_bad_input_beyond_a_gap_is_no_reason_to_tell_twice(shift: Shift) -> None:
    shift.turn(taken(10, 9.0), UNSPEAKABLE, taken(11))
    shift.turn(Nobodys(BOX, EPOCH, 4, 9), UNSPEAKABLE)
    told = [("excursion_started", 10), ("excursion_ended", 11)]
    assert shift.happened == told
    assert shift.occurred() == told
    assert not shift.findings.provisional


def test_a_sample_that_cannot_be_judged_costs_neither_the_next_one_nor_the_limits(
    shift: Shift,
) -> None:
    feed = Watch.feed

    def fails(watch: Watch, reading: Reading) -> Fed:
        if reading.sample.temperature == 7.25:
            raise ZeroDivisionError
        return feed(watch, reading)

    with patch.object(Watch, "feed", fails):
        for _attempt in range(2):
            shift.turn(taken(4, 7.25), taken(5, 9.0))
            shift.wait(1)
    assert shift.problem() is None
    assert shift.kept() == [1, 2, 3, 4, 5]
    assert shift.happened == [("excursion_started", 5)]


def test_an_answer_that_fails_is_none(shift: Shift) -> None:
    with patch.object(Keeper, "_add_fetched", side_effect=ZeroDivisionError):
        batch = History(id="c1", epoch=EPOCH, samples=(taken(4).sample,))
        payload = wire.encode(HistoryMessage(BOX, batch), PREFIX)[1]
        (outcome,) = shift.duty.turn((Fetched(BOX, "c1", EPOCH, 4, 4, payload),), shift.now)
    assert outcome.verdicts == [Verdict(BOX, "c1", False)]


def test_a_fault_of_ours_costs_the_turn_and_what_it_lost_is_asked_for(shift: Shift) -> None:
    with (
        patch.object(Judge, "catch_up", side_effect=ZeroDivisionError),
        pytest.raises(ZeroDivisionError),
    ):
        shift.turn(taken(4))
    shift.turn(taken(5, 9.0))
    assert shift.findings.excursion
    assert shift.kept() == [1, 2, 3, 5]
    assert shift.gaps[-1] == Gap(EPOCH, 4, 4)


def test_a_fault_while_the_file_is_taken_up_stops_no_alarm(shift: Shift) -> None:
    shift.turn(taken(9))
    shift.end()
    with patch.object(Keeper, "recall", side_effect=ZeroDivisionError):
        again = Shift(shift.path)
        assert again.problem() == Reason.FAILED
        again.turn(taken(10))
    again.wait()
    assert again.problem() is None
    assert again.kept() == [1, 2, 3, 9, 10]


def test_the_memory_is_not_taken_for_the_record(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(4))
        with pytest.raises(RecordError, match="no room"):
            shift.kept()


def test_a_newer_file_is_left_alone_and_judged_without(path: Path) -> None:
    store = Store.open(path)
    store._database.write("PRAGMA user_version = 99")
    store.commit()
    store.close()
    before = path.read_bytes()
    shift = Shift(path)
    shift.turn(Done(BOX, LIMITS), taken(1, 9.0))
    shift.wait()
    assert shift.problem() == "too_new"
    assert shift.findings.excursion
    with pytest.raises(RecordTooNew):
        shift.end()
    assert path.read_bytes() == before


def _changed(path: Path, sql: str) -> None:
    store = Store.open(path)
    store._database.write(sql)
    store.commit()
    store.close()


@pytest.mark.parametrize("content", ["{}", "[]", "rubbish", '{"watch": 3, "said": [], "deed": 0}'])
def test_how_a_chamber_stood_that_cannot_be_read_costs_neither_record_nor_limits(
    shift: Shift, content: str
) -> None:
    shift.wait(SNAPSHOT_EVERY)
    shift.end()
    _changed(shift.path, f"UPDATE snapshot SET content = '{content}'")
    again = Shift(shift.path)
    assert again.duty.set_aside is None
    assert again.findings.settings.high == 8.0
    again.turn(taken(70, 9.0))
    assert again.happened == [("excursion_started", 70)]
    assert again.kept() == [1, 2, 3, 70]


def test_an_entry_of_the_journal_that_cannot_be_read_costs_nothing_else(shift: Shift) -> None:
    shift.turn(Done(BOX, Deed(act=Act.SHELVE, at=NOON + 3, new={"until": NOON + 3600})))
    shift.duty.keeper.abandon()
    _changed(shift.path, "DROP TRIGGER journal_is_not_changed")
    _changed(shift.path, "UPDATE journal SET content = 'rubbish' WHERE id = 2")
    again = Shift(shift.path)
    assert again.journal() == [LIMITS]
    assert again.findings.settings.high == 8.0
    assert [entry.id for entry in again.duty.run(Store.verify, again.now)] == [2]


def test_a_keeper_that_fails_again_and_again_leaves_the_file_alone_for_a_while(
    shift: Shift,
) -> None:
    with patch.object(Keeper, "commit", side_effect=ZeroDivisionError):
        for seq in (4, 5):
            with pytest.raises(ZeroDivisionError):
                shift.turn(taken(seq), Done(BOX, replace(LIMITS, at=NOON + seq)))
    assert shift.problem() == Reason.FAILED
    shift.turn(taken(6, 9.0))
    assert shift.findings.excursion
    shift.wait()
    assert shift.kept() == [1, 2, 3, 6]
    assert shift.happened == [("excursion_started", 6)]


def test_a_chamber_that_is_forgotten_before_it_was_taken_up_is_forgotten(shift: Shift) -> None:
    shift.end()
    duty = Duty(shift.path, PREFIX)
    with patch("custom_components.chamber_ws.record.keeper.WAKE_AT_ONCE", 0):
        duty.begin(shift.now)
        duty.turn((Forgotten(BOX),), shift.now)
    assert duty.run(Store.addresses, shift.now) == {}


def test_what_sleeps_when_the_disk_fails_is_known_all_the_same(shift: Shift) -> None:
    shift.end()
    with patch("custom_components.chamber_ws.record.keeper.WAKE_AT_ONCE", 0):
        duty = Duty(shift.path, PREFIX)
        duty.begin(shift.now)
        with shift.full():
            deed = Deed(act=Act.LOST, at=shift.now)
            duty.turn((Done(BOX._replace(chamber="box2"), deed),), shift.now)
            (outcome,) = duty.turn((taken(4, 9.0),), shift.now + 60)
    assert outcome.findings[BOX].excursion


def _spoil(path: Path) -> None:
    """Let the tables of samples be unreadable, where the file is open."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql = "SELECT rootpage FROM sqlite_schema WHERE name IN ('sample', 'sample_at')"
        pages = [page for (page,) in connection.execute(sql)]
    with path.open("r+b") as file:
        for page in pages:
            file.seek(4096 * (page - 1))
            file.write(b"\xff" * 4096)


def test_a_file_that_is_damaged_while_it_is_used_is_set_aside_and_alarms_stay_as_they_were(
    shift: Shift,
) -> None:
    shift.turn(*(taken(seq) for seq in range(4, 400)))
    shift.wait(COMMIT_EVERY)
    shift.duty.keeper.store._database.one("PRAGMA shrink_memory")
    _spoil(shift.path)
    shift.turn(taken(410, 9.0))
    shift.turn(taken(411, 9.0))
    assert shift.problem() == Reason.DAMAGED
    shift.wait()
    assert shift.problem() is None
    assert shift.duty.set_aside == shift.path.with_name("record.db.corrupt-1")
    shift.turn(taken(500, 9.0))
    assert shift.findings.excursion
    assert shift.findings.settings.high == 8.0
    assert shift.journal() == [LIMITS]
    assert [one for one, _at in shift.happened] == ["excursion_started"]
    assert shift.gaps[-1] == Gap(EPOCH, 412, 499)
    shift.end()
    again = Shift(shift.path)
    assert again.findings.settings.high == 8.0
    assert again.findings.excursion


def test_a_file_that_is_found_damaged_at_the_start_keeps_the_limits(shift: Shift) -> None:
    shift.turn(*(taken(seq) for seq in range(4, 400)))
    shift.end()
    _spoil(shift.path)
    again = Shift(shift.path, answers=False)
    assert again.duty.set_aside is not None
    again.turn(taken(500, 9.0))
    assert again.happened == [("excursion_started", 500)]
    assert again.kept() == [500]


TEMPERATURES = st.lists(
    st.tuples(st.sampled_from([1.0, 5.0, 9.0, 2.0]), st.integers(1, 8)), min_size=1, max_size=12
)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from(["full", "full", "free", "acknowledge", "shelve", "restart"]),
    ),
    max_size=14,
)


def _lived(path: Path, values: list[float], events: list[tuple[int, str]], *, fails: bool) -> Shift:
    """A chamber's life beside a disk that is full now and then, or never."""
    limits = {**LIMITS.new, "latch": True, "delay_high": 20.0, "realarm": 200.0}
    shift = Shift(path, answers=False)
    shift.turn(Done(BOX, replace(LIMITS, new=limits)))
    with ExitStack() as disk:
        full = False
        for seq, value in enumerate(values, 1):
            at = 10.0 * seq
            shift.turn(taken(seq, value, time=NOON + at))
            for event in [event for when, event in events if when == seq]:
                if event == "acknowledge":
                    shift.turn(acknowledged(at + 1))
                elif event == "shelve":
                    until = {"until": NOON + at + 100}
                    shift.turn(Done(BOX, Deed(act=Act.SHELVE, at=NOON + at + 1, new=until)))
                elif event == "full" and fails and not full:
                    disk.enter_context(shift.full())
                    full = True
                elif event == "free":
                    disk.close()
                    full = False
                elif event == "restart" and not full:
                    shift = _restarted(shift)
        disk.close()
        shift.wait()
        shift.turn(taken(len(values) + 50, 5.0, time=NOON + 10.0 * len(values) + 500))
    shift.wait(PUBLISH_EVERY)
    return shift


def _restarted(shift: Shift) -> Shift:
    shift.end()
    again = Shift(shift.path, answers=False, now=shift.now)
    again.announced = [*shift.announced, *again.announced]
    return again


@settings(max_examples=examples(60))
@given(TEMPERATURES, EVENTS)
def test_however_often_the_disk_is_full_the_record_is_that_of_one_that_never_was(
    temperatures: list[tuple[float, int]], events: list[tuple[int, str]]
) -> None:
    values = [value for value, times in temperatures for _time in range(times)]
    with tempfile.TemporaryDirectory() as folder:
        whole = _lived(Path(folder) / "whole.db", values, events, fails=False)
        failed = _lived(Path(folder) / "failed.db", values, events, fails=True)
        for one in (failed, whole):
            assert one.problem() is None
        assert failed.kept() == whole.kept()
        assert failed.journal() == whole.journal()
        assert failed.occurred() == whole.occurred()
        assert Counter(failed.happened) == Counter(whole.happened)
        assert failed.findings == whole.findings
        assert failed.minutes() == whole.minutes()
