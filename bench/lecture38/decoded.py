"""What tshark says of a capture, read from its PDML (XML) output."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

CONTROL_FRAMES = {8: "(close)", 9: "(ping)", 10: "(pong)"}
"""By opcode: frames that carry no data (RFC 6455, section 5.5)."""
MQTT_TYPES = {
    1: "CONNECT",
    2: "CONNACK",
    3: "PUBLISH",
    4: "PUBACK",
    5: "PUBREC",
    6: "PUBREL",
    7: "PUBCOMP",
    8: "SUBSCRIBE",
    9: "SUBACK",
    12: "PINGREQ",
    13: "PINGRESP",
    14: "DISCONNECT",
}
"""Of section 2.1.2 of MQTT 5."""


@dataclass(frozen=True)
class Frame:
    """One WebSocket frame, and the MQTT packet in it; bytes."""

    to_server: bool
    opcode: int
    masked: bool
    header: int
    length: int
    mqtt: str | None = None
    topic: str | None = None


@dataclass(frozen=True)
class Http:
    """One HTTP message: `line` is its first, `headers` are bytes with that line, `fields` the lines after it."""

    to_server: bool
    line: str
    headers: int
    body: int
    fields: tuple[str, ...] = ()

    def field(self, name: str) -> str:
        """The value of a header field, in lower case; empty where there is none."""
        for one in self.fields:
            key, _colon, value = one.partition(":")
            if key.strip().lower() == name:
                return value.strip().lower()
        return ""


@dataclass(frozen=True)
class Decoded:
    """All that is of interest, in order."""

    frames: tuple[Frame, ...]
    http: tuple[Http, ...]


def read(pdml: str, server_ports: set[int]) -> Decoded:
    """Read PDML; the direction is told by the ports of the servers."""
    frames: list[Frame] = []
    messages: list[Http] = []
    # It was written by the tshark that we started.
    for packet in ElementTree.fromstring(pdml).iter("packet"):  # noqa: S314
        to_server = _number(packet, "tcp.dstport") in server_ports
        frames += _frames(packet, to_server)
        messages += _messages(packet, to_server)
    return Decoded(tuple(frames), tuple(messages))


def _frames(packet: ElementTree.Element, to_server: bool) -> Iterator[Frame]:
    """A packet may hold several frames; what MQTT says of a frame follows it."""
    frame: ElementTree.Element | None = None
    for part in [*packet.findall("proto"), None]:
        name = part.get("name") if part is not None else None
        if frame is not None and name in {"websocket", "mqtt", None}:
            yield _frame(frame, to_server, part if name == "mqtt" else None)
            frame = None
        if name == "websocket":
            frame = part


def _frame(
    websocket: ElementTree.Element, to_server: bool, mqtt: ElementTree.Element | None
) -> Frame:
    """The size that tshark gives the layer is that of the frame's header."""
    length = _number(websocket, "websocket.payload_length")
    for bits in (16, 64):
        length = _number(websocket, f"websocket.payload_length_ext_{bits}", default=length)
    kind = _number(mqtt, "mqtt.msgtype") if mqtt is not None else None
    topic = mqtt.find(".//field[@name='mqtt.topic']") if mqtt is not None else None
    return Frame(
        to_server=to_server,
        opcode=_number(websocket, "websocket.opcode"),
        masked=bool(_number(websocket, "websocket.mask")),
        header=int(websocket.get("size", "0")),
        length=length,
        mqtt=MQTT_TYPES.get(kind, str(kind)) if kind is not None else None,
        topic=topic.get("show") if topic is not None else None,
    )


def _messages(packet: ElementTree.Element, to_server: bool) -> Iterator[Http]:
    for part in packet.findall("proto[@name='http']"):
        if part.find(".//field[@name='http.request']") is None and (
            part.find(".//field[@name='http.response']") is None
        ):
            continue  # what stands above WebSocket frames
        body = _number(part, "http.content_length", default=0)
        lines = [
            str(field.get("show"))
            for field in part.iter("field")
            if re.fullmatch(r"http\.(request|response)\.line", str(field.get("name")))
        ]
        first = str(part.findall("field")[0].get("show"))
        yield Http(
            to_server,
            first.replace("\\r\\n", ""),
            _number(packet, "tcp.len") - body,
            body,
            tuple(line.replace("\\r\\n", "").strip() for line in lines),
        )


def _number(part: ElementTree.Element, name: str, default: int | None = None) -> int:
    field = part.find(f".//field[@name='{name}']")
    if field is None:
        if default is None:
            raise ValueError(f"tshark says no {name}")
        return default
    return int(str(field.get("show")), 0)
