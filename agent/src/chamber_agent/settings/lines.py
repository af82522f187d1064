"""Which line of a TOML file a problem is about, for an editor to go to.

Problems name keys, and a parser keeps no lines: this finds them again by tables' headers and keys at
the start of a line. What lies within one line or a list gets the line of what it lies in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_PATH = re.compile(r"([^\s:]+): ")


def numbered(problems: Iterable[str], text: str) -> Iterator[str]:
    """Yield the problems, each with its line before it where there is one."""
    lines = dict(_places(text))
    for problem in problems:
        found = _PATH.match(problem)
        line = _line(found[1], lines) if found else None
        yield problem if line is None else f"line {line}: {problem}"


def _line(path: str, lines: dict[str, int]) -> int | None:
    """Return the line of a key, or of the nearest table or list around it."""
    while path not in lines:
        shorter = re.sub(r"(\.[^.\[]+|\[\d+\])$", "", path)
        if shorter == path:
            return None
        path = shorter
    return lines[path]


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Yield every key with its path, as a problem spells it, and its line."""
    table, counts = "", Counter[str]()
    latest: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _spelled("", header[2], latest)
            if header[1] == "[[":
                counts[table] += 1
                latest[table] = f"{table}[{counts[table] - 1}]"
                table = latest[table]
            yield table, number
        elif key := _KEY.match(line):
            yield _spelled(table, key[1], latest), number


def _spelled(table: str, key: str, latest: dict[str, str]) -> str:
    """Return a dotted key below a table; a list of tables on the way to it means its latest entry."""
    path = table
    for part in _PART.findall(key):
        path = latest.get(path, path)
        path = ".".join(filter(None, (path, part.strip("\"'"))))
    return path
