"""Every golden vector means to the code what the contract says it means."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chamber.given import bare
from chamber_agent.chamber import wire
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.messages import Announce, Message, SpoiledMessage
from chamber_agent.chamber.topics import Kind
from contract.golden import Vector, label, plain, vectors

NOUNS = ("status", "meta", "sample", "event", "command", "reply", "history")


def having(*outcomes: str) -> pytest.MarkDecorator:
    """Run for each vector with such an outcome."""
    chosen = [vector for vector in vectors() if vector.outcome in outcomes]
    return pytest.mark.parametrize("vector", chosen, ids=map(label, chosen))


def meaning(message: Message) -> Any:
    """What a message says, without its address."""
    if isinstance(message, Announce):
        return {}
    return plain(next(getattr(message, noun) for noun in NOUNS if hasattr(message, noun)))


def set_aside(message: Message) -> tuple[str, ...]:
    """The fields that were set aside."""
    return () if isinstance(message, Announce) else message.set_aside


@having("meaning")
def test_what_is_understood_means_what_the_vector_says(vector: Vector) -> None:
    message = wire.decode(vector.topic, vector.payload)
    assert meaning(message) == vector.expected
    assert Counter(set_aside(message)) == Counter(vector.set_aside)


@having("meaning")
def test_what_is_understood_and_said_again_means_the_same(vector: Vector) -> None:
    message = wire.decode(vector.topic, vector.payload)
    topic, payload = wire.encode(message)
    assert topic == vector.topic
    again = wire.decode(topic, payload)
    assert meaning(again) == vector.expected
    assert bare(again) == bare(message)
    if vector.schema:
        assert set_aside(again) == ()


@having("spoiled")
def test_of_a_spoiled_sample_only_the_number_is_left(vector: Vector) -> None:
    message = wire.decode(vector.topic, vector.payload)
    assert isinstance(message, SpoiledMessage)
    left = {"epoch": message.epoch, "seq": message.seq}
    assert {key: value for key, value in left.items() if value is not None} == vector.expected
    assert message.set_aside == vector.set_aside


@having("flaw")
def test_what_is_dropped_whole_has_the_flaw_the_vector_names(vector: Vector) -> None:
    with pytest.raises(WireError) as info:
        wire.decode(vector.topic, vector.payload)
    assert info.value.flaw == Flaw(vector.expected)


def test_every_vector_has_a_name_of_its_own() -> None:
    assert not [name for name, count in Counter(map(label, vectors())).items() if count > 1]


def test_every_kind_and_every_flaw_has_a_vector() -> None:
    assert {vector.kind for vector in vectors()} >= set(Kind)
    flaws = {vector.expected for vector in vectors() if vector.outcome == "flaw"}
    assert flaws == set(Flaw) - {Flaw.UNEXPECTED}, "what is unexpected is what is never sent"
