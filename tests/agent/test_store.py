"""The agent's samples: kept in batches, or at once where somebody did something, and within bounds."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from agent.doubles import NOON
from chamber_agent.chamber.model import Mode, Part, Quality, Sample, frozen
from chamber_agent.samples import Happening
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.keeping import NAME
from chamber_agent.store.numbers import RESERVATION
from chamber_agent.store.pruning import DAY, Bounds, bytes_used, expire
from chamber_agent.store.reading import Span
from chamber_agent.store.store import Retention, Store

USUAL = Retention(Bounds(30.0, 200.0), 30.0)
EVER = 10**9


def taken(store: Store, chamber: str = "box", **fields: Any) -> Sample:
    """The next sample of a chamber, kept."""
    place = store.next(chamber)
    said: dict[str, Any] = {"time": NOON + place.seq, "setpoint": 5.0, "mode": Mode.COOL, **fields}
    sample = Sample(temperature=5.0, **place._asdict(), **said)
    store.sampled(chamber, sample)
    return sample


def past(store: Store, epoch: str, first: int = 1, last: int = EVER) -> list[Sample]:
    """What is kept of an epoch."""
    return list(store.past(Span("box", epoch, first, last), EVER))


def committed(folder: Path) -> list[int]:
    """The numbers that are on the disk."""
    with closing(sqlite3.connect(folder / NAME)) as database:
        return [seq for (seq,) in database.execute("SELECT seq FROM samples ORDER BY epoch, seq")]


def opened(folder: Path, *chambers: str, retention: Retention = USUAL) -> Store:
    """The store of a folder."""
    return Store(StateFolder(folder), chambers or ("box",), retention, lambda: NOON)


@pytest.fixture
def by_hand() -> Iterator[None]:
    """The store's thread does nothing by itself."""
    with patch.object(threading.Thread, "start", lambda _: None):
        yield


class TestBatches:
    """When the disk is written."""

    def test_samples_wait_for_each_other_to_spare_the_disk(
        self, tmp_path: Path, by_hand: None
    ) -> None:
        store = opened(tmp_path)
        for _ in range(RESERVATION // 2 - 1):
            taken(store)
        assert not store._is_due()
        taken(store)
        assert store._is_due()

    @pytest.mark.parametrize("change", [{"setpoint": 6.0}, {"mode": Mode.OFF}])
    def test_what_was_asked_of_a_chamber_does_not_wait(
        self, tmp_path: Path, by_hand: None, change: dict[str, Any]
    ) -> None:
        store = opened(tmp_path, "box", "other")
        taken(store)
        taken(store, "other", setpoint=8.0)
        taken(store)
        assert not store._is_due()
        taken(store, **change)
        assert store._is_due()

    def test_what_happened_does_not_wait(self, tmp_path: Path, by_hand: None) -> None:
        store = opened(tmp_path)
        store.happened("box", Happening("door_opened", ""), taken(store))
        assert store._is_due()

    def test_what_does_not_wait_is_on_the_disk_soon(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        taken(store)
        taken(store, setpoint=6.0)
        with store._wake:
            assert store._wake.wait_for(lambda: store._first == 2, 10.0)
        assert committed(tmp_path) == [1, 2]
        store.close()

    def test_a_commit_is_durable_and_does_not_block_who_reads(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        assert store._keeping
        file = store._keeping._opened().database
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert file.execute("PRAGMA synchronous").fetchone() == (2,)
        store.close()


class TestPast:
    """What can be asked for."""

    def test_a_sample_comes_back_as_it_was(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        sample = taken(
            store,
            heaters=(Part(on=True, duty=55.0), None),
            probes=frozen({"product": 5.125, "ambient": None}),
            quality=frozen({"product": Quality.SUSPECT}),
            door=False,
            power=23.8,
        )
        assert past(store, sample.epoch or "") == [sample]
        assert store.flush()
        assert past(store, sample.epoch or "") == [sample]
        store.close()

    def test_what_waits_is_told_together_with_what_is_on_the_disk(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        samples = [taken(store) for _ in range(3)]
        assert store.flush()
        samples += [taken(store) for _ in range(3)]
        epoch = samples[0].epoch or ""
        assert past(store, epoch) == samples
        assert past(store, epoch, 2, 4) == samples[1:4]
        store.close()

    def test_nobody_is_told_that_a_number_has_no_sample_before_it_has_one(self) -> None:
        store = opened_in_memory()
        epoch, seq = store.next("box")
        assert store.ends("box") == {epoch: seq - 1}
        store.sampled("box", Sample(temperature=5.0, epoch=epoch, seq=seq))
        assert store.ends("box") == {epoch: seq}

    def test_epochs_are_known_in_their_order_with_their_ends(self, tmp_path: Path) -> None:
        store, ends = opened(tmp_path), list[tuple[str, int]]()
        for count in (3, 2, 1):
            samples = [taken(store) for _ in range(count)]
            ends.append((samples[0].epoch or "", count))
            store.begin_epoch("box")
        assert list(store.ends("box").items())[:-1] == ends
        store.close()
        (tmp_path / ".samples.json").unlink()
        again = opened(tmp_path)
        assert list(again.ends("box").items())[:3] == ends
        assert len(past(again, ends[0][0])) == 3
        again.close()

    def test_a_chamber_that_is_not_there_any_more_has_its_past(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        sample = taken(store)
        store.close()
        without = opened(tmp_path, "other")
        assert without.former() == ["box"]
        assert without.ends("box") == {sample.epoch: 1}
        assert past(without, sample.epoch or "") == [sample]
        assert without.ends("nobody") == {}
        without.close()

    def test_a_row_that_cannot_be_read_is_left_out(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        samples = [taken(store) for _ in range(3)]
        store.close()
        with closing(sqlite3.connect(tmp_path / NAME)) as database, database:
            database.execute("UPDATE samples SET content = 'x' WHERE seq = 2")
        again = opened(tmp_path)
        assert [one.seq for one in past(again, samples[0].epoch or "")] == [1, 3]
        again.close()


class TestRestarts:
    """What outlives the process."""

    def test_after_an_end_in_order_the_numbers_go_on(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        first, *_more = [taken(store) for _ in range(3)]
        store.close()
        again = opened(tmp_path)
        assert again.next("box") == (first.epoch, 4)
        again.close()

    def test_samples_of_a_boot_without_a_clock_are_kept_too(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        sample = taken(store, time=None, boot="b1", uptime=12.5)
        store.close()
        again = opened(tmp_path)
        assert past(again, sample.epoch or "") == [sample]
        again.close()


class TestBounds:
    """No disk is filled."""

    def test_what_is_too_old_goes(self, tmp_path: Path) -> None:
        times = iter([NOON - DAY, NOON, NOON])
        bounds = Retention(Bounds(1.0, 200.0), 3600.0)
        store = Store(StateFolder(tmp_path), ["box"], bounds, lambda: next(times))
        old = [taken(store, time=NOON - DAY - 60 + index * 60) for index in range(4)]
        assert store.flush()
        assert [one.seq for one in past(store, old[0].epoch or "")] == [2, 3, 4]
        store.close()

    def test_an_epoch_that_is_over_and_empty_goes(self, tmp_path: Path) -> None:
        store = opened(tmp_path)
        old = taken(store, time=NOON)
        store.begin_epoch("box")
        new = taken(store, time=NOON + DAY)
        assert store.flush()
        assert store._keeping
        expire(store._keeping._opened().database, NOON + 1.0)
        assert old.epoch != new.epoch
        assert list(store.ends("box")) == [new.epoch]
        store.close()

    def test_the_oldest_go_where_the_file_grows_too_large(self, tmp_path: Path) -> None:
        megabytes = 0.5
        store = opened(tmp_path, retention=Retention(Bounds(30.0, megabytes), 3600.0))
        epoch = taken(store).epoch or ""
        for _ in range(12):
            for _ in range(400):
                taken(store, reason="r" * 64)
            assert store.flush()
        kept = [one.seq or 0 for one in past(store, epoch)]
        assert kept[-1] == 4801
        assert kept == list(range(kept[0], 4802))
        assert 1000 < len(kept) < 4000
        assert store._keeping
        assert bytes_used(store._keeping._opened().database) <= megabytes * 1e6
        store.close()


def opened_in_memory() -> Store:
    """A store without a disk."""
    return Store(StateFolder(), ["box"])
