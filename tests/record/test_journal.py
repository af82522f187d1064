"""The journal is only ever appended to, and shows where it was not."""

import json
import math
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.model import Address, frozen
from custom_components.chamber_ws.record.errors import RecordUnusable
from custom_components.chamber_ws.record.journal import (
    BEGINNING,
    BY_THEMSELVES,
    Break,
    canonical,
    digest,
)
from custom_components.chamber_ws.record.rows import Position
from custom_components.chamber_ws.record.store import Store
from record.given import BOX, NOON, Filled

SETPOINT = Deed(
    act=Act.SETPOINT,
    at=NOON,
    by=Signature(user="u1", name="Zoë", on_behalf_of="the night shift"),
    old=frozen({"setpoint": 5.0}),
    new=frozen({"setpoint": 4.0, "outcome": "applied"}),
    why="too warm",
)


def entered(box: Filled, count: int = 5) -> Store:
    for second in range(count):
        box.store.append(box.chamber, replace(SETPOINT, at=NOON + second))
    box.store.commit()
    return box.store


def test_a_deed_tells_which_sample_was_the_newest_when_it_was_done(box: Filled) -> None:
    box.store.append(box.chamber, SETPOINT)
    box.store.append(box.chamber, SETPOINT, Position(3, 17))
    heads = [entry.head for entry in box.store.deeds(box.chamber, 0)]
    assert heads == [None, Position(3, 17)]
    assert box.store.verify() == []


def test_deeds_come_back_as_they_were_done_chained_to_each_other(box: Filled) -> None:
    first = box.store.append(box.chamber, SETPOINT)
    second = box.store.append(box.chamber, Deed(act=Act.LOST, at=NOON + 1))
    assert (first.id, first.address, first.deed) == (1, BOX, SETPOINT)
    assert (second.id, second.deed) == (2, Deed(act=Act.LOST, at=NOON + 1))
    assert (first.previous, second.previous) == (BEGINNING, first.hash)
    assert box.store.deeds(box.chamber, 0) == [first, second]
    assert box.store.deeds(box.chamber, 1) == [second]
    assert box.store.verify() == []


def test_the_chain_can_be_reckoned_by_anybody(box: Filled) -> None:
    """SHA-256 of the hash before, a line feed and the content, which is JSON with sorted keys."""
    entry = box.store.append(box.chamber, SETPOINT)
    (content,) = box.store._database.one("SELECT content FROM journal")
    assert content == (
        '{"act":"setpoint","at":1764000000.0,"by":{"name":"Zo\\u00eb","on_behalf_of":"the night shift","user":"u1"},'
        f'"chamber":"box1","gateway":"pi","head":null,"id":1,"new":{{"outcome":"applied","setpoint":4.0}},"number":{box.chamber},'
        '"old":{"setpoint":5.0},"why":"too warm"}'
    )
    assert entry.hash == digest("0" * 64, content)


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_entered_as_nothing(box: Filled, nonsense: float) -> None:
    """JSON cannot spell it, and an entry that fails would cost what else was done in the same moment."""
    new = frozen(
        {"setpoint": nonsense, "outcome": "applied", "roles": {"product": [nonsense, 1.0]}}
    )
    entry = box.store.append(box.chamber, replace(SETPOINT, old=frozen({"x": nonsense}), new=new))
    assert entry.deed.old == {"x": None}
    told = {"setpoint": None, "outcome": "applied", "roles": {"product": [None, 1.0]}}
    assert json.loads(canonical_of(box))["new"] == told
    assert box.store.verify() == []


def test_it_is_known_to_which_chambers_somebody_did_something(box: Filled) -> None:
    others = [Address("pi", name) for name in ("box2", "box3", "box4")]
    for address in others:
        number = box.store.chamber(address)
        for act in BY_THEMSELVES:
            box.store.append(number, Deed(act=Act(act), at=NOON))
    assert box.store.touched() == set()
    box.store.append(box.chamber, SETPOINT)
    box.store.append(box.store.chamber(others[0]), Deed(act=Act.SHELVE, at=NOON))
    assert box.store.touched() == {BOX, others[0]}
    box.store.forget(box.chamber)
    assert box.store.touched() == {others[0]}
    box.store._database.write("DROP TRIGGER journal_is_not_changed")
    box.store._database.write(
        "UPDATE journal SET content = 'rubbish' WHERE chamber = ?", (box.store.chamber(others[1]),)
    )
    assert box.store.touched() == set(others[:2])


def canonical_of(box: Filled) -> str:
    """The content of the only entry, as it is in the file."""
    (content,) = box.store._database.one("SELECT content FROM journal")
    return str(content)


def test_the_journal_is_asked_by_chamber_and_time(box: Filled) -> None:
    entered(box, 3)
    other = box.store.chamber(Address("pi", "box2"))
    box.store.append(other, replace(SETPOINT, at=NOON + 1))
    of_one = box.store.journal(box.chamber, NOON + 1, NOON + 3)
    assert [entry.deed.at for entry in of_one] == [NOON + 1, NOON + 2]
    assert [entry.id for entry in box.store.journal(None, NOON, NOON + 9)] == [1, 2, 3, 4]


def test_the_journal_outlives_its_chamber(box: Filled) -> None:
    store = entered(box)
    store.forget(box.chamber)
    again = store.chamber(BOX)
    assert store.deeds(again, 0) == []
    assert [entry.address for entry in store.journal(None, NOON, NOON + 9)] == [BOX] * 5
    assert store.verify() == []


@pytest.mark.parametrize(
    "change", ["UPDATE journal SET at = 0", "DELETE FROM journal WHERE id = 5"]
)
def test_nothing_in_the_journal_can_be_changed(box: Filled, change: str) -> None:
    store = entered(box)
    with pytest.raises(RecordUnusable, match="append-only"):
        store._database.write(change)
    store.rollback()
    assert len(store.deeds(box.chamber, 0)) == 5


TAMPERINGS = {
    "content": (
        "UPDATE journal SET content = replace(content, '4.0', '6.0') WHERE id = 3",
        [Break(3, "it was changed")],
    ),
    "content with its hash": ("REHASH 3", [Break(4, "it is not chained to the entry before")]),
    "time": (
        "UPDATE journal SET at = at + 1 WHERE id = 2",
        [Break(2, "its columns differ from its content")],
    ),
    "chamber": (
        "UPDATE journal SET chamber = 77 WHERE id = 2",
        [Break(2, "its columns differ from its content")],
    ),
    "no JSON": (
        "UPDATE journal SET content = 'x' WHERE id = 2",
        [Break(2, "it was changed")],
    ),
    "one in the middle": (
        "DELETE FROM journal WHERE id = 3",
        [Break(4, "the entries 3 to 3 are missing")],
    ),
    "the first": (
        "DELETE FROM journal WHERE id = 1",
        [Break(2, "the entries 1 to 1 are missing")],
    ),
    "the last": (
        "DELETE FROM journal WHERE id >= 4",
        [Break(4, "the entries 4 to 5 are missing")],
    ),
    "all": ("DELETE FROM journal", [Break(1, "the entries 1 to 5 are missing")]),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_each_tampering_is_found_where_it_was(path: Path, box: Filled, what: str) -> None:
    sql, breaks = TAMPERINGS[what]
    store = entered(box)
    with sqlite3.connect(path) as intruder:
        intruder.executescript("DROP TRIGGER journal_is_not_changed")
        intruder.executescript("DROP TRIGGER journal_is_not_shortened")
        if sql.startswith("REHASH"):
            content, previous = intruder.execute(
                "SELECT replace(content, '4.0', '6.0'), previous FROM journal WHERE id = 3"
            ).fetchone()
            intruder.execute(
                "UPDATE journal SET content = ?, hash = ? WHERE id = 3",
                (content, digest(previous, content)),
            )
        else:
            intruder.execute(sql)
    intruder.close()
    assert store.verify() == breaks
    assert all(str(found).startswith("entry ") for found in store.verify())


def test_after_a_loss_at_the_end_the_numbers_go_on_and_the_loss_stays_visible(
    path: Path, box: Filled
) -> None:
    store = entered(box)
    with sqlite3.connect(path) as intruder:
        intruder.executescript("DROP TRIGGER journal_is_not_shortened")
        intruder.execute("DELETE FROM journal WHERE id = 5")
    intruder.close()
    assert store.append(box.chamber, SETPOINT).id == 6
    assert store.verify() == [Break(6, "the entries 5 to 5 are missing")]


def test_what_was_rolled_back_leaves_no_hole(box: Filled) -> None:
    store = entered(box, 2)
    store.append(box.chamber, SETPOINT)
    store.rollback()
    assert store.append(box.chamber, SETPOINT).id == 3
    assert store.verify() == []


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(-9, 9),
    )
)
def test_the_order_of_names_is_no_content(content: dict[str, object]) -> None:
    assert canonical(content) == canonical(dict(reversed(content.items())))
