"""The table of faults as `docs/faults.md` shows it. `python -m faults.document`, from `tests/`, writes it anew."""

import importlib
import sys
from pathlib import Path

from faults.haste import INTEGRATION, Deadlines, product
from faults.table import FAULTS, Fault, When

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- table of faults: begin -->", "<!-- table of faults: end -->"
HEAD = "| fault | shown as | found within | tried again | kept by the broker's session |"


def _found(fault: Fault, deadlines: Deadlines) -> str:
    seconds = fault.within.seconds(deadlines)
    return f"{seconds:g} s: {fault.within.said}" if seconds else fault.within.said


def _again(fault: Fault) -> str:
    retry = importlib.import_module(f"{INTEGRATION}.link.retry")
    if fault.cause in {cause.value for cause in retry.HOPELESS_FOR_NOW}:
        return f"{retry.SLOW_DELAY:g} s, or with a new login"
    if fault.retry_after:
        return f"{fault.retry_after} s, as the server wishes"
    return f"{retry.FIRST_DELAY:g}, 2, 4 … {retry.LONGEST_DELAY:g} s"


def row(fault: Fault, deadlines: Deadlines) -> str:
    """A fault's line; `deadlines` are those in force."""
    if fault.cause is None:
        return f"| {fault.name} | nothing | – | – | – |"
    cells = (fault.name, f"`{fault.cause}`", _found(fault, deadlines), _again(fault), fault.kept)
    return f"| {' | '.join(cells)} |"


def table() -> str:
    """All of them, by the moment at which they strike."""
    deadlines = product()
    lines = [HEAD, "|---|---|---|---|---|"]
    for when in When:
        lines.append(f"| **{when}** | | | | |")
        lines += [row(fault, deadlines) for fault in FAULTS if fault.when is when]
    return "\n".join(lines)


def main() -> None:
    """Write the table into the page."""
    before, _begin, rest = PAGE.read_text().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}")


if __name__ == "__main__":
    sys.path.insert(0, str(PAGE.parents[1]))
    main()
