"""A sample becomes a row and a row a sample, and nothing is lost between."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber import arbitrary
from chamber_agent.chamber import wire as agents_wire
from chamber_agent.chamber.messages import StateMessage as AgentsMessage
from chamber_agent.chamber.model import Address as AgentsAddress
from custom_components.chamber_ws.chamber import wire
from custom_components.chamber_ws.chamber.messages import StateMessage
from custom_components.chamber_ws.chamber.model import (
    Clock,
    Mode,
    Part,
    Progress,
    Quality,
    Sample,
    frozen,
)
from custom_components.chamber_ws.chamber.past.ranges import Ranges
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.rows import Row, ranges_of, row_of, spelt, spelt_ranges
from record.given import NOON, Filled, dated


def _received(sent: object) -> Sample:
    """A sample as the integration decodes it: the agent's nouns are others."""
    message = AgentsMessage(AgentsAddress("pi", "box1"), sent)  # type: ignore[arg-type]
    received = wire.decode(*agents_wire.encode(message))
    assert isinstance(received, StateMessage)
    assert received.sample is not None
    return received.sample


samples = arbitrary.samples.map(_received)
rows = st.builds(
    Row,
    stretch=st.integers(1, 9),
    seq=arbitrary.seqs,
    at=st.none() | arbitrary.times,
    placed=st.sampled_from(Placed),
    fetched=st.booleans(),
    sample=samples,
)
RICH = Sample(
    seq=7,
    epoch="k3f9",
    time=NOON,
    clock=Clock.RTC,
    boot="a1",
    uptime=70.5,
    temperature=None,
    setpoint=5.0,
    effective_setpoint=5.1,
    mode=Mode.HEAT_COOL,
    reason="pid",
    heaters=(),
    coolers=(Part(on=True, duty=55.0), Part(on=False, duty=0.0), None, Part(on=True)),
    fans=(Part(on=False),),
    probes=frozen({"product": None, "ambient": 24.1}),
    quality=frozen({"product": Quality.MISSING, "temperature": Quality.FAULT}),
    door=False,
    power=0.0,
    energy=1.25,
    profile=Progress(name="bäcken", step=2, remaining=0.5),
)


@given(row=rows, epoch=st.none() | arbitrary.tokens)
def test_any_sample_comes_back_exactly(row: Row, epoch: str | None) -> None:
    assert row_of(spelt(row, epoch), epoch) == row


def test_every_field_survives_the_file(box: Filled) -> None:
    kept = Row(box.stretch.id, 7, NOON, Placed.OWN, True, RICH)
    box.store.add([kept])
    box.store.commit()
    (read,) = box.rows()
    assert read == kept
    assert read.fetched is True
    assert read.sample.coolers is not None
    assert [part and (part.on, part.duty) for part in read.sample.coolers] == [
        (True, 55.0),
        (False, 0.0),
        None,
        (True, None),
    ]


def test_a_sample_without_number_keeps_having_none(box: Filled) -> None:
    kept = Row(box.stretch.id, 3, NOON, Placed.RECEIPT, False, Sample(temperature=20.0))
    box.store.add([kept])
    assert box.rows() == [kept]


@pytest.mark.parametrize("rest", ["{", "[1]", '{"mode":"melt"}', '{"heaters":5}', '{"new":1}', "7"])
def test_what_cannot_be_read_is_a_sign_of_life_without_a_value(rest: str) -> None:
    """A temperature whose quality cannot be read must not be trusted."""
    whole = spelt(dated(1, 5), "k3f9")
    damaged = row_of((*whole[:-1], rest), "k3f9")
    lifeless = Sample(temperature=None, seq=5, epoch="k3f9")
    assert damaged == dated(1, 5)._replace(sample=lifeless)


def test_a_text_that_is_no_utf8_any_more_costs_its_own_row_only(box: Filled) -> None:
    box.add(range(3))
    box.store._database.write("UPDATE sample SET rest = CAST(x'7bff7d' AS TEXT) WHERE seq = 1")
    assert [row.sample.temperature for row in box.rows()] == [0.0, None, 2.0]


@given(st.lists(st.tuples(arbitrary.seqs, st.integers(0, 50))))
def test_ranges_come_back_exactly(spans: list[tuple[int, int]]) -> None:
    ranges = Ranges.of((first, first + more) for first, more in spans)
    assert ranges_of(spelt_ranges(ranges)) == ranges


def test_a_rich_sample_differs_where_any_field_differs() -> None:
    """The comparison above would be worth nothing if samples were equal too easily."""
    assert replace(RICH, profile=Progress(name="bäcken", step=2, remaining=0.6)) != RICH
    assert replace(RICH, quality=frozen({})) != RICH
