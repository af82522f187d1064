"""A phone with the Home Assistant app, by what it says and hears: registration, push channel, webhook.

Documented at developers.home-assistant.io, "Native app integration".
"""

import asyncio
from typing import Any, Self

import aiohttp

from workshop.demo.client import Client, Json

PUSHED_WITHIN = 15.0
_APP = {
    "app_id": "io.homeassistant.companion.test",
    "app_name": "Home Assistant",
    "app_version": "2026.11",
    "manufacturer": "Test",
    "model": "Phone",
    "os_name": "Test OS",
    "os_version": "1",
    "supports_encryption": False,
    "app_data": {"push_websocket_channel": True},
}


class Phone:
    """A registered phone of the user who is logged in, with its push channel open.

    async with Phone(client, "Ada's phone") as phone:
        notification = await phone.notified()
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name
        self._webhook = ""
        self._pushed: asyncio.Queue[Json] = asyncio.Queue()
        # The app's webhook knows no token: its address is the secret.
        self._session = aiohttp.ClientSession(base_url=client.url)

    async def __aenter__(self) -> Self:
        registration = {**_APP, "device_id": self.name, "device_name": self.name}
        answer = await self._client.post("/api/mobile_app/registrations", registration)
        self._webhook = answer["webhook_id"]
        self._pushed = await self._client.subscribe(
            "mobile_app/push_notification_channel", webhook_id=self._webhook, support_confirm=True
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._session.close()

    async def device(self) -> str:
        """The id of the phone's device, as blueprints ask for it."""
        devices = await self._client.call("config/device_registry/list")
        return str(next(one["id"] for one in devices if one["name"] == self.name))

    async def notified(self, within: float = PUSHED_WITHIN) -> Json:
        """The next notification, which the phone confirms. Raises TimeoutError."""
        async with asyncio.timeout(within):
            notification = await self._pushed.get()
        confirm_id = notification.pop("hass_confirm_id")
        await self._client.call(
            "mobile_app/push_notification_confirm", webhook_id=self._webhook, confirm_id=confirm_id
        )
        return notification

    async def tap(self, action: str, **more: str) -> None:
        """A button of a notification is tapped; `reply_text` is what was typed."""
        data = {"action": action, "sourceDeviceName": self.name, **more}
        event = {"event_type": "mobile_app_notification_action", "event_data": data}
        assert await self._say("fire_event", event) == 200

    async def act(self, action: str, **data: Any) -> None:
        """Perform an action such as `climate.set_temperature`. The webhook does not tell whether that succeeded."""
        domain, _, service = action.partition(".")
        call = {"domain": domain, "service": service, "service_data": data}
        assert await self._say("call_service", call) == 200

    async def _say(self, kind: str, data: Json) -> int:
        said = {"type": kind, "data": data}
        async with self._session.post(f"/api/webhook/{self._webhook}", json=said) as response:
            return response.status
