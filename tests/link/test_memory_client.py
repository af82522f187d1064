"""paho's client without socket and locks: two buffers, and what paho keeps to itself."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from chamber_agent.link import memory_client as module
from chamber_agent.link.memory_client import MemoryClient, MemorySocket
from chamber_agent.link.packets import Version
from link import mqtt
from link.mqtt import Kind

PROTOCOL = {Version.V5: MQTTProtocolVersion.MQTTv5, Version.V311: MQTTProtocolVersion.MQTTv311}


def begun(version: Version = Version.V5) -> MemoryClient:
    """A client whose CONNECT is on its way."""
    client = MemoryClient(MemorySocket(), client_id="box", protocol=PROTOCOL[version])
    client.connect("memory", 1)
    return client


def told(client: MemoryClient, data: bytes) -> MemoryClient:
    """The client, after it has read all that arrived."""
    client.memory.feed(data)
    while client.memory.unread and client.socket() is not None:
        client.loop_read()
    return client


class TestTheSocket:
    def test_has_nothing_to_read_at_first_and_says_that_it_would_block(self) -> None:
        with pytest.raises(BlockingIOError):
            MemorySocket().recv(1)

    @given(st.lists(st.binary(max_size=9) | st.integers(1, 9), max_size=20))
    def test_gives_what_came_in_its_order_once(self, doings: list[bytes | int]) -> None:
        memory, came, read = MemorySocket(), b"", b""
        for doing in doings:
            if isinstance(doing, bytes):
                memory.feed(doing)
                came += doing
            elif memory.unread:
                read += memory.recv(doing)
            assert memory.unread == len(came) - len(read)
            assert came.startswith(read)
        assert read + (memory.recv(memory.unread) if memory.unread else b"") == came

    def test_gives_no_more_than_it_was_asked_for(self) -> None:
        memory = MemorySocket()
        memory.feed(b"abc")
        assert [memory.recv(2), memory.recv(2)] == [b"ab", b"c"]

    def test_keeps_nothing_that_was_read_when_more_comes(self) -> None:
        memory = MemorySocket()
        for _ in range(100):
            memory.feed(b"0123456789")
            memory.recv(10)
        assert len(memory.incoming) == 10

    def test_takes_all_that_is_written(self) -> None:
        memory = MemorySocket()
        assert [memory.send(b"ab"), memory.send(b""), memory.send(b"c")] == [2, 0, 1]
        assert memory.outgoing == b"abc"


class TestTheClient:
    def test_writes_and_reads_in_memory_alone(self, version: Version) -> None:
        client = begun(version)
        assert client._create_socket() is client.memory
        assert mqtt.read_connect(bytes(client.memory.outgoing)).client_id == "box"
        assert told(client, mqtt.connack(version)).is_connected()

    def test_closes_its_socket_as_any_other(self) -> None:
        client = told(begun(), mqtt.connack(Version.V5))
        client.disconnect()
        assert mqtt.packets(bytes(client.memory.outgoing))[-1].kind == Kind.DISCONNECT
        assert client.socket() is None

    @pytest.mark.parametrize("name", ["_create_socket", "_handle_connack", "_handle_disconnect"])
    def test_overrides_nothing_but_methods_of_paho_s(self, name: str) -> None:
        assert callable(getattr(paho.Client, name))
        assert name in vars(MemoryClient)

    @pytest.mark.parametrize("name", [*module.MUTEXES, "_in_packet"])
    def test_uses_no_attribute_that_paho_has_not(self, name: str) -> None:
        assert hasattr(paho.Client(CallbackAPIVersion.VERSION2), name)

    def test_has_none_of_paho_s_locks_left(self) -> None:
        locks = (type(threading.Lock()), type(threading.RLock()), threading.Condition)
        client = vars(begun())
        assert [name for name, value in client.items() if isinstance(value, locks)] == []

    def test_notices_a_lock_that_paho_no_longer_has(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(module, "MUTEXES", (*module.MUTEXES, "_missing_mutex"))
        with pytest.raises(AttributeError, match="_missing_mutex"):
            begun()

    @pytest.mark.parametrize("name", module.MUTEXES)
    def test_takes_every_lock_at_once_whoever_holds_it(self, name: str) -> None:
        lock = getattr(begun(), name)
        assert lock.acquire()
        assert lock.acquire(False)
        lock.release()
        with lock, lock:
            pass


class TestARefusal:
    """Whether the broker speaks another version of MQTT, which paho does not tell of 3.1.1's answer."""

    @pytest.mark.parametrize("code", [2, 3, 4, 5])
    def test_for_another_cause_is_none_of_the_version(self, code: int) -> None:
        client = told(begun(Version.V311), mqtt.connack(Version.V311, code))
        assert not client.refused_version

    def test_of_the_version_is_noted(self, version: Version) -> None:
        assert not begun(version).refused_version
        assert told(begun(version), mqtt.connack(Version.V311, 1)).refused_version


class TestAFarewell:
    def test_is_none_as_long_as_the_broker_said_none(self) -> None:
        assert told(begun(), mqtt.connack(Version.V5)).farewell is None

    @pytest.mark.parametrize("rest", [(), (0,)], ids=["without properties", "with properties"])
    def test_keeps_its_reason(self, rest: tuple[int, ...]) -> None:
        client = told(begun(), mqtt.connack(Version.V5) + mqtt.disconnect(0x8E, *rest))
        assert client.farewell == 0x8E
        assert client.socket() is None

    def test_without_a_reason_has_none(self) -> None:
        client = told(begun(), mqtt.connack(Version.V5) + mqtt.disconnect())
        assert client.farewell is None
        assert client.socket() is None
