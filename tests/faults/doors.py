"""Who may stand at a broker's address instead of it: silent ones, web servers, and brokers that refuse."""

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import Callable

from faults.proxy import Caller, Door, Proxy, reset

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
CONNACK = bytes.fromhex("2003000000")
"""MQTT 5 (section 3.2): accepted."""


def frame(content: bytes, opcode: int = 2) -> bytes:
    """A short WebSocket frame of a server (RFC 6455, section 5.2)."""
    assert len(content) < 126
    return bytes([0x80 | opcode, len(content)]) + content


def close_frame(code: int) -> bytes:
    """A server's last frame."""
    return frame(code.to_bytes(2), 8)


def refusal(code: int) -> bytes:
    """A CONNACK of MQTT 5 that says no (section 3.2.2.2)."""
    return frame(bytes([0x20, 3, 0, code, 0]))


def farewell(code: int) -> bytes:
    """A DISCONNECT of MQTT 5 (section 3.14.2.1)."""
    return frame(bytes([0xE0, 2, code, 0]))


async def silent(_proxy: Proxy, caller: Caller) -> None:
    """Accept, listen, and never say a word."""
    while await caller.reader.read(4096):
        pass


async def resets(_proxy: Proxy, caller: Caller) -> None:
    """Answer the first bytes with RST."""
    await caller.reader.read(1)
    reset(caller.writer)


async def hangs_up(_proxy: Proxy, caller: Caller) -> None:
    """Answer the first bytes with FIN."""
    await caller.reader.read(4096)


async def drips(_proxy: Proxy, caller: Caller) -> None:
    """Answer with a header that never ends."""
    caller.writer.write(b"HTTP/1.1 101 Switching Protocols\r\nX-Long: ")
    with contextlib.suppress(ConnectionError):
        while not caller.reader.at_eof():
            caller.writer.write(b"x")
            await caller.writer.drain()
            await asyncio.sleep(0.02)


def says(answer: bytes) -> Door:
    """Answer a request with these bytes and close."""

    async def door(_proxy: Proxy, caller: Caller) -> None:
        await caller.reader.read(4096)
        caller.writer.write(answer)
        await caller.writer.drain()

    return door


def answers(status: int, reason: str, **headers: str) -> Door:
    """A web server that answers everything so."""
    fields = {"Content-Length": "0", "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {fields[name]}" for name in fields)]
    return says("\r\n".join([*lines, "", ""]).encode())


def _upgraded(request: bytes, accept: Callable[[str], str], subprotocol: str | None) -> bytes:
    lines = (line.partition(":") for line in request.decode("latin-1").splitlines()[1:])
    fields = {name.strip().lower(): value.strip() for name, _colon, value in lines}
    answer = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept(fields['sec-websocket-key'])}",
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
    ]
    return "\r\n".join([*answer, "", ""]).encode()


def accepted(key: str) -> str:
    """What proves that a server has understood the request (RFC 6455, section 4.2.2)."""
    digest = hashlib.sha1(f"{key}{_MAGIC}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def greets(
    *answers: bytes,
    subprotocol: str | None = "mqtt",
    accept: Callable[[str], str] = accepted,
    leaves: bool = False,
) -> Door:
    """Shake hands as a WebSocket server, answer each of the client's next frames so, then be silent, or leave."""

    async def door(proxy: Proxy, caller: Caller) -> None:
        request = await caller.reader.readuntil(b"\r\n\r\n")
        caller.writer.write(_upgraded(request, accept, subprotocol))
        for answer in answers:
            await caller.reader.read(4096)
            caller.writer.write(answer)
        if not leaves:
            await silent(proxy, caller)

    return door
