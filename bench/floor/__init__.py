"""The floor: the states of the load, set by `hass.states.async_set` without MQTT, JSON or entities.

Installed in the bench's own Home Assistant only. Only what changed is set, and the thermostat's current
temperature every fifth second, which is what the integration writes too.
"""

import asyncio
import time
from array import array
from pathlib import Path
from typing import Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

from . import names

DOMAIN = "bench_floor"
_TEMPERATURE = {
    "state_class": "measurement",
    "unit_of_measurement": "°C",
    "device_class": "temperature",
}
_POWER = {"state_class": "measurement", "unit_of_measurement": "W", "device_class": "power"}
_CLIMATE_EVERY = 5.0
_SLICE = 64
_WHOLE_AT_MOST = 600
_VALUES = 20_000
_COLDEST = -80.0


class Floor:
    """The chambers' states."""

    def __init__(self, hass: HomeAssistant, chambers: int) -> None:
        self._hass = hass
        self._ids = [
            names.of(chamber, lean=chambers > _WHOLE_AT_MOST) for chamber in range(chambers)
        ]
        self._last: list[dict[str, str]] = [{} for _ in self._ids]
        self._climate_at = [float("-inf")] * chambers

    def begin(self) -> None:
        """Show everything once."""
        for chamber, ids in enumerate(self._ids):
            for key, entity_id in ids.items():
                domain = names.KEYS[key]
                if domain == "binary_sensor":
                    self._hass.states.async_set(entity_id, "off", {"device_class": "running"})
                elif domain == "event":
                    self._hass.states.async_set(entity_id, "2026-01-01T00:00:00.000+00:00")
            self.take(chamber, 0)

    def take(self, chamber: int, turn: int) -> None:
        """Show a round of a chamber."""
        ids, last = self._ids[chamber], self._last[chamber]
        cooling = turn // 300 % 2 == 0
        temperature = round(_COLDEST + turn % _VALUES / 100, 2)
        self._set(ids, last, "temperature", str(temperature), _TEMPERATURE)
        self._set(ids, last, "setpoint", "30.0", _TEMPERATURE)
        self._set(ids, last, "product", str(round(20 + turn % 500 / 100, 2)), _TEMPERATURE)
        self._set(ids, last, "ambient", str(round(22 + turn // 2 % 200 / 100, 2)), _TEMPERATURE)
        self._set(ids, last, "power", str(round(20 + turn // 5 % 100 / 10, 1)), _POWER)
        for key in ("cooler0", "cooler1"):
            value = "on" if cooling else "off"
            self._set(ids, last, key, value, {"device_class": "running"})
        now = time.monotonic()
        if now - self._climate_at[chamber] >= _CLIMATE_EVERY:
            self._climate_at[chamber] = now
            attributes = {
                "hvac_modes": ["off", "heat", "cool", "heat_cool"],
                "min_temp": -80.0,
                "max_temp": 180.0,
                "target_temp_step": 0.1,
                "current_temperature": round(temperature, 1),
                "temperature": 30.0,
                "hvac_action": "cooling" if cooling else "idle",
            }
            self._hass.states.async_set(ids["chamber"], "heat_cool", attributes)

    def _set(
        self, ids: dict[str, str], last: dict[str, str], key: str, value: str, more: dict[str, str]
    ) -> None:
        if key in ids and last.get(key) != value:
            last[key] = value
            self._hass.states.async_set(ids[key], value, more)

    async def run(
        self, chambers: int, rate: float, messages: int, first_round: int
    ) -> tuple[float, "array[float]"]:
        """Show a run on its schedule; return by how much it was late at most, and the time of each message."""
        times = array("d")
        start, done, late = time.monotonic(), 0, 0.0
        while done < messages:
            passed = time.monotonic() - start
            due = int(passed * rate) + 1 if rate else messages
            if due <= done:
                await asyncio.sleep(max(done / rate - passed, 0.0005))
                continue
            if rate:
                late = max(late, passed - done / rate)
            end = min(due, done + _SLICE, messages)
            for message in range(done, end):
                turn, chamber = divmod(message, chambers)
                # When it should have been, as a message would have waited for the loop too.
                times.append(start + message / rate if rate else start)
                self.take(chamber, first_round + turn)
            done = end
            await asyncio.sleep(0)
        return late, times


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Show the chambers, and run when told to."""
    floor = Floor(hass, config[DOMAIN]["chambers"])
    floor.begin()

    @websocket_api.websocket_command(
        {
            vol.Required("type"): "bench_floor/run",
            vol.Required("chambers"): int,
            vol.Required("rate"): vol.Coerce(float),
            vol.Required("messages"): int,
            vol.Required("first_round"): int,
            vol.Optional("together"): bool,
            vol.Required("stamps"): str,
        }
    )
    @websocket_api.async_response
    async def run(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: dict[str, Any]
    ) -> None:
        connection.send_result(message["id"])
        began = time.monotonic()
        late, times = await floor.run(
            message["chambers"], message["rate"], message["messages"], message["first_round"]
        )
        took = time.monotonic() - began
        stamps = Path(message["stamps"])
        await hass.async_add_executor_job(stamps.write_bytes, times.tobytes())
        answer = {"took": took, "late": late}
        connection.send_message(websocket_api.event_message(message["id"], answer))

    websocket_api.async_register_command(hass, run)
    return True
