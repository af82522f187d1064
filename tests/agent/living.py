"""A process that gives numbers as fast as it can, until it is killed: `python living.py FOLDER RUN`.

It prints each sample once it is kept: chamber, epoch, number, and RUN, which is its temperature.
"""

import itertools
import sys
import time
from pathlib import Path

from chamber_agent.chamber.model import Sample
from chamber_agent.state_folder import StateFolder
from chamber_agent.store.pruning import Bounds
from chamber_agent.store.store import Retention, Store

CHAMBERS = ("box", "other")


def main(folder: Path, run: float) -> None:
    """Live."""
    store = Store(StateFolder(folder), CHAMBERS, Retention(Bounds(30.0, 200.0), 0.02))
    for turn in itertools.count():
        for chamber in CHAMBERS:
            epoch, seq = store.next(chamber)
            sample = Sample(temperature=run, epoch=epoch, seq=seq, time=round(time.time(), 3))
            store.sampled(chamber, sample)
            print(chamber, epoch, seq, run, flush=turn % 10 == 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
