"""While a record is copied its file stays as it is, its log only grows, and nothing waits."""

import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.chamber_ws.record import duty as duties
from custom_components.chamber_ws.record.duty import LONGEST_HOLD
from custom_components.chamber_ws.record.errors import RecordFull
from custom_components.chamber_ws.record.inputs import Done
from custom_components.chamber_ws.record.keeper import COMMIT_EVERY
from custom_components.chamber_ws.record.store import Store
from record.given import BOX
from record.shift import LIMITS, Shift, taken

ENDS = ("", "-wal", "-shm")


@pytest.fixture
def shift(path: Path) -> Shift:
    made = Shift(path)
    made.turn(Done(BOX, LIMITS))
    lived(made, 1, 2000)
    return made


def lived(shift: Shift, first: int, last: int) -> None:
    shift.turn(*(taken(seq) for seq in range(first, last + 1)))
    shift.wait(COMMIT_EVERY)


def opened(path: Path) -> list[int]:
    """The numbers in a copy, which is whole."""
    store = Store.open(path)
    assert store.set_aside is None
    assert store._database.read("PRAGMA integrity_check") == [("ok",)]
    assert store.verify() == []
    seqs = [row.seq for row in store.rows(store.chamber(BOX), None, 100_000)]
    store.close()
    return seqs


def copied(path: Path, folder: Path, ends: tuple[str, ...], between: Callable[[], None]) -> Path:
    """Copy file after file, with something in between."""
    folder.mkdir()
    for end in ends:
        source = path.with_name(path.name + end)
        if source.exists():
            shutil.copy(source, folder / source.name)
        between()
    return folder / path.name


def nothing() -> None:
    """In between nothing happens."""


def test_a_copy_of_the_file_alone_has_all_that_was_there(shift: Shift, tmp_path: Path) -> None:
    shift.turn(taken(2001))
    shift.duty.hold(shift.now)
    before = shift.path.read_bytes()
    lived(shift, 2002, 5000)
    assert shift.path.read_bytes() == before
    assert opened(copied(shift.path, tmp_path / "copy", ("",), nothing)) == list(range(1, 2002))


@pytest.mark.parametrize("ends", [ENDS, ENDS[::-1], ("-wal", "", "-shm")])
def test_files_can_be_copied_in_any_order_while_more_comes(
    shift: Shift, tmp_path: Path, ends: tuple[str, ...]
) -> None:
    shift.duty.hold(shift.now)
    lived(shift, 2001, 3000)
    last = 3000

    def more() -> None:
        nonlocal last
        lived(shift, last + 1, last + 1500)
        last += 1500

    seqs = opened(copied(shift.path, tmp_path / "copy", ends, more))
    assert seqs == list(range(1, seqs[-1] + 1))
    assert seqs[-1] >= 3000


def test_nobody_waits_to_be_alarmed_and_what_was_committed_is_safe(shift: Shift) -> None:
    shift.duty.hold(shift.now)
    shift.turn(taken(2100, 9.0))
    assert shift.findings.excursion
    shift.duty.keeper.abandon()
    assert Shift(shift.path).kept()[-1] == 2100


def test_afterwards_the_log_goes_into_the_file_again(shift: Shift) -> None:
    shift.duty.hold(shift.now)
    lived(shift, 2001, 5000)
    assert shift.duty.keeper.store.logged() > 0
    assert shift.duty.release()
    assert shift.duty.keeper.store.logged() == 0
    lived(shift, 5001, 30_000)
    assert shift.duty.keeper.store.logged() < 5 * 1024 * 1024


def test_a_record_that_is_closed_meanwhile_stays_as_it_was_too(
    shift: Shift, tmp_path: Path
) -> None:
    since = shift.now
    shift.duty.hold(since)
    before = shift.path.read_bytes()
    lived(shift, 2001, 3000)
    shift.end()
    assert shift.path.read_bytes() == before
    with patch.object(duties.Duty, "begin", _held(since)):
        again = Shift(shift.path, now=shift.now)
    lived(again, 3001, 5000)
    assert again.path.read_bytes() == before
    assert opened(copied(again.path, tmp_path / "copy", ENDS, nothing)) == list(range(1, 5001))


def _held(since: float) -> Callable[..., object]:
    begin = duties.Duty.begin

    def held(duty: duties.Duty, now: float) -> object:
        duty.go_on_holding(since)
        return begin(duty, now)

    return held


def test_a_file_that_comes_back_meanwhile_is_held(shift: Shift) -> None:
    with shift.full():
        shift.turn(taken(2001, 9.0))
        shift.duty.hold(shift.now)
    before = shift.path.read_bytes()
    shift.wait()
    assert shift.problem() is None
    lived(shift, 2002, 5000)
    assert shift.path.read_bytes() == before


def test_a_backup_that_never_ends_does_not_hold_forever(
    shift: Shift, caplog: pytest.LogCaptureFixture
) -> None:
    shift.duty.hold(shift.now)
    lived(shift, 2001, 3000)
    shift.wait(LONGEST_HOLD)
    assert shift.duty.keeper.store.logged() == 0
    assert "its backup has not ended" in caplog.text
    assert not shift.duty.release()


def test_a_log_that_grows_too_large_is_not_held(shift: Shift) -> None:
    shift.duty.hold(shift.now)
    with patch.object(duties, "LARGEST_LOG", 100_000):
        lived(shift, 2001, 5000)
        shift.turn()
    assert not shift.duty.release()


def test_a_record_that_cannot_be_written_says_so(shift: Shift) -> None:
    with shift.full(), pytest.raises(RecordFull):
        shift.duty.hold(shift.now)


def test_another_reader_is_named(shift: Shift, caplog: pytest.LogCaptureFixture) -> None:
    with patch.object(Store, "checkpoint", return_value=False):
        shift.duty.hold(shift.now)
    assert "Another program reads record.db" in caplog.text


def test_a_disk_that_allows_no_log_is_named(shift: Shift, caplog: pytest.LogCaptureFixture) -> None:
    shift.duty.hold(shift.now)
    assert "no log" not in caplog.text
    with patch.object(Store, "is_logged", return_value=False):
        shift.duty.hold(shift.now)
    assert "record.db is on a disk where it has no log" in caplog.text
