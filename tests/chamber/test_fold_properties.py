"""What a chamber shows, whatever is said to it, in whatever order."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from chamber import arbitrary
from chamber.given import BOX, NOON, at, sample, spoiled, through
from chamber_agent.chamber import freshness
from chamber_agent.chamber.messages import (
    Message,
    MetaMessage,
    StateMessage,
    StatusMessage,
)
from chamber_agent.chamber.model import Chamber, Clock, Meta, Presence, Receipt, Sample, Status
from chamber_agent.chamber.sequence import FAR, REWIND_AFTER
from patience import examples


class Occasion(NamedTuple):
    """A message that arrived, and the chamber before and after it."""

    message: Message
    at: Receipt
    before: Chamber
    after: Chamber


@st.composite
def runs(draw: st.DrawFn) -> list[Message]:
    """One sample or some in a row, from few numbers, epochs and clocks, so that they meet."""
    seq = draw(st.integers(0, 12) | st.sampled_from([FAR, FAR + 2, 3 * FAR]))
    clock = draw(st.sampled_from([Clock.NTP, Clock.NTP, Clock.ESTIMATED, Clock.NONE]))
    epoch, start = (
        draw(st.sampled_from("aaab")),
        NOON + draw(st.sampled_from([-3600, -10, 0, 50, 3600])),
    )
    return [
        StateMessage(
            BOX,
            Sample(
                temperature=float(seq % 1000),
                seq=seq + i,
                epoch=epoch,
                time=None if clock is Clock.NONE else start + 10.0 * i,
                clock=clock,
            ),
        )
        for i in range(draw(st.sampled_from([1, 2, 4, 4])))
    ]


unnumbered_samples = st.builds(
    sample,
    arbitrary.temperatures,
    seq=st.none() | st.integers(0, 9),
    time=st.none() | st.integers(0, 100).map(lambda t: NOON + t),
    clock=st.none() | st.just(Clock.NTP),
)
said: st.SearchStrategy[list[Message]] = st.one_of(
    *[runs()] * 3,
    *(
        other.map(lambda message: [message])
        for other in (
            st.builds(StateMessage, st.just(BOX), unnumbered_samples | st.none()),
            st.builds(spoiled, st.integers(0, 14) | st.just(2 * FAR), st.sampled_from("ab")),
            st.builds(MetaMessage, st.just(BOX), st.none() | st.just(Meta(name="A"))),
            st.builds(
                lambda state: StatusMessage("pi", Status(state=state)), st.sampled_from(Presence)
            ),
        )
    ),
)
pieces = st.tuples(
    said, st.sampled_from([0.0, 0.1, 10.0, 100.0]), st.sampled_from([False, False, True])
)


@st.composite
def histories(draw: st.DrawFn) -> list[Occasion]:
    """What may happen to a chamber: anything, and some of it again, live or retained."""
    drawn = draw(st.lists(pieces, min_size=1, max_size=10))
    for place in draw(st.lists(st.integers(0, 9), max_size=3)):
        drawn.insert(place, drawn[place // 2 % len(drawn)])
    occasions = [(m, wait, kept) for run, wait, kept in drawn for m in run]
    moments = itertools.accumulate(wait for _, wait, _ in occasions)
    steps = [(m, at(t, retained=r)) for (m, _, r), t in zip(occasions, moments, strict=True)]
    states = through(steps, Chamber(address=BOX))
    return [
        Occasion(*step, *around)
        for step, around in zip(steps, itertools.pairwise(states), strict=True)
    ]


class TestFolding:
    @settings(max_examples=examples(60))
    @given(histories())
    def test_shows_nothing_but_samples_that_came_and_whose_age_is_known(
        self, history: list[Occasion]
    ) -> None:
        for message, at_, before, after in history:
            if after.sample is before.sample:
                continue
            assert isinstance(message, StateMessage)
            assert message.sample is not None
            if after.sample is None:
                # What a chamber showed before it was gone is not shown again.
                assert before.gone
                continue
            assert after.sample is message.sample
            assert message.sample.trusted_time is not None or not at_.retained

    @settings(max_examples=examples(60))
    @given(histories())
    def test_makes_nothing_younger_but_by_a_new_sample(self, history: list[Occasion]) -> None:
        for message, at_, before, after in history:
            if not (
                isinstance(message, StateMessage)
                and message.sample
                and is_news(message.sample, before)
            ):
                assert after.sample is before.sample
                assert freshness.age(after, at_.monotonic) == freshness.age(before, at_.monotonic)
                assert after.lost >= before.lost or isinstance(message, StatusMessage)

    @settings(max_examples=examples(60))
    @given(histories())
    def test_never_counts_back_but_by_a_rewind(self, history: list[Occasion]) -> None:
        for _, _, before, after in history:
            was, now = before.sequence, after.sequence
            assert now.missed >= was.missed
            if was.epoch != now.epoch or was.last is None:
                assert now.epoch not in was.left
            else:
                assert now.last is not None
                assert now.last >= was.last or now.rewinds == was.rewinds + 1

    @settings(max_examples=examples(60))
    @given(histories())
    def test_makes_nothing_fresh_but_by_a_sample_a_birth_or_a_description(
        self, history: list[Occasion]
    ) -> None:
        for message, at_, before, after in history:
            was, now = (
                freshness.fresh(chamber, at_.monotonic, 10.0) for chamber in (before, after)
            )
            if now and not was:
                assert (
                    (isinstance(message, StateMessage) and after.sample is message.sample)
                    or (
                        isinstance(message, StatusMessage)
                        and message.status.state is Presence.ONLINE
                    )
                    or (isinstance(message, MetaMessage) and before.gone)
                )


def is_news(taken: Sample, before: Chamber) -> bool:
    """Whether a sample may be new, judged by its number alone and without regard to how it went on."""
    known = before.sequence
    if taken.epoch is None or taken.seq is None:
        return True
    if taken.epoch != known.epoch or known.last is None:
        return taken.epoch not in known.left
    may_move_the_baseline = len(known.behind) == REWIND_AFTER - 1 and taken.trusted_time is not None
    return taken.seq > known.last or may_move_the_baseline
