"""A process that lives as the keeper does in Home Assistant, until it is killed: `python living.py FILE FIRST`.

It takes sample after sample from number FIRST on, warm ones now and then, and prints after each commit up to where.
"""

import sys
from itertools import count
from pathlib import Path

from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed
from custom_components.chamber_ws.chamber.model import Clock, Sample
from custom_components.chamber_ws.record.inputs import Described, Done, Taken
from custom_components.chamber_ws.record.keeper import COMMIT_EVERY, Keeper
from custom_components.chamber_ws.record.store import Store
from record.given import BOX, EPOCH, NOON

LIMITS = {"profile": "custom", "low": 2.0, "high": 8.0, "delay_high": 3.0}
WARM, PERIOD = 6, 20


def taken(seq: int) -> Sample:
    """Sample `seq`: a second after the one before; six of twenty are too warm."""
    warm = seq % PERIOD < WARM
    time = NOON + seq
    return Sample(
        temperature=9.0 if warm else 5.0, seq=seq, epoch=EPOCH, time=time, clock=Clock.NTP
    )


def main(path: Path, first: int) -> None:
    """Live."""
    keeper = Keeper(Store.open(path), "chamber")
    keeper.recall()
    keeper.turn([Described(BOX, False, {}, NOON)], NOON)
    if first == 1:
        keeper.turn([Done(BOX, Deed(act=Act.SETTINGS, at=NOON, new=LIMITS))], NOON)
    committed = NOON
    for seq in count(first):
        outcome = keeper.turn([Taken(BOX, taken(seq), NOON + seq)], NOON + seq)
        if outcome.occurrences or NOON + seq - committed >= COMMIT_EVERY:
            committed = NOON + seq
            print(seq, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
