"""Completes Home Assistant's long-term statistics for hours whose samples were fetched later.

Home Assistant writes an hour's rows once the hour is over, by plain INSERT: a row that is there already costs every
entity its rows for that time. So only hours are imported that it has compiled: after its own word that it did so, and
with an hour between. Five-minute statistics and the history of states have no such way and keep their hole.
"""

import logging
from asyncio import Task
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import batched

from homeassistant.components.recorder import get_instance, is_entity_recorded
from homeassistant.components.recorder.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics, get_metadata
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfTemperature
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import TemperatureConverter

from ..chamber.judgement import CONTROL
from ..chamber.model import Address
from ..devices import place_of
from .errors import RecordError

RECORDER = "recorder"
HOUR = timedelta(hours=1)
MARGIN = HOUR
SHORTEST_KNOWN = 60.0
AT_ONCE = 500
"""Hours that are imported before Home Assistant's recorder is waited for."""

Hour = tuple[Address, float]
"""A chamber and the start of an hour, Unix s."""
Mean = tuple[float, float, float, float]
"""Mean, lowest and highest temperature in °C, and the seconds of the hour that are known."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Book:
    """What the record tells of hours that have changed since they were last passed on.

    `dirty_hours(before)`: those that end by `before` (Unix s); more does no harm. `hourly(address, probe, hour)`: what
    is known of one, the control probe being `CONTROL`. `settled(hours)`: these were passed on.
    """

    dirty_hours: Callable[[float], Awaitable[list[Hour]]]
    hourly: Callable[[Address, str, float], Awaitable[Mean | None]]
    settled: Callable[[list[Hour]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor that shows a probe of a chamber; `unit` is what Home Assistant would begin statistics with."""

    probe: str
    entity_id: str
    unit: str


class Completion:
    """Passes completed hours on, each time Home Assistant says that it has compiled one of its own."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, book: Book) -> None:
        self._hass = hass
        self._entry = entry
        self._book = book
        self._unlisten: CALLBACK_TYPE | None = None
        self._running: Task[None] | None = None

    @callback
    def start(self) -> None:
        """Begin to listen; without a recorder there is nothing to complete."""
        if RECORDER in self._hass.config.components:
            self._unlisten = self._hass.bus.async_listen(
                EVENT_RECORDER_HOURLY_STATISTICS_GENERATED, self._compiled
            )

    @callback
    def close(self) -> None:
        """Listen no more; what is not settled is done next time."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        if self._running is not None:
            self._running.cancel()
            self._running = None

    @callback
    def _compiled(self, _event: Event) -> None:
        if self._running is None or self._running.done():
            self._running = self._entry.async_create_background_task(
                self._hass, self._complete(latest_end(dt_util.utcnow())), "chamber_ws statistics"
            )

    async def _complete(self, end: float) -> None:
        """Pass on the hours that end by `end`, Unix s; where the record fails, the next time."""
        try:
            await self._pass_on_all(end)
        except RecordError as error:
            _LOGGER.debug("No statistics are completed: %s", error)

    async def _pass_on_all(self, end: float) -> None:
        dirty = await self._book.dirty_hours(end)
        hours = sorted(hour for hour in dirty if hour[1] + HOUR.total_seconds() <= end)
        if not hours:
            return
        # The event is fired from within the transaction that may just be beginning an entity's statistics.
        await get_instance(self._hass).async_block_till_done()
        sensors = sensors_of(self._hass, self._entry.entry_id)
        for chunk in batched(hours, AT_ONCE, strict=False):
            await self._pass_on(chunk, sensors)
        _LOGGER.debug("%d hours of statistics completed", len(hours))

    async def _pass_on(
        self, hours: tuple[Hour, ...], sensors: Mapping[Address, list[_Sensor]]
    ) -> None:
        """Import hours and settle them. What changes while they are imported is imported again."""
        passed_on = await self._import(await self._read(hours, sensors))
        await get_instance(self._hass).async_block_till_done()
        await self._book.settled(list(hours))
        later = await self._read(hours, sensors)
        await self._import(
            {
                sensor: changed
                for sensor, means in later.items()
                if (changed := dict(means.items() - passed_on[sensor].items()))
            }
        )

    async def _read(
        self, hours: Iterable[Hour], sensors: Mapping[Address, list[_Sensor]]
    ) -> dict[_Sensor, dict[float, Mean]]:
        means: defaultdict[_Sensor, dict[float, Mean]] = defaultdict(dict)
        for address, hour in hours:
            for sensor in sensors.get(address, ()):
                mean = await self._book.hourly(address, sensor.probe, hour)
                if mean is not None and mean[3] >= SHORTEST_KNOWN:
                    means[sensor][hour] = mean
        return means

    async def _import(
        self, means: dict[_Sensor, dict[float, Mean]]
    ) -> defaultdict[_Sensor, dict[float, Mean]]:
        """Hand means to the recorder; returns what was handed over."""
        ids = {sensor.entity_id for sensor in means}
        known = await get_instance(self._hass).async_add_executor_job(
            partial(get_metadata, self._hass, statistic_ids=ids)
        )
        for sensor, by_hour in means.items():
            _number, metadata = known.get(sensor.entity_id, (0, None))
            metadata = metadata or new_metadata(sensor.entity_id, sensor.unit)
            if importable(metadata):
                unit = metadata["unit_of_measurement"]
                async_import_statistics(self._hass, metadata, list(rows(by_hour, unit)))
        return defaultdict(dict, means)


def latest_end(now: datetime) -> float:
    """By when an hour must have ended, Unix s, that Home Assistant has compiled for certain."""
    return (now.replace(minute=0, second=0, microsecond=0) - MARGIN).timestamp()


def sensors_of(hass: HomeAssistant, entry_id: str) -> dict[Address, list[_Sensor]]:
    """The sensors of temperatures, by chamber, whose states Home Assistant records."""
    found: defaultdict[Address, list[_Sensor]] = defaultdict(list)
    for registered in er.async_entries_for_config_entry(er.async_get(hass), entry_id):
        if registered.domain != "sensor" or registered.disabled_by is not None:
            continue
        match place_of(registered):
            case address, "temperature", None:
                probe = CONTROL
            case address, "probe", str(probe):
                pass
            case _:
                continue
        if is_entity_recorded(hass, registered.entity_id):
            sensor = _Sensor(probe, registered.entity_id, shown_unit(hass, registered))
            found[address].append(sensor)
    return found


def shown_unit(hass: HomeAssistant, registered: er.RegistryEntry) -> str:
    """The unit of a sensor's states: Home Assistant begins statistics with that of the first."""
    state = hass.states.get(registered.entity_id)
    unit = state and state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return unit or registered.unit_of_measurement or UnitOfTemperature.CELSIUS


def new_metadata(entity_id: str, unit: str) -> StatisticMetaData:
    """How Home Assistant itself would describe the statistics of a temperature."""
    return StatisticMetaData(
        mean_type=StatisticMeanType.ARITHMETIC,
        has_sum=False,
        name=None,
        source=RECORDER,
        statistic_id=entity_id,
        unit_class=TemperatureConverter.UNIT_CLASS,
        unit_of_measurement=unit,
    )


def importable(metadata: StatisticMetaData) -> bool:
    """Whether a temperature fits into statistics that exist."""
    return (
        metadata["source"] == RECORDER
        and metadata["mean_type"] == StatisticMeanType.ARITHMETIC
        and metadata["unit_of_measurement"] in TemperatureConverter.VALID_UNITS
    )


def rows(means: Mapping[float, Mean], unit: str | None) -> Iterator[StatisticData]:
    """Means in °C as rows of statistics in their unit."""
    convert = TemperatureConverter.converter_factory(UnitOfTemperature.CELSIUS, unit)
    for hour, (mean, low, high, _seconds) in sorted(means.items()):
        yield StatisticData(
            start=datetime.fromtimestamp(hour, UTC),
            mean=convert(mean),
            min=convert(low),
            max=convert(high),
        )
