"""A disk that is full or fails costs what it cannot take, and nothing else."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from custom_components.chamber_ws.record.errors import Reason, RecordFull, RecordUnusable
from custom_components.chamber_ws.record.store import Store
from record.given import NOON, Filled, dated


@contextmanager
def full(store: Store) -> Iterator[None]:
    """The file may not grow any more."""
    (pages,) = store._database.one("PRAGMA page_count")
    store._database.one(f"PRAGMA max_page_count = {pages}")
    yield
    store._database.one("PRAGMA max_page_count = 1073741823")


@contextmanager
def failing() -> Iterator[None]:
    """The disk takes nothing beyond a size that is already reached: a real error of the system, EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_what_was_committed_stays(path: Path, box: Filled) -> None:
    box.add(range(1000))
    box.store.commit()
    with full(box.store):
        with pytest.raises(RecordFull):
            box.store.add([dated(box.stretch.id, seq) for seq in range(1000, 9000)])
        box.store.rollback()
        assert box.seqs() == list(range(1000))
    box.add(range(1000, 1010))
    box.store.commit()
    box.store.close()
    again = Store.open(path)
    assert again.set_aside is None
    assert len(again.rows(box.chamber, None, 9999)) == 1010
    again.close()


def test_a_full_store_takes_samples_again_as_soon_as_some_are_gone(box: Filled) -> None:
    box.add(range(2000))
    box.store.commit()
    with full(box.store):
        with pytest.raises(RecordFull):
            box.store.add([dated(box.stretch.id, seq) for seq in range(2000, 9000)])
        box.store.rollback()
        box.store.prune(NOON, 3650, 10, 1, {box.chamber: box.at(1500)})
        box.store.commit()
        box.add(range(2000, 2100))
        box.store.commit()
    assert box.seqs()[-100:] == list(range(2000, 2100))


def test_a_disk_that_fails_at_the_commit_leaves_what_was_before(path: Path, box: Filled) -> None:
    """And the store goes on as soon as the disk does."""
    box.add(range(100))
    box.store.commit()
    box.add(range(100, 200))
    with failing(), pytest.raises(RecordUnusable) as refused:
        box.store.commit()
    assert refused.value.reason is Reason.DISK_ERROR
    assert box.seqs() == list(range(100))
    box.add(range(100, 150))
    box.store.commit()
    box.store.close()
    again = Store.open(path)
    assert again.set_aside is None
    assert [row.seq for row in again.rows(box.chamber, None, 999)] == list(range(150))
    again.close()


def test_no_room_for_a_new_file_is_told(path: Path) -> None:
    with failing(), pytest.raises(RecordUnusable) as refused:
        Store.open(path)
    assert refused.value.reason is Reason.DISK_ERROR
    store = Store.open(path)
    assert store.set_aside is None
    store.close()
