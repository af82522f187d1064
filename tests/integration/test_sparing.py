"""A chamber that reports ten times a second does not flood the recorder, where the options say so."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.chamber_ws.telling.restraint import SETTLED
from integration.house import Clock, FakeLink, House

SPARING = {"resolution": 0.05, "minimum_interval": 1.0}
Readings = Callable[[int], dict[str, Any]]


@dataclass
class Watch:
    """A chamber that samples ten times a second, and how often each of its entities is written."""

    house: House
    clock: Clock
    links: list[FakeLink]
    writes: Counter[str] = field(default_factory=Counter)

    @callback
    def note(self, event: Event[Any]) -> None:
        """Some entity was written."""
        self.writes[event.data["entity_id"]] += 1

    async def sample(self, **readings: Any) -> None:
        """One sample."""
        self.links[-1].sample(**readings)

    async def run(self, seconds: float, readings: Readings) -> None:
        """Ten samples a second."""
        for tenth in range(round(seconds * 10)):
            self.clock.freezer.tick(timedelta(seconds=0.1))
            async_fire_time_changed(self.house.hass)
            self.links[-1].sample(**readings(tenth))
        await self.house.judged()

    def count(self, key: str) -> int:
        """How often an entity was written since it was asked last."""
        return self.writes.pop(self.house.entity_ids(key)[0], 0)


@pytest.fixture
async def watch(
    hass: HomeAssistant, entry: MockConfigEntry, links: list[FakeLink], clock: Clock, house: House
) -> AsyncIterator[Watch]:
    """A chamber of an entry that is sparing."""
    hass.config_entries.async_update_entry(entry, options=SPARING)
    assert await hass.config_entries.async_setup(entry.entry_id)
    links[-1].up()
    links[-1].describe(heartbeat=100)
    links[-1].sample()
    await clock.advance(2)
    made = Watch(house, clock, links)
    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, made.note)
    yield made
    stop()
    await hass.config_entries.async_unload(entry.entry_id)


def noisy(tenth: int) -> dict[str, Any]:
    """A temperature that is controlled well, with noise."""
    value = 30.05 + (tenth % 9 - 4) / 100
    return {"temperature": value, "probes": {"product": value}, "power": tenth / 10}


def falling(tenth: int) -> dict[str, Any]:
    """A chamber that cools by 6 K a minute."""
    value = round(30.0 - tenth / 100, 2)
    return {"temperature": value, "probes": {"product": value}, "energy": 2 + tenth / 1000}


async def test_noise_at_ten_hertz_is_hardly_written(watch: Watch) -> None:
    await watch.run(60, noisy)
    assert watch.count("temperature") <= 1
    assert watch.count("probe") <= 60
    assert 59 <= watch.count("power") <= 61


async def test_a_change_at_ten_hertz_is_written_once_a_second(watch: Watch) -> None:
    await watch.run(60, falling)
    for key in ("temperature", "probe", "energy"):
        assert 59 <= watch.count(key) <= 61


async def test_what_is_written_is_never_older_than_the_interval(watch: Watch) -> None:
    for tenth in range(300):
        await watch.run(0.1, lambda _tenth, at=tenth: falling(at))  # type: ignore[misc]
        shown = float(str(watch.house.value("temperature")))
        assert abs(shown - (30.0 - tenth / 100)) < 0.05 + 0.1 * SPARING["minimum_interval"]


async def test_the_last_value_is_written_though_nothing_comes_any_more(watch: Watch) -> None:
    await watch.sample(temperature=28.0)
    await watch.sample(temperature=27.0, power=1.0)
    assert watch.house.value("temperature") == "28.0"
    await watch.clock.advance(1.1)
    assert watch.house.value("temperature") == "27.0"
    assert watch.house.value("power") == "1.0"


async def test_a_small_change_is_written_once_it_rests(watch: Watch) -> None:
    await watch.sample(temperature=30.06)
    await watch.clock.advance(SETTLED - 1)
    assert watch.house.value("temperature") == "30.05"
    await watch.clock.advance(1.1)
    assert watch.house.value("temperature") == "30.06"


async def test_what_switches_is_written_at_once(watch: Watch) -> None:
    await watch.sample(temperature=28.0)
    await watch.sample(temperature=28.1, setpoint=4.0, effective_setpoint=4.0, door=True)
    assert watch.house.value("setpoint") == "4.0"
    assert watch.house.value("door") == "on"
    assert watch.house.attribute("chamber", "temperature") == 4.0


async def test_quality_and_availability_are_written_at_once(watch: Watch) -> None:
    await watch.sample(temperature=28.0)
    await watch.sample(temperature=28.01, quality={"temperature": "suspect"})
    assert watch.house.value("temperature") == "28.01"
    assert watch.house.attribute("temperature", "quality") == "suspect"
    await watch.sample(temperature=28.02, quality={"temperature": "fault"})
    assert watch.house.value("temperature") == STATE_UNKNOWN
    await watch.sample(temperature=28.03)
    assert watch.house.value("temperature") == "28.03"
    await watch.clock.advance(301)
    assert watch.house.value("temperature") == STATE_UNAVAILABLE
    await watch.sample(temperature=28.04)
    assert watch.house.value("temperature") == "28.04"


async def test_a_value_that_waits_is_forgotten_with_its_entity(
    watch: Watch, hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await watch.sample(temperature=28.0)
    await watch.sample(temperature=27.0)
    (entity_id,) = watch.house.entity_ids("temperature")
    assert await hass.config_entries.async_unload(entry.entry_id)
    await watch.clock.advance(60)
    state = hass.states.get(entity_id)
    assert state is None or state.state == STATE_UNAVAILABLE


async def test_by_default_every_change_is_written(
    carrier: FakeLink, house: House, clock: Clock
) -> None:
    for hundredth in range(20):
        temperature = round(30.05 + hundredth / 100, 2)
        carrier.sample(temperature=temperature)
        assert house.value("temperature") == str(temperature)
