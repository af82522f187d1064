"""The numbers of a chamber's samples: which are new, which are copies, which were missed.

Rule 1: a number is never used twice in an epoch, so one at or below the last is a copy and changes nothing.
Rule 2: an epoch once left is not accepted again. A retained sample leaves an epoch only when it is provably later.
Rule 3: a jump of more than `FAR` is believed only when the next sample continues it.
Rule 4: three live samples in a row at or below the last number, ascending and later in time, move the baseline there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

FAR = 1_000_000
REWIND_AFTER = 3
EPOCHS_REMEMBERED = 16
GAPS_REMEMBERED = 64

Range = tuple[int, int]


class Verdict(Enum):
    """What the number of a sample makes of it."""

    NEW = auto()
    COPY = auto()
    HELD = auto()
    LEFT_EPOCH = auto()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Where the numbering stands; `time` is that of the last dated sample.

    `gaps` are inclusive ranges, the newest `GAPS_REMEMBERED`; `missed` counts all.
    `strays` counts the live samples of an epoch that was left: somebody else numbers samples under this name.
    """

    epoch: str | None = None
    last: int | None = None
    time: float | None = None
    left: tuple[str, ...] = ()
    held: int | None = None
    behind: tuple[tuple[int, float], ...] = ()
    gaps: tuple[Range, ...] = ()
    missed: int = 0
    rewinds: int = 0
    strays: int = 0


def number(
    sequence: Sequence, epoch: str, seq: int, time: float | None, *, live: bool
) -> tuple[Sequence, Verdict]:
    """Judge the number `seq` of `epoch`; `time` is the sample's own, `live` says that it was not retained."""
    if epoch in sequence.left:
        strayed = replace(sequence, strays=sequence.strays + 1) if live else sequence
        return strayed, Verdict.LEFT_EPOCH
    if epoch != sequence.epoch or sequence.last is None:
        if sequence.last is not None and not live and not _later(time, sequence.time):
            return sequence, Verdict.COPY
        return _enter(sequence, epoch, seq, time), Verdict.NEW
    if seq <= sequence.last:
        return _behind(sequence, seq, time, live=live)
    continues = sequence.held is not None and 0 < seq - sequence.held <= FAR
    if seq - sequence.last > FAR and not continues:
        return replace(sequence, held=seq, behind=()), Verdict.HELD
    return _advance(sequence, sequence.last, seq, time, continues=continues), Verdict.NEW


def note(sequence: Sequence, epoch: str, seq: int) -> Sequence:
    """Note the number of a sample whose content was set aside, so that it does not count as missed."""
    if epoch != sequence.epoch or sequence.last is None or not 0 < seq - sequence.last <= FAR:
        return sequence
    return _advance(sequence, sequence.last, seq, sequence.time, continues=False)


def _later(time: float | None, than: float | None) -> bool:
    return time is not None and than is not None and time > than


def _enter(sequence: Sequence, epoch: str, seq: int, time: float | None) -> Sequence:
    left = sequence.left if sequence.epoch is None else (*sequence.left, sequence.epoch)
    return Sequence(
        epoch=epoch,
        last=seq,
        time=time,
        left=left[-EPOCHS_REMEMBERED:],
        missed=sequence.missed,
        rewinds=sequence.rewinds,
    )


def _advance(
    sequence: Sequence, last: int, seq: int, time: float | None, *, continues: bool
) -> Sequence:
    if seq == last + 1 and not continues:
        # Spelled out, since it happens at every sample: `replace` takes three times as long.
        return Sequence(
            epoch=sequence.epoch,
            last=seq,
            time=sequence.time if time is None else time,
            left=sequence.left,
            gaps=sequence.gaps,
            missed=sequence.missed,
            rewinds=sequence.rewinds,
            strays=sequence.strays,
        )
    waypoints = (
        (last, sequence.held, seq) if continues and sequence.held is not None else (last, seq)
    )
    gaps = tuple(
        (before + 1, after - 1) for before, after in pairwise(waypoints) if after - before > 1
    )
    return replace(
        sequence,
        last=seq,
        time=sequence.time if time is None else time,
        held=None,
        behind=(),
        gaps=(*sequence.gaps, *gaps)[-GAPS_REMEMBERED:],
        missed=sequence.missed + sum(last - first + 1 for first, last in gaps),
    )


def _behind(
    sequence: Sequence, seq: int, time: float | None, *, live: bool
) -> tuple[Sequence, Verdict]:
    later = live and time is not None and (sequence.time is None or time > sequence.time)
    if not later or time is None:
        return (replace(sequence, behind=()) if sequence.behind else sequence), Verdict.COPY
    ascending = sequence.behind and seq > sequence.behind[-1][0] and time > sequence.behind[-1][1]
    behind = (*sequence.behind, (seq, time)) if ascending else ((seq, time),)
    if len(behind) < REWIND_AFTER:
        return replace(sequence, behind=behind), Verdict.COPY
    rewound = replace(
        sequence, last=seq, time=time, held=None, behind=(), rewinds=sequence.rewinds + 1
    )
    return rewound, Verdict.NEW
