"""A record is removed with all that belongs to it, and with nothing else."""

from pathlib import Path
from unittest.mock import patch

from custom_components.chamber_ws.record.file.removal import remove
from custom_components.chamber_ws.record.store import Store


def test_a_record_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "records" / "a.db"
    for _time in range(2):
        Store.open(path).close()
        path.write_bytes(b"\x17garbage" * 5000)
    Store.open(path)
    gone, errors = remove(path)
    assert set(gone) >= {"a.db", "a.db-wal", "a.db-shm", "a.db.corrupt-1", "a.db.corrupt-2"}
    assert errors == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_anothers_stays(tmp_path: Path) -> None:
    others = ["a.db.bak", "a.db.corrupt-x", "aXdb", "b.db", "b.db-wal", "copy of a.db"]
    for name in ("a.db", *others):
        (tmp_path / name).touch()
    assert remove(tmp_path / "a.db") == (["a.db"], [])
    assert sorted(file.name for file in tmp_path.iterdir()) == others


def test_where_there_is_nothing_nothing_happens(tmp_path: Path) -> None:
    assert remove(tmp_path / "nowhere" / "a.db") == ([], [])


def test_what_cannot_be_deleted_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    (tmp_path / "a.db-wal").mkdir()
    gone, errors = remove(tmp_path / "a.db")
    assert gone == ["a.db"]
    assert len(errors) == 1
    with patch.object(Path, "unlink", side_effect=PermissionError("no")):
        assert remove(tmp_path / "a.db")[0] == []
