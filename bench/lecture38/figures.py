"""The figures of `docs/lecture38.md`."""

from pathlib import Path

from . import svg
from .payloads import SIZES, STATE_SIZE
from .results import Results
from .rows import HTTP_ANEW, MQTT_TCP, MQTT_WEBSOCKET, OWN_LINK, PAGE, REPLY
from .tables import broker_name

_SHORT = {
    MQTT_TCP: "MQTT, TCP",
    MQTT_WEBSOCKET: "MQTT, WebSocket",
    HTTP_ANEW: "HTTP, new connection",
}

_TRANSPORTS = {
    "tcp": "TCP, paho",
    "websocket": "WebSocket, paho",
    OWN_LINK: "WebSocket, own link",
}


def write(folder: Path, results: Results) -> None:
    """Write all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        (folder / f"{name}.svg").write_text(draw(results))


def _name(results: Results, way: str, broker: str) -> str:
    return " ".join([_SHORT.get(way, way), *broker_name(results, broker).split()[1:]])


def _sizes(results: Results) -> str:
    """QoS 0, since bare WebSocket and HTTP know no other."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for one in results.round_trips:
        if not one.qos:
            found.setdefault((one.way, one.broker), {})[one.size] = one.p50
    series = [
        svg.Series(
            _name(results, *key),
            [sizes.get(size) for size in SIZES],
            dashed=key[0] == MQTT_WEBSOCKET,
        )
        for key, sizes in found.items()
    ]
    title = "Round trip by size of the message, QoS 0, median"
    return svg.lines(title, "ms", SIZES, series)


def _qos(results: Results) -> str:
    rows = [one for one in results.round_trips if one.size == STATE_SIZE and one.qos is not None]
    keys = list(dict.fromkeys((one.way, one.broker) for one in rows))
    values = {(one.way, one.broker, one.qos): one.p50 for one in rows}
    series = [
        svg.Series(f"QoS {qos}", [values.get((*key, qos)) for key in keys]) for qos in (0, 1, 2)
    ]
    names = [_name(results, *key) for key in keys]
    return svg.bars("Round trip of a state of 200 bytes, median", "ms", names, series)


def _ages(results: Results) -> str:
    names = [
        "push over WebSocket" if one.interval is None else f"polling each {one.interval:g} s"
        for one in results.ages
    ]
    series = [svg.Series("mean", [one.mean for one in results.ages])]
    title = "How long a change stays unseen, mean"
    return svg.bars(title, "ms, logarithmic", names, series, logarithmic=True)


def _bytes(results: Results) -> str:
    rows = [one for one in results.costs if one.end == PAGE]
    names = [
        _SHORT.get(one.way, one.way) + ("" if one.qos is None else f", QoS {one.qos}")
        for one in rows
    ]
    series = [svg.Series("on top", [one.overhead for one in rows])]
    title = "What one update of 200 bytes costs on top, between server and page"
    return svg.bars(title, "bytes carried by TCP, both directions", names, series)


def _nagle(results: Results) -> str:
    rows = [one for one in results.delays if one.exchange == REPLY]
    keys = list(dict.fromkeys((one.transport, one.broker) for one in rows))
    values = {
        (one.transport, one.broker, one.client_nodelay, one.broker_nodelay): one.p50 for one in rows
    }
    switched = {
        "no TCP_NODELAY": (False, False),
        "at the broker": (False, True),
        "at the clients": (True, False),
        "at both": (True, True),
    }
    series = [
        svg.Series(name, [values.get((*key, *choice)) for key in keys])
        for name, choice in switched.items()
    ]
    names = [
        f"{_TRANSPORTS[transport]}, {broker_name(results, broker).split()[-1]}"
        for transport, broker in keys
    ]
    title = "A command and its reply with QoS 1, median"
    return svg.bars(title, "ms", names, series)


FIGURES = {
    "round-trip-by-size": _sizes,
    "round-trip-by-qos": _qos,
    "age": _ages,
    "bytes": _bytes,
    "nagle": _nagle,
}
"""By the names of their files."""
