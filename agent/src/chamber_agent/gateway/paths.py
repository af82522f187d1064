"""The place of a value in a JSON document: `$.SENSOR.DS18B20.Temperature`, `$.t[0]`. Names and places."""

import re
from typing import Any

PATH = re.compile(r"""\$(\.[\w-]+|\['[^']+'\]|\[\d{1,4}\])+""", re.ASCII)
_STEP = re.compile(r"""\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]""", re.ASCII)

Step = str | int


def steps(path: str) -> tuple[Step, ...]:
    """Return a path's steps: names of members and places in lists."""
    return tuple(
        int(place) if place else name or quoted for name, quoted, place in _STEP.findall(path)
    )


def found(document: object, path: tuple[Step, ...]) -> Any:
    """Return what is at a path. Raises `LookupError` where nothing is."""
    here: Any = document
    for step in path:
        if not _holds(here, step):
            raise LookupError(step)
        here = here[step]
    return here


def _holds(value: object, step: Step) -> bool:
    return isinstance(value, dict if isinstance(step, str) else list)
