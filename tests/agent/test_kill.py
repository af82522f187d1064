"""The agent's process is killed at any moment, again and again: no number has two samples."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from agent.living import CHAMBERS
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.reading import Span
from chamber_agent.store.store import Store

pytestmark = pytest.mark.lasting
ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CHAMBER_KILLS", "15"))
EVER = 10**9

Said = dict[tuple[str, str, int], float]


def live(folder: Path, run: int, seconds: float) -> Said:
    """Let a process live for a while and kill it; what it said that it kept."""
    command = [sys.executable, "-m", "agent.living", str(folder), str(run)]
    paths = os.pathsep.join([str(ROOT / "agent" / "src"), str(ROOT / "tests")])
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    time.sleep(seconds)
    process.kill()
    lines += process.stdout.readlines()
    process.wait()
    words = [line.split() for line in lines if line.endswith("\n")]
    return {(name, epoch, int(seq)): float(content) for name, epoch, seq, content in words}


@pytest.mark.timeout(300)
def test_no_number_has_two_samples_however_often_the_process_is_killed(tmp_path: Path) -> None:
    chance, said = random.Random(3), Said()
    for run in range(KILLS):
        for number, content in live(tmp_path, run, chance.uniform(0.0, 0.3)).items():
            assert said.setdefault(number, content) == content
    store = Store(StateFolder(tmp_path), CHAMBERS)
    kept = 0
    for chamber in CHAMBERS:
        for epoch, end in store.ends(chamber).items():
            samples = list(store.past(Span(chamber, epoch, 0, EVER), EVER))
            kept += len(samples)
            for sample in samples:
                assert sample.seq is not None
                number = (chamber, epoch, sample.seq)
                assert said.get(number, sample.temperature) == sample.temperature
                assert sample.seq <= end
    store.close()
    runs = Counter(
        epoch for _chamber, epoch, _run in {(*number[:2], said[number]) for number in said}
    )
    assert kept > KILLS
    assert max(runs.values()) > 1, "no epoch was gone on with"
