"""A broker that is killed and started again fifty times, while two chambers speak without a pause."""

import asyncio
import itertools
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.const import DOMAIN
from end_to_end.ends import AGENT, Talk, Where
from end_to_end.parts import again
from faults import possessions
from faults.haste import hasty
from integration.house import House
from workshop.parts.brokers import Broker

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("socket_enabled")]

ROUNDS = 50
WARM = 10
"""Rounds after which nothing may grow any more."""
RATE = 200
"""Samples of each chamber in a second."""
BACK_WITHIN = 5.0
"""Seconds after the broker is there again."""
LOOKS = 30
CHAMBERS = ("first", "second")


@dataclass
class Chamber:
    """A chamber that numbers its samples, and all that Home Assistant showed of them."""

    name: str
    house: House
    number: int = 0
    shown: list[int] = field(default_factory=list)

    @property
    def address(self) -> Address:
        return Address("pi", self.name)

    def sample(self) -> bytes:
        """The next one; its temperature is its number."""
        self.number += 1
        numbered = {"temperature": self.number / 100, "seq": self.number, "epoch": "e"}
        return json.dumps({**numbered, "time": time.time(), "clock": "ntp"}).encode()

    @callback
    def note(self, event: Event[EventStateChangedData]) -> None:
        """Note what is shown."""
        state = event.data["new_state"]
        ids = self.house.entity_ids("temperature", f"pi/{self.name}")
        if state is not None and state.entity_id in ids and state.state[0].isdigit():
            self.shown.append(round(float(state.state) * 100))


async def speak(chambers: list[Chamber], talk: Talk) -> None:
    """Sample at the rate, whether or not somebody listens: a number that could not be said is lost."""
    unheard = AGENT.link.errors.NotConnected
    due = time.monotonic()
    while True:
        for chamber in chambers:
            sample = chamber.sample()
            try:
                talk.say(f"chamber/v1/pi/{chamber.name}/state", sample, qos=0, retain=True)
            except unheard:
                continue
        due += 1 / RATE
        await asyncio.sleep(due - time.monotonic())


@asynccontextmanager
async def speaking(chambers: list[Chamber], url: str) -> AsyncIterator[Talk]:
    """Speak while the block lasts."""
    async with Talk(AGENT, Where(url), "5") as talk:
        await talk.up()
        for chamber in chambers:
            topic = f"chamber/v1/pi/{chamber.name}/meta"
            await talk.saying(topic, json.dumps({"heartbeat": 60}).encode(), retain=True)
        task = asyncio.create_task(speak(chambers, talk))
        yield talk
        task.cancel()
        await asyncio.wait([task])


def missing(shown: list[int]) -> list[tuple[int, int]]:
    """The ranges that were not shown, between the first and the last."""
    return [(one + 1, two - 1) for one, two in itertools.pairwise(shown) if two - one > 1]


async def until_new(chambers: list[Chamber], count: int, within: float) -> float:
    """Wait until so many more samples of each are shown; the seconds that took."""
    began = time.monotonic()
    wanted = [len(chamber.shown) + count for chamber in chambers]
    while any(len(one.shown) < more for one, more in zip(chambers, wanted, strict=True)):
        assert time.monotonic() - began < within, [len(one.shown) for one in chambers]
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def restarted(broker: Broker) -> Broker:
    """Kill it without a word, and start it again."""
    broker.kill()
    await asyncio.to_thread(broker.stop)
    return await asyncio.to_thread(again, broker)


async def left_behind(before: Counter[str]) -> dict[str, int]:
    """What there is more of; what is only on its way into the record is gone the next time one looks."""
    for _look in range(LOOKS):
        if not (grown := possessions.grown(before, more_than=10)):
            break
        await asyncio.sleep(0.05)
    return grown


@pytest.mark.lasting
async def test_fifty_deaths_of_the_broker_lose_no_order_and_no_memory(
    hass: HomeAssistant, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    for logger in ("custom_components.chamber_ws", "websockets"):
        caplog.set_level(logging.INFO, logger)
    entry = MockConfigEntry(
        domain=DOMAIN, data={"url": broker.url, "prefix": "chamber", "client_id": "endures"}
    )
    entry.add_to_hass(hass)
    house = House(hass, entry)
    chambers = [Chamber(name, house) for name in CHAMBERS]
    stops = [hass.bus.async_listen(EVENT_STATE_CHANGED, one.note) for one in chambers]
    with hasty(again_after=0.1):
        assert await hass.config_entries.async_setup(entry.entry_id)
        async with speaking(chambers, broker.url) as talk:
            await until_new(chambers, 20, BACK_WITHIN)
            slowest = 0.0
            objects, files = Counter[str](), 0
            for turn in range(ROUNDS):
                if turn == WARM:
                    objects, files = possessions.objects(), possessions.files()
                broker = await restarted(broker)
                slowest = max(slowest, await until_new(chambers, 20, BACK_WITHIN))
                for kept in (talk.ups, talk.downs, talk.published):
                    kept.clear()
            grown = await left_behind(objects)
            files = possessions.files() - files
        census = house.coordinator.census
        sequences = [census.chambers[chamber.address].sequence for chamber in chambers]
        assert await hass.config_entries.async_unload(entry.entry_id)
        broker.stop()
    for stop in stops:
        stop()
    print(f"slowest return {slowest:.2f} s, {sum(one.number for one in chambers)} samples")
    for chamber, sequence in zip(chambers, sequences, strict=True):
        gaps = missing(chamber.shown)
        assert chamber.shown == sorted(set(chamber.shown)), "shown twice, or out of order"
        assert sequence.missed == sum(last - first + 1 for first, last in gaps)
        assert list(sequence.gaps) == gaps[-len(sequence.gaps) :]
        assert len(gaps) >= ROUNDS, "no sample was lost: nothing was tested"
    assert grown == {}
    assert files <= 2
    said = [one.getMessage() for one in caplog.records if one.name.endswith("coordinator")]
    assert sum(text.startswith("No connection") for text in said) == ROUNDS
    assert sum(text.startswith("Connected") for text in said) == ROUNDS + 1
