"""What the soak compares: it finds nothing where nothing is wrong, and whatever is."""

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chamber_agent.chamber.model import Clock, Sample
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.store import Store as AgentStore
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed
from record.given import NOON
from record.past import Beside
from workshop.soak import agent_log, audit, prelude
from workshop.soak.chambers import GATEWAY
from workshop.soak.comparison import Comparison
from workshop.soak.witness import Number

BOX = "box1"
STEP = 30.0
COUNT = 40
LIMITS = {"profile": "custom", "low": 2.0, "high": 8.0, "delay_high": 60.0}


class Scene:
    """An agent's file and a record of the same samples; 10 to 20 were too warm, and some came late."""

    def __init__(self, folder: Path) -> None:
        self.samples, self.record = folder / "samples.db", folder / "record.db"
        store = AgentStore(StateFolder(folder), [BOX], utc=lambda: NOON)
        for seq in range(1, COUNT + 1):
            place = store.next(BOX)
            value, at = 9.0 if 10 <= seq <= 20 else 5.0, NOON + seq * STEP
            said: dict[str, Any] = {"time": at, "clock": Clock.NTP, **place._asdict()}
            store.sampled(BOX, Sample(temperature=value, **said))
        store.close()
        (epoch,) = agent_log.read(self.samples, BOX)
        self.epoch, log = epoch.name, list(epoch.samples.values())
        beside = Beside(self.record, log)
        beside.describe()
        beside.do(Deed(act=Act.SETTINGS, at=NOON, new=LIMITS))
        beside.hear(*log[:5], *log[14:])
        beside.mend()
        beside.keeper.close(beside.now)
        self.said = {Number(BOX, self.epoch, COUNT): {"temperature": 5.0}}

    def look(self) -> list[str]:
        """What is found."""
        found = audit.audit(self.record, self.samples, {})
        return [*found.differences, *(one for each in found.chambers for one in each.differences)]

    def spoil(self, sql: str) -> None:
        """Change something in the record behind its back."""
        with closing(sqlite3.connect(self.record)) as database, database:
            database.execute(sql)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    assert GATEWAY == "pi"
    monkeypatch.setattr(audit, "CHAMBERS", (SimpleNamespace(id=BOX),))
    return Scene(tmp_path)


def test_where_nothing_is_wrong_nothing_is_found(scene: Scene) -> None:
    assert scene.look() == []
    found: Comparison = audit.audit(scene.record, scene.samples, {}).chambers[0]
    assert (found.rows, found.fetched, found.lost, found.epochs) == (COUNT, 9, 0, 1)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM sample WHERE seq = 7", "numbers that the record misses: 7"),
        ("UPDATE sample SET temperature = 5.5 WHERE seq = 7", "samples that differ: 7"),
        ("UPDATE sample SET time = time + 1 WHERE seq = 30", "samples that differ: 30"),
        ("UPDATE sample SET temperature = 5 WHERE seq = 10", "only an uncut run has"),
        ("UPDATE stretch SET epoch = 'other'", "epochs that the record misses"),
        ("UPDATE stretch SET covered = '[[1, 39]]'", "what is said to be covered"),
        ("DELETE FROM occurrence WHERE happened = 'excursion_ended'", "only an uncut run has"),
        ("UPDATE occurrence SET at = at + 1", "an uncut run has not"),
        (
            """INSERT INTO occurrence (chamber, happened, at, what, details, silent)
               SELECT chamber, happened, at, what, details, silent FROM occurrence""",
            "in another order, or twice",
        ),
        ("DELETE FROM minute WHERE at > 1764000600", "minutes that differ"),
        (
            "UPDATE snapshot SET content = replace(content, '\"value\":5', '\"value\":6')",
            "engines that stand otherwise",
        ),
        ("DELETE FROM snapshot", "snapshots: none"),
    ],
)
def test_whatever_is_wrong_is_found(scene: Scene, sql: str, said: str) -> None:
    scene.spoil(sql)
    assert any(said in one for one in scene.look()), scene.look()


def test_a_number_that_is_neither_there_nor_lost_is_found(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.samples)) as database, database:
        database.execute("DELETE FROM samples WHERE seq = 7")
    assert scene.look() == []
    scene.spoil("DELETE FROM sample WHERE seq = 7")
    assert any("neither there nor lost: (7, 7)" in one for one in scene.look())


def test_an_epoch_that_the_agent_lost_when_it_was_killed_is_no_difference(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.samples)) as database, database:
        database.execute("INSERT INTO epochs (chamber, epoch, last) VALUES ('box1', 'next', 0)")
    scene.spoil(
        "INSERT INTO stretch (id, chamber, epoch) VALUES (5000, 1, 'gone'), (6000, 1, 'next')"
    )
    assert not any("order of epochs" in one for one in scene.look())
    scene.spoil("UPDATE stretch SET id = id - 5999 + 500 WHERE epoch = 'next'")
    scene.spoil("UPDATE sample SET stretch = 9000")
    scene.spoil(f"UPDATE stretch SET id = 9000 WHERE epoch = '{scene.epoch}'")
    assert any("order of epochs" in one for one in scene.look())


def test_what_was_said_otherwise_than_it_was_kept_is_found(scene: Scene) -> None:
    found = audit.audit(scene.record, scene.samples, scene.said)
    assert [one for one in found.chambers[0].differences if "said otherwise" in one]
    assert found.chambers[0].witnessed == 1


def test_what_is_done_while_nobody_is_there_waits_for_the_next_sample(scene: Scene) -> None:
    prelude.acknowledge(scene.record, BOX, NOON + COUNT * STEP + 1)
    assert scene.look() == []
