"""The clerk: what comes in is found in the file, what is found comes out, and a file that fails stops no alarm."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from homeassistant.core import CoreState, HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Findings, Occurrence
from custom_components.chamber_ws.chamber.model import Address, Clock, Sample
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.record import clerk as clerks
from custom_components.chamber_ws.record import duty
from custom_components.chamber_ws.record.clerk import Clerk
from custom_components.chamber_ws.record.errors import RecordError, RecordFull, RecordTooNew
from custom_components.chamber_ws.record.inputs import (
    Described,
    Fetched,
    Forgotten,
    Input,
    Outcome,
    Taken,
)
from custom_components.chamber_ws.record.keeper import Keeper
from custom_components.chamber_ws.record.store import Store
from custom_components.chamber_ws.telling import followers

BOX = Address("pi", "box1")
NOON = 1_764_000_000.0
LIMITS = {"profile": "custom", "low": 2.0, "high": 8.0}


def taken(seq: int, temperature: float = 5.0) -> Input:
    time = NOON + seq
    sample = Sample(temperature=temperature, seq=seq, epoch="k3f9", time=time, clock=Clock.NTP)
    return Taken(BOX, sample, time)


def limits(**new: object) -> Deed:
    return Deed(act=Act.SETTINGS, at=NOON, by=Signature(name="Ada"), new={**LIMITS, **new})


class Asked:
    """What the clerk says is missing, and of answers."""

    def __init__(self) -> None:
        self.gaps: dict[Address, Gap | None] = {}
        self.verdicts: list[tuple[Address, str, bool]] = []

    def gap(self, address: Address, gap: Gap | None) -> None:
        self.gaps[address] = gap

    def settled(self, address: Address, command_id: str, good: bool) -> None:
        self.verdicts.append((address, command_id, good))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chamber_ws_1.db"


@pytest.fixture
async def clerk(hass: HomeAssistant, path: Path) -> AsyncIterator[Clerk]:
    made = await began(hass, path)
    yield made
    await made.stop()


async def began(hass: HomeAssistant, path: Path) -> Clerk:
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    made = Clerk(hass, entry, path, "chamber")
    await made.start()
    made.take(Described(BOX, True, {}, NOON))
    return made


def found(clerk: Clerk) -> Findings:
    findings = clerk.findings(BOX)
    assert findings is not None
    return findings


def kinds(occurred: list[Occurrence]) -> list[str]:
    return [one.happened.value for one in occurred]


def kept(path: Path) -> list[int]:
    store = Store.open(path)
    try:
        return [row.seq for row in store.rows(store.chamber(BOX), None, 1000)]
    finally:
        store.close()


async def test_what_is_found_comes_out_and_what_was_done_is_in_the_journal(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    told: list[Findings] = []
    occurred: list[Occurrence] = []
    clerk.listen(BOX, told.append)
    clerk.follow(BOX, occurred.append)
    await clerk.act(BOX, limits())
    assert found(clerk).settings.high == 8.0
    for seq, temperature in ((1, 7.0), (2, 9.0)):
        clerk.take(taken(seq, temperature))
    await hass.async_block_till_done()
    assert [one.happened.value for one in occurred] == ["excursion_started"]
    assert told[-1].excursion
    journal = await clerk.run(lambda store: store.journal(None, 0.0, 2 * NOON))
    assert [entry.deed for entry in journal] == [limits()]


async def test_what_nobody_heard_is_told_to_who_follows_first(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await clerk.act(BOX, limits())
    with patch.object(followers, "MOST_UNHEARD", 3):
        for seq, temperature in enumerate((9.0, 5.0, 1.0, 5.0), 1):
            clerk.take(taken(seq, temperature))
        await hass.async_block_till_done()
    first: list[Occurrence] = []
    second: list[Occurrence] = []
    clerk.follow(BOX, first.append)
    clerk.follow(BOX, second.append)
    told = [(one.happened.value, one.what) for one in first]
    assert told == [
        ("excursion_ended", "high"),
        ("excursion_started", "low"),
        ("excursion_ended", "low"),
    ]
    assert second == []


async def test_nothing_is_found_of_a_chamber_that_was_deleted_until_it_comes_back(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    clerk.take(taken(1))
    await clerk.look(BOX)
    clerk.take(Forgotten(BOX))
    await clerk.run(lambda _store: None)
    assert clerk.findings(BOX) is None
    clerk.take(taken(2))
    clerk.take(Forgotten(BOX))
    clerk.take(taken(3, 6.0))
    await clerk.run(lambda _store: None)
    assert clerk.findings(BOX) is not None


async def test_after_a_restart_everything_is_as_it_was(hass: HomeAssistant, path: Path) -> None:
    before = await began(hass, path)
    await before.act(BOX, limits())
    before.take(taken(1, 9.0))
    await before.stop()
    after = await began(hass, path)
    assert found(after).excursion
    assert found(after).settings.high == 8.0
    await after.stop()
    assert kept(path) == [1]


async def test_what_waits_when_the_record_is_closed_is_told_before(
    hass: HomeAssistant, path: Path
) -> None:
    before, told = await watched(hass, path)
    again: list[Occurrence] = []
    with patch.object(clerks, "GATHER", 60.0):
        before.take(taken(1, 9.0))
        await before.stop()
    assert kinds(told) == ["excursion_started"]
    after = await began(hass, path)
    after.follow(BOX, again.append)
    await after.stop()
    assert again == []


async def test_who_gives_up_closing_the_record_leaves_it_closed_and_everything_told(
    hass: HomeAssistant, path: Path
) -> None:
    clerk, told = await watched(hass, path)
    with patch.object(clerks, "GATHER", 60.0):
        async with held(clerk):
            clerk.take(taken(1, 9.0))
            stopping = asyncio.create_task(clerk.stop())
            await asyncio.sleep(0)
            stopping.cancel()
            await asyncio.sleep(0)
    await hass.async_block_till_done()
    assert stopping.cancelled()
    assert kinds(told) == ["excursion_started"]
    with pytest.raises(RecordError, match="closed"):
        await clerk.run(Store.size)
    assert kept(path) == [1]


async def test_what_nobody_would_hear_while_home_assistant_stops_is_told_after_the_start_once(
    hass: HomeAssistant, path: Path
) -> None:
    lives: list[list[Occurrence]] = []
    for seq, temperature in ((1, 9.0), (2, 9.0), (3, 9.0)):
        told: list[Occurrence] = []
        lives.append(told)
        clerk = await began(hass, path)
        await hass.async_block_till_done()
        await clerk.act(BOX, limits())
        clerk.follow(BOX, told.append)
        await hass.async_block_till_done()
        with patch.object(clerks, "GATHER", 60.0):
            clerk.take(taken(seq, temperature))
            hass.set_state(CoreState.stopping)
            await clerk.stop()
            hass.set_state(CoreState.running)
    assert [kinds(told) for told in lives] == [[], ["excursion_started"], []]
    assert lives[1][0].details["value"] == 9.0


@pytest.mark.parametrize("at_the_end", [True, False], ids=["orderly", "killed"])
async def test_what_nobody_has_heard_waits_over_any_number_of_lives(
    hass: HomeAssistant, path: Path, at_the_end: bool
) -> None:
    clerk = await began(hass, path)
    await clerk.act(BOX, limits())
    clerk.take(taken(1, 9.0))
    await clerk.stop()
    for _life in range(2):
        clerk = await began(hass, path)
        clerk.take(taken(2, 9.0))
        await clerk.run(Store.size)
        if at_the_end:
            await clerk.stop()
        else:
            clerk._duty.keeper.abandon()
    heard, again = list[Occurrence](), list[Occurrence]()
    clerk = await began(hass, path)
    await clerk.look(BOX)
    clerk.follow(BOX, heard.append)
    await clerk.run(Store.size)
    clerk._duty.keeper.abandon()
    clerk = await began(hass, path)
    await clerk.look(BOX)
    clerk.follow(BOX, again.append)
    await clerk.stop()
    assert kinds(heard) == ["excursion_started"]
    assert again == []


async def test_what_cannot_be_kept_to_be_told_later_is_told_at_last(
    hass: HomeAssistant, path: Path
) -> None:
    clerk, told = await watched(hass, path)
    with full(path):
        hass.set_state(CoreState.stopping)
        with patch.object(clerks, "GATHER", 60.0):
            clerk.take(taken(1, 9.0))
            await clerk.stop()
        hass.set_state(CoreState.running)
    assert kinds(told) == ["excursion_started"]


async def test_who_is_told_and_fails_keeps_nothing_from_others(
    hass: HomeAssistant, clerk: Clerk, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_occurrence: Occurrence) -> None:
        raise ZeroDivisionError

    told: list[Occurrence] = []
    clerk.follow(BOX, fails)
    clerk.follow(BOX, told.append)
    await clerk.act(BOX, limits())
    clerk.take(taken(1, 9.0))
    await hass.async_block_till_done()
    assert kinds(told) == ["excursion_started"]
    assert "Who was told of excursion_started failed" in caplog.text


async def test_what_is_missing_goes_to_who_asks_and_so_does_the_verdict(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    asked = clerk.asker = Asked()
    for seq in (1, 5):
        clerk.take(taken(seq))
    await hass.async_block_till_done()
    assert asked.gaps[BOX] == Gap("k3f9", 2, 4)
    clerk.take(Fetched(BOX, "c1", "k3f9", 2, 4, b"rubbish"))
    await hass.async_block_till_done()
    assert asked.verdicts == [(BOX, "c1", False)]


async def test_a_full_disk_stops_no_alarm_and_what_was_done_meanwhile_is_entered_later(
    hass: HomeAssistant, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = await began(hass, path)
    heard: list[RecordError | None] = []
    clerk.on_problem = lambda: heard.append(clerk.problem)
    await clerk.act(BOX, limits(high=None))
    clerk.take(taken(1))
    await hass.async_block_till_done()
    await clerk.run(lambda _store: None)
    with full(path):
        await clerk.act(BOX, limits())
        clerk.take(taken(2, 9.0))
        await hass.async_block_till_done()
    assert isinstance(clerk.problem, RecordFull)
    assert found(clerk).excursion
    assert caplog.text.count("cannot be written") == 1
    with patch.object(duty, "RETRY_AFTER", 0.0):
        clerk.take(taken(3, 9.0))
        await hass.async_block_till_done()
    assert found(clerk).excursion
    assert [type(one) for one in heard] == [RecordFull, type(None)]
    journal = await clerk.run(lambda store: store.journal(None, 0.0, 2 * NOON))
    assert [entry.deed.new["high"] for entry in journal] == [None, 8.0]
    await clerk.stop()
    assert kept(path) == [1, 2, 3]


async def test_a_file_of_a_newer_version_is_left_alone_and_judged_without(
    hass: HomeAssistant, path: Path
) -> None:
    store = Store.open(path)
    store._database.write("PRAGMA user_version = 99")
    store.commit()
    store.close()
    before = await hass.async_add_executor_job(path.read_bytes)
    clerk = await began(hass, path)
    assert isinstance(clerk.problem, RecordTooNew)
    await clerk.act(BOX, limits())
    clerk.take(taken(1, 9.0))
    await hass.async_block_till_done()
    assert found(clerk).excursion
    await clerk.stop()
    assert await hass.async_add_executor_job(path.read_bytes) == before


async def test_who_waits_is_told_what_went_wrong(hass: HomeAssistant, clerk: Clerk) -> None:
    with (
        patch.object(Keeper, "turn", side_effect=ZeroDivisionError("a fault of ours")),
        pytest.raises(ZeroDivisionError),
    ):
        await clerk.act(BOX, limits())


async def test_who_did_what_cannot_be_entered_is_told_and_nobody_else(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    bad = Deed(act=Act.SETPOINT, at=NOON, new={"setpoint": object()})
    async with held(clerk):
        acting = [asyncio.create_task(clerk.act(BOX, deed)) for deed in (limits(), bad, limits())]
        await asyncio.sleep(0)
    first, second, third = await asyncio.gather(*acting, return_exceptions=True)
    assert (first, third) == (None, None)
    assert isinstance(second, RecordError)
    assert clerk.problem is None


async def test_an_executor_that_is_done_at_once_stops_nothing(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await hass.async_block_till_done()

    def at_once(job: Callable[..., object], *args: object) -> asyncio.Future[object]:
        done = hass.loop.create_future()
        done.set_result(job(*args))
        return done

    with patch.object(hass, "async_add_executor_job", at_once):
        for seq in (1, 2):
            clerk.take(taken(seq, 9.0))
        async with asyncio.timeout(1):
            await clerk.act(BOX, limits())
    assert len(await clerk.run(lambda store: store.journal(None, 0.0, 2 * NOON))) == 1


async def test_of_more_than_can_wait_the_oldest_samples_go_and_are_counted(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await hass.async_block_till_done()
    with patch.object(clerks, "MOST_QUEUED", 3):
        async with held(clerk):
            for seq in range(1, 7):
                clerk.take(taken(seq))
            assert clerk.tally["dropped"] == 3
    await hass.async_block_till_done()
    assert await seqs(clerk) == [4, 5, 6]


async def test_samples_are_dropped_wherever_they_wait_and_nothing_else_is(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await hass.async_block_till_done()
    with patch.object(clerks, "MOST_QUEUED", 3):
        async with held(clerk):
            clerk.take(Described(BOX, False, {}, NOON))
            for seq in range(1, 6):
                clerk.take(taken(seq))
    await hass.async_block_till_done()
    assert clerk.tally["dropped"] == 3
    assert await seqs(clerk) == [4, 5]


async def test_a_closed_record_says_so(hass: HomeAssistant, path: Path) -> None:
    clerk = await began(hass, path)
    await clerk.stop()
    clerk.take(taken(1))
    for closed in (clerk.run(Store.size), clerk.act(BOX, limits())):
        with pytest.raises(RecordError, match="closed"):
            await closed


async def test_who_waits_for_the_end_is_told_when_it_is_not_kept(
    hass: HomeAssistant, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = await began(hass, path)
    await hass.async_block_till_done()
    with patch.object(Store, "commit", side_effect=RecordFull("no room")):
        async with held(clerk):
            acting = asyncio.create_task(clerk.act(BOX, limits()))
            stopping = asyncio.create_task(clerk.stop())
            await asyncio.sleep(0)
        await stopping
    with pytest.raises(RecordFull):
        await acting
    assert "is lost" in caplog.text


async def test_samples_wait_for_each_other_and_what_somebody_does_waits_for_nothing(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await hass.async_block_till_done()
    turns: list[int] = []
    turn = Keeper.turn

    def counted(keeper: Keeper, inputs: tuple[Input, ...], now: float) -> Outcome:
        turns.append(len(inputs))
        return turn(keeper, inputs, now)

    with patch.object(Keeper, "turn", counted), patch.object(clerks, "GATHER", 0.05):
        for seq in range(1, 101):
            clerk.take(taken(seq))
        await hass.async_block_till_done()
        assert turns == []
        await asyncio.sleep(0.06)
        await hass.async_block_till_done()
        assert turns == [100]
        clerk.take(taken(101))
        await clerk.act(BOX, limits())
        assert turns == [100, 2]


async def test_what_is_made_of_the_record_has_what_still_waits(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    with patch.object(clerks, "GATHER", 60.0):
        clerk.take(taken(1))
        assert await seqs(clerk) == [1]
        clerk.take(taken(2))
    await clerk.stop()


async def test_who_reads_for_long_keeps_no_alarm_waiting_and_sees_the_record_of_one_moment(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await clerk.act(BOX, limits())
    clerk.take(taken(1))
    busy, go = threading.Event(), threading.Event()

    def slowly(store: Store) -> tuple[list[int], list[int]]:
        first = [row.seq for row in store.rows(1, None, 1000)]
        busy.set()
        go.wait(5)
        return first, [row.seq for row in store.rows(1, None, 1000)]

    reading = asyncio.create_task(clerk.read(slowly))
    await hass.async_add_executor_job(busy.wait, 5)
    for seq in range(2, 6):
        clerk.take(taken(seq, 9.0))
    await clerk.act(BOX, limits(latch=True))
    assert found(clerk).excursion
    assert await seqs(clerk) == [1, 2, 3, 4, 5]
    go.set()
    assert await reading == ([1], [1])
    assert await clerk.read(lambda store: store.verify()) == []


async def test_whoever_only_reads_changes_nothing(hass: HomeAssistant, clerk: Clerk) -> None:
    await clerk.act(BOX, limits())
    with pytest.raises(RecordError):
        await clerk.read(lambda store: store.forget(1))
    assert await clerk.run(Store.addresses) == {BOX: 1}


async def test_who_gives_up_waiting_lets_nobody_else_in_before_the_job_is_done(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    await hass.async_block_till_done()
    busy, go, trace = threading.Event(), threading.Event(), list[str]()

    def long(_store: Store) -> None:
        busy.set()
        go.wait(5)
        trace.append("long")

    given_up = asyncio.create_task(clerk.run(long))
    await hass.async_add_executor_job(busy.wait, 5)
    given_up.cancel()
    second = asyncio.create_task(clerk.run(lambda _store: trace.append("second")))
    await asyncio.sleep(0.02)
    assert trace == []
    go.set()
    await second
    assert trace == ["long", "second"]
    assert given_up.cancelled()


async def test_who_reads_and_gives_up_keeps_no_alarm_and_no_answer_back(
    hass: HomeAssistant, clerk: Clerk
) -> None:
    occurred: list[Occurrence] = []
    clerk.follow(BOX, occurred.append)
    await clerk.act(BOX, limits())
    busy, go, turn = threading.Event(), threading.Event(), Keeper.turn

    def slowly(keeper: Keeper, inputs: tuple[Input, ...], now: float) -> Outcome:
        outcome = turn(keeper, inputs, now)
        busy.set()
        go.wait(5)
        return outcome

    with patch.object(Keeper, "turn", slowly), patch.object(clerks, "GATHER", 60.0):
        async with held(clerk):
            clerk.take(taken(1, 9.0))
            reading = asyncio.create_task(clerk.run(Store.size))
            await asyncio.sleep(0)
            acting = asyncio.create_task(clerk.act(BOX, limits(latch=True)))
            await asyncio.sleep(0)
        await hass.async_add_executor_job(busy.wait, 5)
        reading.cancel()
        await asyncio.sleep(0)
        go.set()
        await acting
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [one.happened.value for one in occurred] == ["excursion_started"]
    assert found(clerk).settings.latch


async def watched(hass: HomeAssistant, path: Path) -> tuple[Clerk, list[Occurrence]]:
    """A record with a chamber that has limits, and what is told of that."""
    clerk = await began(hass, path)
    await clerk.act(BOX, limits())
    told: list[Occurrence] = []
    clerk.follow(BOX, told.append)
    return clerk, told


@asynccontextmanager
async def held(clerk: Clerk) -> AsyncIterator[None]:
    """While the keeper is busy with something else."""
    async with clerk._turn:
        yield


@contextmanager
def full(path: Path) -> Iterator[None]:
    """While nothing can be committed to the file."""
    commit = Store.commit

    def fail(store: Store) -> None:
        if store.path == path:
            raise RecordFull("no room")
        commit(store)

    with patch.object(Store, "commit", fail):
        yield


async def seqs(clerk: Clerk) -> list[int]:
    """The numbers that are kept."""
    return await clerk.run(lambda store: [row.seq for row in store.rows(1, None, 1000)])
