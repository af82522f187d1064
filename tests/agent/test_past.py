"""The past of simulated chambers: one store, in one epoch, that goes on where it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from agent.doubles import box
from chamber_agent.chamber.past.ranges import Ranges
from chamber_agent.config import AgentConfig, Broker, Gateway
from chamber_agent.simulation import past
from chamber_agent.simulation.past import Period, live_through
from chamber_agent.state_folder import StateFolder
from chamber_agent.store import store as stores
from chamber_agent.store.file import SampleFile
from chamber_agent.store.keeping import NAME
from chamber_agent.store.numbers import Numbers
from chamber_agent.store.store import DEFAULT

TOLD = AgentConfig(
    broker=Broker(url="ws://broker.example/"), gateway=Gateway(id="pi"), chambers=(box(),)
)
STEP = 10.0
DAY = 86_400.0


@pytest.fixture
def busy() -> Iterator[None]:
    """The store's thread has no turn by itself: what is lived through quickly may outrun it."""

    def alone(chamber: str, known: object, _hurry: object) -> Numbers:
        return Numbers(chamber, known)  # type: ignore[arg-type]

    with patch.object(stores, "Numbers", alone):
        yield


def epochs(folder: Path) -> dict[str, Ranges]:
    """The numbers that are stored, by their epochs."""
    file = SampleFile(folder / NAME)
    rows = file.database.execute(
        "SELECT epochs.epoch, seq FROM samples JOIN epochs ON epochs.id = samples.epoch"
    ).fetchall()
    file.close()
    return {
        name: Ranges.of((seq, seq) for epoch, seq in rows if epoch == name)
        for name in {epoch for epoch, _seq in rows}
    }


async def live(folder: Path, steps: int) -> None:
    """Live through so many steps of the last day."""
    start = (time.time() // DAY - 1) * DAY
    period = Period(start, start + (steps - 1) * STEP, STEP)
    await live_through(TOLD, StateFolder(folder), period, DEFAULT)


@pytest.mark.lasting
async def test_a_past_is_one_epoch_however_quickly_it_is_lived_through(
    tmp_path: Path, busy: None
) -> None:
    await live(tmp_path, 2 * stores.MANY + 100)
    assert list(epochs(tmp_path).values()) == [Ranges(((1, 2 * stores.MANY + 100),))]


async def test_what_is_there_already_stays_and_the_rest_goes_on_from_it(tmp_path: Path) -> None:
    await live(tmp_path, 100)
    await live(tmp_path, 150)
    assert list(epochs(tmp_path).values()) == [Ranges(((1, 150),))]


@pytest.mark.parametrize(("text", "ago"), [("-72h", 259200.0), ("30m", 1800.0), ("-1.5d", 129600)])
def test_how_long_ago_is_said_in_one_word(text: str, ago: float) -> None:
    assert past.seconds(text) == ago


@pytest.mark.parametrize("text", ["", "72", "-0h", "yesterday", "-1h30m"])
def test_what_is_no_time_ago_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time ago"):
        past.seconds(text)
