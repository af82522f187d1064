"""The loop's side of backfill: what is asked, which answers are let through, and that no timer is left."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from homeassistant.core import HomeAssistant

from custom_components.chamber_ws.chamber.messages import Command, Reply
from custom_components.chamber_ws.chamber.model import Address
from custom_components.chamber_ws.chamber.past.asking import USUAL, Gap, Manner
from custom_components.chamber_ws.link.errors import Cause, Failure, NotConnected
from custom_components.chamber_ws.record.backfill import Backfill

BOX, OTHER = Address("pi", "box"), Address("pi", "other")
HOLE = Gap("k3f9", 10, 900)
LOST = NotConnected(Failure(Cause.LOST, "there is no connection"))


@dataclass
class Neighbours:
    """Link, keeper and clock, as far as backfill sees them."""

    now: float = 1000.0
    fault: NotConnected | None = None
    tally: Counter[str] = field(default_factory=Counter)
    sent: list[tuple[Address, Command]] = field(default_factory=list)
    handed: list[tuple[Any, ...]] = field(default_factory=list)
    given_up: list[tuple[Address, str, int, int]] = field(default_factory=list)

    def make(self, hass: HomeAssistant, manner: Manner = USUAL) -> Backfill:
        return Backfill(
            hass,
            send=self.send,
            hand_over=lambda *batch: self.handed.append(batch),
            give_up=lambda *lost: self.given_up.append(lost),
            clock=lambda: self.now,
            tally=self.tally,
            manner=manner,
        )

    def send(self, address: Address, command: Command) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append((address, command))

    @property
    def id(self) -> str:
        return self.sent[-1][1].id

    def batch(self, **changes: Any) -> bytes:
        content = {"id": self.id, "epoch": "k3f9", "columns": ["seq"], "rows": [[10]], **changes}
        return json.dumps(content).encode()


@pytest.fixture
def around() -> Neighbours:
    return Neighbours()


@pytest.fixture
async def backfill(hass: HomeAssistant, around: Neighbours) -> AsyncIterator[Backfill]:
    """A connected one that has asked for a gap of the box."""
    made = around.make(hass)
    made.link_up()
    made.gap(BOX, HOLE)
    yield made
    made.close()


class TestAsking:
    async def test_says_what_the_contract_says(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        [(address, command)] = around.sent
        assert address == BOX
        assert command == Command(
            id=command.id, do="history", epoch="k3f9", first=10, last=900, by="history"
        )

    async def test_waits_for_the_connection(self, hass: HomeAssistant, around: Neighbours) -> None:
        made = around.make(hass)
        made.gap(BOX, HOLE)
        assert around.sent == []
        made.link_up()
        assert len(around.sent) == 1
        made.close()

    async def test_asks_again_under_a_new_id_after_the_connection_was_lost(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        before = around.batch()
        backfill.link_down()
        around.now += 1.0
        backfill.link_up()
        assert len({command.id for _address, command in around.sent}) == 2
        assert not backfill.wants(before)

    async def test_of_what_the_link_does_not_take_is_tried_again(
        self, hass: HomeAssistant, around: Neighbours
    ) -> None:
        around.fault = LOST
        made = around.make(hass)
        made.link_up()
        made.gap(BOX, HOLE)
        around.fault = None
        made.tick(around.now + 0.9)
        assert around.sent == []
        made.tick(around.now + 1.0)
        assert len(around.sent) == 1
        made.close()

    async def test_goes_on_by_itself_at_its_pace(
        self, hass: HomeAssistant, around: Neighbours
    ) -> None:
        """With the loop's own timers: six chambers, four at once, each silent for a moment."""
        manner = Manner(interval=0.01, silence=0.05, shortest_rest=0.02, longest_rest=0.04)
        made = Backfill(
            hass,
            send=around.send,
            hand_over=lambda *_batch: None,
            give_up=lambda *_lost: None,
            manner=manner,
        )
        chambers = [Address("pi", f"c{number}") for number in range(6)]
        made.link_up()
        for address in chambers:
            made.gap(address, HOLE)
        async with asyncio.timeout(20):
            while min(Counter(at for at, _ in around.sent)[at] for at in chambers) < 3:
                await asyncio.sleep(0.01)
        made.close()
        asked = len(around.sent)
        await asyncio.sleep(0.2)
        assert len(around.sent) == asked, "it goes on after it was closed"


class TestAnAnswer:
    async def test_goes_to_the_keeper_as_it_came(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        payload = around.batch()
        assert backfill.wants(payload)
        backfill.take(BOX, payload)
        assert around.handed == [(BOX, around.id, "k3f9", 10, 900, payload)]
        assert not around.tally

    async def test_is_followed_by_the_next_question(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        backfill.take(BOX, around.batch())
        around.now += 1.0
        backfill.settled(BOX, around.id, True)
        backfill.gap(BOX, Gap("k3f9", 510, 900))
        assert [command.first for _address, command in around.sent] == [10, 510]

    async def test_is_taken_once(self, backfill: Backfill, around: Neighbours) -> None:
        payload = around.batch()
        backfill.take(BOX, payload)
        assert not backfill.wants(payload)
        backfill.take(BOX, payload)
        assert len(around.handed) == 1
        assert around.tally == {"foreign_history": 1}

    async def test_from_another_chamber_is_dropped(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        backfill.take(OTHER, around.batch())
        assert around.handed == []
        assert around.tally == {"foreign_history": 1}
        backfill.take(BOX, around.batch())
        assert len(around.handed) == 1

    @pytest.mark.parametrize(
        "payload",
        [b"", b"\xff\x00", b'{"id": "somebody", "rows": []}', b"[" * 100_000],
        ids=["empty", "noise", "foreign", "deep"],
    )
    async def test_nobody_asked_for_is_dropped_unparsed(
        self, backfill: Backfill, around: Neighbours, payload: bytes
    ) -> None:
        assert not backfill.wants(payload)
        backfill.take(BOX, payload)
        assert around.handed == []
        assert around.tally == {"foreign_history": 1}

    async def test_that_names_its_id_far_from_the_start_is_dropped(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        assert not backfill.wants(b'{"columns": "' + b"x" * 5000 + b'", ' + around.batch()[1:])

    async def test_of_which_the_id_is_only_a_part_is_dropped(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        assert not backfill.wants(around.batch(id=around.id + "0"))

    async def test_that_is_too_large_counts_as_silence(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        backfill.take(BOX, around.batch(rows="x" * 32 * 1024))
        assert around.handed == []
        assert around.tally == {"too_large_history": 1}
        backfill.tick(around.now + 59.0)
        assert len(around.sent) == 1
        backfill.tick(around.now + 60.0)
        assert len(around.sent) == 2

    async def test_of_exactly_the_largest_size_is_taken(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        payload = around.batch()
        backfill.take(BOX, payload + b" " * (32 * 1024 - len(payload)))
        assert len(around.handed) == 1

    async def test_that_comes_too_late_is_dropped(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        backfill.tick(around.now + 30.0)
        backfill.take(BOX, around.batch())
        assert around.handed == []
        assert around.tally == {"foreign_history": 1}

    async def test_that_the_keeper_calls_rubbish_counts_as_silence(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        backfill.take(BOX, around.batch())
        backfill.settled(BOX, around.id, False)
        backfill.gap(BOX, HOLE)
        backfill.tick(around.now + 59.0)
        assert len(around.sent) == 1
        backfill.tick(around.now + 60.0)
        assert len(around.sent) == 2

    async def test_is_judged_even_when_the_connection_went_meanwhile(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        backfill.take(BOX, around.batch())
        backfill.link_down()
        backfill.settled(BOX, around.id, True)
        backfill.gap(BOX, None)
        backfill.link_up()
        assert len(around.sent) == 1


class TestARefusal:
    @pytest.mark.parametrize("code", ["unknown_epoch", "bad_range"])
    async def test_that_nobody_has_it_gives_the_range_up(
        self, backfill: Backfill, around: Neighbours, code: str
    ) -> None:
        assert backfill.replied(BOX, Reply(id=around.id, status="rejected", code=code))
        assert around.given_up == [(BOX, "k3f9", 10, 900)]
        assert not backfill.wants(around.batch())

    @pytest.mark.parametrize("status", ["rejected", "failed", "expired"])
    async def test_of_another_kind_backs_off(
        self, backfill: Backfill, around: Neighbours, status: str
    ) -> None:
        assert backfill.replied(BOX, Reply(id=around.id, status=status, code="busy"))
        assert around.given_up == []
        backfill.tick(around.now + 60.0)
        assert len(around.sent) == 2

    @pytest.mark.parametrize("status", ["accepted", "applied"])
    async def test_is_not_what_accepts(
        self, backfill: Backfill, around: Neighbours, status: str
    ) -> None:
        assert backfill.replied(BOX, Reply(id=around.id, status=status))
        assert backfill.wants(around.batch())

    async def test_of_something_else_is_none_of_ours(
        self, backfill: Backfill, around: Neighbours
    ) -> None:
        assert not backfill.replied(BOX, Reply(id="other", status="rejected", code="bad_range"))
        assert not backfill.replied(OTHER, Reply(id=around.id, status="rejected", code="bad_range"))
        assert around.given_up == []


async def test_a_gateway_that_is_new_is_asked_at_once(
    backfill: Backfill, around: Neighbours
) -> None:
    before = around.batch()
    around.now += 1.0
    backfill.returned(BOX)
    assert len(around.sent) == 2
    assert not backfill.wants(before)


async def test_a_chamber_that_is_forgotten_leaves_nothing(
    backfill: Backfill, around: Neighbours
) -> None:
    payload = around.batch()
    backfill.take(BOX, payload)
    backfill.forget(BOX)
    backfill.settled(BOX, around.id, True)
    backfill.tick(around.now + 10_000.0)
    assert len(around.sent) == 1
    assert backfill._timer is None


async def test_what_was_closed_asks_and_takes_nothing(
    backfill: Backfill, around: Neighbours
) -> None:
    payload = around.batch()
    backfill.close()
    backfill.take(BOX, payload)
    backfill.link_up()
    backfill.gap(OTHER, HOLE)
    assert around.handed == []
    assert len(around.sent) == 1
    assert backfill._timer is None
