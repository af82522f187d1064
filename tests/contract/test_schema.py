"""The schemas tell what conforms from what is merely put up with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from chamber import arbitrary
from chamber_agent.chamber import messages, model, wire
from chamber_agent.chamber.errors import Code
from chamber_agent.chamber.messages import Announce, Message, MetaMessage, StateMessage
from contract.golden import Vector, label, parsed, schemas, validator, vectors

JUDGED = [vector for vector in vectors() if vector.schema is not None]
COMMON = schemas()["common.json"]["$defs"]


@pytest.mark.parametrize("name", schemas())
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("vector", JUDGED, ids=map(label, JUDGED))
def test_a_vector_conforms_where_it_says_so_and_only_there(vector: Vector) -> None:
    flaws = [error.message for error in validator(vector.kind).iter_errors(parsed(vector.payload))]
    assert (not flaws) is vector.schema, flaws


def test_every_understood_vector_with_an_object_is_judged() -> None:
    """But for what no schema can say: the order of bounds, the calendar, equal keys, characters taken out."""
    unjudged = {
        vector.name
        for vector in vectors()
        if vector.schema is None and vector.outcome == "meaning" and vector.payload.startswith(b"{")
    }
    assert unjudged - {
        vector.name for vector in vectors() if vector.file in {"topics", "announce"}
    } == {
        "limits the wrong way round",
        "a day that is not on the calendar",
        "of equal keys the last counts",
        "control characters and lone surrogates are taken out of a name",
    }


def bounded(kind: str) -> Iterator[tuple[tuple[str, ...], float, float, float]]:
    """The path, lower and upper bound and least difference of each number in a kind's schema."""
    walk: list[tuple[tuple[str, ...], Any]] = [((), schemas()[f"{kind}.json"])]
    while walk:
        path, schema = walk.pop()
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            walk.append((path, COMMON.get(name) or schemas()[f"{kind}.json"]["$defs"][name]))
        if "minimum" in schema:
            unit = 1 if "integer" in schema["type"] else 1e-4
            yield path, schema["minimum"], schema["maximum"], unit
        walk += ((path, inner) for inner in schema.get("anyOf", ()) if path)
        walk += (((*path, key), inner) for key, inner in schema.get("properties", {}).items())


NUMBERS = [
    (kind, *found)
    for kind in ("status", "meta", "state", "event", "command", "reply")
    for found in bounded(kind)
]
OTHERS = {
    "temperature": 4,
    "epoch": "e",
    "state": "lost",
    "type": "t",
    "id": "1",
    "status": "applied",
    "do": "identify",
}


@pytest.mark.parametrize(
    ("kind", "path", "low", "high", "unit"),
    NUMBERS,
    ids=[f"{kind}.{'.'.join(path)}" for kind, path, *_ in NUMBERS],
)
def test_the_bounds_of_a_number_are_those_of_the_code(
    kind: str, path: tuple[str, ...], low: float, high: float, unit: float
) -> None:
    topic = f"chamber/v1/pi/{kind}" if kind == "status" else f"chamber/v1/pi/box/{kind}"

    def fits(value: float) -> bool:
        nested: Any = value
        for key in reversed(path):
            nested = {key: nested}
        message = wire.decode(topic, json.dumps(OTHERS | nested).encode())
        return not getattr(message, "set_aside", ())

    assert fits(low) or path == ("limits", "max")
    assert fits(high) or path == ("limits", "min")
    assert not fits(low - unit)
    assert not fits(high + unit)


@given(arbitrary.spoken)
def test_what_the_code_says_conforms(message: Message) -> None:
    match message:
        case Announce() | StateMessage(_, None) | MetaMessage(_, None):
            return
    topic, payload = wire.encode(message)
    validator(topic.rsplit("/", 1)[-1]).validate(parsed(payload))


@pytest.mark.parametrize(
    ("kind", "noun"),
    [
        ("status", model.Status),
        ("meta", model.Meta),
        ("state", model.Sample),
        ("event", messages.Event),
        ("reply", messages.Reply),
    ],
)
def test_the_schema_of_a_message_names_the_fields_that_the_code_reads(
    kind: str, noun: type
) -> None:
    schema = schemas()[f"{kind}.json"]
    named = set(schema["properties"])
    if "$ref" in schema:
        named |= COMMON["placeInTime"]["properties"].keys()
    assert named - {"heater", "cooler", "fan"} == {field.name for field in fields(noun)}


def test_the_names_that_no_probe_may_have_are_those_of_the_state() -> None:
    state = (
        schemas()["state.json"]["properties"].keys() | COMMON["placeInTime"]["properties"].keys()
    )
    assert set(COMMON["stateField"]["enum"]) == state


@pytest.mark.parametrize(
    ("kind", "field", "words"),
    [
        ("reply", "code", Code),
        ("status", "state", model.Presence),
        ("state", "action", model.Action),
    ],
)
def test_the_words_of_the_schema_are_those_of_the_code(
    kind: str, field: str, words: type[model.Action]
) -> None:
    schema = schemas()[f"{kind}.json"]["properties"][field]
    assert set(schema.get("enum") or schema["examples"]) - {None} == set(words)


@pytest.mark.parametrize(("name", "words"), [("mode", model.Mode), ("clock", model.Clock)])
def test_the_common_words_are_those_of_the_code(name: str, words: type[model.Mode]) -> None:
    assert set(COMMON[name]["enum"]) == set(words)
