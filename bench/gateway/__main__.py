"""`python -m bench.gateway` from the project's root, with the Python of the environment `integration`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "agent" / "src")]
    from workshop.entry import start

    sys.exit(start("command", "bench.gateway"))
