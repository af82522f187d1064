"""Which numbers are new, which are copies, which were missed."""

from __future__ import annotations

from dataclasses import replace

from chamber_agent.chamber.sequence import (
    FAR,
    REWIND_AFTER,
    Sequence,
    Verdict,
    note,
    number,
)

NEW, COPY, HELD, LEFT = Verdict.NEW, Verdict.COPY, Verdict.HELD, Verdict.LEFT_EPOCH


def run(
    *numbers: int | tuple[int, float | None], epoch: str = "a", start: Sequence | None = None
) -> tuple[Sequence, list[Verdict]]:
    """Judge live samples in turn; a bare number was sampled at that second."""
    sequence, verdicts = start or Sequence(), []
    for entry in numbers:
        seq, time = entry if isinstance(entry, tuple) else (entry, float(entry))
        sequence, verdict = number(sequence, epoch, seq, time, live=True)
        verdicts.append(verdict)
    return sequence, verdicts


def test_the_first_number_is_new_whatever_it_is() -> None:
    sequence, verdicts = run(5_000_000_000)
    assert verdicts == [NEW]
    assert (sequence.last, sequence.gaps, sequence.missed) == (5_000_000_000, (), 0)


def test_number_zero_is_a_number() -> None:
    assert run(0, 1)[1] == [NEW, NEW]


def test_the_last_number_again_is_a_copy() -> None:
    sequence, verdicts = run(7, 7)
    assert verdicts == [NEW, COPY]
    assert sequence.last == 7


def test_a_lower_number_is_a_late_copy() -> None:
    assert run(7, 8, (6, 6.0))[1] == [NEW, NEW, COPY]


def test_a_gap_is_one_range_however_wide() -> None:
    sequence, verdicts = run(1, 900_000)
    assert verdicts == [NEW, NEW]
    assert (sequence.gaps, sequence.missed) == (((2, 899_999),), 899_998)


def test_only_the_newest_gaps_are_remembered_but_all_are_counted() -> None:
    sequence, _ = run(*range(0, 400, 2))
    assert len(sequence.gaps) == 64
    assert sequence.gaps[-1] == (397, 397)
    assert sequence.missed == 199


def test_a_jump_of_a_million_is_believed_at_once() -> None:
    assert run(1, 1_000_001)[1] == [NEW, NEW]


def test_a_jump_of_more_than_a_million_is_held() -> None:
    sequence, verdicts = run(1, 1_000_002)
    assert verdicts == [NEW, HELD]
    assert (sequence.last, sequence.missed) == (1, 0)


def test_a_held_jump_is_believed_when_the_next_sample_continues_it() -> None:
    sequence, verdicts = run(1, 2_000_000, 2_000_003)
    assert verdicts == [NEW, HELD, NEW]
    assert sequence.gaps == ((2, 1_999_999), (2_000_001, 2_000_002))
    assert sequence.held is None


def test_a_held_jump_is_continued_within_a_million_as_well() -> None:
    assert run(1, 2_000_000, 3_000_000)[1] == [NEW, HELD, NEW]
    assert run(1, 2_000_000, 3_000_001)[1] == [NEW, HELD, HELD]


def test_a_copy_of_a_held_jump_does_not_continue_it() -> None:
    assert run(1, 2_000_000, 2_000_000)[1] == [NEW, HELD, HELD]


def test_a_jump_from_a_held_jump_is_held_again() -> None:
    assert run(1, 2_000_000, 9_000_000, 9_000_001)[1] == [NEW, HELD, HELD, NEW]


def test_a_far_number_below_the_held_one_is_held_in_its_place() -> None:
    sequence, verdicts = run(1, 5_000_000, 3_000_000)
    assert verdicts == [NEW, HELD, HELD]
    assert sequence.held == 3_000_000


def test_a_held_jump_is_forgotten_when_the_numbers_go_on_as_before() -> None:
    sequence, verdicts = run(1, 2_000_000, 2, 2_000_001)
    assert verdicts == [NEW, HELD, NEW, HELD]
    assert sequence.missed == 0


def test_a_new_epoch_is_taken_with_its_first_number_and_no_gap() -> None:
    old, _ = run(500)
    sequence, verdicts = run(3, epoch="b", start=old)
    assert verdicts == [NEW]
    assert (sequence.epoch, sequence.last, sequence.gaps) == ("b", 3, ())


def test_an_epoch_once_left_is_not_accepted_again() -> None:
    left, _ = run(1, epoch="b", start=run(500)[0])
    sequence, verdicts = run(501, 502, 503, 504, start=left)
    assert verdicts == [LEFT] * 4
    assert sequence == replace(left, strays=4)


def test_only_live_samples_of_an_epoch_once_left_are_strays() -> None:
    left, _ = run(1, epoch="b", start=run(500)[0])
    assert number(left, "a", 501, 501.0, live=False) == (left, LEFT)


def test_a_new_epoch_forgets_the_strays() -> None:
    left, _ = run(1, epoch="b", start=run(500)[0])
    assert run(1, epoch="c", start=run(501, start=left)[0])[0].strays == 0


def test_the_epochs_that_were_left_are_bounded_in_number() -> None:
    sequence = Sequence()
    for name in range(21):
        sequence, _ = run(1, epoch=str(name), start=sequence)
    assert sequence.left == tuple(str(name) for name in range(4, 20))


def test_a_retained_sample_of_another_epoch_does_not_displace_the_one_in_force() -> None:
    """A broker restored from an old image must not make a gateway's own epoch one that was left."""
    start, _ = run(10)
    for time in (None, 9.0, 10.0):
        sequence, verdict = number(start, "older", 700, time, live=False)
        assert (sequence, verdict) == (start, COPY)
    assert run(11, start=start)[1] == [NEW]


def test_a_retained_sample_of_another_epoch_counts_when_it_is_later() -> None:
    sequence, verdict = number(run(10)[0], "b", 1, 11.0, live=False)
    assert verdict is NEW
    assert sequence.epoch == "b"


def test_three_later_samples_in_a_row_below_the_last_number_move_the_baseline() -> None:
    sequence, verdicts = run(1000, (5, 1001.0), (6, 1002.0), (7, 1003.0), (8, 1004.0))
    assert verdicts == [NEW, COPY, COPY, NEW, NEW]
    assert (sequence.last, sequence.rewinds) == (8, 1)


def test_a_moved_baseline_forgets_a_held_jump() -> None:
    rewound, _ = run(1000, 5_000_000, (5, 1001.0), (6, 1002.0), (7, 1003.0))
    assert run((5_000_001, 1004.0), start=rewound)[1] == [HELD]


def test_late_copies_never_move_the_baseline() -> None:
    assert run(1, 2, 3, 4, 9, 2, 3, 4)[1][-3:] == [COPY] * 3


def test_samples_below_that_do_not_ascend_never_move_the_baseline() -> None:
    assert run(1000, *((5, 1000.0 + t) for t in range(1, 9)))[1][1:] == [COPY] * 8


def test_samples_below_whose_time_stands_still_never_move_the_baseline() -> None:
    assert run(1000, *((n, 1001.0) for n in range(5, 14)))[1][1:] == [COPY] * 9


def test_a_sample_in_order_ends_a_row_of_lower_ones() -> None:
    verdicts = run(1000, (5, 1001.0), (6, 1002.0), (1001, 1003.0), (7, 1004.0), (8, 1005.0))[1]
    assert verdicts == [NEW, COPY, COPY, NEW, COPY, COPY]


def test_a_late_copy_ends_a_row_of_lower_ones() -> None:
    verdicts = run(1000, (5, 1001.0), (6, 1002.0), (999, 999.0), (7, 1003.0))[1]
    assert verdicts == [NEW, COPY, COPY, COPY, COPY]


def test_lower_samples_without_a_time_never_move_the_baseline() -> None:
    assert run(1000, *((n, None) for n in range(5, 14)))[1][1:] == [COPY] * 9


def test_retained_samples_never_move_the_baseline() -> None:
    sequence, _ = run(1000)
    for seq in range(5, 14):
        sequence, verdict = number(sequence, "a", seq, 1000.0 + seq, live=False)
        assert verdict is COPY
    assert sequence.last == 1000


def test_an_undated_sample_does_not_make_late_copies_look_later() -> None:
    """The time of the last dated sample stays the measure while the clock is lost."""
    assert run(8, 9, 10, (11, None), (8, 8.0), (9, 9.0), (10, 10.0))[1][-3:] == [COPY] * 3


def test_dated_samples_move_a_baseline_that_was_never_dated() -> None:
    assert run((9, None), (5, 1.0), (6, 2.0), (7, 3.0))[1] == [NEW, COPY, COPY, NEW]


def test_a_noted_number_is_not_missed() -> None:
    sequence = note(run(7)[0], "a", 8)
    sequence, verdict = number(sequence, "a", 9, 9.0, live=True)
    assert verdict is NEW
    assert (sequence.gaps, sequence.missed) == ((), 0)


def test_a_noted_number_may_come_after_a_gap() -> None:
    sequence = note(run(7)[0], "a", 10)
    assert (sequence.last, sequence.gaps) == (10, ((8, 9),))


def test_a_noted_number_is_no_gap_up_to_a_held_jump() -> None:
    held, _ = run(7, 5_000_000)
    assert note(held, "a", 8).gaps == ()


def test_a_noted_number_may_be_a_million_ahead() -> None:
    assert note(run(7)[0], "a", 1_000_007).last == 1_000_007


def test_a_noted_number_keeps_the_time_by_which_lower_ones_are_judged() -> None:
    sequence = note(run(7)[0], "a", 8)
    assert run((5, 5.0), (6, 6.0), (7, 7.0), start=sequence)[1] == [COPY] * 3


def test_a_number_that_cannot_be_believed_is_not_noted() -> None:
    sequence, _ = run(7)
    for epoch, seq in (("a", 7), ("a", 6), ("a", 8 + FAR), ("b", 8)):
        assert note(sequence, epoch, seq) is sequence
    assert note(Sequence(), "a", 1) == Sequence()


LONG = Sequence(
    epoch="a",
    last=7,
    time=7.0,
    left=("z",),
    behind=((5, 6.0),),
    gaps=((3, 4),),
    missed=2,
    rewinds=1,
    strays=5,
)
"""A numbering that has been through everything."""


def test_the_next_number_changes_nothing_but_last_and_time() -> None:
    assert run(8, start=LONG)[0] == replace(LONG, last=8, time=8.0, behind=())
    assert run((8, None), start=LONG)[0] == replace(LONG, last=8, behind=())


def test_a_gap_is_added_to_what_was_missed_before() -> None:
    after_gap = replace(LONG, last=10, behind=(), gaps=((3, 4), (8, 9)), missed=4)
    assert run((10, None), start=LONG)[0] == after_gap
    assert run(10, start=LONG)[0] == replace(after_gap, time=10.0)
    assert run(10, start=replace(LONG, held=9 + FAR))[0] == replace(after_gap, time=10.0)


def test_a_held_jump_that_is_continued_at_once_leaves_one_gap() -> None:
    far = 8 + FAR
    sequence, _verdicts = run(far, far + 1, start=LONG)
    assert sequence.gaps == ((3, 4), (8, far - 1))
    assert sequence.missed == 2 + far - 8


def test_a_held_jump_ends_a_row_of_lower_ones() -> None:
    assert run(8 + FAR, start=LONG)[0] == replace(LONG, held=8 + FAR, behind=())


def test_a_copy_ends_a_row_of_lower_ones_and_changes_nothing_else() -> None:
    assert run((6, 1.0), start=LONG)[0] == replace(LONG, behind=())


def test_a_moved_baseline_goes_on_from_the_third_number_and_its_time() -> None:
    sequence, _verdicts = run((1, 8.0), (2, 9.0), (3, 10.0), start=replace(LONG, behind=()))
    assert sequence == replace(LONG, last=3, time=10.0, behind=(), rewinds=2)


def test_a_new_epoch_keeps_what_was_counted_and_which_were_left() -> None:
    entered = Sequence(epoch="b", last=1, time=1.0, left=("z", "a"), missed=2, rewinds=1)
    assert run(1, epoch="b", start=LONG)[0] == entered
    assert run(1)[0].left == ()


def test_lower_numbers_are_no_rewind_while_the_first_is_not_later_than_the_last() -> None:
    lower = [(1 + i, 7.0 + i) for i in range(REWIND_AFTER)]
    sequence, verdicts = run(7, *lower)
    assert verdicts == [NEW] + [COPY] * REWIND_AFTER
    assert run((REWIND_AFTER + 1, 7.0 + REWIND_AFTER), start=sequence)[1] == [NEW]


def test_a_copy_leaves_what_is_known_as_it_was() -> None:
    sequence, _ = run(7)
    assert number(sequence, "a", 7, 7.0, live=True) == (sequence, COPY)
    assert number(sequence, "a", 7, 7.0, live=True)[0] is sequence
