"""Who is told of what, and when."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any
from unittest.mock import MagicMock, patch

import pytest
from homeassistant.core import HomeAssistant
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.chamber import difference
from custom_components.chamber_ws.chamber.model import (
    Action,
    Address,
    Chamber,
    Mode,
    Part,
    Progress,
    Quality,
    Sample,
    frozen,
)
from custom_components.chamber_ws.coordinator import LINK
from custom_components.chamber_ws.entity import ChamberEntity
from custom_components.chamber_ws.telling import herald as module
from custom_components.chamber_ws.telling import pace
from custom_components.chamber_ws.telling.herald import Herald, View
from integration.house import FakeLink, House
from patience import examples

OTHER_READINGS: dict[str, Any] = {
    "temperature": 11.0,
    "setpoint": 12.0,
    "effective_setpoint": 13.0,
    "mode": Mode.OFF,
    "action": Action.FAULT,
    "reason": "interlock",
    "heaters": (Part(on=True, duty=70.0),),
    "coolers": (Part(on=False, duty=0.0), Part(on=False, duty=0.0)),
    "fans": (Part(on=False, duty=0.0), Part(on=True, duty=9.0)),
    "probes": frozen({"product": 14.0}),
    "quality": frozen({"product": Quality.FAULT, "temperature": Quality.FAULT}),
    "door": True,
    "power": 1.0,
    "energy": 2.0,
    "profile": Progress("other", 3, 9, 60.0, "paused"),
}


class Chambers:
    """Chambers that change when told to, and a herald; `told` is what listeners heard, with what they saw."""

    def __init__(self) -> None:
        self.known: dict[Address, View] = {}
        self.told: list[tuple[str, float | None]] = []
        self.herald = Herald(asyncio.get_running_loop(), self.known.get)

    def listen(self, name: str, reads: frozenset[str] | None = None) -> None:
        """Somebody listens to a chamber."""
        self.herald.listen(Address("pi", name), partial(self._told, name), reads)

    def _told(self, name: str) -> None:
        sample = self.known[Address("pi", name)].chamber.sample
        self.told.append((name, sample.temperature if sample else None))

    def say(self, name: str, *, fresh: bool = True, aside: bool = False, **readings: Any) -> None:
        """A chamber says something."""
        address = Address("pi", name)
        sample = Sample(**{"temperature": 20.0, **readings})
        self.known[address] = View(Chamber(address=address, sample=sample), fresh)
        self.herald.changed(address, aside=aside)


@pytest.fixture
async def chambers() -> Chambers:
    """Chambers and a herald."""
    return Chambers()


@pytest.fixture
def breathless() -> Iterator[None]:
    """Each slice is used up by the first telling; what is saved is not."""
    with patch.object(module, "SLICE", 1e-9):
        yield


async def turns(count: int = 5) -> None:
    """The event loop has its turns."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_change_is_told_at_once(chambers: Chambers) -> None:
    chambers.listen("box")
    chambers.say("box", temperature=21.0)
    assert chambers.told == [("box", 21.0)]
    await turns()
    assert chambers.told == [("box", 21.0)]


async def test_who_steps_aside_is_back_soon(chambers: Chambers) -> None:
    chambers.listen("box")
    for temperature in (21.0, 22.0):
        chambers.say("box", aside=True, temperature=temperature)
    assert chambers.told == []
    async with asyncio.timeout(5):
        while not chambers.told:
            await asyncio.sleep(module.ASIDE)
    assert chambers.told == [("box", 22.0)]


async def test_nothing_comes_back_after_the_end(chambers: Chambers) -> None:
    chambers.listen("box")
    chambers.say("box", aside=True)
    chambers.herald.close()
    await asyncio.sleep(2 * module.ASIDE)
    assert chambers.told == []


async def test_what_changes_faster_than_it_can_be_told_is_told_as_it_is_by_then(
    breathless: None,
) -> None:
    chambers = Chambers()
    for name in ("a", "b", "c"):
        chambers.listen(name)
    for temperature in range(100):
        for name in ("a", "b", "c"):
            chambers.say(name, temperature=float(temperature))
    assert chambers.told == [("a", 0.0)]
    await turns(10)
    assert set(chambers.told) == {("a", 0.0), ("a", 99.0), ("b", 99.0), ("c", 99.0)}


async def test_the_loop_has_its_turn_between_slices(breathless: None) -> None:
    chambers = Chambers()
    names = [f"c{number}" for number in range(20)]
    for name in names:
        chambers.listen(name)
        chambers.say(name)
    seen = []
    for _ in range(25):
        seen.append(len(chambers.told))
        await asyncio.sleep(0)
    assert seen[-1] == 20
    assert all(later - sooner <= 1 for sooner, later in pairwise(seen))


@pytest.fixture
def no_leisure() -> Iterator[None]:
    """There is time for the temperature, and for what switches, but not for what else is measured."""
    with patch.object(module, "CALM_SHARE", 0.0):
        yield


@pytest.fixture
def short_of_time() -> Iterator[None]:
    """There is time only for what switches."""
    with patch.object(module, "CALM_SHARE", 0.0), patch.object(module, "LIVE_SHARE", 0.0):
        yield


def exhausted() -> Chambers:
    """Chambers of which it was told so much that nothing is left."""
    chambers = Chambers()
    for lane in (chambers.herald._live, chambers.herald._calm):
        lane.pace.spend(pace.RESERVE, time.monotonic())
    return chambers


async def test_when_time_is_short_what_is_measured_waits_and_what_switches_does_not(
    short_of_time: None,
) -> None:
    chambers = exhausted()
    for name in ("a", "b"):
        chambers.listen(name)
        chambers.say(name, door=False)
    chambers.say("a", door=False, temperature=21.0)
    chambers.say("b", door=True, temperature=21.0)
    await turns(100)
    assert chambers.told == [("a", 20.0), ("b", 20.0), ("b", 21.0)]
    chambers.say("a", door=True, temperature=22.0)
    assert chambers.told[3:] == [("a", 22.0)]
    chambers.herald.close()


async def test_without_leisure_the_temperature_does_not_wait_and_the_rest_does(
    no_leisure: None,
) -> None:
    chambers = exhausted()
    told: list[str] = []
    herald, address = chambers.herald, Address("pi", "a")
    with patch.object(module, "LIVE_SHARE", 1e9):
        chambers.herald._live = module._Lane(1e9, 1.0)
        chambers.say("a", power=1.0)
        reads = frozenset({"temperature"})
        herald.listen(address, lambda: told.append("temperature"), reads, live=True)
        herald.listen(address, lambda: told.append("climate"), reads)
        herald.listen(address, lambda: told.append("power"), frozenset({"power"}))
        for temperature in (21.0, 22.0, 23.0):
            chambers.say("a", temperature=temperature, power=temperature)
        assert told == ["temperature"] * 3
        chambers.say("a", temperature=23.0, power=23.0, door=True)
        assert told == [*["temperature"] * 4, "climate", "power"]
    herald.close()


async def test_a_temperature_that_comes_back_is_told(no_leisure: None) -> None:
    chambers = exhausted()
    chambers.herald._live = module._Lane(1e9, 1.0)
    chambers.herald.listen(
        Address("pi", "a"), partial(chambers._told, "a"), frozenset({"temperature"}), live=True
    )
    for temperature in (20.0, 21.0, 20.0):
        chambers.say("a", temperature=temperature)
    assert chambers.told == [("a", 20.0), ("a", 21.0), ("a", 20.0)]
    chambers.say("a", temperature=20.0, door=True)
    chambers.say("a", temperature=20.0, door=True)
    assert len(chambers.told) == 4
    chambers.herald.close()


async def test_when_time_is_short_the_last_value_is_told_all_the_same() -> None:
    with patch.object(pace, "LONGEST_INTERVAL", 0.05):
        chambers = exhausted()
        chambers.listen("a")
        for temperature in (20.0, 21.0, 22.0):
            chambers.say("a", temperature=temperature)
        assert chambers.told == [("a", 20.0)]
        async with asyncio.timeout(5):
            while chambers.told[-1] != ("a", 22.0):
                await asyncio.sleep(0.01)
        assert ("a", 21.0) not in chambers.told
        chambers.herald.close()


async def test_who_held_back_is_told_again_at_once(chambers: Chambers) -> None:
    told: list[str] = []
    chambers.herald.remind(partial(told.append, "again"))
    assert told == ["again"]
    await turns()
    assert told == ["again"]


async def test_who_held_back_waits_for_leisure(short_of_time: None) -> None:
    chambers, told = exhausted(), list[str]()
    chambers.herald.remind(partial(told.append, "calm"))
    chambers.herald.remind(partial(told.append, "live"), live=True)
    stop = chambers.herald.remind(partial(told.append, "gone"), live=True)
    await asyncio.sleep(2 * module.POLL)
    assert told == []
    stop()
    chambers.herald._live.pace = pace.Pace(0.0, time.monotonic())
    async with asyncio.timeout(5):
        while not told:
            await asyncio.sleep(0.01)
    assert told == ["live"]
    chambers.herald.close()


async def test_the_loop_has_its_turn_between_those_who_held_back(breathless: None) -> None:
    chambers, told = Chambers(), list[str]()
    for name in "abc":
        chambers.herald.remind(partial(told.append, name))
    assert told == ["a"]
    await turns()
    assert told == ["a", "b", "c"]


async def test_what_is_recorded_costs_more() -> None:
    loop = asyncio.get_running_loop()
    now = time.monotonic()
    known: dict[Address, View] = {}
    lanes = [Herald(loop, known.get, recorded=one)._live for one in (False, True)]
    for lane in lanes:
        lane.told(Address("pi", "a"), pace.RESERVE / module.RECORDING, now)
    assert [lane.pace.interval(now) for lane in lanes] == [0.0, pace.LONGEST_INTERVAL]


async def test_a_sample_after_the_interval_is_told_at_once() -> None:
    with patch.object(pace, "LONGEST_INTERVAL", 0.05):
        chambers = exhausted()
        chambers.listen("a")
        chambers.say("a", temperature=20.0)
        await asyncio.sleep(0.06)
        chambers.say("a", temperature=21.0)
        assert chambers.told == [("a", 20.0), ("a", 21.0)]
        chambers.herald.close()


async def test_only_who_reads_what_changed_is_told(chambers: Chambers) -> None:
    chambers.say("box")
    chambers.listen("box", frozenset({"door"}))
    chambers.say("box", temperature=21.0)
    assert chambers.told == []
    chambers.say("box", temperature=21.0, door=True)
    assert chambers.told == [("box", 21.0)]


async def test_whoever_reads_whatever_is_told_when_it_is_no_longer_fresh(
    chambers: Chambers,
) -> None:
    chambers.say("box")
    chambers.listen("box", frozenset())
    chambers.say("box", temperature=21.0)
    assert chambers.told == []
    chambers.say("box", temperature=21.0, fresh=False)
    assert chambers.told == [("box", 21.0)]


async def test_nobody_is_told_of_a_chamber_that_is_forgotten(breathless: None) -> None:
    chambers = Chambers()
    chambers.listen("a")
    chambers.listen("b")
    chambers.say("a")
    chambers.say("b")
    chambers.herald.forget(Address("pi", "b"))
    await turns()
    assert [name for name, _temperature in chambers.told] == ["a"]


async def test_nothing_is_told_after_the_end(breathless: None) -> None:
    chambers = Chambers()
    chambers.listen("a")
    chambers.listen("b")
    chambers.say("a")
    chambers.say("b")
    chambers.herald.close()
    await turns()
    assert len(chambers.told) == 1


async def test_a_listener_that_fails_does_not_keep_the_others_waiting(
    hass: HomeAssistant, breathless: None
) -> None:
    def fail() -> None:
        raise RuntimeError

    chambers = Chambers()
    chambers.herald.listen(Address("pi", "a"), fail)
    chambers.listen("b")
    chambers.say("b")
    chambers.say("a")
    chambers.say("b", temperature=21.0)
    with patch.object(hass.loop, "call_exception_handler") as failed:
        await turns()
    assert failed.call_count == 1
    assert chambers.told[-1] == ("b", 21.0)


async def test_who_stops_listening_is_not_told(link: FakeLink, house: House) -> None:
    told: list[str] = []
    herald = house.coordinator.herald
    stops = [herald.listen(LINK, partial(told.append, name)) for name in "ab"]
    herald.tell(LINK)
    stops[0]()
    herald.tell(LINK)
    stops[1]()
    herald.tell(LINK)
    assert told == ["a", "b", "b"]


async def test_a_listener_may_stop_while_it_is_told(link: FakeLink, house: House) -> None:
    told: list[str] = []
    herald = house.coordinator.herald

    def once() -> None:
        told.append("once")
        stop()

    stop = herald.listen("pi", once)
    herald.listen("pi", lambda: told.append("other"))
    herald.tell("pi")
    herald.tell("pi")
    assert told == ["once", "other", "other"]


async def test_entities_that_are_gone_leave_no_listeners(
    hass: HomeAssistant, carrier: FakeLink, entry: MockConfigEntry, house: House
) -> None:
    herald = house.coordinator.herald
    assert any(herald._listeners.values())
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not any(herald._listeners.values())
    assert not any(herald._event_listeners.values())


async def test_every_entity_reads_what_it_says_it_reads(
    carrier: FakeLink, house: House, hass: HomeAssistant
) -> None:
    """Whatever else of a sample changes, an entity shows the same."""
    assert set(OTHER_READINGS) == set(difference.READINGS)
    census, address = house.coordinator.census, house.address
    chamber = census.chambers[address]
    assert chamber.sample is not None
    held = [
        one
        for domain in ("sensor", "binary_sensor", "climate")
        for one in house.entities(domain)
        if isinstance(one, ChamberEntity)
    ]
    assert len(held) > 12
    for name, value in OTHER_READINGS.items():
        census.chambers[address] = replace(chamber, sample=replace(chamber.sample, **{name: value}))
        for entity in held:
            if entity.reads is not None and name not in entity.reads:
                assert entity.look() == entity.shown, (entity.entity_id, name)


class Invariant(RuleBasedStateMachine):
    """Whatever is said, in whatever order and however short the time: what is shown is true, or waits to be told."""

    READS = (None, frozenset({"temperature"}), frozenset({"power"}), frozenset({"door"}))

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[Address, View] = {}
        self.turns: list[Callable[[], None]] = []
        loop = MagicMock(spec=asyncio.AbstractEventLoop)
        loop.call_soon.side_effect = self._later
        loop.call_later.side_effect = lambda _delay, turn: self._later(turn)
        self.herald = Herald(loop, self.known.get)
        self.shown: dict[tuple[Address, frozenset[str] | None, bool], Any] = {}
        for address in (Address("pi", "a"), Address("pi", "b")):
            for reads in self.READS:
                live = reads == frozenset({"temperature"})
                told = partial(self._look, address, reads, live)
                self.herald.listen(address, told, reads, live=live)

    def _later(self, turn: Callable[[], None]) -> MagicMock:
        self.turns.append(turn)
        return MagicMock(spec=asyncio.Handle)

    def _truth(self, address: Address, reads: frozenset[str] | None) -> Any:
        view = self.known[address]
        if not view.fresh:
            return None
        names = sorted(reads) if reads else ["temperature", "power", "door"]
        return [getattr(view.chamber.sample, name) for name in names]

    def _look(self, address: Address, reads: frozenset[str] | None, live: bool) -> None:
        self.shown[address, reads, live] = self._truth(address, reads)

    @rule(
        name=st.sampled_from("aab"),
        temperature=st.sampled_from([20.0, 21.0]),
        power=st.sampled_from([1.0, 1.0, 2.0]),
        door=st.sampled_from([False] * 9 + [True]),
        fresh=st.sampled_from([True] * 9 + [False]),
        short=st.sampled_from(["calm", "calm", "live", "slice", ""]),
    )
    def say(
        self, name: str, temperature: float, power: float, door: bool, fresh: bool, short: str
    ) -> None:
        """A chamber says something, when time is short or not."""
        now = time.monotonic()
        if short in {"calm", "live"}:
            self.herald._calm.pace.spend(pace.RESERVE, now)
        if short == "live":
            self.herald._live.pace.spend(pace.RESERVE, now)
        if short == "slice":
            self.herald._slice = 0.0
        address = Address("pi", name)
        sample = Sample(temperature=temperature, power=power, door=door)
        self.known[address] = View(Chamber(address=address, sample=sample), fresh)
        self.herald.changed(address)

    @rule(recovers=st.booleans())
    def turn(self, recovers: bool) -> None:
        """The loop has its turn, at once or much later."""
        if recovers:
            for lane in (self.herald._live, self.herald._calm):
                lane.pace = pace.Pace(1.0, time.monotonic())
        turns, self.turns = self.turns, []
        self.herald._turn = None
        for one in turns[-1:]:
            one()

    @invariant()
    def what_is_shown_is_true_or_waits(self) -> None:
        """Nobody shows what is not so, unless it is about to be told."""
        herald = self.herald
        waiting = {*herald._urgent, *herald._live.waiting, *herald._calm.waiting}
        for (address, reads, _live), shown in self.shown.items():
            assert address in waiting or shown == self._truth(address, reads)
        assert not waiting or self.turns


TestInvariant = Invariant.TestCase
TestInvariant.settings = settings(max_examples=examples(300), stateful_step_count=20, deadline=None)
