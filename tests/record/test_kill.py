"""A power cut at any moment: the file opens again, and what was committed is there and judged."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from custom_components.chamber_ws.record.store import Store
from record.given import BOX, NOON
from record.living import taken
from record.past import Beside

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CHAMBER_KILLS", "12"))


def _live(path: Path, first: int, seconds: float) -> int:
    """Let a process live for a while and kill it; the last number that it said was committed, or 0."""
    command = [sys.executable, "-m", "record.living", str(path), str(first)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    said += process.stdout.read()
    process.wait()
    lines = said.splitlines(keepends=True)
    return max((int(line) for line in lines if line.endswith("\n")), default=0)


def _kept(path: Path) -> int:
    store = Store.open(path)
    assert store.set_aside is None
    rows = store.rows(store.addresses()[BOX], None, 1_000_000)
    store.close()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.sample for row in rows] == [taken(row.seq) for row in rows]
    return len(rows)


@pytest.mark.lasting
@pytest.mark.timeout(300)
def test_nothing_older_than_the_last_batch_is_lost_however_often_the_process_is_killed(
    tmp_path: Path,
) -> None:
    path, chance, last = tmp_path / "record.db", random.Random(7), 0
    for _kill in range(KILLS):
        said = _live(path, last + 1, chance.uniform(0.0, 0.3))
        kept = _kept(path)
        assert kept >= max(said, last)
        last = kept
    cut, whole = Beside(path), Beside(tmp_path / "whole.db")
    whole.describe(answers=False)
    for entry in cut.keeper.store.journal(None, 0.0, 10 * NOON):
        whole.do(entry.deed)
    whole.hear(*(taken(seq) for seq in range(1, last + 1)))
    assert cut.occurrences() == whole.occurrences()
    assert len(cut.occurrences()) >= last // 20
