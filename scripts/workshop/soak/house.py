"""What is asked of Home Assistant while it is there: the integration is added, setpoints are set, an hour is over."""

import asyncio
import json
import urllib.request
from collections.abc import Mapping
from typing import Any

from ..demo.chambers import PLATFORM, appear
from ..demo.client import Client
from ..demo.flows import add_integration
from .chambers import CHAMBERS

_USER = "owner"
_PATIENCE = 20.0


class House:
    """A user of Home Assistant, with a token that outlives restarts."""

    def __init__(self, url: str) -> None:
        """Take where it is."""
        self._url = url
        self._token = ""
        self._thermostats: dict[str, str] = {}

    def furnish(self, broker: str) -> str:
        """Log in as the first owner, and add the integration; the entry's id."""
        return asyncio.run(self._furnish(broker))

    def meet(self) -> None:
        """Wait until all chambers are there."""
        asyncio.run(self._meet())

    def set_temperature(self, chamber: str, setpoint: float) -> bool:
        """Set a thermostat; whether that was confirmed."""
        data = {"entity_id": self._thermostats[chamber], "temperature": setpoint}
        return self._post("services/climate/set_temperature", data)

    def say_that_an_hour_is_compiled(self) -> bool:
        """Fire the event that Home Assistant's recorder fires once an hour; whether it is there to hear it."""
        return self._post("events/recorder_hourly_statistics_generated", {})

    async def _furnish(self, broker: str) -> str:
        async with Client(self._url) as client:
            await client.log_in(_USER, _USER)
            await client.until_running()
            entry = await add_integration(client, PLATFORM, {"url": broker})
            token = {"client_name": "soak", "lifespan": 30}
            self._token = await client.call("auth/long_lived_access_token", **token)
            return str(entry["entry_id"])

    async def _meet(self) -> None:
        async with Client(self._url) as client:
            await client.log_in(_USER, _USER)
            await client.until_running()
            found = await appear(client, len(CHAMBERS))
            devices = await client.call("config/device_registry/list")
        by_device = {one.device_id: one.climate for one in found}
        for device in devices:
            if device["id"] in by_device:
                name = device["identifiers"][0][1].rpartition("/")[2]
                self._thermostats[name] = by_device[device["id"]]

    def _post(self, path: str, data: Mapping[str, Any]) -> bool:
        request = urllib.request.Request(
            f"{self._url}/api/{path}",
            json.dumps(data).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
