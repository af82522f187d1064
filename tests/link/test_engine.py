"""paho-mqtt as an engine: what goes in and comes out as bytes, with the versions of paho the two ends have."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt import __version__ as paho_version
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from chamber_agent.link import engine as engine_module
from chamber_agent.link.engine import Engine
from chamber_agent.link.errors import Cause
from chamber_agent.link.packets import (
    Accepted,
    Ended,
    Greeting,
    News,
    Publication,
    Published,
    Received,
    Settings,
    Subscribed,
    Subscription,
    Version,
)
from link import mqtt
from link.mqtt import Kind

V5, V311 = Version.V5, Version.V311
SETTINGS = Settings("box")


def begun(
    version: Version, settings: Settings = SETTINGS, greeting: Greeting | None = None
) -> Engine:
    """An engine whose CONNECT is on its way."""
    engine = Engine(settings, greeting or Greeting(), version)
    engine.connect()
    return engine


def connect_of(version: Version, settings: Settings, *will: Publication) -> mqtt.Connect:
    """What the engine's CONNECT says."""
    return mqtt.read_connect(begun(version, settings, Greeting((), *will)).drain())


def connected(version: Version, settings: Settings = SETTINGS, told: bytes = b"") -> Engine:
    """An engine the broker has accepted."""
    engine = begun(version, settings)
    assert heard(engine, mqtt.connack(version, told=told)) == [Accepted()]
    engine.drain()
    return engine


def heard(engine: Engine, *pieces: bytes) -> list[News]:
    """All that the engine makes of some bytes, which arrive piece by piece."""
    news: list[News] = []
    for piece in pieces:
        engine.feed(piece)
        while found := engine.read():
            news += found
    return news


def written(engine: Engine) -> mqtt.Packet:
    """The one packet that the engine has written."""
    (packet,) = mqtt.packets(engine.drain())
    return packet


def causes(news: list[News]) -> list[Cause]:
    """Why the connection ended, once for each time it is said."""
    return [one.failure.cause for one in news if isinstance(one, Ended)]


class TestPaho:
    """What of paho is used beyond its interface."""

    def test_these_tests_run_with_home_assistant_s_version_and_with_the_pi_s(self) -> None:
        at_home = sys.version_info >= (3, 14)
        assert paho_version == ("2.1.0" if at_home else "2.2.0")

    def test_no_other_version_is_installed_at_either_end(self) -> None:
        files = (Path(__file__).parents[2] / "requirements").glob("*.txt")
        pinned = [
            re.findall(r"^paho-mqtt==([^ ]+)", file.read_text(), re.MULTILINE) for file in files
        ]
        assert set().union(*pinned) == {"2.1.0", "2.2.0"}

    def test_the_method_the_engine_calls_is_one_of_paho_s(self) -> None:
        assert callable(paho.Client._packet_read)

    @pytest.mark.parametrize("name", ["_in_packet", "_keepalive", "_max_inflight_messages"])
    def test_an_attribute_the_engine_uses_is_one_of_paho_s(self, name: str) -> None:
        assert hasattr(paho.Client(CallbackAPIVersion.VERSION2), name)

    def test_no_thread_is_started(self) -> None:
        before = threading.active_count()
        connected(V5)
        assert threading.active_count() == before


class TestConnect:
    """CONNECT."""

    def test_it_names_the_client_and_the_keepalive(self, version: Version) -> None:
        said = connect_of(version, Settings("box", keepalive=17))
        assert (said.version, said.client_id, said.keepalive) == (version, "box", 17)

    def test_it_asks_for_a_new_session(self, version: Version) -> None:
        assert connect_of(version, SETTINGS).clean_start

    def test_it_asks_for_the_session_that_is_to_be_kept(self, version: Version) -> None:
        assert not connect_of(version, Settings("box", session_expiry=300)).clean_start

    def test_mqtt_5_is_told_how_long_to_keep_it(self) -> None:
        expiry = bytes([mqtt.SESSION_EXPIRY]) + (300).to_bytes(4, "big")
        assert expiry in connect_of(V5, Settings("box", session_expiry=300)).properties

    def test_the_will_s_qos_is_capped(self, version: Version) -> None:
        will = Publication("a", b"b", 1)
        assert connect_of(version, Settings("box", maximum_qos=0), will).will_qos == 0

    def test_mqtt_5_is_told_what_is_too_large_and_asked_to_keep_no_session(self) -> None:
        largest = engine_module.LARGEST_PACKET.to_bytes(4, "big")
        assert connect_of(V5, SETTINGS).properties == bytes([mqtt.MAXIMUM_PACKET_SIZE]) + largest

    def test_without_credentials_it_has_none(self, version: Version) -> None:
        said = connect_of(version, SETTINGS)
        assert (said.username, said.password) == (None, None)

    def test_it_carries_credentials_as_they_are(self, version: Version) -> None:
        said = connect_of(version, Settings("box", "us er", "pa ss:wörd"))
        assert (said.username, said.password) == ("us er", "pa ss:wörd")

    def test_without_a_will_it_has_none(self, version: Version) -> None:
        assert connect_of(version, SETTINGS).will_topic is None

    @pytest.mark.parametrize(("qos", "retained"), [(0, False), (1, True)])
    def test_it_carries_the_will(self, version: Version, qos: int, retained: bool) -> None:
        said = connect_of(version, SETTINGS, Publication("a/status", b"lost", qos, retained))
        assert (said.will_topic, said.will_payload) == ("a/status", b"lost")
        assert (said.will_qos, said.will_retained) == (qos, retained)

    def test_nothing_is_written_before_it(self, version: Version) -> None:
        assert Engine(SETTINGS, Greeting(), version).drain() == b""


class TestConnack:
    """CONNACK."""

    def test_an_acceptance_is_told(self, version: Version) -> None:
        assert heard(begun(version), mqtt.connack(version)) == [Accepted(session_present=False)]

    def test_a_session_that_the_broker_kept_is_told(self, version: Version) -> None:
        answer = mqtt.connack(version, present=True)
        assert heard(begun(version), answer) == [Accepted(session_present=True)]

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            (0x80, Cause.PROTOCOL_ERROR),
            (0x81, Cause.PROTOCOL_ERROR),
            (0x84, Cause.UNSUPPORTED_PROTOCOL),
            (0x85, Cause.INVALID_CLIENT_ID),
            (0x86, Cause.INVALID_AUTH),
            (0x87, Cause.INVALID_AUTH),
            (0x88, Cause.UNAVAILABLE),
            (0x89, Cause.UNAVAILABLE),
            (0x8A, Cause.NOT_AUTHORIZED),
            (0x8C, Cause.INVALID_AUTH),
            (0x97, Cause.UNAVAILABLE),
            (0x9F, Cause.UNAVAILABLE),
        ],
    )
    def test_a_refusal_in_mqtt_5_has_its_cause(self, code: int, cause: Cause) -> None:
        assert causes(heard(begun(V5), mqtt.connack(V5, code))) == [cause]

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            (1, Cause.UNSUPPORTED_PROTOCOL),
            (2, Cause.INVALID_CLIENT_ID),
            (3, Cause.UNAVAILABLE),
            (4, Cause.INVALID_AUTH),
            (5, Cause.INVALID_AUTH),
            (6, Cause.PROTOCOL_ERROR),
        ],
    )
    def test_a_refusal_in_mqtt_3_1_1_has_its_cause(self, code: int, cause: Cause) -> None:
        assert causes(heard(begun(V311), mqtt.connack(V311, code))) == [cause]

    def test_a_broker_without_mqtt_5_refuses_it_in_the_words_of_3_1_1(self) -> None:
        refusal = mqtt.connack(V311, 1)
        assert causes(heard(begun(V5), refusal)) == [Cause.UNSUPPORTED_PROTOCOL]

    @pytest.mark.parametrize("code", [0, 2, 5])
    def test_any_other_answer_in_the_words_of_3_1_1_is_no_mqtt_5(self, code: int) -> None:
        assert causes(heard(begun(V5), mqtt.connack(V311, code))) == [Cause.PROTOCOL_ERROR]

    def test_a_refusal_names_its_reason(self) -> None:
        (ended,) = heard(begun(V5), mqtt.connack(V5, 0x9F))
        assert isinstance(ended, Ended)
        assert ended.failure.detail == "Connection rate exceeded"


class TestLimits:
    """What CONNACK says that the broker does not take, and the cap of the settings."""

    HELLO = Publication("a", b"hello", 2, retain=True)

    def published(self, settings: Settings, told: bytes, version: Version = V5) -> mqtt.Publish:
        engine = connected(version, settings, told)
        engine.publish(self.HELLO)
        return mqtt.read_publish(version, written(engine))

    def test_without_any_a_message_goes_as_it_is(self, version: Version) -> None:
        said = self.published(SETTINGS, b"", version)
        assert (said.qos, said.retained) == (2, True)

    @pytest.mark.parametrize("most", [0, 1])
    def test_the_broker_s_maximum_qos_is_kept(self, most: int) -> None:
        assert self.published(SETTINGS, bytes([mqtt.MAXIMUM_QOS, most])).qos == most

    def test_the_lower_of_both_maxima_counts(self) -> None:
        told = bytes([mqtt.MAXIMUM_QOS, 1])
        assert self.published(Settings("box", maximum_qos=0), told).qos == 0
        assert self.published(Settings("box", maximum_qos=1), b"").qos == 1

    def test_subscriptions_are_capped_too(self, version: Version) -> None:
        engine = connected(version, Settings("box", maximum_qos=0))
        engine.subscribe((Subscription("a", 1),))
        asked = mqtt.read_subscribe(version, written(engine))
        assert asked.filters["a"] & 3 == 0

    def test_nothing_is_retained_where_the_broker_retains_nothing(self) -> None:
        assert not self.published(SETTINGS, bytes([mqtt.RETAIN_AVAILABLE, 0])).retained

    def test_no_more_acknowledgements_are_awaited_than_the_broker_takes(self) -> None:
        engine = connected(V5, SETTINGS, bytes([mqtt.RECEIVE_MAXIMUM, 0, 2]))
        for _ in range(5):
            engine.publish(self.HELLO)
        assert len(mqtt.packets(engine.drain())) == 2

    @pytest.mark.parametrize(("qos", "most", "owed"), [(0, 2, False), (1, 2, True), (1, 0, False)])
    def test_it_is_known_what_the_broker_owes_an_acknowledgement_for(
        self, version: Version, qos: int, most: int, owed: bool
    ) -> None:
        engine = connected(version, Settings("box", maximum_qos=most))
        assert engine.is_acknowledged(Publication("a", b"", qos)) is owed

    def test_what_is_too_large_for_the_broker_is_known_before_it_is_sent(self) -> None:
        engine = connected(V5, SETTINGS, bytes([mqtt.MAXIMUM_PACKET_SIZE, 0, 0, 1, 0]))
        assert engine.takes(Publication("a", bytes(100)))
        assert not engine.takes(Publication("a", bytes(256)))
        assert not engine.takes(Publication("a", bytes(100), response_topic="b" * 200))


class TestDisconnect:
    """DISCONNECT, from either side."""

    @pytest.mark.parametrize("rest", [(), (0,)], ids=["remaining length 1", "remaining length 2"])
    @pytest.mark.parametrize(
        ("code", "cause", "name"),
        [
            (0x8E, Cause.TAKEN_OVER, "Session taken over"),
            (0x9B, Cause.LOST, "QoS not supported"),
            (0x95, Cause.TOO_LARGE, "Packet too large"),
            (0x87, Cause.NOT_AUTHORIZED, "Not authorized"),
            (0x98, Cause.NOT_AUTHORIZED, "Administrative action"),
        ],
    )
    def test_its_reason_is_told(
        self, rest: tuple[int, ...], code: int, cause: Cause, name: str
    ) -> None:
        (ended,) = heard(connected(V5), mqtt.disconnect(code, *rest))
        assert isinstance(ended, Ended)
        assert ended.failure.cause is cause
        assert name in ended.failure.detail

    def test_its_reason_is_told_where_properties_follow(self) -> None:
        reason_string = b"\x1f" + mqtt.string("go away")
        body = bytes([0x8B, len(reason_string)]) + reason_string
        (ended,) = heard(connected(V5), mqtt.packet(Kind.DISCONNECT, body))
        assert isinstance(ended, Ended)
        assert "Server shutting down" in ended.failure.detail

    def test_without_a_reason_it_is_a_normal_one(self) -> None:
        (ended,) = heard(connected(V5), mqtt.disconnect())
        assert isinstance(ended, Ended)
        assert ended.failure.detail == "the broker ended it: Normal disconnection"

    def test_an_unknown_reason_ends_the_connection_once(self) -> None:
        assert len(causes(heard(connected(V5), mqtt.disconnect(0xEE)))) == 1

    def test_in_mqtt_3_1_1_no_broker_sends_one(self) -> None:
        assert causes(heard(connected(V311), mqtt.disconnect())) == [Cause.PROTOCOL_ERROR]

    def test_ours_is_the_last_that_is_written(self, version: Version) -> None:
        engine = connected(version)
        engine.disconnect()
        engine.publish(Publication("a", b"b"))
        assert written(engine).kind == Kind.DISCONNECT

    def test_what_the_broker_says_after_its_end_is_not_told(self) -> None:
        engine = connected(V5)
        news = heard(engine, mqtt.disconnect(0x8E) + mqtt.publish(V5, "a"), mqtt.publish(V5, "a"))
        assert causes(news) == [Cause.TAKEN_OVER]
        assert len(news) == 1


class TestKeepalive:
    """PINGREQ, PINGRESP and what becomes of their absence."""

    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
        """paho's clock, at its first element."""
        self._clock = [1000.0]
        monkeypatch.setattr(paho, "time_func", lambda: self._clock[0])
        return iter([self._clock])

    def after(self, engine: Engine, seconds: float) -> list[int]:
        """The kinds of packets written when nothing happened for so many seconds."""
        self._clock[0] += seconds
        engine.tick()
        return [packet.kind for packet in mqtt.packets(engine.drain())]

    def test_an_idle_connection_is_kept_alive(self, version: Version) -> None:
        engine = connected(version, Settings("box", keepalive=20))
        assert self.after(engine, 19.0) == []
        assert self.after(engine, 1.0) == [Kind.PINGREQ]

    def test_an_answered_ping_keeps_it(self, version: Version) -> None:
        engine = connected(version, Settings("box", keepalive=20))
        for _ in range(3):
            assert self.after(engine, 20.0) == [Kind.PINGREQ]
            assert heard(engine, mqtt.PINGRESP) == []

    def test_an_unanswered_ping_ends_it(self, version: Version) -> None:
        engine = connected(version, Settings("box", keepalive=20))
        self.after(engine, 20.0)
        assert self.after(engine, 20.0) == []
        assert causes(engine.read()) == [Cause.LOST]

    def test_the_broker_s_own_keepalive_counts(self) -> None:
        told = bytes([mqtt.SERVER_KEEP_ALIVE, 0, 7])
        engine = connected(V5, Settings("box", keepalive=20), told)
        assert self.after(engine, 6.0) == []
        assert self.after(engine, 1.0) == [Kind.PINGREQ]

    def test_a_broker_that_wants_no_keepalive_gets_none(self) -> None:
        told = bytes([mqtt.SERVER_KEEP_ALIVE, 0, 0])
        engine = connected(V5, Settings("box", keepalive=20), told)
        assert self.after(engine, 86_400.0) == []
        assert engine.read() == []


class TestPublishing:
    """PUBLISH to the broker, and its answer."""

    def test_a_message_goes_out_as_it_is(self, version: Version) -> None:
        engine = connected(version)
        mid = engine.publish(Publication("a/b", b"\x00\xff", 1, retain=True))
        sent = mqtt.read_publish(version, written(engine))
        assert sent == mqtt.Publish("a/b", b"\x00\xff", 1, True, mid, b"")

    def test_qos_0_has_no_id_on_the_wire(self, version: Version) -> None:
        engine = connected(version)
        engine.publish(Publication("a/b", b"c"))
        sent = mqtt.read_publish(version, written(engine))
        assert sent == mqtt.Publish("a/b", b"c", 0, False, None, b"")

    def test_expiry_and_response_topic_go_out_in_mqtt_5(self) -> None:
        engine = connected(V5)
        engine.publish(Publication("a", b"", 1, expiry=15, response_topic="a/reply"))
        told = mqtt.read_publish(V5, written(engine)).properties
        assert bytes([mqtt.MESSAGE_EXPIRY, 0, 0, 0, 15]) in told
        assert bytes([mqtt.RESPONSE_TOPIC]) + mqtt.string("a/reply") in told

    def test_they_are_left_out_in_mqtt_3_1_1(self) -> None:
        engine = connected(V311)
        engine.publish(Publication("a", b"b", 1, expiry=15, response_topic="a/reply"))
        assert mqtt.read_publish(V311, written(engine)).payload == b"b"

    @pytest.mark.parametrize(
        ("publication", "told"),
        [
            (Publication("a", b"", expiry=0), b"\x02\x00\x00\x00\x00"),
            (Publication("a", b"", response_topic="r"), b"\x08\x00\x01r"),
            (Publication("a", b""), b""),
        ],
    )
    def test_each_property_goes_out_alone(self, publication: Publication, told: bytes) -> None:
        engine = connected(V5)
        engine.publish(publication)
        assert mqtt.read_publish(V5, written(engine)).properties == told

    def test_the_broker_s_acknowledgement_is_told(self, version: Version) -> None:
        engine = connected(version)
        mid = engine.publish(Publication("a", b"", 1))
        assert mid is not None
        assert engine.read() == []
        assert heard(engine, mqtt.puback(mid)) == [Published(mid)]

    @pytest.mark.parametrize("rest", [(), (0,)])
    def test_a_refusal_of_a_message_is_told(self, rest: tuple[int, ...]) -> None:
        engine = connected(V5)
        mid = engine.publish(Publication("a", b"", 1))
        assert mid is not None
        (published,) = heard(engine, mqtt.puback(mid, 0x87, *rest))
        assert isinstance(published, Published)
        assert published.failure is not None
        assert published.failure.cause is Cause.NOT_AUTHORIZED

    def test_an_acknowledgement_of_nothing_is_ignored(self, version: Version) -> None:
        assert heard(connected(version), mqtt.puback(99)) == []

    def test_more_than_a_bounded_number_of_unacknowledged_messages_is_refused(
        self, version: Version, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(engine_module, "MOST_QUEUED", 30)
        engine = connected(version)
        mids = [engine.publish(Publication("a", b"", 1)) for _ in range(31)]
        assert mids[-1] is None
        assert None not in mids[:-1]

    def test_messages_beyond_those_in_flight_follow_the_acknowledgements(
        self, version: Version
    ) -> None:
        engine = connected(version)
        mids = [engine.publish(Publication("a", b"", 1)) for _ in range(25)]
        assert [packet.kind for packet in mqtt.packets(engine.drain())] == [Kind.PUBLISH] * 20
        heard(engine, mqtt.puback(mids[0] or 0))
        assert mqtt.read_publish(version, written(engine)).mid == mids[20]


class TestSubscribing:
    """SUBSCRIBE and SUBACK."""

    FILTERS = (Subscription("a/+", 0), Subscription("b/#", 1, retained=False))

    def test_the_filters_go_out_in_one_packet(self) -> None:
        engine = connected(V311)
        mid = engine.subscribe(self.FILTERS)
        sent = mqtt.read_subscribe(V311, written(engine))
        assert sent == mqtt.Subscribe(mid or 0, {"a/+": 0, "b/#": 1})

    def test_mqtt_5_can_be_asked_for_no_retained_messages(self) -> None:
        engine = connected(V5)
        mid = engine.subscribe(self.FILTERS)
        sent = mqtt.read_subscribe(V5, written(engine))
        assert sent == mqtt.Subscribe(mid or 0, {"a/+": 0, "b/#": 1 | 2 << 4})

    @pytest.mark.parametrize(
        ("version", "codes", "granted"),
        [
            (V5, (0, 1, 0x87, 0x8F), (True, True, False, False)),
            (V311, (0, 1, 0x80), (True, True, False)),
        ],
    )
    def test_the_broker_s_answer_has_one_flag_for_each(
        self, version: Version, codes: tuple[int, ...], granted: tuple[bool, ...]
    ) -> None:
        engine = connected(version)
        mid = engine.subscribe(self.FILTERS)
        assert mid is not None
        assert heard(engine, mqtt.suback(version, mid, *codes)) == [Subscribed(mid, granted)]

    def test_what_is_not_wanted_any_more_goes_out_in_one_packet(self, version: Version) -> None:
        engine = connected(version)
        engine.unsubscribe(("a/+", "b"))
        assert mqtt.read_unsubscribe(version, written(engine)).filters == ("a/+", "b")

    def test_over_a_connection_that_ended_nothing_is_subscribed(self, version: Version) -> None:
        engine = connected(version)
        engine.disconnect()
        engine.drain()
        assert engine.subscribe(self.FILTERS) is None
        assert engine.drain() == b""


class TestReceiving:
    """PUBLISH from the broker."""

    def test_a_message_is_told(self, version: Version) -> None:
        message = mqtt.publish(version, "a/ü", b"\x00\xff")
        assert heard(connected(version), message) == [Received("a/ü", b"\x00\xff")]

    def test_a_retained_message_is_told_as_such(self, version: Version) -> None:
        message = mqtt.publish(version, "a", b"b", retained=True)
        assert heard(connected(version), message) == [Received("a", b"b", retained=True)]

    def test_a_response_topic_is_told(self) -> None:
        told = bytes([mqtt.RESPONSE_TOPIC]) + mqtt.string("r")
        message = mqtt.publish(V5, "a", b"b", told=told)
        assert heard(connected(V5), message) == [Received("a", b"b", response_topic="r")]

    def test_qos_1_is_acknowledged(self, version: Version) -> None:
        engine = connected(version)
        message = mqtt.publish(version, "a", b"b", qos=1, mid=0x1234)
        assert heard(engine, message) == [Received("a", b"b")]
        answer = written(engine)
        assert (answer.kind, answer.body[:2]) == (Kind.PUBACK, b"\x12\x34")

    def test_many_packets_come_in_one_frame(self, version: Version) -> None:
        frame = b"".join(mqtt.publish(version, f"a/{i}") for i in range(1000))
        assert heard(connected(version), frame) == [Received(f"a/{i}", b"") for i in range(1000)]

    def test_a_packet_comes_in_pieces_of_one_byte(self, version: Version) -> None:
        message = mqtt.publish(version, "a", bytes(300), qos=1)
        pieces = [bytes([byte]) for byte in message * 3]
        assert heard(connected(version), *pieces) == [Received("a", bytes(300))] * 3

    def test_a_burst_is_read_in_slices(self, version: Version) -> None:
        engine = connected(version)
        engine.feed(mqtt.publish(version, "a") * 150)
        slices = [len(engine.read()) for _ in range(4)]
        assert slices == [64, 64, 22, 0]

    def test_slices_stay_small_while_acknowledgements_are_awaited(self, version: Version) -> None:
        engine = connected(version)
        for _ in range(500):
            engine.publish(Publication("a", b"", 1))
        engine.feed(mqtt.publish(version, "a") * 150)
        assert [len(engine.read()) for _ in range(4)] == [64, 64, 22, 0]

    def test_a_large_message_comes_whole(self, version: Version) -> None:
        message = mqtt.publish(version, "a", bytes(60_000))
        pieces = (message[at : at + 4096] for at in range(0, len(message), 4096))
        assert heard(connected(version), *pieces) == [Received("a", bytes(60_000))]

    def test_a_message_that_is_too_large_ends_the_connection_before_it_is_there(
        self, version: Version
    ) -> None:
        start = b"\x30" + mqtt.varying(engine_module.LARGEST_PACKET + 1) + bytes(10)
        assert causes(heard(connected(version), start)) == [Cause.TOO_LARGE]

    def test_a_message_of_just_the_largest_size_comes(self, version: Version) -> None:
        overhead = len(mqtt.publish(version, "a")) - 2
        message = mqtt.publish(version, "a", bytes(engine_module.LARGEST_PACKET - overhead))
        (received,) = heard(connected(version), message)
        assert isinstance(received, Received)


class TestMalformed:
    """Bytes that are no MQTT."""

    @pytest.mark.parametrize(
        "garbage",
        [
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"\x00\x00",
            b"\xf0\x00",
            b"\x30\xff\xff\xff\xff\x7f",
            b"\x30\x01\x00",
            b"\x30\x03\x00\x01\xff",
            b"\x90\x00",
            b"\x40\x00",
            b"\x20\x00",
        ],
        ids=repr,
    )
    def test_they_end_the_connection(self, version: Version, garbage: bytes) -> None:
        engine = begun(version)
        assert causes(heard(engine, garbage + bytes(100))) == [Cause.PROTOCOL_ERROR]
        assert heard(engine, mqtt.connack(version)) == []

    def test_a_type_that_there_is_not_ends_it_wherever_the_frame_is_cut(
        self, version: Version
    ) -> None:
        """Section 2.1.2; paho would take the byte after it for the type."""
        assert causes(heard(begun(version), b"\x00", b"\xd0\x00")) == [Cause.PROTOCOL_ERROR]

    @settings(deadline=None)
    @given(st.sampled_from(Version), st.booleans(), st.lists(st.binary(min_size=1, max_size=40)))
    def test_nothing_that_arrives_makes_reading_fail(
        self, version: Version, accepted: bool, pieces: list[bytes]
    ) -> None:
        engine = connected(version) if accepted else begun(version)
        engine.subscribe((Subscription("a"),))
        engine.publish(Publication("a", b"", 1))
        news = heard(engine, *pieces)
        engine.tick()
        assert len(causes(news)) <= 1
        assert not causes(news[:-1])

    @settings(deadline=None)
    @given(st.sampled_from(Version), st.data())
    def test_nothing_that_looks_like_packets_makes_reading_fail(
        self, version: Version, data: st.DataObject
    ) -> None:
        engine = connected(version)
        engine.subscribe((Subscription("a"),))
        kinds, bodies = st.integers(0, 15), st.binary(max_size=20)
        for _ in range(data.draw(st.integers(1, 8))):
            made = mqtt.packet(data.draw(kinds), data.draw(bodies), data.draw(kinds))
            news = heard(engine, made)
            if causes(news):
                assert isinstance(news[-1], Ended)
                assert heard(engine, mqtt.publish(version, "a")) == []
                return
