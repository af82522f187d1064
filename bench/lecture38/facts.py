"""What the lecture says of the wire, held against a decoded capture."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .decoded import CONTROL_FRAMES, Decoded, Frame, Http
from .frames import mqtt_publish, websocket_header
from .payloads import CAPTURED, TOPIC

BINARY = 2
HTTP_LEAST, HTTP_MOST = 500, 800


@dataclass(frozen=True)
class Fact:
    """A claim, what the capture shows, and whether that is it."""

    claim: str
    seen: str
    holds: bool


def check(decoded: Decoded) -> list[Fact]:
    """Every claim."""
    return [Fact(claim, *look(decoded)) for claim, look in _CLAIMS.items()]


def exchanges(decoded: Decoded) -> list[tuple[Http, Http]]:
    """Polls: each GET that was answered by 200, with its answer."""
    pairs = zip(decoded.http, decoded.http[1:], strict=False)
    return [
        (asked, answer)
        for asked, answer in pairs
        if asked.line.startswith("GET") and " 200 " in f"{answer.line} "
    ]


def _upgraded(decoded: Decoded) -> tuple[str, bool]:
    asked = [one for one in decoded.http if one.field("upgrade") == "websocket" and one.to_server]
    answers = [one for one in decoded.http if " 101 " in one.line]
    agreed = [one for one in answers if one.field("sec-websocket-protocol") == "mqtt"]
    seen = f"{len(asked)} asked, {len(answers)} answered 101, {len(agreed)} agreed on `mqtt`"
    return seen, bool(asked) and len(asked) == len(answers) == len(agreed)


def _binary(decoded: Decoded) -> tuple[str, bool]:
    frames = _data(decoded.frames)
    right = [one for one in frames if one.opcode == BINARY]
    return f"{len(right)} of {len(frames)} frames", bool(frames) and len(right) == len(frames)


def _decoded_as_mqtt(decoded: Decoded) -> tuple[str, bool]:
    frames = _data(decoded.frames)
    names = list(dict.fromkeys(one.mqtt for one in frames if one.mqtt))
    return ", ".join(names), bool(frames) and all(one.mqtt for one in frames)


def _topic_readable(decoded: Decoded) -> tuple[str, bool]:
    said = [one for one in decoded.frames if one.mqtt == "PUBLISH"]
    there = sum(one.to_server for one in said if one.topic == TOPIC)
    back = sum(not one.to_server for one in said if one.topic == TOPIC)
    seen = f"{there} to the broker, {back} from it, on `{TOPIC}`"
    return seen, bool(said) and there + back == len(said) and there == back


def _publish_lengths(decoded: Decoded) -> tuple[str, bool]:
    wanted = [mqtt_publish(TOPIC, size, qos=qos, v5=True) for size, qos in CAPTURED]
    said = [one for one in decoded.frames if one.mqtt == "PUBLISH"]
    there = [one.length for one in said if one.to_server]
    back = [one.length for one in said if not one.to_server]
    return f"{_listed(there)} bytes", there == back == wanted


def _masked(decoded: Decoded) -> tuple[str, bool]:
    client = [one.masked for one in decoded.frames if one.to_server]
    server = [one.masked for one in decoded.frames if not one.to_server]
    seen = f"client: {sum(client)} of {len(client)} masked; server: {sum(server)} of {len(server)}"
    return seen, bool(client) and bool(server) and all(client) and not any(server)


def _headers(to_server: bool, wanted: set[int]) -> Callable[[Decoded], tuple[str, bool]]:
    def look(decoded: Decoded) -> tuple[str, bool]:
        frames = [one for one in decoded.frames if one.to_server == to_server]
        sizes = {one.header for one in frames}
        right = [
            one for one in frames if one.header == websocket_header(one.length, masked=one.masked)
        ]
        seen = f"{_listed(sizes)} bytes; {len(right)} of {len(frames)} as RFC 6455 computes"
        return seen, sizes == wanted and len(right) == len(frames)

    return look


def _http_headers(decoded: Decoded) -> tuple[str, bool]:
    sums = {asked.headers + answer.headers for asked, answer in exchanges(decoded)}
    parts = {f"{asked.headers} + {answer.headers}" for asked, answer in exchanges(decoded)}
    seen = f"{', '.join(sorted(parts))} = {_listed(sums)} bytes"
    return seen, bool(sums) and min(sums) >= HTTP_LEAST and max(sums) <= HTTP_MOST


def _data(frames: Iterable[Frame]) -> list[Frame]:
    return [one for one in frames if one.opcode not in CONTROL_FRAMES]


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


_CLAIMS: dict[str, Callable[[Decoded], tuple[str, bool]]] = {
    "Each connection begins with an HTTP upgrade, answered by `101 Switching Protocols`": _upgraded,
    "Afterwards all data is in binary frames (opcode 2)": _binary,
    "Each of them decodes as MQTT": _decoded_as_mqtt,
    "A PUBLISH and its topic can be read, both ways": _topic_readable,
    "A PUBLISH is as long as MQTT 5 computes: its topic and few bytes more": _publish_lengths,
    "The client masks every frame, the server none": _masked,
    "The server's frame header has 2, 4 or 10 bytes": _headers(False, {2, 4, 10}),
    "The client's frame header has 6, 8 or 14 bytes": _headers(True, {6, 8, 14}),
    f"One poll costs {HTTP_LEAST} to {HTTP_MOST} bytes of HTTP headers": _http_headers,
}
