"""The packet that arrives most, read without detour: it says what paho says of it, or leaves it to paho."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.link import engine as module
from chamber_agent.link.packets import News, Received, Settings, Version
from chamber_agent.link.publish import plain_publish
from link import mqtt
from link.test_engine import V5, V311, connected, heard

versions = st.sampled_from(Version)
topics = st.text(st.characters(exclude_characters="+#\0", exclude_categories=["Cs"]), min_size=1)


def read(data: bytes, version: Version = V5, at: int = 0) -> tuple[Received, int] | None:
    """What is made of some bytes."""
    return plain_publish(bytearray(data), at, version)


@given(versions, topics, st.binary(max_size=300), st.booleans(), st.binary(max_size=5))
def test_a_message_is_read_whole(
    version: Version, topic: str, payload: bytes, retained: bool, after: bytes
) -> None:
    packet = mqtt.publish(version, topic, payload, retained=retained)
    assert read(packet + after, version) == (Received(topic, payload, retained), len(packet))


@given(versions, topics, st.binary(max_size=300), st.data())
def test_a_part_of_one_is_not(
    version: Version, topic: str, payload: bytes, data: st.DataObject
) -> None:
    packet = mqtt.publish(version, topic, payload)
    part = data.draw(st.integers(1, len(packet) - 1))
    assert read(packet[:part], version) is None


@pytest.mark.parametrize(
    "packet",
    [
        mqtt.publish(V5, "a", b"b", qos=1),
        mqtt.publish(V5, "a", b"b", told=bytes([mqtt.MESSAGE_EXPIRY, 0, 0, 0, 9])),
        mqtt.publish(V5, "", b"b"),
        mqtt.packet(mqtt.Kind.PUBLISH, b"\0\1\xff\0b"),
        mqtt.packet(mqtt.Kind.PUBLISH, b"\0\1a"),
        mqtt.packet(mqtt.Kind.PUBLISH, b"\0\5a\0"),
        mqtt.packet(mqtt.Kind.PUBLISH, b"\0"),
        mqtt.packet(mqtt.Kind.PUBLISH),
        mqtt.packet(mqtt.Kind.PUBLISH, b"\0\1a\0b", flags=8),
        mqtt.suback(V5, 1, 0),
        b"\x30\xff\xff\xff\xff\x01" + bytes(20),
    ],
)
def test_what_is_not_plain_is_left_to_paho(packet: bytes) -> None:
    assert read(packet) is None


@given(versions, st.binary(max_size=40), st.binary(max_size=40))
def test_whatever_arrives_means_the_same_with_and_without_it(
    version: Version, garbage: bytes, payload: bytes
) -> None:
    stream = mqtt.publish(version, "a/b", payload) + b"\x30" + garbage

    def told(pieces: list[bytes]) -> list[News]:
        return heard(connected(version, Settings("box")), *pieces)

    with patch.object(module, "plain_publish", lambda *_arguments: None):
        expected = told([stream])
    assert told([stream]) == expected
    assert told([stream[:9], stream[9:]]) == expected


def test_both_versions_are_meant() -> None:
    assert {V5, V311} == set(Version)
