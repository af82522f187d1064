"""What is written is there, in order, once; what is not committed is not."""

from pathlib import Path

import pytest

from custom_components.chamber_ws.chamber.analysis.findings import Happened, Occurrence
from custom_components.chamber_ws.chamber.model import Address, Clock, frozen
from custom_components.chamber_ws.chamber.past import timeline
from custom_components.chamber_ws.chamber.past.ranges import Ranges
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.errors import Reason, RecordUnusable
from custom_components.chamber_ws.record.rows import Position, Row
from custom_components.chamber_ws.record.store import CHUNK, ROOM, Store
from record.given import BOX, EPOCH, NOON, Filled, dated, undated


def test_a_chamber_keeps_its_number(path: Path, store: Store) -> None:
    first, second = store.chamber(BOX), store.chamber(Address("pi", "box2"))
    assert first != second
    store.commit()
    store.close()
    again = Store.open(path)
    assert again.chamber(BOX) == first
    assert again.addresses() == {BOX: first, Address("pi", "box2"): second}
    again.close()


def test_a_forgotten_chamber_leaves_nothing_and_its_number_is_not_given_again(box: Filled) -> None:
    box.add(range(5))
    box.store.add([undated(box.stretch.id, 9)])
    box.store.save_snapshot(box.chamber, box.at(4), {})
    box.store.add_occurrences(box.chamber, [Occurrence(Happened.LOST, NOON, "data")])
    box.store.mark_hours(box.chamber, [NOON])
    other = Filled(box.store, Address("pi", "box2"))
    other.add(range(3))
    box.store.forget(box.chamber)
    box.store.commit()
    counts = [
        box.store._database.one(f"SELECT count(*) FROM {table} WHERE chamber = ?", (box.chamber,))
        for table in ("stretch", "sample", "snapshot", "occurrence", "dirty_hour")
    ]
    assert counts == [(0,)] * 5
    assert other.seqs() == [0, 1, 2]
    assert box.store.chamber(BOX) not in {box.chamber, other.chamber}


def test_stretches_keep_their_order_and_what_they_cover(box: Filled) -> None:
    later = box.store.begin(box.chamber, None)
    box.stretch.covered = Ranges(((1, 5), (9, 9)))
    box.stretch.lost = Ranges(((6, 8),))
    later.rewinds = 2
    box.store.save(box.stretch)
    box.store.save(later)
    assert box.store.stretches(box.chamber) == [box.stretch, later]
    assert [stretch.epoch for stretch in box.store.stretches(box.chamber)] == [EPOCH, None]


def test_a_stretch_may_turn_out_to_have_been_between_two_others(box: Filled) -> None:
    Filled(box.store, Address("pi", "box2"))
    last = box.store.begin(box.chamber, "z")
    between = box.store.begin_before(last, "y")
    assert between is not None
    earlier = box.store.begin_before(between, "x")
    assert earlier is not None
    earlier.ended = 7
    box.store.save(earlier)
    assert [one.epoch for one in box.store.stretches(box.chamber)] == [EPOCH, "x", "y", "z"]
    assert [one.last for one in box.store.stretches(box.chamber)] == [None, 7, None, None]
    assert box.store.begin(box.chamber, None).id > last.id


def test_between_two_stretches_there_is_room_for_hundreds(box: Filled) -> None:
    last = box.store.begin(box.chamber, "z")
    first, count = last, 0
    while (before := box.store.begin_before(first, f"e{count}")) is not None:
        first, count = before, count + 1
    assert count == ROOM - 1
    assert len(box.store.stretches(box.chamber)) == ROOM + 1


def test_a_number_is_kept_once_and_the_first_stays(box: Filled) -> None:
    first = dated(box.stretch.id, 1)
    assert box.store.add([first, dated(box.stretch.id, 2)]) == 2
    assert (
        box.store.add([dated(box.stretch.id, 1, temperature=99.0), dated(box.stretch.id, 3)]) == 1
    )
    assert box.rows()[0] == first
    assert box.seqs() == [1, 2, 3]


def test_a_sample_of_no_stretch_is_refused(box: Filled) -> None:
    with pytest.raises(RecordUnusable) as refused:
        box.store.add([dated(999, 1)])
    assert refused.value.reason is Reason.FAILED


def test_a_sample_is_found_by_its_number(box: Filled) -> None:
    (row,) = box.add([4])
    assert box.store.taken_at(box.stretch.id, 4) == row
    assert box.store.taken_at(box.stretch.id, 5) is None


def test_rows_go_on_from_one_stretch_to_the_next_in_any_portions(box: Filled) -> None:
    """Numbers begin anew with an epoch; a neighbour's samples lie between."""
    box.add([7, 5, 6])
    Filled(box.store, Address("pi", "box2")).add(range(4))
    second = box.store.begin(box.chamber, "other")
    box.store.begin(box.chamber, "empty")
    box.store.add([dated(second.id, seq) for seq in (0, 1)])
    wanted = [box.at(5), box.at(6), box.at(7), Position(second.id, 0), Position(second.id, 1)]
    for most in range(1, 7):
        found: list[Position] = []
        while portion := box.store.rows(box.chamber, found[-1] if found else None, most):
            assert len(portion) <= most
            found += [Position(row.stretch, row.seq) for row in portion]
        assert found == wanted


def test_samples_of_a_span_come_in_the_order_of_time(box: Filled) -> None:
    rows = [dated(box.stretch.id, seq, at=NOON + at) for seq, at in ((1, 30), (2, 10), (3, 20))]
    second = box.store.begin(box.chamber, "other")
    rows += [dated(second.id, 0, at=NOON + 10), undated(box.stretch.id, 8)]
    box.store.add(rows)
    taken = [
        (row.at, row.stretch, row.seq)
        for row in box.store.between(box.chamber, NOON + 10, NOON + 30)
    ]
    assert taken == [
        (NOON + 10, box.stretch.id, 2),
        (NOON + 10, second.id, 0),
        (NOON + 20, box.stretch.id, 3),
    ]


def test_a_span_can_be_read_while_others_are_written(box: Filled) -> None:
    """Chunk by chunk, also where many samples have the same time."""
    many = 2 * CHUNK + 10
    box.store.add([dated(box.stretch.id, seq, at=NOON) for seq in range(many)])
    box.store.commit()
    seen = []
    for row in box.store.between(box.chamber, NOON, NOON + 1):
        seen.append(row.seq)
        if row.seq % 500 == 0:
            box.store.add([dated(box.stretch.id, many + row.seq, at=NOON - 5)])
            box.store.commit()
    assert seen == list(range(many))


def test_samples_without_a_time_are_counted_and_found(box: Filled) -> None:
    box.add([1, 4])
    box.store.add([undated(box.stretch.id, seq) for seq in (2, 3, 5)])
    assert box.store.unplaced(box.chamber) == 3
    assert box.store.undated(box.chamber, None) == box.at(2)
    assert box.store.undated(box.chamber, box.at(2)) == box.at(3)
    assert box.store.undated(box.chamber, box.at(3)) == box.at(5)
    assert box.store.undated(box.chamber, box.at(5)) is None
    second = box.store.begin(box.chamber, "other")
    box.store.add([undated(second.id, 0)])
    assert box.store.undated(box.chamber, box.at(5)) == Position(second.id, 0)


def test_a_dated_sample_dates_those_of_its_boot_as_the_timeline_would(box: Filled) -> None:
    waiting = [undated(box.stretch.id, seq, uptime=0.1 + seq / 3) for seq in (2, 3, 5)]
    nobodys = [
        undated(box.stretch.id, 6, boot="b2"),
        undated(box.stretch.id, 7, uptime=None),
        undated(box.stretch.id, 8, clock=None),
    ]
    box.store.add([*waiting, *nobodys])
    anchor = timeline.Anchor("b1", 70.7, NOON + 0.123)
    assert box.store.resolve(box.stretch.id, *anchor) == (2, 5)
    assert [(row.at, row.placed) for row in box.rows()[:3]] == [
        timeline.place(row.sample, None, anchor) for row in waiting
    ]
    assert [row.placed for row in box.rows()[:3]] == [Placed.BOOT] * 3
    assert box.rows()[3:] == nobodys
    assert box.store.unplaced(box.chamber) == 3
    assert box.store.resolve(box.stretch.id, *anchor) is None


def test_a_sample_that_has_a_time_is_never_dated_again(box: Filled) -> None:
    estimated = Row(
        box.stretch.id,
        1,
        NOON,
        Placed.ESTIMATED,
        False,
        undated(1, 1, clock=Clock.ESTIMATED, time=NOON).sample,
    )
    box.store.add([estimated])
    assert box.store.resolve(box.stretch.id, "b1", 500.0, NOON) is None
    assert box.rows() == [estimated]


def test_a_snapshot_replaces_the_one_before(box: Filled) -> None:
    assert box.store.snapshot(box.chamber) is None
    box.store.save_snapshot(box.chamber, box.at(1), {"old": True})
    content = {"at": NOON, "alarm": {"since": None, "peak": 8.125}, "list": [1, "ü"]}
    box.store.save_snapshot(box.chamber, box.at(2), content)
    assert box.store.snapshot(box.chamber) == (box.at(2), content)


def test_a_snapshot_that_is_no_json_is_refused_and_one_that_was_damaged_is_named(
    box: Filled,
) -> None:
    with pytest.raises(ValueError, match="JSON"):
        box.store.save_snapshot(box.chamber, box.at(1), {"peak": float("inf")})
    box.store.save_snapshot(box.chamber, box.at(1), {})
    box.store._database.write("UPDATE snapshot SET content = '{'")
    with pytest.raises(RecordUnusable) as refused:
        box.store.snapshot(box.chamber)
    assert refused.value.reason is Reason.DAMAGED


def test_occurrences_come_in_the_order_of_time(box: Filled) -> None:
    first = Occurrence(Happened.EXCURSION_STARTED, NOON, "high", frozen({"limit": 8.0}))
    second = Occurrence(Happened.EXCURSION_ENDED, NOON + 60, "high", frozen({}), silent=True)
    box.store.add_occurrences(box.chamber, [second, first])
    assert box.store.occurrences(box.chamber, NOON, NOON + 61) == [first, second]
    assert box.store.occurrences(box.chamber, NOON, NOON + 60) == [first]


def test_nothing_is_there_that_was_not_committed(path: Path, box: Filled) -> None:
    box.add(range(3))
    box.store.commit()
    box.add(range(3, 6))
    box.store.save_snapshot(box.chamber, box.at(5), {})
    box.store.close()
    again = Store.open(path)
    assert [row.seq for row in again.rows(box.chamber, None, 10)] == [0, 1, 2]
    assert again.stretches(box.chamber)[0].covered == Ranges(((0, 2),))
    assert again.snapshot(box.chamber) is None
    again.close()


def test_what_is_rolled_back_leaves_no_trace(box: Filled) -> None:
    """Not even of the number of a stretch, which is then given to another."""
    box.store.commit()
    gone = box.store.begin(box.chamber, "gone")
    box.store.add([dated(gone.id, 1)])
    box.store.rollback()
    came = box.store.begin(box.chamber, "came")
    assert came.id == gone.id
    row = dated(came.id, 1, epoch="came")
    box.store.add([row])
    assert box.rows() == [row]


def test_everything_is_in_the_file_itself_after_a_checkpoint(path: Path, box: Filled) -> None:
    box.add(range(100))
    box.store.commit()
    box.store.checkpoint()
    alone = path.with_name("copy.db")
    alone.write_bytes(path.read_bytes())
    copy = Store.open(alone)
    assert len(copy.rows(box.chamber, None, 1000)) == 100
    copy.close()


def test_a_commit_is_on_the_disk_when_it_returns(store: Store) -> None:
    """SQLite promises that for FULL alone (https://www.sqlite.org/pragma.html#pragma_synchronous)."""
    assert store._database.one("PRAGMA synchronous") == (2,)
    assert store._database.one("PRAGMA journal_mode") == ("wal",)
    assert store._database.one("PRAGMA auto_vacuum") == (2,)
