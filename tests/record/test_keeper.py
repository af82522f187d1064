"""The keeper: an outage leaves no hole, and the history of alarms is that of a link that was never cut."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custom_components.chamber_ws.chamber import wire
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.analysis.findings import Happened
from custom_components.chamber_ws.chamber.messages import Before, History, HistoryMessage
from custom_components.chamber_ws.chamber.model import Clock, Sample
from custom_components.chamber_ws.chamber.past.asking import Gap
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.inputs import Fetched, Forgotten, Taken, Verdict
from custom_components.chamber_ws.record.judge import PUBLISH_EVERY
from patience import examples
from record.given import BOX, EPOCH, NOON
from record.past import Beside, kinds

STEP = 30.0
LIMITS = Deed(
    act=Act.SETTINGS,
    at=NOON,
    new={"profile": "custom", "low": 2.0, "high": 8.0, "delay_high": 120.0},
)


def taken(seq: int, temperature: float = 5.0, **fields: Any) -> Sample:
    said = {"epoch": EPOCH, "time": NOON + STEP * seq, "clock": Clock.NTP, **fields}
    return Sample(temperature=temperature, seq=seq, **said)


def warm(first: int, last: int, count: int) -> list[Sample]:
    """Samples from 1 on, those from `first` to `last` too warm."""
    return [taken(seq, 9.0 if first <= seq <= last else 5.0) for seq in range(1, count + 1)]


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    there = Beside(tmp_path / "record.db")
    there.describe()
    there.do(LIMITS)
    return there


def test_an_excursion_during_an_outage_is_found_and_said_to_be_found_late(beside: Beside) -> None:
    beside.log = warm(10, 20, 40)
    beside.hear(*beside.log[:5], *beside.log[29:])
    assert beside.gap == (EPOCH, 6, 29)
    assert beside.announced == []
    assert beside.findings is not None
    assert beside.findings.provisional
    beside.mend()
    assert [(one.happened, one.at) for one in beside.announced] == [
        (Happened.EXCURSION_STARTED, NOON + 10 * STEP + 120),
        (Happened.EXCURSION_ENDED, NOON + 21 * STEP),
    ]
    assert all(one.details["found_late"] for one in beside.announced)
    assert not any("found_late" in one.details for one in beside.occurrences())
    assert [row.seq for row in beside.rows()] == list(range(1, 41))
    assert not beside.findings.provisional


def test_what_was_announced_beyond_a_gap_is_not_announced_again(beside: Beside) -> None:
    beside.log = warm(10, 40, 40)
    beside.hear(*beside.log[:12], *beside.log[20:])
    assert kinds(beside.announced) == {("excursion_started", "high"): 1}
    beside.mend()
    assert kinds(beside.announced) == {("excursion_started", "high"): 1}
    assert [one.at for one in beside.occurrences()] == [NOON + 10 * STEP + 120]


def test_beyond_a_gap_nobody_waits_to_be_alarmed(beside: Beside) -> None:
    beside.hear(*warm(10, 40, 40)[:5], *warm(10, 40, 40)[20:30])
    assert kinds(beside.announced) == {("excursion_started", "high"): 1}
    assert beside.findings is not None
    assert beside.findings.excursion


def test_the_past_before_the_first_contact_is_asked_for_after_what_was_missed(
    beside: Beside,
) -> None:
    beside.log = warm(0, 0, 60)
    beside.hear(*beside.log[19:30], *beside.log[39:])
    assert beside.gap == (EPOCH, 31, 39)
    beside.ask()
    assert beside.gap == (EPOCH, 0, 19)
    beside.mend()
    assert [row.seq for row in beside.rows()] == list(range(1, 61))


def epochs(*counts: int) -> list[Sample]:
    """One epoch after the other, each of so many samples; half of them, in the middle, are too warm."""
    log: list[Sample] = []
    for index, count in enumerate(counts):
        for seq in range(1, count + 1):
            value = 9.0 if count // 4 < seq <= 3 * count // 4 else 5.0
            at = NOON + STEP * (len(log) + 1)
            log.append(taken(seq, value, epoch=f"e{index}", time=at))
    return log


@pytest.mark.parametrize("heard", [0, 7, 20, 28])
def test_epochs_that_came_and_went_during_an_outage_leave_no_hole(
    tmp_path: Path, heard: int
) -> None:
    """Of some of them Home Assistant never heard; of the first it heard the beginning, if anything."""
    found = []
    for name, live in (("cut", heard), ("whole", 1000)):
        beside = Beside(tmp_path / f"{name}.db", epochs(20, 12, 12, 30))
        beside.describe()
        beside.do(LIMITS)
        beside.hear(*beside.log[:live], *beside.log[max(live, 60) :])
        beside.restart()
        beside.mend()
        assert beside.findings is not None
        assert not beside.findings.provisional
        rows = [row._replace(stretch=0) for row in beside.rows()]
        found.append((rows, beside.occurrences()))
    assert found[0] == found[1]
    assert [row.sample for row in found[0][0]] == epochs(20, 12, 12, 30)
    assert kinds(found[0][1])["excursion_started", "high"] == 4


def test_epochs_that_are_said_to_come_before_themselves_end_all_the_same(beside: Beside) -> None:
    def answer(epoch: str, last: int, before: Before) -> Gap | None:
        batch = History(id="c1", epoch=epoch, lost=((0, last),), complete=True, before=before)
        payload = wire.encode(HistoryMessage(BOX, batch))[1]
        beside.turn(Fetched(BOX, "c1", epoch, 0, last, payload))
        return beside.gap

    beside.hear(taken(3, epoch="e1"))
    assert answer("e1", 2, Before("e1", 99)) is None
    assert answer("e1", 2, Before("e0", 5)) == ("e0", 0, 5)
    assert answer("e0", 5, Before("e1", 3)) is None
    assert beside.findings is not None
    assert not beside.findings.provisional


def test_numbers_that_nobody_has_hold_nothing_up(beside: Beside) -> None:
    beside.log = warm(0, 0, 40)
    beside.hear(*beside.log[:5], *beside.log[29:])
    beside.log = beside.log[:5] + beside.log[19:]
    beside.mend()
    assert beside.findings is not None
    assert not beside.findings.provisional
    assert len(beside.rows()) == 26


def test_a_gateway_that_lost_its_past_holds_nothing_up(beside: Beside) -> None:
    beside.hear(*warm(0, 0, 5), *warm(0, 0, 40)[29:])
    beside.mend()
    assert beside.gap is None
    assert beside.findings is not None
    assert not beside.findings.provisional


def test_a_gateway_that_does_not_answer_for_the_past_is_not_waited_for(tmp_path: Path) -> None:
    beside = Beside(tmp_path / "record.db")
    beside.describe(answers=False)
    beside.do(LIMITS)
    beside.hear(*warm(10, 40, 40)[:5], *warm(10, 40, 40)[20:30])
    assert beside.gap is None
    assert kinds(beside.occurrences()) == {("excursion_started", "high"): 1}


def test_what_is_done_during_an_outage_takes_effect_in_its_time(beside: Beside) -> None:
    beside.log = warm(10, 40, 60)
    beside.hear(*beside.log[:5])
    ada = Signature(name="Ada")
    beside.do(Deed(act=Act.ACKNOWLEDGE, at=NOON + 30.5 * STEP, by=ada, why="known"))
    beside.hear(*beside.log[49:])
    beside.mend()
    assert [(one.happened.value, one.at) for one in beside.occurrences()] == [
        ("excursion_started", NOON + 10 * STEP + 120),
        ("acknowledged", NOON + 30.5 * STEP),
        ("excursion_ended", NOON + 41 * STEP),
    ]


def test_rubbish_for_an_answer_changes_nothing_and_is_said(beside: Beside) -> None:
    beside.hear(*warm(0, 0, 5), taken(30))
    outcome = beside.turn(Fetched(BOX, "c7", EPOCH, 6, 29, b'{"id": "c7"}'))
    assert outcome.verdicts == [Verdict(BOX, "c7", good=False)]
    assert beside.gap == (EPOCH, 6, 29)
    assert beside.keeper.tally["fetched"] == 0


def test_samples_without_a_clock_wait_for_the_first_dated_one_of_their_boot(
    beside: Beside,
) -> None:
    unknown: dict[str, Any] = {"time": None, "clock": Clock.NONE, "boot": "b1"}
    early = [taken(seq, 9.0, **unknown, uptime=STEP * seq) for seq in range(1, 10)]
    beside.hear(*early)
    assert beside.occurrences() == []
    beside.hear(taken(10, 9.0, boot="b1", uptime=STEP * 10))
    beside.log = early
    beside.mend()
    assert [row.placed for row in beside.rows()] == [*[Placed.BOOT] * 9, Placed.OWN]
    assert [one.at for one in beside.occurrences()] == [NOON + STEP + 120]


def test_samples_that_nothing_will_ever_date_hold_nothing_up(beside: Beside) -> None:
    unknown: dict[str, Any] = {"time": None, "clock": Clock.NONE}
    beside.log = [taken(seq, boot="b1", uptime=1.0 * seq, **unknown) for seq in range(1, 10)]
    beside.log += [taken(seq, 9.0, boot="b2", uptime=1.0 * seq) for seq in range(10, 20)]
    beside.hear(*beside.log)
    beside.mend()
    assert [row.placed for row in beside.rows()][:9] == [Placed.UNKNOWN] * 9
    assert kinds(beside.occurrences()) == {("excursion_started", "high"): 1}


def test_a_number_that_is_used_again_begins_a_new_stretch(beside: Beside) -> None:
    beside.hear(taken(1), taken(2), taken(2), taken(1, 6.0, time=NOON + 600))
    assert [(row.seq, row.sample.temperature) for row in beside.rows()] == [
        (1, 5.0),
        (2, 5.0),
        (1, 6.0),
    ]
    assert beside.keeper.tally["repeated"] == 1


def test_a_clock_of_ours_that_is_set_back_keeps_nothing_from_the_disk(beside: Beside) -> None:
    beside.hear(taken(1000))
    beside.now = NOON
    beside.turn(Taken(BOX, taken(1001), NOON))
    beside.kill()
    assert [row.seq for row in beside.rows()] == [1000, 1001]


def test_a_forgotten_chamber_leaves_only_the_journal(beside: Beside) -> None:
    beside.hear(*warm(0, 0, 5))
    beside.turn(Forgotten(BOX))
    store = beside.keeper.store
    assert store.addresses() == {}
    assert [entry.deed.act for entry in store.journal(None, 0, 10 * NOON)] == [Act.SETTINGS]


def test_extremes_and_metrics_are_the_same_after_a_restart(beside: Beside) -> None:
    beside.log = warm(10, 20, 40)
    beside.hear(*beside.log[:30])
    beside.kill()
    beside.describe()
    beside.hear(*beside.log[30:])
    before = beside.findings
    beside.restart()
    assert before is not None
    assert beside.findings == replace(before, window=beside.findings.window)  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [21, 22, 23, 24, 25])
def test_minutes_are_those_that_count_after_a_restart_too(beside: Beside, count: int) -> None:
    """The clock goes back in two steps, neither of which is long."""
    times = [*range(0, 1260, 60), 1000, 850, 4800, 4860]
    beside.log = [taken(seq, time=NOON + time) for seq, time in enumerate(times[:count], 1)]
    beside.hear(*beside.log)
    beside.mend()
    before = beside.keeper._care(BOX).live.findings(NOON + 6000)
    beside.restart()
    assert beside.keeper._care(BOX).live.findings(NOON + 6000) == before


TEMPERATURES = st.lists(
    st.tuples(st.sampled_from([1.0, 5.0, 9.0, 8.1, 2.0]), st.integers(1, 12)),
    min_size=1,
    max_size=12,
)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 140),
        st.sampled_from(["cut", "join", "ask", "ask", "kill", "restart", "acknowledge", "shelve"]),
    ),
    max_size=16,
)


def _did(beside: Beside, event: str, seq: int) -> None:
    at = NOON + STEP * seq + 1.0
    match event:
        case "ask":
            beside.ask()
        case "kill":
            beside.kill()
        case "restart":
            beside.restart()
        case "acknowledge":
            beside.do(Deed(act=Act.ACKNOWLEDGE, at=at, by=Signature(name="Ada")))
        case "shelve":
            beside.do(Deed(act=Act.SHELVE, at=at, new={"until": at + 10 * STEP}))


def _lived(folder: Path, log: list[Sample], events: list[tuple[int, str]], *, cut: bool) -> Beside:
    beside = Beside(folder / ("cut.db" if cut else "whole.db"), log)
    beside.describe()
    beside.do(replace(LIMITS, new={**LIMITS.new, "latch": True, "realarm": 300.0}))
    joined = True
    for sample in log:
        if joined or not cut or sample is log[-1]:
            beside.hear(sample)
        for when, event in events:
            if when != sample.seq:
                continue
            joined = event != "cut" if event in {"cut", "join"} else joined
            if cut or event in {"acknowledge", "shelve"}:
                _did(beside, event, when)
    beside.describe()
    beside.mend()
    beside.now += PUBLISH_EVERY
    beside.turn()
    return beside


@settings(max_examples=examples(50))
@example([(1.0, 12)], [(1, "cut"), (13, "acknowledge")])
@given(TEMPERATURES, EVENTS)
def test_however_often_the_link_is_cut_and_the_process_killed_the_record_is_that_of_an_uncut_run(
    temperatures: list[tuple[float, int]], events: list[tuple[int, str]]
) -> None:
    values = [value for value, times in temperatures for _time in range(times)]
    log = [taken(seq, value) for seq, value in enumerate([*values, 5.0], 1)]
    with tempfile.TemporaryDirectory() as folder:
        whole = _lived(Path(folder), log, events, cut=False)
        cut = _lived(Path(folder), log, events, cut=True)
        assert [row[1:] for row in cut.rows()] == [row[1:] for row in whole.rows()]
        assert cut.occurrences() == whole.occurrences()
        assert cut.findings is not None
        assert whole.findings is not None
        assert cut.findings == whole.findings
        missing = kinds(whole.occurrences()) - kinds(cut.announced)
        assert not missing
