"""The clerk: what comes in is found in the file, what is found comes out, and a file that fails stops no alarm."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Findings, Occurrence
from custom_components.chamber_ws.chamber.model import Address, Clock, Sample
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.record import clerk as clerks
from custom_components.chamber_ws.record.clerk import Clerk
from custom_components.chamber_ws.record.errors import RecordError, RecordFull, RecordTooNew
from custom_components.chamber_ws.record.inputs import Described, Fetched, Input, Taken
from custom_components.chamber_ws.record.keeper import Keeper
from custom_components.chamber_ws.record.store import Store

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
    for seq, temperature in ((1, 5.0), (2, 9.0)):
        clerk.take(taken(seq, temperature))
    await hass.async_block_till_done()
    assert [one.happened.value for one in occurred] == ["excursion_started"]
    assert told[-1].excursion
    journal = await clerk.run(lambda store: store.journal(None, 0.0, 2 * NOON))
    assert [entry.deed for entry in journal] == [limits()]


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
    commit = Store.commit

    def full(store: Store) -> None:
        if store.path == path:
            raise RecordFull("no room")
        commit(store)

    with patch.object(Store, "commit", full):
        await clerk.act(BOX, limits())
        clerk.take(taken(2, 9.0))
        await hass.async_block_till_done()
    assert isinstance(clerk.problem, RecordFull)
    assert found(clerk).excursion
    assert caplog.text.count("cannot be written") == 1
    with patch.object(clerks, "RETRY_AFTER", 0.0):
        clerk._retry_at = 0.0
        clerk.take(taken(3, 9.0))
        await hass.async_block_till_done()
    assert found(clerk).excursion
    assert [type(one) for one in heard] == [RecordFull, type(None)]
    journal = await clerk.run(lambda store: store.journal(None, 0.0, 2 * NOON))
    assert [entry.deed.new["high"] for entry in journal] == [None, 8.0]
    await clerk.stop()
    assert kept(path) == [1, 3]


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
        for seq in range(1, 7):
            clerk.take(taken(seq))
        assert clerk.tally["dropped"] == 2
    await hass.async_block_till_done()


async def test_a_closed_record_says_so(hass: HomeAssistant, path: Path) -> None:
    clerk = await began(hass, path)
    await clerk.stop()
    with pytest.raises(RecordError, match="closed"):
        await clerk.run(Store.size)
