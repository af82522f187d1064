"""The tables of `docs/lecture38.md`, written between its markers."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from .decoded import CONTROL_FRAMES
from .facts import Fact
from .payloads import SIZES, STATE_SIZE
from .results import Results
from .rows import ECHO, GATEWAY, PAGE, REPLY, Cost, Delay, RoundTrip
from .scales import size_name

_BLOCK = re.compile(r"<!-- measured: (\w+) -->\n.*?<!-- /measured -->", re.DOTALL)
_NONE = "–"


def fill(document: str, results: Results) -> str:
    """The document with what stands between its markers made anew; its prose is left alone.

    Raises:
        KeyError: a marker names no table.
    """

    def block(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- measured: {name} -->\n\n{TABLES[name](results)}\n\n<!-- /measured -->"

    return _BLOCK.sub(block, document)


def write(path: Path, results: Results) -> None:
    """Fill the document in place."""
    path.write_text(fill(path.read_text(), results))


def everything(results: Results) -> str:
    """All tables, for a terminal."""
    return "\n\n".join(table(results) for table in TABLES.values())


def broker_name(results: Results, kind: str) -> str:
    """Such as `Mosquitto 2.0.11`; nothing for a way without a broker."""
    return f"Mosquitto {results.versions[kind]}" if kind else ""


def _conditions(results: Results) -> str:
    others = {name: one for name, one in results.versions.items() if "mosquitto" not in name}
    brokers = [broker_name(results, kind) for kind in results.versions if "mosquitto" in kind]
    parts = [f"{name} {version}" for name, version in others.items()]
    return f"{results.taken}, {', '.join(results.machine.values())}; {', '.join(brokers + parts)}."


def _round_trips(results: Results) -> str:
    rows = [
        (*_way(results, one), one.count, _ms(one.p50), _ms(one.p95), _ms(one.p99))
        for one in results.round_trips
        if one.size == STATE_SIZE
    ]
    return _table(("way", "broker", "QoS", "n", "p50 ms", "p95 ms", "p99 ms"), rows)


def _sizes(results: Results) -> str:
    found: dict[tuple[str, ...], dict[int, RoundTrip]] = {}
    for one in results.round_trips:
        found.setdefault(_way(results, one), {})[one.size] = one
    rows = [
        (*way, *(_ms(sizes[size].p50) if size in sizes else _NONE for size in SIZES))
        for way, sizes in found.items()
    ]
    return _table(("way", "broker", "QoS", *(f"{size_name(size)}" for size in SIZES)), rows)


def _way(results: Results, one: RoundTrip) -> tuple[str, ...]:
    qos = _NONE if one.qos is None else str(one.qos)
    return one.way, broker_name(results, one.broker) or _NONE, qos


def _ages(results: Results) -> str:
    rows = [
        (
            one.way if one.interval is None else f"{one.way}, each {one.interval:g} s",
            one.count,
            _ms(one.mean),
            _NONE if one.interval is None else _ms(one.interval * 500),
            _ms(one.longest),
        )
        for one in results.ages
    ]
    return _table(("way", "changes", "mean ms", "half the interval", "longest ms"), rows)


def _costs(results: Results) -> str:
    found: dict[tuple[str, int | None], dict[str, Cost]] = {}
    for one in results.costs:
        found.setdefault((one.way, one.qos), {})[one.end] = one
    rows = [
        (way, _NONE if qos is None else qos, *_cost(ends.get(GATEWAY)), *_cost(ends.get(PAGE)))
        for (way, qos), ends in found.items()
    ]
    names = ("gateway to server", "back", "on top", "server to page", "page to server", "on top")
    return _table(("way", "QoS", *names), rows)


def _cost(one: Cost | None) -> tuple[str, str, str]:
    if one is None:
        return _NONE, _NONE, _NONE
    there, back = one.to_server, one.to_client
    if one.end == PAGE:
        there, back = back, there
    return f"{there:g}", f"{back:g}", f"**{one.overhead:g}**"


def _facts(results: Results) -> str:
    if results.capture.missing:
        return f"*Not measured here: {results.capture.missing}.*"
    return _table(
        ("what the lecture says", "what the capture shows", "holds"),
        [(one.claim, one.seen, _yes(one)) for one in results.capture.facts],
    )


def _yes(fact: Fact) -> str:
    return "yes" if fact.holds else "**no**"


def _frames(results: Results) -> str:
    if results.capture.missing:
        return f"*Not measured here: {results.capture.missing}.*"
    seen = dict.fromkeys(
        (
            "→ broker" if one.to_server else "← broker",
            one.mqtt or CONTROL_FRAMES.get(one.opcode, _NONE),
            one.header,
            "yes" if one.masked else "no",
            one.length,
        )
        for one in results.capture.frames
    )
    return _table(("direction", "MQTT", "frame header", "masked", "MQTT packet"), list(seen))


def _delays(results: Results) -> str:
    found: dict[tuple[str, str, str], dict[tuple[bool, bool], Delay]] = {}
    for one in results.delays:
        key = one.exchange, one.transport, broker_name(results, one.broker)
        found.setdefault(key, {})[one.client_nodelay, one.broker_nodelay] = one
    choices = ((False, False), (True, False), (False, True), (True, True))
    rows = [
        (*key, *(_delay(switched.get(choice)) for choice in choices))
        for exchange in (REPLY, ECHO)
        for key, switched in found.items()
        if key[0] == exchange
    ]
    names = ("at neither end", "client", "broker", "both")
    return _table(("exchange, QoS 1", "transport", "broker", *names), rows)


def _delay(one: Delay | None) -> str:
    return _NONE if one is None else f"{_ms(one.p50)} ({_ms(one.p95)})"


def _ms(value: float | None) -> str:
    if value is None:
        return _NONE
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


TABLES: dict[str, Callable[[Results], str]] = {
    "conditions": _conditions,
    "round_trips": _round_trips,
    "sizes": _sizes,
    "ages": _ages,
    "costs": _costs,
    "facts": _facts,
    "frames": _frames,
    "delays": _delays,
}
"""By the names in the document's markers."""
