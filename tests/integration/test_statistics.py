"""Hours that were fetched later complete Home Assistant's long-term statistics, and nobody else's rows suffer."""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant import loader
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.components.recorder.db_schema import (
    Statistics,
    StatisticsMeta,
    StatisticsShortTerm,
)
from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_test_home_assistant,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.chamber_ws.chamber.judgement import CONTROL
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.record import statistics
from custom_components.chamber_ws.record.errors import RecordFull
from custom_components.chamber_ws.record.statistics import Book, Completion, Hour, Mean
from integration.house import URL, FakeLink, House

BOX = Address("pi", "box")
BEGIN = datetime(2026, 1, 10, 8, tzinfo=UTC)
OUTAGE = (BEGIN + timedelta(minutes=80), BEGIN + timedelta(minutes=220))
STEP = 60.0
LONGEST_STEP = 300.0
FOREIGN = "sensor.greenhouse"

Recorder = Callable[[HomeAssistant], AbstractAsyncContextManager[Any]]


class Row(NamedTuple):
    """A row of statistics as it is stored."""

    id: str
    start: float
    mean: float | None
    min: float | None
    max: float | None
    state: float | None
    sum: float | None
    unit: str | None


@dataclass
class Log:
    """What the chamber measured, by probe, and the hours that the record calls dirty."""

    measured: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    dirty: set[Hour] = field(default_factory=set)
    settled: list[Hour] = field(default_factory=list)
    while_settling: Callable[[], None] = lambda: None

    def add(self, at: float, **temperatures: float) -> None:
        for probe, value in temperatures.items():
            self.measured.setdefault(probe, []).append((at, value))

    @property
    def book(self) -> Book:
        return Book(self._dirty_hours, self._hourly, self._settle)

    def mean(self, probe: str, hour: float) -> Mean | None:
        """Time-weighted: a value holds until the next one, no longer than five minutes."""
        known = total = 0.0
        values = []
        samples = self.measured.get(probe, [])
        for (at, value), (following, _next) in zip(
            samples, [*samples[1:], (math.inf, 0.0)], strict=True
        ):
            start, end = max(at, hour), min(following, at + LONGEST_STEP, hour + 3600.0)
            if end > start:
                known += end - start
                total += value * (end - start)
                values.append(value)
        return (total / known, min(values), max(values), known) if known else None

    async def _dirty_hours(self, _before: float) -> list[Hour]:
        return list(self.dirty)

    async def _hourly(self, _address: Address, probe: str, hour: float) -> Mean | None:
        return self.mean(probe, hour)

    async def _settle(self, hours: list[Hour]) -> None:
        self.while_settling()
        self.settled += hours
        self.dirty -= set(hours)


@dataclass
class World:
    """A Home Assistant with a chamber, another sensor, and a recorder that compiles as time passes."""

    hass: HomeAssistant
    entry: MockConfigEntry
    link: FakeLink
    freezer: FrozenDateTimeFactory
    log: Log = field(default_factory=Log)
    completion: Completion = field(init=False)

    def __post_init__(self) -> None:
        self.completion = Completion(self.hass, self.entry, self.log.book)

    @property
    def ids(self) -> tuple[str, str]:
        """The sensors of the control and of the product probe."""
        house = House(self.hass, self.entry)
        return house.entity_ids("temperature")[0], house.entity_ids("probe")[0]

    def measure(self, at: datetime, *, live: bool) -> None:
        """The chamber takes a sample, which arrives or not; the other sensor goes on."""
        seconds = (at - BEGIN).total_seconds()
        control = round(5.0 + 3.0 * math.sin(seconds / 1700.0), 2)
        product = round(5.0 + 2.0 * math.cos(seconds / 2300.0), 2)
        self.log.add(at.timestamp(), temperature=control, product=product)
        if live:
            self.link.sample(temperature=control, probes={"product": product})
        self.hass.states.async_set(
            FOREIGN,
            str(round(20.0 + 4.0 * math.sin(seconds / 900.0), 2)),
            {"state_class": "measurement", "unit_of_measurement": "°C"},
        )

    async def live(self, until: datetime, *, outage: tuple[datetime, datetime] = OUTAGE) -> None:
        """Let time pass, a sample each minute, and Home Assistant compile every five."""
        while (now := dt_util.utcnow()) < until:
            following = now.replace(second=0, microsecond=0) + timedelta(seconds=STEP)
            self.freezer.move_to(following)
            self.measure(following, live=not outage[0] <= following < outage[1])
            if following.minute % 5 == 0:
                self.freezer.move_to(following + timedelta(seconds=10))
                async_fire_time_changed(self.hass)
                await self.compiled()

    async def compiled(self) -> None:
        """What Home Assistant had to compile is compiled, and what follows from it is done."""
        await async_wait_recording_done(self.hass)
        if self.completion._running is not None:
            await self.completion._running
            await async_wait_recording_done(self.hass)

    def fetch(self, *hours: int) -> None:
        """The samples of hours of this day were fetched."""
        self.log.dirty |= {(BOX, hour_of(one)) for one in hours}

    async def rows(self, table: type[Statistics | StatisticsShortTerm]) -> list[Row]:
        """All rows of a table in the order of id and time."""

        def read() -> list[Row]:
            with session_scope(hass=self.hass, read_only=True) as session:
                found = session.query(
                    StatisticsMeta.statistic_id,
                    table.start_ts,
                    table.mean,
                    table.min,
                    table.max,
                    table.state,
                    table.sum,
                    StatisticsMeta.unit_of_measurement,
                ).join(StatisticsMeta, table.metadata_id == StatisticsMeta.id)
                return sorted(Row(*row) for row in found)

        found: list[Row] = await get_instance(self.hass).async_add_executor_job(read)
        return found

    async def hourly(self, entity_id: str) -> dict[float, Row]:
        return {row.start: row for row in await self.rows(Statistics) if row.id == entity_id}


def hour_of(hour: int) -> float:
    return BEGIN.replace(hour=hour).timestamp()


@pytest.fixture
def enable_statistics() -> bool:
    """The recorder compiles, as in a real house."""
    return True


@pytest.fixture
def build(
    async_test_recorder: Recorder,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    links: list[FakeLink],
) -> Callable[[], AbstractAsyncContextManager[World]]:
    """Makes worlds, one after the other, each with an empty database."""

    @asynccontextmanager
    async def make(
        units: UnitSystem = METRIC_SYSTEM, first: float | None = 5.0
    ) -> AsyncIterator[World]:
        hass_storage.clear()
        freezer.move_to(BEGIN)
        async with async_test_home_assistant() as hass, async_test_recorder(hass):
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            hass.config.units = units
            entry = MockConfigEntry(
                domain=DOMAIN,
                data={"url": URL, "prefix": "chamber", "client_id": "chamber0", "keepalive": 30},
            )
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            links[-1].up()
            links[-1].describe(heartbeat=300)
            links[-1].sample(temperature=first, probes={"product": first})
            await hass.async_block_till_done()
            world = World(hass, entry, links[-1], freezer)
            if first is not None:
                world.log.add(BEGIN.timestamp(), temperature=first, product=first)
            try:
                yield world
            finally:
                world.completion.close()
                await hass.config_entries.async_unload(entry.entry_id)
                await hass.async_stop(force=True)

    return make


Build = Callable[..., AbstractAsyncContextManager[World]]


async def test_an_outage_leaves_a_hole_where_nothing_is_imported(build: Build) -> None:
    """So that the next tests could fail."""
    async with build() as world:
        await world.live(BEGIN.replace(hour=12, minute=6))
        control, _product = world.ids
        hours = await world.hourly(control)
        assert hour_of(10) not in hours
        known = world.log.mean(CONTROL, hour_of(9))
        assert known is not None
        assert abs(float(hours[hour_of(9)].mean or 0.0) - known[0]) > 0.5


@pytest.mark.lasting
async def test_hours_of_an_outage_are_completed(build: Build) -> None:
    async with build() as world:
        world.completion.start()
        await world.live(BEGIN.replace(hour=11, minute=46))
        world.fetch(9, 10, 11)
        await world.live(BEGIN.replace(hour=13, minute=6))
        for entity_id, probe in zip(world.ids, (CONTROL, "product"), strict=True):
            hours = await world.hourly(entity_id)
            assert sorted(hours) == [hour_of(hour) for hour in range(8, 13)]
            for hour, row in hours.items():
                expected = world.log.mean(probe, hour)
                assert expected is not None
                assert row.mean == pytest.approx(expected[0], abs=0.05), (probe, hour)
                if hour_of(9) <= hour < hour_of(12):
                    assert (row.mean, row.min, row.max) == pytest.approx(expected[:3], abs=1e-6)
        assert world.log.dirty == set()


@pytest.mark.lasting
async def test_other_statistics_are_the_same_with_and_without_import(build: Build) -> None:
    """Row by row, every column, five-minute and hourly; also those of the chamber's other sensors."""
    found = []
    for importing in (False, True):
        async with build() as world:
            if importing:
                world.completion.start()
            await world.live(BEGIN.replace(hour=11, minute=46))
            world.fetch(9, 10, 11)
            while (now := dt_util.utcnow()) < BEGIN.replace(hour=14, minute=6):
                world.fetch(now.hour)
                await world.live(now + timedelta(minutes=30))
            assert bool(world.log.settled) is importing
            ours = world.ids
            hourly, short = await world.rows(Statistics), await world.rows(StatisticsShortTerm)
            found.append(([row for row in hourly if row.id not in ours], short))
    assert found[0] == found[1]
    hourly, short = found[1]
    assert len([row for row in hourly if row.id == FOREIGN]) == 6
    assert len([row for row in short if row.id == FOREIGN]) == 75
    assert len({row.id for row in hourly}) > 1


async def test_only_hours_that_are_compiled_for_certain_are_imported(build: Build) -> None:
    """Though the hour in progress and the one before are dirty all the time."""
    imported: list[tuple[datetime, datetime]] = []

    def told(hass: HomeAssistant, metadata: Any, rows: list[StatisticData]) -> None:
        imported.extend((dt_util.utcnow(), row["start"]) for row in rows)
        async_import_statistics(hass, metadata, rows)

    async with build() as world:
        world.completion.start()
        with patch.object(statistics, "async_import_statistics", told):
            while (now := dt_util.utcnow()) < BEGIN.replace(hour=12, minute=6):
                world.fetch(now.hour, (now - timedelta(hours=1)).hour)
                world.hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
                await world.live(now + timedelta(minutes=10))
        assert len({start for _now, start in imported}) > 2
        for now, start in imported:
            in_progress = now.replace(minute=0, second=0, microsecond=0)
            assert start + timedelta(hours=2) <= in_progress
        assert hour_of(12) in {hour for _address, hour in world.log.dirty}


async def test_to_import_the_hour_in_progress_would_cost_others_their_rows(build: Build) -> None:
    """Why all this care is taken; should Home Assistant mend it one day, this test tells."""
    async with build() as world:
        await world.live(BEGIN.replace(hour=8, minute=31))
        control, _product = world.ids
        async_import_statistics(
            world.hass,
            statistics.new_metadata(control, "°C"),
            [StatisticData(start=BEGIN, mean=5.0, min=4.0, max=6.0)],
        )
        await world.live(BEGIN.replace(hour=9, minute=6))
        assert hour_of(8) not in await world.hourly(FOREIGN)
        starts = {row.start for row in await world.rows(StatisticsShortTerm) if row.id == FOREIGN}
        assert BEGIN.replace(minute=50).timestamp() in starts
        assert BEGIN.replace(minute=55).timestamp() not in starts


@pytest.mark.parametrize("begun", [True, False], ids=["begun before", "not begun before"])
async def test_means_are_stored_in_the_unit_of_the_statistics(build: Build, begun: bool) -> None:
    """A sensor shown in °F has statistics in °F, whoever begins them."""
    outage = OUTAGE if begun else (BEGIN, BEGIN.replace(hour=13))
    async with build(US_CUSTOMARY_SYSTEM, 5.0 if begun else None) as world:
        world.completion.start()
        await world.live(BEGIN.replace(hour=11, minute=46), outage=outage)
        world.fetch(9, 10)
        control, product = world.ids
        assert bool(await world.hourly(control)) is begun
        await world.live(BEGIN.replace(hour=12, minute=6), outage=outage)
        for entity_id, probe in ((control, CONTROL), (product, "product")):
            for hour in (hour_of(9), hour_of(10)):
                row = (await world.hourly(entity_id))[hour]
                expected = world.log.mean(probe, hour)
                assert expected is not None
                assert row.unit == "°F"
                assert row.mean == pytest.approx(expected[0] * 1.8 + 32.0, abs=0.05)


async def test_what_is_fetched_while_an_hour_is_imported_is_imported_too(build: Build) -> None:
    async with build() as world:
        world.completion.start()
        await world.live(BEGIN.replace(hour=11, minute=46))
        late = [one for one in world.log.measured[CONTROL] if one[0] >= hour_of(10) + 1800.0]
        world.log.measured[CONTROL] = [
            one for one in world.log.measured[CONTROL] if one not in late
        ]
        world.log.while_settling = lambda: world.log.measured[CONTROL].extend(
            one for one in late if one not in world.log.measured[CONTROL]
        )
        world.fetch(10)
        with patch.object(world, "measure"):
            await world.live(BEGIN.replace(hour=12, minute=6))
        whole = world.log.mean(CONTROL, hour_of(10))
        assert whole is not None
        assert whole[3] == 3600.0
        row = (await world.hourly(world.ids[0]))[hour_of(10)]
        assert row.mean == pytest.approx(whole[0])


async def test_an_hour_of_which_little_is_known_is_left_out(build: Build) -> None:
    async with build() as world:
        world.completion.start()
        await world.live(BEGIN.replace(hour=11, minute=46))
        world.log.measured = {CONTROL: [(hour_of(10) - 241.0, 4.0), (hour_of(12), 4.0)]}
        world.fetch(10)
        await world.live(BEGIN.replace(hour=12, minute=6))
        assert hour_of(10) not in await world.hourly(world.ids[0])
        assert world.log.settled == [(BOX, hour_of(10))]


@pytest.mark.lasting
async def test_disabled_and_unknown_sensors_are_settled_without_import(build: Build) -> None:
    async with build() as world:
        world.completion.start()
        for entity_id in world.ids:
            er.async_get(world.hass).async_update_entity(
                entity_id, disabled_by=er.RegistryEntryDisabler.USER
            )
        await world.live(BEGIN.replace(hour=11, minute=46))
        stranger = (Address("pi", "gone"), hour_of(10))
        world.log.dirty |= {stranger}
        world.fetch(10)
        with patch.object(statistics, "async_import_statistics") as importing:
            await world.live(BEGIN.replace(hour=12, minute=6))
        assert not importing.called
        assert world.log.settled == [(BOX, hour_of(10)), stranger]


async def test_nothing_happens_after_it_was_closed(build: Build) -> None:
    async with build() as world:
        world.completion.start()
        world.completion.close()
        await world.live(BEGIN.replace(hour=8, minute=2))
        world.fetch(1)
        world.hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
        await world.compiled()
        assert world.log.settled == []


async def test_a_record_that_fails_has_its_turn_the_next_time(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RecordFull("no room")

    async with build() as world:
        world.completion.start()
        await world.live(BEGIN.replace(hour=8, minute=2))
        world.log.dirty.add((BOX, hour_of(1)))
        for trouble, settled in ((fail, []), (lambda: None, [(BOX, hour_of(1))])):
            world.log.while_settling = trouble
            world.hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
            await world.compiled()
            assert world.log.settled == settled
    assert "Traceback" not in caplog.text


async def test_nothing_happens_without_a_recorder(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    log = Log(dirty={(BOX, hour_of(1))})
    completion = Completion(hass, entry, log.book)
    completion.start()
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await hass.async_block_till_done()
    assert completion._running is None
    assert log.settled == []
    completion.close()
