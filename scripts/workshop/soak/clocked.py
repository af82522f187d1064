"""The agent on a machine whose clock is set now and then: `python clocked.py FILE ARGUMENT…`.

FILE holds by how many seconds the clock is wrong; without it the clock is right.
"""

import contextlib
import sys
import time
from pathlib import Path

_FILE = Path(sys.argv.pop(1))
_true = time.time


def _shown() -> float:
    with contextlib.suppress(OSError, ValueError):
        return _true() + float(_FILE.read_text())
    return _true()


if __name__ == "__main__":
    time.time = _shown
    from chamber_agent.__main__ import main

    sys.exit(main())
