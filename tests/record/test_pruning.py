"""The record stays within its bounds, and what is still needed stays."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custom_components.chamber_ws.chamber.analysis.findings import Happened, Occurrence
from custom_components.chamber_ws.chamber.metrics import Minute
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.chamber.past.ranges import Ranges
from custom_components.chamber_ws.record.file import pruning
from custom_components.chamber_ws.record.rows import Position
from custom_components.chamber_ws.record.store import Store
from patience import examples
from record.given import DAY, NOON, Filled, dated, undated

AMPLE = 10**12


def everything(store: Store) -> dict[int, Position]:
    """All chambers, judged up to the end."""
    return dict.fromkeys(store.addresses().values(), Position(2**31, 0))


def prune(store: Store, now: float, **bounds: object) -> int:
    """Prune until nothing more may go; in how many slices. Where nothing else is said, all is judged."""
    known = {"days": 30, "years": 2, "most_bytes": AMPLE, "keep": everything(store), **bounds}
    for calls in range(1, 10_000):
        more = store.prune(now, **known)  # type: ignore[arg-type]
        store.commit()
        if not more:
            return calls
    pytest.fail("it never ends")


def file_size(store: Store) -> int:
    store.checkpoint()
    return store.path.stat().st_size


def test_samples_older_than_their_days_go_and_stay_covered(box: Filled) -> None:
    box.add(range(100))
    prune(box.store, NOON + 30 * DAY + 10.0 * 40)
    assert box.seqs() == list(range(40, 100))
    assert box.store.stretches(box.chamber)[0].covered == Ranges(((0, 99),))


def test_what_is_not_judged_yet_stays_however_old(box: Filled) -> None:
    box.store.add([undated(box.stretch.id, seq) for seq in (5, 15)])
    box.add([*range(5), 11, 12])
    prune(box.store, NOON + 31 * DAY, keep={box.chamber: box.at(10)})
    assert box.seqs() == [11, 12, 15]


def test_hours_that_are_not_there_whole_are_not_passed_on_to_statistics(box: Filled) -> None:
    hours = [NOON + 3600.0 * n for n in range(4)]
    box.store.mark_hours(box.chamber, hours)
    prune(box.store, hours[2] + 30 * DAY)
    assert box.store.dirty_hours(NOON + DAY) == [(box.chamber, hour) for hour in hours[2:]]


def test_undated_samples_go_with_the_dated_ones_after_them(box: Filled) -> None:
    box.store.add([undated(box.stretch.id, seq) for seq in (1, 2, 60)])
    box.add([5, 50])
    prune(box.store, NOON + 30 * DAY + 10.0 * 40)
    assert box.seqs() == [50, 60]


def test_undated_samples_that_nothing_dated_follows_stay(box: Filled) -> None:
    box.store.add([undated(box.stretch.id, seq) for seq in range(5)])
    prune(box.store, NOON + 300 * DAY)
    assert box.seqs() == list(range(5))


def test_minutes_and_occurrences_go_after_their_years(box: Filled) -> None:
    box.store.add_minutes(box.chamber, [Minute(at=NOON + 60.0 * n) for n in range(10)])
    box.store.add_occurrences(
        box.chamber, [Occurrence(Happened.LOST, NOON + 60.0 * n, "data") for n in range(10)]
    )
    prune(box.store, NOON + 2 * pruning.YEAR + 120)
    assert len(box.store.minutes(box.chamber, 0, NOON + DAY)) == 8
    assert len(box.store.occurrences(box.chamber, 0, NOON + DAY)) == 8


def test_a_slice_is_bounded_and_says_that_there_is_more(
    box: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "SLICE", 7)
    box.add(range(20))
    Filled(box.store, Address("pi", "box2")).add(range(20))
    counts = []
    while box.store.prune(NOON + 31 * DAY, 30, 2, AMPLE, everything(box.store)):
        (left,) = box.store._database.one("SELECT count(*) FROM sample")
        counts.append(left)
    assert counts == [33, 26, 19, 12, 5]
    assert box.store._database.one("SELECT count(*) FROM sample") == (0,)


def test_a_file_that_is_too_large_loses_the_oldest_of_all_chambers(box: Filled) -> None:
    later = Filled(box.store, Address("pi", "box2"))
    box.store.add([dated(box.stretch.id, seq) for seq in range(20_000)])
    later.store.add([dated(later.stretch.id, seq) for seq in range(10_000, 30_000)])
    box.store.commit()
    most = file_size(box.store) // 2
    keep = {box.chamber: box.at(20_000), later.chamber: later.at(30_000)}
    prune(box.store, NOON + DAY, most_bytes=most, keep=keep)
    assert 0.9 * most < file_size(box.store) <= most
    oldest = [one.rows()[0].at for one in (box, later)]
    assert None not in oldest
    assert abs(oldest[0] - oldest[1]) < 2 * 3600  # type: ignore[operator]
    assert (box.seqs()[-1], later.seqs()[-1]) == (19_999, 29_999)


def test_what_is_not_judged_yet_stays_however_large_the_file(box: Filled) -> None:
    unknown = Filled(box.store, Address("pi", "box2"))
    for one in (box, unknown):
        one.add(range(3000))
    prune(box.store, NOON, most_bytes=1, keep={box.chamber: box.at(2990)})
    assert box.seqs() == list(range(2991, 3000))
    assert unknown.seqs() == list(range(3000))


def test_judged_samples_without_time_go_first(box: Filled) -> None:
    box.store.add([undated(box.stretch.id, seq) for seq in range(3000)])
    box.add(range(3000, 3100))
    most = pruning.used(box.store._database) - 4096
    prune(box.store, NOON, most_bytes=most, keep={box.chamber: box.at(3050)})
    assert box.seqs() == list(range(3000, 3100))


def test_a_chamber_that_never_knows_the_time_does_not_fill_the_disk(box: Filled) -> None:
    box.store.add([undated(box.stretch.id, seq) for seq in range(20_000)])
    box.add([20_000])
    most = pruning.used(box.store._database) // 2
    prune(box.store, NOON, most_bytes=most, keep={})
    assert pruning.used(box.store._database) <= most
    assert box.seqs()[-2:] == [19_999, 20_000]


def test_minutes_go_where_nothing_else_may(box: Filled) -> None:
    box.store.add_minutes(box.chamber, [Minute(at=NOON + 60.0 * n) for n in range(20_000)])
    box.add(range(100))
    most = pruning.used(box.store._database) // 2
    prune(box.store, NOON, most_bytes=most, keep={})
    left = box.store.minutes(box.chamber, 0, NOON + 99 * DAY)
    assert left[0].at > NOON + 3 * DAY
    assert left[-1].at == NOON + 60.0 * 19_999
    assert box.seqs() == list(range(100))


def test_room_that_became_free_is_given_back(path: Path, box: Filled) -> None:
    """Also where the file was not too large: fewer days were asked for."""
    box.store.add([dated(box.stretch.id, seq) for seq in range(20_000)])
    box.store.commit()
    before = file_size(box.store)
    prune(box.store, NOON + 30 * DAY + 10.0 * 19_000)
    assert file_size(box.store) < 0.2 * before


def test_a_little_free_room_is_kept_for_what_comes(box: Filled) -> None:
    box.store.add([dated(box.stretch.id, seq) for seq in range(20_000)])
    prune(box.store, NOON + 30 * DAY + 10.0 * 1_000)
    assert box.store._database.one("PRAGMA freelist_count")[0] > 0


@given(
    ats=st.lists(st.none() | st.integers(0, 50), min_size=1, max_size=30),
    cut=st.integers(0, 50),
    judged=st.integers(-1, 30),
    too_large=st.booleans(),
)
@settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
def test_what_stays_is_exactly_what_may(
    box: Filled, ats: list[int | None], cut: int, judged: int, *, too_large: bool
) -> None:
    """In any order of times: of what is too old or too much all that was judged."""
    box.store.rollback()
    one = Filled(box.store)
    one.store.add(
        [
            undated(one.stretch.id, seq)
            if at is None
            else dated(one.stretch.id, seq, at=NOON + DAY * at)
            for seq, at in enumerate(ats)
        ]
    )
    keep = {one.chamber: Position(one.stretch.id, judged)}
    while one.store.prune(NOON + DAY * (cut + 30), 30, 2, 1 if too_large else AMPLE, keep):
        pass
    aged = [seq for seq, at in enumerate(ats) if at is not None and at < cut]
    newest_aged = max(aged, key=lambda seq: (ats[seq], seq), default=-1)
    for seq, at in enumerate(ats):
        went = seq not in one.seqs()
        if at is not None:
            assert went == (seq <= judged and (at < cut or too_large))
        else:
            assert went == ((seq <= judged and seq < newest_aged) or too_large)
    one.store.rollback()
