"""What bytes mean, beyond the golden vectors in contract/vectors: bounds, encoding, and time spent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chamber.given import BOX, sample
from chamber_agent.chamber import wire
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.fields import LARGEST_PAYLOAD
from chamber_agent.chamber.messages import (
    Announce,
    Message,
    MetaMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from chamber_agent.chamber.model import Clock, Meta, Mode, Part, Presence, Sample, Status

STATE = "chamber/v1/pi/box1/state"
META = "chamber/v1/pi/box1/meta"
STATUS = "chamber/v1/pi/status"
HEAVY = {
    "escaped quotes": b"[" * 17 + b'"' + b'\\"' * 32_000,
    "quotes": b"[" * 17 + b'"' * 65_000,
    "escaped quotes and shallow": b"[" * 9 + b'"\\""' + b"[" * 9 + b'"' + b'\\"' * 32_000,
    "backslashes": b'{"a":"' + b"\\" * 65_000,
    "digits": b"[" * 16 + b"9" * 65_000,
    "brackets": b"[]" * 32_000,
}


def flaw(topic: str, payload: bytes) -> Flaw:
    """Why a message is dropped whole."""
    with pytest.raises(WireError) as info:
        wire.decode(topic, payload)
    return info.value.flaw


def sampled(**fields: Any) -> Sample:
    """What a state with these fields, and 20 °C, means."""
    message = wire.decode(STATE, json.dumps({"temperature": 20, **fields}).encode())
    assert isinstance(message, StateMessage)
    assert message.sample is not None
    return message.sample


def spelt(message: Message) -> Any:
    """The JSON that a message becomes."""
    return json.loads(wire.encode(message)[1])


class TestTheBounds:
    def test_of_a_payload_are_64_kibibytes(self) -> None:
        fits = b'{"temperature":5}'.ljust(LARGEST_PAYLOAD)
        assert isinstance(wire.decode(STATE, fits), StateMessage)
        assert flaw(STATE, fits + b" ") is Flaw.TOO_LARGE

    def test_hold_for_every_kind(self) -> None:
        for topic in (STATE, META, STATUS, "chamber/v1/announce"):
            assert flaw(topic, b"online".ljust(LARGEST_PAYLOAD + 1)) is Flaw.TOO_LARGE

    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_of_nesting_are_16(self, opening: str, closing: str) -> None:
        def nested(depth: int) -> bytes:
            inner = opening * (depth - 1) + "1" + closing * (depth - 1)
            return f'{{"temperature":5,"x":{inner}}}'.encode()

        assert isinstance(wire.decode(STATE, nested(16)), StateMessage)
        assert flaw(STATE, nested(17)) is Flaw.TOO_DEEP
        assert flaw(STATE, nested(6000)) is Flaw.TOO_DEEP

    def test_of_nesting_do_not_count_brackets_in_strings(self) -> None:
        payload = json.dumps({"temperature": 5, "reason": '[{"\\' * 500}).encode()
        assert isinstance(wire.decode(STATE, payload), StateMessage)

    def test_of_nesting_do_not_count_brackets_side_by_side(self) -> None:
        assert isinstance(
            wire.decode(STATE, b'{"temperature":5,"x":[%s[]]}' % (b"[]," * 900)), StateMessage
        )

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize("payload", HEAVY.values(), ids=HEAVY.keys())
    def test_are_judged_at_once_whatever_the_payload(self, payload: bytes) -> None:
        """The first of these once took 24 seconds."""
        assert flaw(STATE, payload) in {Flaw.TOO_DEEP, Flaw.NOT_JSON}


class TestPlainTextStatus:
    @pytest.mark.parametrize("payload", [b"online", b"Online", b" ONLINE\n", b"online".ljust(16)])
    def test_is_understood(self, payload: bytes) -> None:
        assert wire.decode(STATUS, payload) == StatusMessage("pi", Status(state=Presence.ONLINE))

    @pytest.mark.parametrize(
        "payload",
        [b"online" + b" " * 10 + b"not", b"online".ljust(17), b"on", b"lost", b"0", b"\xff"],
    )
    def test_is_nothing_but_online_and_offline(self, payload: bytes) -> None:
        assert flaw(STATUS, payload) in {Flaw.NOT_JSON, Flaw.NOT_UTF8, Flaw.NOT_AN_OBJECT}


class TestAnAnnounce:
    @pytest.mark.parametrize("payload", [b"{}", b"", b'{"by": "someone"}'])
    def test_says_nothing_but_itself(self, payload: bytes) -> None:
        assert wire.decode("chamber/v1/announce", payload) == Announce()

    def test_is_no_garbage(self) -> None:
        assert flaw("chamber/v1/announce", b"hello") is Flaw.NOT_JSON


class TestALoneActuator:
    def test_stands_for_a_list_of_one(self) -> None:
        assert sampled(heater=True, cooler=55, fan="off") == sample(
            heaters=(Part(on=True),), coolers=(Part(on=True, duty=55.0),), fans=(Part(on=False),)
        )

    def test_yields_to_the_list(self) -> None:
        assert sampled(heater=True, heaters=[False, False]).heaters == (Part(on=False),) * 2

    def test_stands_in_for_a_list_that_was_set_aside(self) -> None:
        assert sampled(heater=True, heaters="both").heaters == (Part(on=True),)


class TestModesOfADescription:
    @pytest.mark.parametrize(
        ("modes", "known"),
        [
            (["heat", "off"], (Mode.HEAT, Mode.OFF)),
            (["heat", "heat"], (Mode.HEAT,)),
            (["heat", "dry"], (Mode.HEAT,)),
            (["dry"], None),
            ([], None),
            ("heat", None),
        ],
    )
    def test_are_those_known_once_each(self, modes: object, known: tuple[Mode, ...] | None) -> None:
        message = wire.decode(META, json.dumps({"modes": modes}).encode())
        assert isinstance(message, MetaMessage)
        assert message.meta is not None
        assert message.meta.modes == known


class TestEncoding:
    def test_writes_null_for_a_temperature_that_is_unknown(self) -> None:
        assert spelt(StateMessage(BOX, sample(None))) == {"temperature": None}

    def test_writes_null_for_the_time_of_a_chamber_without_a_clock(self) -> None:
        spelling = spelt(StateMessage(BOX, sample(clock=Clock.NONE)))
        assert spelling == {"temperature": 20, "clock": "none", "time": None}

    def test_writes_a_duty_as_a_number_and_a_switch_as_a_boolean(self) -> None:
        taken = sample(
            fans=(Part(on=True, duty=55.5), Part(on=True), Part(on=False, duty=0.0), None)
        )
        assert spelt(StateMessage(BOX, taken))["fans"] == [55.5, True, 0, None]

    def test_writes_whole_numbers_without_a_fraction(self) -> None:
        assert wire.encode(StateMessage(BOX, sample(30.0)))[1] == b'{"temperature":30}'

    def test_writes_names_as_they_are(self) -> None:
        assert wire.encode(MetaMessage(BOX, Meta(name="冷")))[1] == '{"name":"冷"}'.encode()

    @pytest.mark.parametrize("message", [StateMessage(BOX, None), MetaMessage(BOX, None)])
    def test_writes_nothing_for_what_is_cleared(self, message: Message) -> None:
        assert wire.encode(message)[1] == b""

    def test_writes_below_the_prefix(self) -> None:
        assert wire.encode(Announce(), "a/b") == ("a/b/v1/announce", b"{}")

    def test_never_writes_what_is_no_json(self) -> None:
        with pytest.raises(ValueError, match="not JSON compliant"):
            wire.encode(StateMessage(BOX, sample(float("nan"))))

    def test_never_writes_a_spoiled_sample(self) -> None:
        with pytest.raises(WireError, match=r"^unexpected: a spoiled sample is never sent$"):
            wire.encode(SpoiledMessage(BOX, "a", 1))

    def test_never_writes_what_would_be_too_large_to_be_read(self) -> None:
        around = len(b'{"name":""}')
        fits = MetaMessage(BOX, Meta(name="x" * (LARGEST_PAYLOAD - around)))
        assert len(wire.encode(fits)[1]) == LARGEST_PAYLOAD
        with pytest.raises(WireError, match=r"^too_large: 65538 bytes$"):
            wire.encode(MetaMessage(BOX, Meta(name="冷" + "x" * (LARGEST_PAYLOAD - around - 1))))
