"""How a question for the past is answered: as much as fits, nothing left out, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import BOX
from chamber.past.stored import ASKED, decoded, taken
from chamber_agent.chamber import wire
from chamber_agent.chamber.messages import Before, Command, History, HistoryMessage
from chamber_agent.chamber.model import Sample, frozen
from chamber_agent.chamber.past import history
from chamber_agent.chamber.past.batches import batch
from chamber_agent.chamber.past.ranges import Ranges


@given(st.sets(st.integers(0, 1200), max_size=900), st.integers(0, 600), st.integers(0, 700))
def test_question_after_question_everything_is_told_or_lost(
    stored: set[int], first: int, more: int
) -> None:
    last = first + more
    told: list[int] = []
    lost = Ranges()
    asked = first
    for _question in range(20):
        command = Command(id="1", do="history", epoch="k3f9", first=asked, last=last)
        answer = batch(command, (taken(seq) for seq in sorted(stored) if seq >= asked))
        _begun, ended = history.accepted(answer, "k3f9", asked, last)
        told += [sample.seq for sample in answer.samples if sample.seq is not None]
        lost = lost.union(Ranges.of(answer.lost))
        if answer.complete:
            break
        asked = ended + 1
    wanted = set(range(first, last + 1))
    assert told == sorted(stored & wanted)
    assert {number for number in wanted if number in lost} == wanted - stored


def test_a_batch_holds_no_more_than_the_contract_allows() -> None:
    many = (
        taken(seq, probes=frozen({f"probe-{n}": 5.0625 for n in range(20)})) for seq in range(601)
    )
    answer = batch(ASKED, many)
    _topic, payload = wire.encode(HistoryMessage(BOX, answer))
    assert 20 * 1024 < len(payload) <= history.LARGEST
    assert not answer.complete
    assert len(batch(ASKED, (taken(seq) for seq in range(601))).samples) == history.MOST_ROWS


@pytest.mark.parametrize("largest", [3800, 100])
def test_a_batch_may_be_kept_smaller_and_still_tells_something(largest: int) -> None:
    answer = batch(ASKED, (taken(seq) for seq in range(601)), largest)
    _topic, payload = wire.encode(HistoryMessage(BOX, answer))
    assert len(answer.samples) == 1 or largest - 200 < len(payload) <= largest
    assert history.accepted(answer, "k3f9", 0, 600) == (0, len(answer.samples) - 1)


def named(seq: int) -> Sample:
    """A sample whose probe is called like no other's."""
    return taken(seq, probes=frozen({f"probe-{seq}": 5.0}))


def test_probes_that_were_renamed_time_and_again_make_batches_that_can_be_read() -> None:
    """An object holds 64 probes at most: with more columns of probes no probe would be read."""
    asked = 0
    shown: dict[int, float | None] = {}
    while asked <= 200:
        command = Command(id="1", do="history", epoch="k3f9", first=asked, last=200)
        answer = batch(command, (named(seq) for seq in range(asked, 201)))
        message = decoded(wire.encode(HistoryMessage(BOX, answer))[1])
        assert message.set_aside == ()
        for sample in message.history.samples:
            assert sample.seq is not None
            shown[sample.seq] = sample.probes[f"probe-{sample.seq}"]
        asked = history.accepted(message.history, "k3f9", asked, 200)[1] + 1
    assert shown == dict.fromkeys(range(201), 5.0)


@pytest.mark.parametrize("pattern", [1, 7, 37, 41, 53])
def test_a_batch_is_filled_to_the_last_row_that_fits(pattern: int) -> None:
    """Rows of all lengths, with columns that come and go, and every other number lost."""

    def stored(seq: int) -> Sample:
        more: dict[str, Any] = {"boot": "b" * 40, "reason": "r" * (seq * pattern % 64 + 1)}
        if seq * pattern % 11 > 6:
            more["probes"] = frozen({f"probe-{seq % 17}": 5.125})
        return taken(seq, **more)

    command = Command(id="1", do="history", epoch="k3f9", first=0, last=1200)
    all_of_them = [stored(seq) for seq in range(0, 1200, 2)]
    answer = batch(command, all_of_them)
    count = len(answer.samples)
    assert 50 < count < history.MOST_ROWS
    assert decoded(wire.encode(HistoryMessage(BOX, answer))[1]).history.lost == answer.lost
    more = replace(
        answer,
        samples=tuple(all_of_them[: count + 1]),
        lost=history.uncovered(range(0, 2 * count + 2, 2), 0, 2 * count),
    )
    assert len(wire.written(history.spelt(more, wire.spelt_sample))) > history.LARGEST - 4


def test_no_more_samples_are_fetched_than_a_batch_can_hold() -> None:
    fetched = 0

    def stored() -> Iterator[Sample]:
        nonlocal fetched
        for seq in range(601):
            fetched += 1
            yield taken(seq, reason="r" * 64)

    answer = batch(ASKED, stored())
    assert fetched == len(answer.samples) + 1


def test_the_cost_of_a_batch_is_that_of_its_samples_however_large_they_are() -> None:
    """To encode it again and again until it fits took twenty times as long."""
    spelt_out = Counter[int]()

    def large(seq: int) -> Sample:
        probes = {f"a-long-name-of-a-probe-{n}": 5.0625 for n in range(64)}
        return taken(seq, probes=frozen(probes), reason="r" * 64)

    spell = wire.spelt_sample

    def counted(sample: Sample) -> dict[str, object]:
        spelt_out[sample.seq or 0] += 1
        return spell(sample)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wire, "spelt_sample", counted)
        answer = batch(ASKED, (large(seq) for seq in range(601)))
    assert 10 < len(answer.samples) < 100
    assert max(spelt_out.values()) == 1


def test_a_store_without_anything_says_that_all_is_lost() -> None:
    answer = batch(ASKED, ())
    assert (answer.samples, answer.lost, answer.complete) == ((), ((0, 600),), True)


def test_a_stored_sample_without_a_number_is_no_row_of_a_batch() -> None:
    answer = batch(ASKED, [taken(0), Sample(temperature=5.0), taken(1)])
    assert [sample.seq for sample in answer.samples] == [0, 1]


def size(answer: History) -> int:
    """The bytes of a batch on the wire."""
    return len(wire.written(history.spelt(answer, wire.spelt_sample)))


MOTLEY = [
    taken(0, probes=frozen({"product": 5.0625})),
    taken(1, boot="a1", uptime=12.5),
    taken(4, probes=frozen({"ambient": 21.5}), door=True),
    taken(5),
]
"""Samples that have little in common, so that a batch of them has blanks, and a gap between them."""


SPARE = 3
"""Bytes that stay free: a comma after the last row and lost range, and `false` is longer than `true`."""


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_row_is_taken_as_soon_as_it_fits(count: int) -> None:
    seen = MOTLEY[count - 1].seq
    assert seen is not None
    command = replace(ASKED, last=seen)
    whole = batch(command, MOTLEY[:count])
    assert whole.complete
    enough = size(whole) + (SPARE if whole.lost else SPARE - 1)
    assert batch(command, MOTLEY[:count], enough) == whole
    short = batch(command, MOTLEY[:count], enough - 1)
    assert short.samples == tuple(MOTLEY[: count - 1])
    assert not short.complete


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_that_the_rest_is_lost_is_said_as_soon_as_it_fits(count: int) -> None:
    whole = batch(ASKED, MOTLEY[:count])
    assert whole.complete
    assert whole.lost[-1][1] == ASKED.last
    enough = size(whole) + SPARE
    assert batch(ASKED, MOTLEY[:count], enough) == whole
    short = batch(ASKED, MOTLEY[:count], enough - 1)
    assert short.samples == whole.samples
    assert (short.lost, short.complete) == (whole.lost[:-1], False)
    assert history.accepted(short, "k3f9", 0, 600) == (0, MOTLEY[count - 1].seq)


def test_that_nothing_is_there_is_said_however_little_room_there_is() -> None:
    assert batch(ASKED, (), 1) == batch(ASKED, ())


def test_what_came_before_the_epoch_is_said_and_takes_room() -> None:
    before = Before("old1", 41)
    answer = batch(ASKED, MOTLEY, before=before)
    assert answer.before == before
    assert batch(ASKED, MOTLEY).before is None
    assert not batch(ASKED, MOTLEY, size(batch(ASKED, MOTLEY)) + SPARE, before).complete
