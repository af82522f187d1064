"""paho's client with its socket and its locks taken out.

Of its private names `_create_socket`, `_handle_connack`, `_handle_disconnect`, `_in_packet` and the mutexes are
used, pinned by a test.
"""

from __future__ import annotations

from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, ConnackCode, MQTTErrorCode

MUTEXES = (
    "_in_callback_mutex",
    "_callback_mutex",
    "_msgtime_mutex",
    "_out_message_mutex",
    "_in_message_mutex",
    "_reconnect_delay_mutex",
    "_mid_generate_mutex",
)
REFUSED_VERSION = bytes([ConnackCode.CONNACK_REFUSED_PROTOCOL_VERSION])


class _NoLock:
    """Stands for paho's mutexes: everything happens in one thread."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def acquire(self, _blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        return None


class MemorySocket:
    """What paho takes for a socket: two buffers. Of `incoming`, what is before `position` was read."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self.position = 0
        self.outgoing = bytearray()

    def feed(self, data: bytes) -> None:
        """Take in bytes from the network."""
        del self.incoming[: self.position]
        self.position = 0
        self.incoming += data

    @property
    def unread(self) -> int:
        """How many bytes paho has not read yet."""
        return len(self.incoming) - self.position

    def recv(self, size: int) -> bytes:
        """What paho reads; raises `BlockingIOError` where there is nothing."""
        if not self.unread:
            raise BlockingIOError
        data = bytes(self.incoming[self.position : self.position + size])
        self.position += len(data)
        return data

    def send(self, data: bytes) -> int:
        """What paho writes; everything is taken."""
        self.outgoing += data
        return len(data)

    def setblocking(self, _flag: bool) -> None:
        """Nothing here ever blocks."""

    def close(self) -> None:
        """There is nothing to close."""


class MemoryClient(paho.Client):
    """paho's client with its socket and its locks taken out."""

    def __init__(self, memory: MemorySocket, **options: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, reconnect_on_failure=False, **options)
        self.memory = memory
        self.farewell: int | None = None
        self.refused_version = False
        for mutex in MUTEXES:
            if not hasattr(self, mutex):
                raise AttributeError(mutex)
            setattr(self, mutex, _NoLock())

    def _create_socket(self) -> Any:
        return self.memory

    def _handle_connack(self) -> MQTTErrorCode:
        """Keep the code, of which paho does not tell where it refuses MQTT 3.1.1."""
        self.refused_version = self._in_packet["packet"][1:2] == REFUSED_VERSION
        return super()._handle_connack()

    def _handle_disconnect(self) -> None:
        """Keep the reason, which paho 2.1.0 drops where no properties follow it."""
        if packet := self._in_packet["packet"]:
            self.farewell = packet[0]
        super()._handle_disconnect()
