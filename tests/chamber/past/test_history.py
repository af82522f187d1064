"""Batches of the past: over the wire and back, what is believed of them, and how they are answered."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import BOX
from chamber_agent.chamber import wire
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.messages import Command, CommandMessage, History, HistoryMessage
from chamber_agent.chamber.model import Clock, Mode, Part, Quality, Sample, frozen
from chamber_agent.chamber.past import history
from chamber_agent.chamber.past.batches import batch
from chamber_agent.chamber.past.ranges import Ranges

TOPIC = "chamber/v1/pi/box1/history"
ASKED = Command(id="1", do="history", epoch="k3f9", first=0, last=600)


def taken(seq: int, **fields: Any) -> Sample:
    return Sample(
        temperature=fields.pop("temperature", 5.0 + seq % 7),
        seq=seq,
        epoch="k3f9",
        time=1000.0 + seq,
        clock=Clock.NTP,
        **fields,
    )


FULL = taken(
    7,
    setpoint=5.0,
    effective_setpoint=4.5,
    mode=Mode.COOL,
    heaters=(Part(on=False),),
    coolers=(Part(on=True, duty=55.0), None),
    probes=frozen({"product": 5.01, "ambient": None}),
    quality=frozen({"product": Quality.SUSPECT}),
    door=False,
    power=23.8,
    boot="a1",
    uptime=7.5,
)


def decoded(payload: bytes) -> HistoryMessage:
    message = wire.decode(TOPIC, payload)
    assert isinstance(message, HistoryMessage)
    return message


def spelt(**changes: Any) -> bytes:
    good: dict[str, Any] = {
        "id": "1",
        "epoch": "k3f9",
        "columns": ["seq", "time", "clock", "temperature", "product"],
        "rows": [[1, 1000.0, "ntp", 4.9, 5.0], [2, 1001.0, "ntp", None, None]],
        "lost": [[3, 5]],
        "last": True,
    }
    return json.dumps({**good, **changes}).encode()


def test_a_command_asks_from_and_to() -> None:
    topic, payload = wire.encode(CommandMessage(BOX, ASKED))
    assert json.loads(payload) == {
        "id": "1",
        "do": "history",
        "epoch": "k3f9",
        "from": 0,
        "to": 600,
    }
    assert wire.decode(topic, payload) == CommandMessage(BOX, ASKED)


def test_what_is_in_a_batch_comes_back() -> None:
    samples = (FULL, taken(8, probes=frozen({"product": 5.2, "ambient": 20.0})))
    sent = HistoryMessage(
        BOX, History(id="1", epoch="k3f9", samples=samples, lost=((9, 11),), complete=True)
    )
    topic, payload = wire.encode(sent)
    assert topic == TOPIC
    assert decoded(payload) == sent


def test_rows_are_samples_and_lost_ranges_are_kept() -> None:
    message = decoded(spelt())
    assert message.history.samples == (
        Sample(
            temperature=4.9,
            seq=1,
            epoch="k3f9",
            time=1000.0,
            clock=Clock.NTP,
            probes=frozen({"product": 5.0}),
        ),
        Sample(
            temperature=None,
            seq=2,
            epoch="k3f9",
            time=1001.0,
            clock=Clock.NTP,
            probes=frozen({"product": None}),
        ),
    )
    assert (message.history.lost, message.history.complete) == (((3, 5),), True)


def test_a_row_without_a_usable_temperature_counts_as_lost() -> None:
    message = decoded(spelt(rows=[[1, 1.0, "ntp", "warm", 5.0], [2, 2.0, "ntp", 5.0, "hot"]]))
    assert message.history.lost == ((1, 1), (3, 5))
    assert [sample.seq for sample in message.history.samples] == [2]
    assert message.set_aside == ("temperature", "probes")


def test_a_number_that_has_a_row_is_not_lost_whatever_else_is_said() -> None:
    message = decoded(spelt(lost=[[0, 4]]))
    assert message.history.lost == ((0, 0), (3, 4))
    assert [sample.seq for sample in message.history.samples] == [1, 2]


def test_columns_may_be_called_as_a_state_calls_its_fields() -> None:
    columns = ["seq", "epoch", "temperature", "heater", "probes", "product"]
    rows = [[1, "k3f9", 5.0, True, {"ambient": 20.5}, 5.1], [2, None, 5.0, None, None, 5.2]]
    message = decoded(spelt(columns=columns, rows=rows))
    assert message.set_aside == ()
    known: dict[str, Any] = {"temperature": 5.0, "epoch": "k3f9"}
    assert message.history.samples == (
        Sample(
            seq=1,
            heaters=(Part(on=True),),
            probes=frozen({"ambient": 20.5, "product": 5.1}),
            **known,
        ),
        Sample(seq=2, probes=frozen({"product": 5.2}), **known),
    )


def test_probes_that_are_no_object_cost_only_themselves() -> None:
    columns = ["seq", "temperature", "probes", "product"]
    message = decoded(spelt(columns=columns, rows=[[1, 5.0, "both", 5.1]]))
    assert message.set_aside == ("probes",)
    assert [sample.temperature for sample in message.history.samples] == [5.0]


def test_what_is_said_of_a_number_again_and_again_is_judged_quickly() -> None:
    """Rows that are set aside cost no more than rows that are taken: five times as many, ten times at most."""

    def cost(rows: int) -> int:
        """Calls of Python, which no busy machine makes more of."""
        calls = 0

        def count(_frame: FrameType, event: str, _arg: object) -> None:
            nonlocal calls
            calls += event == "call"

        payload = spelt(
            columns=["seq", "temperature"], rows=[[2 * (rows - n), "x"] for n in range(rows)]
        )
        sys.setprofile(count)
        try:
            decoded(payload)
        finally:
            sys.setprofile(None)
        return calls

    assert cost(500) < 10 * cost(100)


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": None},
        {"columns": ["seq", "epoch", "temperature"], "rows": [[1, "other", 5.0]]},
        {"columns": ["seq", "seq", "temperature"]},
        {"columns": ["seq", "time", "clock", "product", "ambient"]},
        {"columns": ["number", "time", "clock", "temperature", "product"]},
        {"columns": ["seq", "time", "clock", "temperature", "PRODUCT"]},
        {"columns": ["seq", "time", "clock", "temperature", 5]},
        {"columns": ["seq", "temperature", *(f"p{index}" for index in range(200))]},
        {"rows": None},
        {"rows": [[1, 2]]},
        {"rows": ["12345"]},
        {"rows": [[None, 1.0, "ntp", 5.0, 5.0]]},
        {"rows": [[-1, 1.0, "ntp", 5.0, 5.0]]},
        {"rows": [["one", 1.0, "ntp", "warm", 5.0]]},
        {"rows": [[1, 1, "ntp", 1, 1]] * 501},
        {"lost": 5},
        {"lost": [[1]]},
        {"lost": [[2, 1]]},
        {"lost": [[-1, 1]]},
        {"lost": [[1.5, 2]]},
        {"lost": [[True, 2]]},
        {"lost": [[1, 2]] * 502},
    ],
)
def test_what_is_no_table_is_dropped_whole(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError) as raised:
        decoded(spelt(**changes))
    assert raised.value.flaw is Flaw.BAD_BATCH


def test_a_batch_that_is_too_large_or_answers_nobody_is_dropped_before_it_is_read() -> None:
    with pytest.raises(WireError) as raised:
        decoded(spelt(more="x" * history.LARGEST))
    assert raised.value.flaw is Flaw.TOO_LARGE
    with pytest.raises(WireError) as raised:
        decoded(spelt(id=None))
    assert raised.value.flaw is Flaw.BAD_ID


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("columns", "rows", "lost", "last", "id", "epoch"), JSON)
    )
)
def test_rubbish_is_refused_and_nothing_worse(changes: dict[str, Any]) -> None:
    with suppress(WireError):
        decoded(spelt(**changes))


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({}, (1, 5)),
        ({"complete": False}, (1, 5)),
        ({"epoch": "other"}, None),
        ({"samples": (taken(2), taken(1))}, None),
        ({"samples": (taken(1), taken(1), taken(2))}, None),
        ({"samples": (taken(0), taken(1), taken(2))}, None),
        ({"samples": (taken(2),)}, None),
        ({"lost": ()}, None),
        ({"lost": (), "complete": False}, (1, 2)),
        ({"lost": ((4, 5),)}, None),
        ({"lost": ((3, 6),)}, None),
        ({"samples": (), "lost": ()}, None),
    ],
)
def test_an_answer_is_believed_where_it_leaves_no_number_out(
    changes: dict[str, Any], settled: tuple[int, int] | None
) -> None:
    good: dict[str, Any] = {
        "id": "1",
        "epoch": "k3f9",
        "samples": (taken(1), taken(2)),
        "lost": ((3, 5),),
        "complete": True,
    }
    answer = History(**{**good, **changes})
    if settled is not None:
        assert history.accepted(answer, "k3f9", 1, 5) == settled
        return
    with pytest.raises(WireError):
        history.accepted(answer, "k3f9", 1, 5)


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
