"""Drive a Home Assistant through its public interfaces: HTTP, WebSocket, config flows.

Needs aiohttp, which every Home Assistant environment has.

    async with Client(server.url) as client:
        await client.log_in("demo", "demo")
        await client.until_running()
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

from ..progress import WorkshopError

Json = dict[str, Any]
_ANSWER_TIMEOUT = 30.0
_RUNNING_TIMEOUT = 120.0


class HomeAssistantError(WorkshopError):
    """Home Assistant refused something; `code` is its own word for why."""

    def __init__(self, what: str, code: str, message: str) -> None:
        """Take what was asked for and what was answered."""
        super().__init__(f"Home Assistant refused {what}: {message} ({code})")
        self.code = code
        self.message = message


class Client:
    """A logged-in user's connection."""

    def __init__(self, url: str) -> None:
        """Take the address of a server; nothing is sent yet."""
        self.url = url
        self._session = aiohttp.ClientSession(
            base_url=url, timeout=aiohttp.ClientTimeout(total=_ANSWER_TIMEOUT)
        )
        self.tokens: Json = {}
        """What the user logged in with: access and refresh token, as Home Assistant gave them."""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, asyncio.Queue[Json]] = {}
        self._last_id = 0

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close what is open."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._socket:
            await self._socket.close()
        await self._session.close()

    # Logging in

    async def log_in(self, user: str, password: str) -> None:
        """Log in, as a new owner where Home Assistant has none yet, and open the WebSocket."""
        has_owner = await self._has_owner()
        code = await (self._code(user, password) if has_owner else self._own(user, password))
        form = {"grant_type": "authorization_code", "code": code, "client_id": f"{self.url}/"}
        async with self._session.post("/auth/token", data=form) as response:
            self.tokens = await self._checked(response, "a token")
        await self._open()

    @property
    def token(self) -> str:
        """The access token, valid for half an hour."""
        return str(self.tokens.get("access_token", ""))

    async def _has_owner(self) -> bool:
        async with self._session.get("/api/onboarding") as response:
            if response.status == 404:  # all of the onboarding is done
                return True
            steps = await self._checked(response, "what is left of the onboarding")
        return any(step["step"] == "user" and step["done"] for step in steps)

    async def _own(self, user: str, password: str) -> str:
        owner = {"name": user, "username": user, "password": password, "language": "en"}
        answer = await self.post("/api/onboarding/users", owner | {"client_id": f"{self.url}/"})
        return str(answer["auth_code"])

    async def _code(self, user: str, password: str) -> str:
        client = {"client_id": f"{self.url}/"}
        start = {"handler": ["homeassistant", None], "redirect_uri": f"{self.url}/", **client}
        flow = await self.post("/auth/login_flow", start)
        credentials = {"username": user, "password": password, **client}
        answer = await self.post(f"/auth/login_flow/{flow['flow_id']}", credentials)
        if answer["type"] != "create_entry":
            raise HomeAssistantError("to log in", "invalid_auth", str(answer.get("errors")))
        return str(answer["result"])

    # HTTP

    async def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        async with self._session.get(path, headers=self._headers()) as response:
            return await self._checked(response, path)

    async def post(self, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """Send JSON to a path and return the JSON answered."""
        body = dict(data or {})
        async with self._session.post(path, json=body, headers=self._headers()) as response:
            return await self._checked(response, path)

    async def delete(self, path: str) -> Any:
        """Delete what is at a path and return the JSON answered."""
        async with self._session.delete(path, headers=self._headers()) as response:
            return await self._checked(response, path)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.tokens else {}

    @staticmethod
    async def _checked(response: aiohttp.ClientResponse, what: str) -> Any:
        if response.status >= 400:
            raise HomeAssistantError(what, str(response.status), (await response.text())[:500])
        return await response.json()

    # WebSocket

    async def _open(self) -> None:
        self._socket = await self._session.ws_connect("/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self.token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise HomeAssistantError("the WebSocket", answer["type"], answer.get("message", ""))
        self._reader = asyncio.create_task(self._read(self._socket))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            content = frame.json()
            for message in content if isinstance(content, list) else [content]:
                self._dispatch(message)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(WorkshopError("Home Assistant closed the WebSocket"))

    def _dispatch(self, message: Json) -> None:
        if message["type"] == "event" and message["id"] in self._events:
            self._events[message["id"]].put_nowait(message["event"])
        elif message["type"] == "result":
            answer = self._answers.pop(message["id"], None)
            if answer and not answer.done():
                answer.set_result(message)

    async def call(self, command: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result.

        Raises:
            HomeAssistantError: it was refused, or failed.
        """
        return await self._send(self._next_id(), command, fields)

    async def subscribe(self, command: str, **fields: Any) -> "asyncio.Queue[Json]":
        """Send a subscribing command; return the queue its events arrive in."""
        number = self._next_id()
        self._events[number] = asyncio.Queue()
        await self._send(number, command, fields)
        return self._events[number]

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _send(self, number: int, command: str, fields: Mapping[str, Any]) -> Any:
        if self._socket is None:
            raise WorkshopError("log in before sending a command")
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "type": command, **fields})
        async with asyncio.timeout(_ANSWER_TIMEOUT):
            message = await answer
        if not message["success"]:
            error = message["error"]
            raise HomeAssistantError(command, error["code"], error["message"])
        return message["result"]

    async def call_service(self, service: str, entity_id: str, **data: Any) -> None:
        """Perform an action such as `climate.set_temperature` on one entity."""
        domain, _, name = service.partition(".")
        await self.call(
            "call_service",
            domain=domain,
            service=name,
            target={"entity_id": entity_id},
            service_data=data,
        )

    async def until_running(self) -> None:
        """Wait until Home Assistant has set up everything."""
        async with asyncio.timeout(_RUNNING_TIMEOUT):
            while (await self.call("get_config"))["state"] != "RUNNING":
                await asyncio.sleep(0.1)
