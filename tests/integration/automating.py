"""Automations of tests: set up as users set them up, and what they were told."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.chamber_ws.chamber.analysis.findings import Happened, Occurrence
from custom_components.chamber_ws.keeping.acting import Hand
from integration.house import Clock, FakeLink, House

LIMITS = {"profile": "custom", "low": 2.0, "high": 8.0}
HEARD = ("id", "chamber", "device_id", "what", "value", "limit", "count", "entity_id")
TELL = {
    "action": "test.heard",
    "data": {
        **{name: f"{{{{ trigger.{name} | default(none) }}}}" for name in HEARD},
        "since": "{{ trigger.since | default(none) | as_datetime(none) | as_timestamp(none) }}",
    },
}


@dataclass
class Chamber:
    """A chamber with limits from 2 to 8 °C, whose product can be at any temperature."""

    link: FakeLink
    house: House

    @property
    def hand(self) -> Hand:
        """The hand of nobody in particular."""
        return Hand(self.house.coordinator.clerk)

    async def watch(self, **settings: Any) -> None:
        """Judge the chamber from now on."""
        await self.hand.configure(self.house.address, **{**LIMITS, **settings})

    async def holds(self, temperature: float, **sample: Any) -> None:
        """A sample comes, and is judged and told."""
        self.link.sample(probes={"product": temperature}, **sample)
        await self.house.judged()

    async def acknowledge(self) -> None:
        """Somebody cares."""
        await self.hand.acknowledge(self.house.address)
        await self.house.judged()

    @property
    def device_id(self) -> str:
        """The chamber's device."""
        device = self.house.device()
        assert device is not None
        return device.id

    def tell(self, happened: Happened, **details: Any) -> None:
        """Something occurs, whatever brought it about."""
        occurrence = Occurrence(happened, 1_764_000_000.0, "thing", details)
        self.house.coordinator.clerk._followers.tell(self.house.address, (occurrence,))

    def entity_id(self, key: str) -> str:
        """The chamber's entity of a translation key."""
        (entity_id,) = self.house.entity_ids(key)
        return entity_id


async def automate(hass: HomeAssistant, *automations: dict[str, Any]) -> None:
    """Set automations up, each of which has to be valid; `actions` are to tell what was heard, if there are none."""
    config = [
        {"id": f"test_{index}", "alias": f"Test {index}", "actions": [TELL], **one}
        for index, one in enumerate(automations)
    ]
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    assert [state.state for state in hass.states.async_all("automation")] == ["on"] * len(config)


def hearing(hass: HomeAssistant) -> list[ServiceCall]:
    """What is told from now on."""
    return async_mock_service(hass, "test", "heard")


async def pass_minutes(clock: Clock, minutes: float) -> None:
    """Let minutes go by, half of one at a time."""
    for _half in range(round(2 * minutes)):
        await clock.advance(30)
