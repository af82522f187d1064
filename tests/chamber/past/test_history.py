"""Batches of the past: over the wire and back, and what is believed of them."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import BOX
from chamber.past.stored import ASKED, TOPIC, decoded, taken
from chamber_agent.chamber import wire
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.fields import LAST_SEQ, Aside
from chamber_agent.chamber.messages import Before, CommandMessage, History, HistoryMessage
from chamber_agent.chamber.model import Clock, Mode, Part, Quality, Sample, frozen
from chamber_agent.chamber.past import history
from chamber_agent.chamber.sequence import Range

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


READ: dict[str, Any] = {"id": "1", "epoch": "k3f9"}
COLUMNS, ROWS, LOST = "columns", "rows", "lost"
NO_TABLE: list[tuple[str, dict[str, Any]]] = [
    (COLUMNS, {"columns": None}),
    (COLUMNS, {"columns": ["seq", "seq", "temperature"]}),
    (COLUMNS, {"columns": ["number", "time", "clock", "temperature", "product"]}),
    (COLUMNS, {"columns": ["seq", "time", "clock", "temperature", "PRODUCT"]}),
    (COLUMNS, {"columns": ["seq", "time", "clock", "temperature", 5]}),
    (COLUMNS, {"columns": ["seq", "temperature", *(f"p{index}" for index in range(127))]}),
    ("a row of another epoch", {"columns": ["seq", "epoch", "temperature"], "rows": [[1, "x", 5]]}),
    (
        "rows without a temperature",
        {"columns": ["seq", "time", "clock", "product", "ambient"]},
    ),
    (ROWS, {"rows": None}),
    (ROWS, {"rows": [[1, 1, "ntp", 1, 1]] * 501}),
    ("a row of another length", {"rows": [[1, 2]]}),
    ("a row of another length", {"rows": ["12345"]}),
    ("a row without a number", {"rows": [[None, 1.0, "ntp", 5.0, 5.0]]}),
    ("a row without a number", {"rows": [[-1, 1.0, "ntp", 5.0, 5.0]]}),
    ("a row without a number", {"rows": [["one", 1.0, "ntp", "warm", 5.0]]}),
    (LOST, {"lost": 5}),
    (LOST, {"lost": [[1]]}),
    (LOST, {"lost": [[2, 1]]}),
    (LOST, {"lost": [[-1, 1]]}),
    (LOST, {"lost": [[1.5, 2]]}),
    (LOST, {"lost": [[True, 2]]}),
    (LOST, {"lost": [[1, LAST_SEQ + 1]]}),
    (LOST, {"lost": [[1, 2]] * 502}),
]


@pytest.mark.parametrize(("why", "changes"), NO_TABLE)
def test_what_is_no_table_is_dropped_whole_and_it_is_said_why(
    why: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(WireError) as raised:
        decoded(spelt(**changes))
    assert (raised.value.flaw, str(raised.value)) == (Flaw.BAD_BATCH, f"{Flaw.BAD_BATCH}: {why}")


def test_as_much_as_the_contract_allows_is_read() -> None:
    wide = ["seq", "temperature", *(f"p{index}" for index in range(126))]
    assert len(wide) == history.MOST_COLUMNS
    message = decoded(spelt(columns=wide, rows=[[1, 5.0, *[None] * 126]]))
    assert [sample.seq for sample in message.history.samples] == [1]
    many = decoded(spelt(rows=[], lost=[[2 * n, 2 * n] for n in range(history.MOST_ROWS + 1)]))
    assert len(many.history.lost) == history.MOST_ROWS + 1
    far = decoded(spelt(rows=[], lost=[[0, LAST_SEQ]]))
    assert far.history.lost == ((0, LAST_SEQ),)


@pytest.mark.parametrize(
    ("told", "complete"),
    [({"last": True}, True), ({"last": False}, False), ({"last": "yes"}, False)],
)
def test_only_a_batch_that_says_so_is_the_last(told: dict[str, Any], complete: bool) -> None:
    assert decoded(spelt(**told)).history.complete is complete
    unsaid = history.read({"columns": ["seq"], "rows": []}, READ, lambda _row: None, Aside())
    assert unsaid.complete is False


def test_what_came_before_the_epoch_goes_over_the_wire_and_back() -> None:
    sent = History(id="1", epoch="k3f9", lost=((0, 9),), before=Before("old1", 41))
    _topic, payload = wire.encode(HistoryMessage(BOX, sent))
    assert json.loads(payload)["before"] == {"epoch": "old1", "to": 41}
    assert decoded(payload).history == sent


def test_a_batch_of_nothing_has_a_column_of_numbers_all_the_same() -> None:
    empty = history.spelt(History(id="1", epoch="k3f9", lost=((0, 9),)), wire.spelt_sample)
    assert (empty["columns"], empty["rows"], "before" in empty) == (["seq"], [], False)


def test_a_sample_without_probes_and_epoch_has_the_cells_that_it_has() -> None:
    assert history.cells({"seq": 1, "temperature": 5.0}) == {"seq": 1, "temperature": 5.0}
    told = {"seq": 1, "epoch": "k3f9", "probes": {"product": 5.5}}
    assert history.cells(told) == {"seq": 1, "product": 5.5}


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


GOOD = History(id="1", epoch="k3f9", samples=(taken(1), taken(2)), lost=((3, 5),), complete=True)


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({}, (1, 5)),
        ({"complete": False}, (1, 5)),
        ({"lost": (), "complete": False}, (1, 2)),
        ({"samples": (), "lost": ((1, 5),)}, (1, 5)),
    ],
)
def test_an_answer_settles_what_it_names(changes: dict[str, Any], settled: Range) -> None:
    assert history.accepted(replace(GOOD, **changes), "k3f9", 1, 5) == settled


UNNUMBERED = replace(taken(1), seq=None)
NOT_BELIEVED: list[tuple[str, dict[str, Any]]] = [
    ("another epoch", {"epoch": "other"}),
    ("the numbers do not ascend", {"samples": (taken(2), taken(1))}),
    ("the numbers do not ascend", {"samples": (taken(1), taken(1), taken(2))}),
    ("the numbers do not ascend", {"samples": (UNNUMBERED,)}),
    ("the numbers do not ascend", {"samples": (UNNUMBERED, taken(1), taken(2))}),
    ("nothing is named", {"samples": (), "lost": ()}),
    ("numbers that were not asked for", {"samples": (taken(0), taken(1), taken(2))}),
    ("numbers that were not asked for", {"lost": ((3, 6),)}),
    ("numbers are left out", {"samples": (taken(2),)}),
    ("numbers are left out", {"lost": ((4, 5),)}),
    ("the end is missing", {"lost": ()}),
]


@pytest.mark.parametrize(("why", "changes"), NOT_BELIEVED)
def test_an_answer_that_leaves_a_number_out_settles_nothing(
    why: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(WireError) as raised:
        history.accepted(replace(GOOD, **changes), "k3f9", 1, 5)
    assert (raised.value.flaw, str(raised.value)) == (Flaw.BAD_BATCH, f"{Flaw.BAD_BATCH}: {why}")


@pytest.mark.parametrize(
    ("there", "gaps"),
    [
        ([], ((3, 9),)),
        ([3, 4, 5, 6, 7, 8, 9], ()),
        ([4, 7], ((3, 3), (5, 6), (8, 9))),
        ([1, 2, 3, 11], ((4, 9),)),
    ],
)
def test_what_no_sample_is_of_is_uncovered(there: list[int], gaps: tuple[Range, ...]) -> None:
    assert history.uncovered(there, 3, 9) == gaps
