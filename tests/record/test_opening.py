"""A file is opened as it is, brought up to date, or set aside; nobody's data is thrown away."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed
from custom_components.chamber_ws.record.errors import (
    Reason,
    RecordFull,
    RecordTooNew,
    RecordUnusable,
)
from custom_components.chamber_ws.record.file import opening, schema
from custom_components.chamber_ws.record.file.opening import open_file
from custom_components.chamber_ws.record.rows import Position
from custom_components.chamber_ws.record.store import Store
from record.given import BOX, NOON, Filled

NEWEST = len(schema.MIGRATIONS)


def fill(path: Path, rows: int = 3000) -> None:
    """Make a record with so many samples."""
    store = Store.open(path)
    Filled(store).add(range(rows))
    store.commit()
    store.checkpoint()
    store.close()


def read(path: Path) -> list[int]:
    store = Store.open(path)
    assert store.set_aside is None
    seqs = [row.seq for row in store.rows(store.chamber(BOX), None, 100_000)]
    store.close()
    return seqs


def test_a_new_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "record.db"
    store = Store.open(path)
    assert path.exists()
    assert store.set_aside is None
    assert store._database.one("PRAGMA user_version") == (NEWEST,)
    assert store._database.one("PRAGMA application_id") == (schema.APPLICATION_ID,)
    store.close()


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.touch()
    fill(path, 3)
    assert read(path) == [0, 1, 2]


def test_a_file_of_the_first_version_goes_on(path: Path) -> None:
    opened = open_file(path, schema.MIGRATIONS[:1])
    opened.database.write("INSERT INTO chamber (gateway, chamber) VALUES ('pi', 'box1')")
    opened.database.write("INSERT INTO stretch (chamber, epoch) VALUES (1, 'old')")
    opened.database.commit()
    opened.database.close()
    store = Store.open(path)
    (old,) = store.stretches(store.chamber(BOX))
    assert (old.epoch, old.ended) == ("old", None)
    assert store.begin_before(old, "older") is None
    assert store.begin(old.chamber, "new").id > old.id
    store.close()


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    fill(path, 3)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(RecordTooNew) as refused:
        Store.open(path)
    assert (refused.value.version, refused.value.known) == (NEWEST + 1, NEWEST)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


# The next versions, as they might be: new columns, and content that is carried over.
LATER = (
    *schema.MIGRATIONS,
    "ALTER TABLE sample ADD COLUMN humidity REAL;",
    """CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
INSERT INTO note (text) SELECT epoch FROM stretch;
""",
)


def test_an_older_file_is_brought_up_to_date_with_its_content(path: Path) -> None:
    fill(path, 3)
    opened = open_file(path, LATER)
    assert opened.set_aside is None
    assert opened.database.one("PRAGMA user_version") == (NEWEST + 2,)
    assert opened.database.read("SELECT seq, humidity FROM sample") == [(n, None) for n in range(3)]
    assert opened.database.read("SELECT text FROM note") == [("k3f9",)]
    opened.database.close()


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    fill(path, 3)
    broken = (
        *schema.MIGRATIONS,
        "CREATE TABLE half (id INTEGER);\nINSERT INTO nowhere VALUES (1);\n",
    )
    with pytest.raises(RecordUnusable):
        open_file(path, broken)
    assert read(path) == [0, 1, 2]
    store = Store.open(path)
    assert store._database.one("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == (0,)
    store.close()


def test_a_script_is_cut_into_its_statements_and_none_is_lost() -> None:
    whole = sqlite3.connect(":memory:")
    whole.executescript(schema.MIGRATIONS[0])
    single = sqlite3.connect(":memory:")
    for statement in schema._statements(schema.MIGRATIONS[0]):
        single.execute(statement)
    listed = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    assert whole.execute(listed).fetchall() == single.execute(listed).fetchall()
    whole.close()
    single.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"\x17garbage" * 5000)


def text(path: Path) -> None:
    path.write_text("not a database at all")


def header(path: Path) -> None:
    _overwrite(path, 0, b"\0" * 100)


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def cut_within_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1000)


def pages(path: Path) -> None:
    for page in range(10, 30, 3):
        _overwrite(path, 4096 * page, os.urandom(4096))


def schema_page(path: Path) -> None:
    _overwrite(path, 100, b"\xff" * 2000)


def pointers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'sample'"
        (page,) = connection.execute(sql).fetchone()
    _overwrite(path, 4096 * (page - 1) + 12, b"\xff\xff" * 20)


def anothers(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE song (title)")
    connection.commit()
    connection.close()


def _overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


KINDS = (
    garbage,
    text,
    header,
    truncated,
    cut_within_a_page,
    pages,
    schema_page,
    pointers,
    anothers,
)


@pytest.mark.parametrize("damage", KINDS, ids=lambda kind: kind.__name__)
def test_a_damaged_file_is_set_aside_for_a_new_one(
    path: Path, damage: Callable[[Path], None]
) -> None:
    fill(path)
    damage(path)
    evidence = path.read_bytes()
    store = Store.open(path)
    assert store.set_aside == path.with_name("record.db.corrupt-1")
    assert store.set_aside.read_bytes()[4096:] == evidence[4096:]
    assert store.period() is None
    Filled(store).add([1, 2])
    store.commit()
    store.close()
    assert read(path) == [1, 2]


def test_of_a_large_file_only_what_is_needed_at_once_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    monkeypatch.setattr(opening, "LARGEST_READ", 0)
    assert len(read(path)) == 3000
    pointers(path)
    Store.open(path).close()
    schema_page(path)
    assert Store.open(path).set_aside is not None


def test_a_file_that_is_known_to_be_damaged_is_set_aside_though_it_does_not_show(
    path: Path,
) -> None:
    fill(path)
    store = Store.open(path, damaged=True)
    assert store.set_aside is not None
    assert store.rows(1, None, 1) == []
    store.close()


@pytest.mark.parametrize("damage", [pointers, cut_within_a_page], ids=lambda kind: kind.__name__)
def test_who_there_was_and_what_was_done_is_saved_from_a_damaged_file(
    path: Path, damage: Callable[[Path], None]
) -> None:
    store = Store.open(path)
    box = Filled(store)
    box.add(range(3))
    deeds = [Deed(act=Act.SHELVE, at=NOON + second, new={"until": NOON}) for second in range(5)]
    for deed in deeds:
        store.append(box.chamber, deed, Position(7, 3))
    box.add(range(3, 5000))
    store.commit()
    store.close()
    damage(path)
    store = Store.open(path)
    assert store.set_aside is not None
    before = store.set_aside.read_bytes()
    assert store.addresses() == {BOX: box.chamber}
    assert [entry.deed for entry in store.journal(None, 0.0, 2 * NOON)] == deeds
    assert store.verify() == []
    assert store.begin(box.chamber, "new").id > 7
    store.append(box.chamber, deeds[0])
    assert store.verify() == []
    store.close()
    assert path.with_name("record.db.corrupt-1").read_bytes() == before


def test_each_damaged_file_gets_a_name_of_its_own(path: Path) -> None:
    path.with_name("record.db.corrupt-2-wal").touch()
    asides = []
    for _time in range(3):
        fill(path, 3)
        garbage(path)
        store = Store.open(path)
        assert store.set_aside is not None
        asides.append(store.set_aside.name)
        store.close()
    assert asides == ["record.db.corrupt-1", "record.db.corrupt-3", "record.db.corrupt-4"]


def test_the_log_goes_with_the_file_it_belongs_to(path: Path) -> None:
    fill(path, 3)
    header(path)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).write_bytes(b"old" * 100)
    assert opening.set_aside(path) == path.with_name("record.db.corrupt-1")
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "record.db.corrupt-1",
        "record.db.corrupt-1-shm",
        "record.db.corrupt-1-wal",
    ]


def test_a_log_of_garbage_costs_nothing_that_is_in_the_file(path: Path) -> None:
    fill(path, 3)
    path.with_name("record.db-wal").write_bytes(os.urandom(100_000))
    assert read(path) == [0, 1, 2]


def test_damage_that_shows_while_reading_is_told_as_damage(path: Path) -> None:
    fill(path)
    store = Store.open(path)
    store._database.one("PRAGMA shrink_memory")
    pages(path)
    with pytest.raises(RecordUnusable) as refused:
        store.rows(store.chamber(BOX), None, 100_000)
    assert refused.value.reason is Reason.DAMAGED
    store.close()


def test_a_file_that_another_process_holds_is_not_touched(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, 3)
    monkeypatch.setattr("custom_components.chamber_ws.record.file.database.PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RecordUnusable) as refused:
        Store.open(path)
    assert refused.value.reason is Reason.BUSY
    other.close()
    assert read(path) == [0, 1, 2]


def test_a_disk_without_room_for_the_folder_is_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdir(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(RecordFull):
        Store.open(path)


def test_a_folder_in_its_place_is_no_damage(path: Path) -> None:
    path.mkdir()
    with pytest.raises(RecordUnusable) as refused:
        Store.open(path)
    assert refused.value.reason is Reason.NO_PERMISSION
    assert path.is_dir()


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "reason"),
    [
        (0o755, 0o444, Reason.READ_ONLY),
        (0o755, 0o000, Reason.NO_PERMISSION),
        (0o755, None, Reason.NO_PERMISSION),
    ],
)
def test_a_file_without_permission_is_told_as_such(
    folder_mode: int, file_mode: int | None, reason: Reason
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inner" / "record.db"
        fill(path, 3)
        if file_mode is None:
            path.unlink()
        else:
            path.chmod(file_mode)
        Path(folder).chmod(0o755)
        path.parent.chmod(0o555 if os.geteuid() else folder_mode)
        with somebody_else(), pytest.raises(RecordUnusable) as refused:
            Store.open(path)
        path.parent.chmod(0o755)
        assert refused.value.reason is reason


def test_a_damaged_file_that_cannot_be_moved_stays(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inner" / "record.db"
        fill(path, 3)
        garbage(path)
        path.chmod(0o666)
        Path(folder).chmod(0o755)
        path.parent.chmod(0o555 if os.geteuid() else 0o755)
        with somebody_else(), pytest.raises(RecordUnusable) as refused:
            Store.open(path)
        path.parent.chmod(0o755)
        assert refused.value.reason is Reason.NO_PERMISSION
        assert [file.name for file in path.parent.iterdir()] == ["record.db"]


@contextmanager
def somebody_else() -> Iterator[None]:
    """For the superuser every file is open: then another user for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
