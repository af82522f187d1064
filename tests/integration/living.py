"""A chamber whose days go by: it samples, and people act on it."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import Context

from integration.house import Clock, FakeLink, House

SERVICES = {
    "select": ("select_option", "option"),
    "number": ("set_value", "value"),
    "button": ("press", None),
}


@dataclass
class Life:
    """The chamber `pi/box` with product probe, and the people around it."""

    links: list[FakeLink]
    house: House
    clock: Clock

    @property
    def link(self) -> FakeLink:
        """The link of now."""
        return self.links[-1]

    @property
    def now(self) -> float:
        """Unix time in s."""
        return self.clock.utc

    def say(self, temperature: float, *, age: float = 0.0, **more: Any) -> None:
        """A sample, taken so many seconds ago."""
        probes = {"product": temperature}
        self.link.sample(
            temperature=temperature, probes=probes, time=self.now - age, clock="ntp", **more
        )

    async def go_on(
        self, temperature: float, *, minutes: float = 0.0, every: float = 60.0, **more: Any
    ) -> None:
        """Let time pass at a temperature, with a sample now and then; without `minutes` a single one."""
        for _ in range(int(minutes * 60 / every)):
            await self.clock.advance(every)
            self.say(temperature, **more)
            await self.house.judged()
        if not minutes:
            self.say(temperature, **more)
            await self.house.judged()

    async def stop_and_go(self) -> None:
        """Restart Home Assistant; the broker is there again, and has nothing to say."""
        await self.house.reload()
        self.link.up()
        await self.house.judged()

    async def choose(self, option: str, context: Context | None = None) -> None:
        """Choose an alarm profile."""
        await self._act("alarm_profile", option, context)

    async def set(self, key: str, value: float, context: Context | None = None) -> None:
        """Set a number, in the unit that is shown."""
        await self._act(key, value, context)

    async def press(self, key: str, context: Context | None = None) -> None:
        """Press a button."""
        await self._act(key, None, context)

    async def _act(self, key: str, value: object, context: Context | None) -> None:
        (entry,) = self.house.registered(key)
        service, name = SERVICES[entry.domain]
        data = {"entity_id": entry.entity_id} | ({name: value} if name else {})
        services = self.house.hass.services
        await services.async_call(entry.domain, service, data, blocking=True, context=context)
        await self.house.judged()
