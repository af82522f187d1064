"""The nouns and what they say of themselves."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from chamber.given import BOX, sample
from chamber_agent.chamber.model import (
    Chamber,
    Clock,
    Kind,
    Learned,
    Limits,
    Meta,
    Mode,
    Part,
    Probe,
    Sample,
    frozen,
)


def chamber(meta: Meta | None = None, /, **learned: Any) -> Chamber:
    """A chamber of which so much is known."""
    return Chamber(address=BOX, meta=meta, learned=Learned(**learned))


@pytest.mark.parametrize(
    ("learned", "modes"),
    [
        ({}, ()),
        ({"heaters": 1}, (Mode.HEAT,)),
        ({"coolers": 2}, (Mode.COOL,)),
        ({"heaters": 1, "coolers": 1}, (Mode.HEAT, Mode.COOL, Mode.HEAT_COOL)),
    ],
)
def test_without_a_description_the_actuators_say_which_modes_there_are(
    learned: dict[str, Any], modes: tuple[Mode, ...]
) -> None:
    assert chamber(**learned).modes == modes
    assert chamber(Meta(name="A"), **learned).modes == modes


def test_described_actuators_say_it_before_those_that_were_seen() -> None:
    assert chamber(Meta(heaters=()), heaters=1, coolers=1).modes == (Mode.COOL,)


def test_described_modes_hold_whatever_the_actuators_are() -> None:
    assert chamber(Meta(modes=(Mode.OFF,)), heaters=1).modes == (Mode.OFF,)


def test_without_a_word_on_limits_the_contract_s_hold() -> None:
    for meta in (None, Meta(name="A")):
        assert chamber(meta).limits == Limits(min=-80.0, max=180.0, step=0.1)


def test_described_limits_hold() -> None:
    assert chamber(Meta(limits=Limits(min=1.0, max=2.0))).limits.max == 2.0


@pytest.mark.parametrize(
    ("meta", "promised"),
    [(None, False), (Meta(), False), (Meta(replies=False), False), (Meta(replies=True), True)],
)
def test_replies_are_promised_only_by_a_description(meta: Meta | None, promised: bool) -> None:
    assert chamber(meta).replies is promised


def test_probes_are_those_described_and_those_seen_by_name() -> None:
    seen = Chamber(
        address=BOX,
        meta=Meta(probes=frozen({"p": Probe(role="product")})),
        learned=Learned(probes=frozenset({"p", "a"})),
    )
    assert list(seen.probes.items()) == [("a", Probe()), ("p", Probe(role="product"))]
    assert chamber().probes == {}


def test_a_sample_s_time_is_trusted_by_its_clock() -> None:
    trusted = {clock for clock in Clock if sample(time=1.0, clock=clock).trusted_time}
    assert trusted == {Clock.NTP, Clock.RTC}
    assert sample(time=1.0).trusted_time is None


def test_parts_and_counts_are_found_by_kind() -> None:
    one, two, three = ((Part(on=True),) * n for n in (1, 2, 3))
    taken = Sample(temperature=None, heaters=one, coolers=two, fans=three)
    learned = Learned(heaters=1, coolers=2, fans=3)
    named = Meta(heaters=("a",), coolers=("a", "b"), fans=("a", "b", None))
    for kind, count in zip(Kind, (1, 2, 3), strict=True):
        assert len(taken.parts(kind) or ()) == learned.count(kind) == count
        assert len(named.names(kind) or ()) == count


def test_nouns_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sample().temperature = 5.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        sample(probes=frozen({"a": 1.0})).probes["a"] = 2.0  # type: ignore[index]


def test_a_frozen_mapping_does_not_follow_its_source() -> None:
    source = {"a": 1.0}
    copy = frozen(source)
    source["a"] = 2.0
    assert copy == {"a": 1.0}


@pytest.mark.parametrize("meta", [False, True])
@pytest.mark.parametrize("state", [False, True])
def test_a_chamber_is_gone_when_both_of_its_topics_are_cleared(meta: bool, state: bool) -> None:
    known = Chamber(address=BOX, meta_cleared=meta, state_cleared=state)
    assert known.gone is (meta and state)


def test_unnamed_actuators_are_as_many_as_were_seen() -> None:
    known = chamber(Meta(fans=("left", None)), heaters=2, coolers=1, fans=5)
    assert known.names(Kind.HEATER) == (None, None)
    assert known.names(Kind.COOLER) == (None,)
    assert known.names(Kind.FAN) == ("left", None)
    assert chamber().names(Kind.FAN) == ()
