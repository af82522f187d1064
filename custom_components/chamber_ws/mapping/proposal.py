"""A first mapping, guessed from what was heard: by the words of topics, and by what lies near each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import reading as r
from .leaves import Heard, Leaf, leaves
from .table import Unit


def _any_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


ACTUAL = _any_of(
    "actual act ist current measured measurement temp temperature temperatur istwert pv inside innen probe sensor t"
)
DESIRED = _any_of(
    "desired setpoint soll sollwert target set sp wanted setting setpt demand vorgabe"
)
PARTS = {
    "heaters": _any_of("heater heaters heat heating heizung heizer heizen"),
    "coolers": _any_of(
        "cooler coolers cool cooling kühler kuehler kühlung kuehlung compressor kompressor"
    ),
    "fans": _any_of("fan fans lüfter luefter ventilator blower"),
}
DOORS = _any_of("door tür tuer lid deckel")
AVAILABLE = _any_of("availability available online lwt connected")
MODES = frozenset({"mode", "modus", "betriebsart"})
POWERS = _any_of("power leistung watt watts")
COMMANDS = _any_of("set cmd command cmnd")
ELSEWHERE = _any_of("ambient outside outdoor room humidity aussen außen raum min max")
UNITS = {"fahrenheit": Unit.FAHRENHEIT, "degf": Unit.FAHRENHEIT, "kelvin": Unit.KELVIN}
SWITCHES = _any_of("on off 0 1 true false yes no running idle active inactive open closed")
FAR = 60.0
"""Kelvins between what is and what is wanted, beyond which two numbers hardly belong together."""
COLDEST, WARMEST = -200.0, 1000.0


def propose(heard: Mapping[str, Heard], name: str) -> dict[str, Any]:
    """The fields of a form, as far as they can be guessed; `name` where the topics have none."""
    found = [leaf for leaf in leaves(heard) if not _is_command(leaf)]
    actual, desired = _pair([leaf for leaf in found if _is_temperature(leaf)])
    if actual is None:
        return {r.NAME: name}
    near = [leaf for leaf in found if leaf not in (actual, desired) and _together(leaf, actual)]
    proposed: dict[str, Any] = {r.NAME: _name(actual) or name, r.TEMPERATURE: _degrees(actual)}
    if desired is not None:
        order = _command_topic(heard, desired)
        proposed[r.SETPOINT] = {**_degrees(desired), **({r.COMMAND_TOPIC: order} if order else {})}
    switches = [leaf for leaf in near if _is_switch(leaf)]
    parts = {
        key: [_place(leaf) for leaf in switches if words & set(leaf.words)]
        for key, words in PARTS.items()
    }
    if any(parts.values()):
        proposed[r.ACTUATORS] = {key: rows for key, rows in parts.items() if rows}
    if door := _first(switches, DOORS):
        proposed[r.DOOR] = _place(door)
    if available := _first(near, AVAILABLE):
        proposed[r.AVAILABILITY] = _place(available)
    if power := _first([leaf for leaf in near if leaf.number is not None], POWERS):
        proposed[r.POWER] = _place(power)
    if mode := _first([leaf for leaf in near if leaf.number is None], MODES):
        proposed[r.MODE] = _place(mode)
    return proposed


def _is_command(leaf: Leaf) -> bool:
    """Whether a topic is one that others write to."""
    return leaf.topic.rpartition("/")[2].casefold() in COMMANDS and "/" in leaf.topic


def _is_temperature(leaf: Leaf) -> bool:
    number = leaf.number
    return number is not None and COLDEST <= number <= WARMEST and not ELSEWHERE & set(leaf.words)


def _is_switch(leaf: Leaf) -> bool:
    return isinstance(leaf.said, bool) or str(leaf.said).strip().casefold() in SWITCHES


def _pair(numbers: Sequence[Leaf]) -> tuple[Leaf | None, Leaf | None]:
    """What is and what is wanted: the two that words name and that lie nearest to each other."""
    wanted = [leaf for leaf in numbers if _ranks(leaf, DESIRED)]
    measured = [leaf for leaf in numbers if _ranks(leaf, ACTUAL) and leaf not in wanted]
    pairs = [(a, d) for a in measured for d in wanted if _together(a, d) and _near(a, d)]
    if pairs:
        return min(pairs, key=lambda pair: _distance(*pair))
    for desired in wanted:
        others = [leaf for leaf in numbers if leaf not in wanted and not _named_otherwise(leaf)]
        beside = [leaf for leaf in others if _together(leaf, desired) and _near(leaf, desired)]
        if beside:
            return min(beside, key=lambda leaf: _distance(leaf, desired)), desired
    if measured:
        return measured[0], None
    return None, None


def _named_otherwise(leaf: Leaf) -> bool:
    known = POWERS.union(DOORS, AVAILABLE, MODES, *PARTS.values())
    return bool(known & set(leaf.words))


def _ranks(leaf: Leaf, words: frozenset[str]) -> bool:
    return bool(words & set(leaf.words)) and not _named_otherwise(leaf)


def _together(one: Leaf, other: Leaf) -> bool:
    """Whether two values are said below the same place."""
    a, b = one.parent, other.parent
    shorter = min(len(a), len(b))
    return a[:shorter] == b[:shorter] and abs(len(a) - len(b)) <= 1


def _near(actual: Leaf, desired: Leaf) -> bool:
    return _apart(actual, desired) <= FAR


def _distance(actual: Leaf, desired: Leaf) -> tuple[bool, int, float]:
    apart = actual.topic != desired.topic, abs(len(actual.parent) - len(desired.parent))
    return (*apart, _apart(actual, desired))


def _apart(actual: Leaf, desired: Leaf) -> float:
    return abs((actual.number or 0.0) - (desired.number or 0.0))


def _first(among: Iterable[Leaf], words: frozenset[str]) -> Leaf | None:
    return next((leaf for leaf in among if words & set(leaf.words)), None)


def _place(leaf: Leaf) -> dict[str, str]:
    return {r.TOPIC: leaf.topic, **({r.READ: leaf.path} if leaf.path else {})}


def _degrees(leaf: Leaf) -> dict[str, str]:
    unit = next((UNITS[word] for word in leaf.words if word in UNITS), Unit.CELSIUS)
    return {**_place(leaf), r.UNIT: unit.value}


def _command_topic(heard: Mapping[str, Heard], desired: Leaf) -> str | None:
    """Where a wish goes: a topic for it that was heard, else the one that shows it, unless that carries a document."""
    for word in sorted(COMMANDS):
        if f"{desired.topic}/{word}" in heard:
            return f"{desired.topic}/{word}"
    return None if desired.path else desired.topic


def _name(actual: Leaf) -> str | None:
    levels = [level for level in actual.parent if level]
    return levels[-1] if levels else None
