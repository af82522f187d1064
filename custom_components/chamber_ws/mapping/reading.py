"""From the fields of a form, as a subentry keeps them, to a table; every mistake is named. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..chamber import topics
from ..chamber.fields import ID, LONGEST_TEXT, MOST_PARTS, MOST_PROBES
from ..chamber.model import ABSOLUTE_ZERO, HOTTEST, STATE_FIELDS, Kind, Limits, Mode, frozen
from .payloads import PATH, is_template
from .table import DEFAULT_CONFIRM_WITHIN, BadMapping, Order, Sort, Source, Table, Unit

NAME = "name"
TEMPERATURE = "temperature"
SETPOINT = "setpoint"
ACTUATORS = "actuators"
MODE = "mode"
FURTHER = "further"
PROBES = "probes"
DOOR = "door"
AVAILABILITY = "availability"
POWER = "power"
BEHAVIOUR = "behaviour"
TOPIC = "topic"
READ = "read"
UNIT = "unit"
WORDS = "words"
ON = "on"
OFF = "off"
COMMAND_TOPIC = "command_topic"
COMMAND_TEMPLATE = "command_template"
MIN, MAX, STEP = "min", "max", "step"
HEARTBEAT = "heartbeat"
CONFIRM_WITHIN = "confirm_within"

LONGEST_TOPIC = 65_535
LONGEST_READ = 2_000
NOT_IN_AN_ID = re.compile(r"[^a-z0-9_-]+")
SWITCHED = {
    ACTUATORS: ("on 1 true yes running active", "off 0 false no idle stopped inactive"),
    DOOR: ("open opened on 1 true yes", "closed close shut off 0 false no"),
    AVAILABILITY: (
        "online on 1 true yes connected available alive",
        "offline off 0 false no disconnected unavailable lost",
    ),
}
"""The words for on and for off where the form names none, in small letters."""

Fields = Mapping[str, Any]


def read(data: Fields, prefix: str) -> Table:
    """The table that a form's fields make; `prefix` is the contract's. Raises `BadMapping`."""
    name = str(data.get(NAME, "")).strip()[:LONGEST_TEXT]
    if not name:
        raise BadMapping("bad_name", "")
    sources = dict(_sources(data, prefix))
    if TEMPERATURE not in sources:
        raise BadMapping("no_temperature", "")
    modes = _modes(data.get(MODE, {}), sources)
    behaviour = data.get(BEHAVIOUR, {})
    return Table(
        name=name,
        sources=frozen(sources),
        setpoint=_order(SETPOINT, data, prefix),
        mode=_order(MODE, data, prefix, {mode: word for word, mode in modes.items()}),
        modes=tuple(dict.fromkeys(modes.values())),
        limits=_limits(behaviour),
        heartbeat=behaviour.get(HEARTBEAT),
        confirm_within=float(behaviour.get(CONFIRM_WITHIN, DEFAULT_CONFIRM_WITHIN)),
    )


def _sources(data: Fields, prefix: str) -> Iterator[tuple[str, Source]]:
    for key in (TEMPERATURE, SETPOINT):
        if where := _where(key, data.get(key, {}), prefix):
            yield key, Source(**where, sort=Sort.TEMPERATURE, unit=_unit(data[key]))
    yield from _actuators(data.get(ACTUATORS, {}), prefix)
    yield from _probes(data.get(FURTHER, {}).get(PROBES, ()), prefix)
    if where := _where(MODE, data.get(MODE, {}), prefix):
        words = {word.casefold(): mode for word, mode in _spoken(data[MODE]).items()}
        yield MODE, Source(**where, sort=Sort.MODE, words=frozen(words))
    for key in (DOOR, AVAILABILITY):
        given = data.get(key, {})
        if where := _where(key, given, prefix):
            yield key, Source(**where, sort=Sort.SWITCH, words=_switched(key, given))
    if where := _where(POWER, data.get(POWER, {}), prefix):
        yield POWER, Source(**where, sort=Sort.POWER)


def _actuators(given: Fields, prefix: str) -> Iterator[tuple[str, Source]]:
    words = _switched(ACTUATORS, given)
    for kind in Kind:
        rows = _rows(f"{kind}s", given.get(f"{kind}s", ()), MOST_PARTS)
        for index, row in enumerate(rows):
            where = _needed(f"{kind}s[{index}]", row, prefix)
            name = str(row.get(NAME) or "").strip()[:LONGEST_TEXT] or None
            yield (
                f"{kind}s[{index}]",
                Source(**where, sort=Sort.SWITCH, words=words, name=name),
            )


def _probes(rows: Any, prefix: str) -> Iterator[tuple[str, Source]]:
    taken: set[str] = set()
    for row in _rows(PROBES, rows, MOST_PROBES):
        name = str(row.get(NAME) or "").strip()[:LONGEST_TEXT]
        probe = NOT_IN_AN_ID.sub("_", name.casefold()).strip("_-")[:50]
        if not ID.fullmatch(probe) or probe in STATE_FIELDS:
            probe = f"probe_{probe}" if probe else f"probe_{len(taken) + 1}"
        if probe in taken:
            raise BadMapping("probe_twice", name)
        taken.add(probe)
        where = _needed(f"{PROBES}: {name}", row, prefix)
        yield (
            f"{PROBES}.{probe}",
            Source(**where, sort=Sort.TEMPERATURE, unit=_unit(row), name=name or None),
        )


def _rows(key: str, rows: Any, most: int) -> Sequence[Fields]:
    if len(rows) > most:
        raise BadMapping("too_many", f"{key}: {len(rows)} > {most}")
    return list(rows)


def _where(key: str, given: Fields, prefix: str) -> dict[str, Any] | None:
    """Topic and way to read; None where no topic is named."""
    if not str(given.get(TOPIC) or "").strip():
        return None
    return _needed(key, given, prefix)


def _needed(key: str, given: Fields, prefix: str) -> dict[str, Any]:
    how = str(given.get(READ) or "").strip()
    if len(how) > LONGEST_READ or (how and not is_template(how) and not PATH.fullmatch(how)):
        raise BadMapping("bad_read", f"{key}: {how[:80]}")
    return {TOPIC: _topic(key, given.get(TOPIC), prefix), READ: how}


def _topic(key: str, given: Any, prefix: str) -> str:
    """A topic that exists on the wire, and not one of the contract's (MQTT 5, section 4.7)."""
    topic = str(given or "").strip()
    wild = set("+#\0") & set(topic)
    if not topic or wild or len(topic.encode()) > LONGEST_TOPIC or not topic.isprintable():
        raise BadMapping("bad_topic", f"{key}: {topic[:80]}")
    if topic.startswith(f"{prefix}/{topics.VERSION}/"):
        raise BadMapping("contract_topic", f"{key}: {topic[:80]}")
    return topic


def _unit(given: Fields) -> Unit:
    return Unit(given.get(UNIT) or Unit.CELSIUS)


def _switched(key: str, given: Fields) -> Mapping[str, bool]:
    """The words for on and off; those that are named take the place of the usual ones."""
    usual_on, usual_off = (set(words.split()) for words in SWITCHED[key])
    named_on, named_off = _folded(given.get(ON)), _folded(given.get(OFF))
    if both := named_on & named_off:
        raise BadMapping("bad_words", f"{key}: {', '.join(sorted(both))}")
    on, off = named_on or usual_on - named_off, named_off or usual_off - named_on
    return frozen({**dict.fromkeys(off, False), **dict.fromkeys(on, True)})


def _folded(words: Any) -> set[str]:
    return {str(word).strip().casefold() for word in words or () if str(word).strip()}


def _spoken(given: Fields) -> dict[str, Mode]:
    """The chamber's own words for modes, as the form says them: `heat_cool=AUTO`."""
    words: dict[str, Mode] = {}
    for line in given.get(WORDS) or ():
        ours, separator, theirs = str(line).partition("=")
        if not separator or ours.strip() not in set(Mode) or not theirs.strip():
            raise BadMapping("bad_words", f"{MODE}: {str(line)[:80]}")
        words[theirs.strip()] = Mode(ours.strip())
    return words or {mode.value: mode for mode in Mode}


def _modes(given: Fields, sources: Mapping[str, Source]) -> dict[str, Mode]:
    """The modes on offer, by the chamber's words; none where it neither says a mode nor takes one."""
    if not (given.get(TOPIC) or given.get(COMMAND_TOPIC)):
        return {}
    if given.get(WORDS):
        return _spoken(given)
    heats, cools = "heaters[0]" in sources, "coolers[0]" in sources
    unable = {Mode.HEAT: cools and not heats, Mode.COOL: heats and not cools}
    unable[Mode.HEAT_COOL] = heats is not cools
    return {word: mode for word, mode in _spoken(given).items() if not unable.get(mode)}


def _order(
    key: str, data: Fields, prefix: str, words: Mapping[str, str] | None = None
) -> Order | None:
    given = data.get(key, {})
    if not str(given.get(COMMAND_TOPIC) or "").strip():
        return None
    if not str(given.get(TOPIC) or "").strip():
        raise BadMapping("no_echo", key)
    return Order(
        topic=_topic(key, given[COMMAND_TOPIC], prefix),
        template=str(given.get(COMMAND_TEMPLATE) or "").strip(),
        unit=_unit(given),
        words=frozen(words or {}),
    )


def _limits(given: Fields) -> Limits:
    usual = Limits()
    low, high = float(given.get(MIN, usual.min)), float(given.get(MAX, usual.max))
    step = float(given.get(STEP, usual.step))
    if not (ABSOLUTE_ZERO <= low < high <= HOTTEST and 0.0 < step <= high - low):
        raise BadMapping("bad_limits", f"{low:g} – {high:g}, {step:g}")
    return Limits(low, high, step)
