"""The golden vectors and the schemas as the contract publishes them, read anew."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from chamber_agent.chamber.messages import Before, Command, History
from chamber_agent.chamber.topics import OF_CHAMBER, Kind, Topic

CONTRACT = Path(__file__).resolve().parents[2] / "contract"
OUTCOMES = ("meaning", "flaw", "spoiled")
# What the wire calls otherwise than the nouns of the code do.
SPELT_OTHERWISE = {
    Before: {"last": "to"},
    Command: {"first": "from", "last": "to"},
    History: {"complete": "last"},
}
KEYS = {"name", "topic", "payload", "payload_hex", *OUTCOMES, "set_aside", "schema"}


class Vector(NamedTuple):
    """One golden vector; `outcome` is the key of OUTCOMES it has, `expected` what stands there."""

    file: str
    name: str
    topic: str
    payload: bytes
    outcome: str
    expected: Any
    set_aside: tuple[str, ...]
    schema: bool | None

    @property
    def kind(self) -> str:
        """The last level of the topic."""
        return self.topic.rsplit("/", 1)[-1]


def _payload(raw: Mapping[str, Any]) -> bytes:
    if "payload_hex" in raw:
        return bytes.fromhex(raw["payload_hex"])
    pieces = raw["payload"] if isinstance(raw["payload"], list) else [raw["payload"]]
    return "".join(
        piece if isinstance(piece, str) else piece["repeat"] * piece["times"] for piece in pieces
    ).encode()


def _vector(file: str, raw: Mapping[str, Any]) -> Vector:
    (outcome,) = (key for key in OUTCOMES if key in raw)
    assert raw.keys() <= KEYS, raw
    assert ("payload" in raw) != ("payload_hex" in raw), raw
    return Vector(
        file,
        raw["name"],
        raw["topic"],
        _payload(raw),
        outcome,
        raw[outcome],
        tuple(raw.get("set_aside", ())),
        raw.get("schema"),
    )


@cache
def vectors() -> tuple[Vector, ...]:
    """All golden vectors, file by file."""
    return tuple(
        _vector(path.stem, raw)
        for path in sorted(CONTRACT.glob("vectors/*.json"))
        for raw in json.loads(path.read_text(encoding="utf-8"))
    )


def label(vector: Vector) -> str:
    """What a vector is called in a test report."""
    return f"{vector.file}: {vector.name}"


@cache
def schemas() -> Mapping[str, Any]:
    """The schemas by the names of their files."""
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(CONTRACT.glob("schema/*.json"))
    }


@cache
def validator(kind: str) -> Draft202012Validator:
    """What judges the messages of one kind."""
    resources = ((name, DRAFT202012.create_resource(schema)) for name, schema in schemas().items())
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(schemas()[f"{kind}.json"], registry=registry)


def parsed(payload: bytes) -> Any:
    """JSON as it stands, with numbers of any length."""
    return json.loads(
        payload, parse_int=lambda digits: int(digits) if len(digits) < 999 else float(digits)
    )


def plain(noun: Any) -> Any:
    """A noun of the code as the vectors spell it: what is absent or empty is left out, parts are objects."""
    match noun:
        case Enum():
            return noun.value
        case Mapping():
            return {key: plain(value) for key, value in noun.items()}
        case tuple():
            return [plain(value) for value in noun]
        case _ if dataclasses.is_dataclass(noun):
            fields = {field.name: getattr(noun, field.name) for field in dataclasses.fields(noun)}
            kept = {
                name: value
                for name, value in fields.items()
                if value is not None or name == "temperature"
            }
            spelt = SPELT_OTHERWISE.get(type(noun), {})
            return {
                spelt.get(name, name): plain(value)
                for name, value in kept.items()
                if not (isinstance(value, Mapping) and not value)
            }
        case _:
            return noun


def address(kind: Kind) -> str:
    """A kind's topic with the names of its parts in braces."""
    gateway = None if kind is Kind.ANNOUNCE else "{gateway}"
    return Topic(kind, gateway, "{chamber}" if kind in OF_CHAMBER else None).spell("{prefix}")
