"""What travels over the wire, decoded: what a message says by itself, before anything is said."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest
from hypothesis import given

from chamber import arbitrary
from chamber.given import BOX, sample
from chamber_agent.chamber import messages
from chamber_agent.chamber.messages import (
    Before,
    Command,
    Event,
    EventMessage,
    History,
    Message,
    MetaMessage,
    Reply,
    SpoiledMessage,
    StateMessage,
)
from chamber_agent.chamber.model import Meta

KINDS = typing.get_args(messages.Message)
NOUNS = (Event, Command, Reply, Before, History)


def required(noun: type[Any]) -> set[str]:
    """The fields that a noun cannot do without."""
    missing = (dataclasses.MISSING, dataclasses.MISSING)
    return {
        field.name
        for field in dataclasses.fields(noun)
        if (field.default, field.default_factory) == missing
    }


@pytest.mark.parametrize(
    ("noun", "fields"),
    [
        (Event, {"type"}),
        (Command, {"id", "do"}),
        (Reply, {"id", "status"}),
        (Before, {"epoch", "last"}),
        (History, {"id", "epoch"}),
    ],
)
def test_a_noun_needs_what_the_contract_requires_and_nothing_more(
    noun: type[Any], fields: set[str]
) -> None:
    assert required(noun) == fields


@pytest.mark.parametrize(
    "noun", [Event(type="boot"), Command(id="1", do="set"), Reply(id="1", status="applied")]
)
def test_what_is_not_said_is_unknown_not_zero_or_false(noun: Event | Command | Reply) -> None:
    unsaid = {field.name for field in dataclasses.fields(noun)} - required(type(noun))
    assert {getattr(noun, name) for name in unsaid} == {None}


def test_a_batch_that_does_not_say_so_is_not_all_and_has_nothing_before_it() -> None:
    batch = History(id="1", epoch="k3f9")
    assert (batch.complete, batch.before) == (False, None)
    assert (batch.samples, batch.lost) == ((), ())


@pytest.mark.parametrize("kind", [one for one in KINDS if one is not messages.Announce])
def test_nothing_is_set_aside_unless_told(kind: type[Any]) -> None:
    assert [one.default for one in dataclasses.fields(kind) if one.name == "set_aside"] == [()]


def test_a_cleared_topic_is_another_thing_than_an_unknown_value() -> None:
    assert StateMessage(BOX, None) != StateMessage(BOX, sample(None))
    assert MetaMessage(BOX, None) != MetaMessage(BOX, Meta())


def test_a_spoiled_sample_has_no_place_for_a_temperature() -> None:
    assert not hasattr(SpoiledMessage(BOX, "k3f9", 5), "sample")
    assert {field.name for field in dataclasses.fields(SpoiledMessage)} == {
        "address",
        "epoch",
        "seq",
        "set_aside",
    }


@given(arbitrary.spoken)
def test_every_kind_of_message_is_one_of_the_union_and_compares_by_what_it_says(
    message: Message,
) -> None:
    assert isinstance(message, KINDS)
    assert dataclasses.replace(message) == message


@pytest.mark.parametrize("noun", [*KINDS, *NOUNS])
def test_nothing_of_it_can_be_changed_later(noun: type[Any]) -> None:
    assert noun.__dataclass_params__.frozen
    assert not hasattr(noun, "__dict__") or "__slots__" in vars(noun)


def test_the_type_of_an_event_is_kept_as_it_came() -> None:
    said = EventMessage(BOX, Event(type="Somebody.Knocked"), ("seq",))
    assert (said.event.type, said.set_aside) == ("Somebody.Knocked", ("seq",))
