"""Memory stays bounded whatever is published, and everything that is set aside is counted."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from custom_components.chamber_ws.census import MOST_SURPLUS_REMEMBERED, Census
from custom_components.chamber_ws.chamber.messages import (
    MetaMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from custom_components.chamber_ws.chamber.model import Address, Receipt
from custom_components.chamber_ws.options import USUAL

FLOOD = 10_000


@pytest.fixture
def census() -> Census:
    """A census as an entry without options has it."""
    return Census(most=USUAL.most_chambers, heartbeat=300.0)


def hear(census: Census, topic: str, payload: object, *, retained: bool = False) -> None:
    """A message arrives, as the coordinator passes it on."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    match census.decode(f"chamber/v1/{topic}", raw):
        case StatusMessage() as status:
            census.greet(status)
        case (StateMessage() | SpoiledMessage() | MetaMessage()) as message:
            census.take(message, Receipt(1e9, 1.0, retained))


def sizes(value: Any, seen: set[int] | None = None) -> Iterator[int]:
    """The length of every container that can be reached from a value."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, (str, bytes, type)):
        return
    seen.add(id(value))
    inner = list(value.values()) if hasattr(value, "values") else value
    if hasattr(inner, "__iter__") and hasattr(inner, "__len__"):
        yield len(inner)
        for one in inner:
            yield from sizes(one, seen)
    for name in (*getattr(value, "__dict__", ()), *getattr(value, "__dataclass_fields__", ())):
        yield from sizes(getattr(value, name), seen)


def test_no_more_chambers_are_kept_than_are_admitted(census: Census) -> None:
    for number in range(FLOOD):
        hear(census, f"pi/box{number}/state", {"temperature": 1})
    assert len(census.chambers) == USUAL.most_chambers
    assert len(census.surplus) == FLOOD - USUAL.most_chambers
    assert census.tally["surplus"] == FLOOD - USUAL.most_chambers


def test_the_surplus_itself_is_bounded() -> None:
    census = Census(most=1, heartbeat=300.0)
    for number in range(MOST_SURPLUS_REMEMBERED + 100):
        hear(census, f"pi/box{number}/state", {"temperature": 1})
    assert len(census.surplus) == MOST_SURPLUS_REMEMBERED
    assert census.tally["surplus"] == MOST_SURPLUS_REMEMBERED + 99


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("pi/box{}/meta", {"name": "x" * 100}),
        ("pi{}/status", {"state": "online", "session": "s"}),
        ("pi{}/status", b"online"),
        ("pi/box{}/state", {"temperature": "warm"}),
        ("pi/box{}/state", b""),
        ("pi/box{}/meta", b""),
        ("pi/box{}/meta", b"{"),
        ("pi/box{}/event", {"type": "restarted"}),
        ("pi/box{}/reply", {"id": "x", "status": "applied"}),
        ("Pi/{}/state", {"temperature": 1}),
    ],
)
def test_a_flood_without_a_valid_sample_makes_no_chamber_and_stays_bounded(
    topic: str, payload: object
) -> None:
    census = Census(most=50, heartbeat=300.0)
    for number in range(1_000):
        hear(census, topic.format(number), payload)
    assert census.chambers == {}
    assert max(sizes(census)) <= 50
    assert census.tally["received"] == 1_000


def test_one_chamber_cannot_fill_the_memory() -> None:
    """Bad fields, epochs, gaps, probes and parts: all that a chamber may vary without end."""
    census = Census(most=50, heartbeat=300.0)
    for number in range(2_000):
        hear(census, "pi/box/meta", {"heaters": ["x"] * (number % 100), f"key{number}": 1})
        sample = {"temperature": 1, "epoch": f"e{number}", "seq": number, f"key{number}": 1}
        hear(census, "pi/box/state", {**sample, "probes": {f"p{number}": 1, f"P{number}": 1}})
        hear(census, "pi/box/state", {"temperature": 1, "heaters": [-1] * (number % 100)})
        hear(census, "pi/box/state", {"temperature": 1, "epoch": "last", "seq": 3 * number})
    assert max(sizes(census)) <= 200


def test_the_oldest_descriptions_make_room_for_the_newest() -> None:
    census = Census(most=2, heartbeat=300.0)
    for name in ("a", "b", "a", "c"):
        hear(census, f"pi/{name}/meta", {"name": name})
    for name in ("a", "b"):
        hear(census, f"pi/{name}/state", {"temperature": 1})
    described = {chamber.address.chamber: chamber.meta for chamber in census.chambers.values()}
    assert (described["a"] is not None, described["b"]) == (True, None)


def test_those_who_are_known_go_on_when_it_is_full() -> None:
    census = Census(most=1, heartbeat=300.0)
    hear(census, "pi/box/state", {"temperature": 1})
    hear(census, "pi/other/state", {"temperature": 1})
    hear(census, "pi/box/state", {"temperature": 2})
    sample = census.chambers[Address("pi", "box")].sample
    assert sample is not None
    assert sample.temperature == 2


def test_a_chamber_makes_room_when_it_is_forgotten() -> None:
    census = Census(most=1, heartbeat=300.0)
    hear(census, "pi/box/state", {"temperature": 1})
    census.forget(Address("pi", "box"))
    hear(census, "pi/other/state", {"temperature": 1})
    assert list(census.chambers) == [Address("pi", "other")]


def test_what_was_set_aside_is_forgotten_with_its_chamber(census: Census) -> None:
    hear(census, "pi/box/state", {"temperature": 1, "door": "ajar"})
    assert dict(census.set_aside(Address("pi", "box"))) == {"door": 1}
    census.forget(Address("pi", "box"))
    assert dict(census.set_aside(Address("pi", "box"))) == {}


def test_a_chamber_is_lost_from_the_start_where_its_gateway_is(census: Census) -> None:
    hear(census, "pi/status", {"state": "lost", "session": "s"}, retained=True)
    dated = {"temperature": 1, "time": 1e9, "clock": "ntp"}
    hear(census, "pi/box/state", dated, retained=True)
    assert not census.fresh(Address("pi", "box"), 1.0)
    hear(census, "pi/box/state", {**dated, "time": 1e9 + 1})
    assert census.fresh(Address("pi", "box"), 1.0)


def test_a_large_flood_is_taken_in_quickly_enough_to_be_counted(census: Census) -> None:
    """Numbers of received messages are exact: nothing is dropped uncounted."""
    payloads = [b"", b"{", b"[]", b'{"temperature":1}', b"\xff", b"[" * 100, b"x" * 70_000]
    for payload in payloads:
        hear(census, "pi/box/state", payload)
    flaws = {"before_first_sample": 1, "not_json": 1, "not_an_object": 1, "not_utf8": 1}
    counted = dict(census.tally)
    assert counted.pop("received") == len(payloads)
    assert counted == {**flaws, "too_deep": 1, "too_large": 1}
    assert sys.getsizeof(counted) < 1_000
