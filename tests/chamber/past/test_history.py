"""Batches of the past: over the wire and back, and what is believed of them."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import BOX
from chamber.past.stored import ASKED, TOPIC, decoded, taken
from chamber_agent.chamber import wire
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.messages import CommandMessage, History, HistoryMessage
from chamber_agent.chamber.model import Clock, Mode, Part, Quality, Sample, frozen
from chamber_agent.chamber.past import history

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
