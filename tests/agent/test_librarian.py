"""Questions for the past are answered from the store, one after the other, and never at the expense of the chambers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.doubles import Machine
from chamber_agent.chamber import wire
from chamber_agent.chamber.messages import Before, CommandMessage, HistoryMessage
from chamber_agent.chamber.model import Address, Sample
from chamber_agent.chamber.past.batches import HANDED_ON_AT_ONCE
from chamber_agent.chamber.past.history import accepted
from chamber_agent.errors import StateError
from chamber_agent.speech.desk import Order
from chamber_agent.speech.librarian import MOST_WAITING, Librarian
from chamber_agent.store.reading import Span

BOX = Address("pi", "box")
TAKES = 0.5
"""Seconds that a look into the store takes."""


def sample(epoch: str, seq: int) -> Sample:
    return Sample(temperature=5.0, seq=seq, epoch=epoch, setpoint=5.0, reason="r" * 40)


@dataclass
class Shelves:
    """Two epochs, of which the older one lacks a number."""

    kept: dict[str, list[int]] = field(
        default_factory=lambda: {"old": [*range(1, 7), *range(8, 11)], "new": [*range(1, 301)]}
    )
    trouble: Exception | None = None

    def ends(self, chamber: str) -> dict[str, int]:
        """Tell."""
        if self.trouble:
            raise self.trouble
        return {name: max(seqs) for name, seqs in self.kept.items()} if chamber == "box" else {}

    def past(self, span: Span, most: int) -> Iterator[Sample]:
        """Give."""
        there = [seq for seq in self.kept[span.epoch] if span.first <= seq <= span.last]
        return (sample(span.epoch, seq) for seq in there[:most])


@dataclass
class Given:
    """A librarian, and what went out: replies and batches, and when."""

    shelves: Shelves = field(default_factory=Shelves)
    machine: Machine = field(default_factory=Machine)
    replies: list[dict[str, Any]] = field(default_factory=list)
    batches: list[HistoryMessage] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.librarian = Librarian(self.shelves, self.machine.clocks(), self)

    def answer(self, _address: Address, payload: bytes, _topic: str | None) -> None:
        """Note a reply."""
        self.replies.append(json.loads(payload))

    def recount(self, address: Address, payload: bytes) -> None:
        """Note a batch."""
        message = wire.decode(f"chamber/v1/pi/{address.chamber}/history", payload)
        assert isinstance(message, HistoryMessage)
        self.batches.append(message)
        self.sizes.append(len(payload))
        self.at.append(asyncio.get_running_loop().time())

    def ask(self, chamber: str = "box", **asked: Any) -> None:
        """Ask, as Home Assistant does."""
        command = {"id": "h", "do": "history", "epoch": "new", "from": 1, "to": 10, **asked}
        topic = f"chamber/v1/pi/{chamber}/command"
        message = wire.decode(topic, json.dumps(command).encode())
        assert isinstance(message, CommandMessage)
        self.librarian.take(Order(message, self.machine.uptime))

    async def hears(self, **asked: Any) -> HistoryMessage | dict[str, Any]:
        """Ask, and return the answer."""
        told = len(self.batches), len(self.replies)
        self.ask(**asked)
        await asyncio.sleep(2 * TAKES)
        if len(self.batches) > told[0]:
            return self.batches[-1]
        assert len(self.replies) == told[1] + 1
        return self.replies[-1]


@pytest.fixture(autouse=True)
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look into the store takes its time, by the clock of the tests."""

    async def to_thread(do: Callable[..., Any], *arguments: Any) -> Any:
        await asyncio.sleep(TAKES)
        return do(*arguments)

    monkeypatch.setattr("chamber_agent.speech.librarian.asyncio.to_thread", to_thread)


async def test_what_is_there_is_told_and_the_rest_is_lost() -> None:
    answer = await Given().hears(epoch="old", to=10)
    assert isinstance(answer, HistoryMessage)
    assert [one.seq for one in answer.history.samples] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert answer.history.lost == ((7, 7),)
    assert answer.history.complete


async def test_an_answer_names_the_epoch_before_its_own() -> None:
    given = Given()
    answers = [await given.hears(epoch=name, **{"from": 0, "to": 0}) for name in ("new", "old")]
    told = [one.history.before for one in answers if isinstance(one, HistoryMessage)]
    assert told == [Before("old", 10), None]


async def test_a_batch_is_as_large_as_brokers_hand_on_at_once() -> None:
    given, asked = Given(), 1
    while asked <= 300:
        answer = await given.hears(**{"from": asked, "to": 300})
        assert isinstance(answer, HistoryMessage)
        asked = accepted(answer.history, "new", asked, 300)[1] + 1
    assert sum(len(one.history.samples) for one in given.batches) == 300
    assert max(given.sizes) <= HANDED_ON_AT_ONCE
    assert min(given.sizes[:-1]) > HANDED_ON_AT_ONCE - 200


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"epoch": "other"}, "unknown_epoch"),
        ({"chamber": "nobody"}, "unknown_epoch"),
        ({"to": 301}, "bad_range"),
        ({"from": 5, "to": 4}, "bad_range"),
        ({"epoch": None}, "bad_range"),
        ({"time": 1.0, "ttl": 15}, "expired"),
    ],
)
async def test_what_cannot_be_had_is_refused_with_a_reason(
    asked: dict[str, Any], code: str | None
) -> None:
    reply = await Given().hears(**asked)
    assert isinstance(reply, dict)
    assert (reply["id"], reply.get("code")) == ("h", code)


@pytest.mark.parametrize("trouble", [sqlite3.OperationalError("locked"), StateError("no disk")])
async def test_a_store_that_cannot_be_read_now_is_busy(trouble: Exception) -> None:
    reply = await Given(Shelves(trouble=trouble)).hears()
    assert isinstance(reply, dict)
    assert (reply["status"], reply["code"]) == ("rejected", "busy")


async def test_an_error_of_ours_is_told_and_stops_nothing() -> None:
    given = Given(Shelves(trouble=ZeroDivisionError()))
    reply = await given.hears()
    assert isinstance(reply, dict)
    assert reply["status"] == "failed"
    given.shelves.trouble = None
    assert isinstance(await given.hears(), HistoryMessage)


async def test_questions_wait_for_each_other_and_the_store_rests_between_them() -> None:
    """However many ask, no more than half of the time is theirs."""
    given = Given()
    for _question in range(4):
        given.ask()
    await asyncio.sleep(20 * TAKES)
    begun = given.at[0] - TAKES
    assert [at - begun for at in given.at] == pytest.approx([TAKES * n for n in (1, 3, 5, 7)])
    assert given.replies == []


async def test_more_questions_than_can_wait_are_refused() -> None:
    given = Given()
    for _question in range(MOST_WAITING + 5):
        given.ask()
    assert {reply["code"] for reply in given.replies} == {"busy"}
    await asyncio.sleep(3 * TAKES * MOST_WAITING)
    assert len(given.batches) + len(given.replies) == MOST_WAITING + 5
    assert isinstance(await given.hears(), HistoryMessage)


async def test_a_question_that_waited_for_longer_than_it_is_to_live_is_not_looked_up() -> None:
    given = Given()
    given.ask(id="first")
    given.ask(id="late")
    await asyncio.sleep(TAKES / 2)
    given.machine.passes(31.0)
    await asyncio.sleep(4 * TAKES)
    assert [one.history.id for one in given.batches] == ["first"]
    assert [(reply["id"], reply["status"]) for reply in given.replies] == [("late", "expired")]


async def test_in_the_end_nothing_more_is_answered() -> None:
    given = Given()
    given.ask()
    given.ask()
    given.librarian.leave()
    await asyncio.sleep(5 * TAKES)
    assert given.batches == []
