"""The contract in one place: `decode(topic, bytes) -> message`, `encode(message) -> (topic, bytes)`.

Nothing that arrives raises anything but `WireError`. A bad field is set aside and named in the
message's `set_aside`; a sample without a usable temperature becomes a `SpoiledMessage`.
Times are Unix seconds, temperatures degrees Celsius.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from enum import StrEnum
from functools import partial
from typing import Any

from . import fields as f
from . import topics
from .errors import Flaw, WireError
from .messages import (
    Announce,
    Before,
    Command,
    CommandMessage,
    Event,
    EventMessage,
    HistoryMessage,
    Message,
    MetaMessage,
    Reply,
    ReplyMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from .model import (
    NOTHING,
    STATE_FIELDS,
    Action,
    Address,
    Clock,
    Limits,
    Meta,
    Mode,
    Part,
    Presence,
    Probe,
    Progress,
    Sample,
    Status,
)
from .past import history
from .topics import DEFAULT_PREFIX, Kind, Topic

LONGEST_PLAIN_STATUS = 16
PLAIN_STATUS = {b"online": Presence.ONLINE, b"offline": Presence.OFFLINE}

_PLACE_IN_TIME: Mapping[str, f.Reader] = {
    "seq": f.SEQ,
    "epoch": f.matching(f.TOKEN),
    "time": f.TIME,
    "clock": f.word(Clock),
    "boot": f.matching(f.TOKEN),
    "uptime": f.number(0.0, 1e11),
}
_SAMPLE: Mapping[str, f.Reader] = {
    **_PLACE_IN_TIME,
    "setpoint": f.TEMPERATURE,
    "effective_setpoint": f.TEMPERATURE,
    "mode": f.word(Mode),
    "action": f.word(Action),
    "reason": f.matching(f.TOKEN),
    "heater": f.lone(f.part),
    "cooler": f.lone(f.part),
    "fan": f.lone(f.part),
    "heaters": f.listed("heaters", f.part),
    "coolers": f.listed("coolers", f.part),
    "fans": f.listed("fans", f.part),
    "probes": f.by_probe("probes", f.TEMPERATURE, STATE_FIELDS, keep_null=True),
    "quality": f.by_probe("quality", f.QUALITY, STATE_FIELDS - {"temperature"}),
    "door": f.boolean,
    "power": f.number(0.0, 1e6),
    "energy": f.number(0.0, 1e9),
    "profile": f.progress,
}
_META: Mapping[str, f.Reader] = {
    **dict.fromkeys(
        ("name", "manufacturer", "model", "serial", "software", "hardware"), f.text(f.LONGEST_TEXT)
    ),
    "limits": f.limits,
    "modes": f.listed("modes", f.word(Mode)),
    "heaters": f.listed("heaters", f.text(f.LONGEST_TEXT)),
    "coolers": f.listed("coolers", f.text(f.LONGEST_TEXT)),
    "fans": f.listed("fans", f.text(f.LONGEST_TEXT)),
    "probes": f.by_probe("probes", f.probe, STATE_FIELDS),
    **dict.fromkeys(("door", "power", "replies", "history"), f.boolean),
    "heartbeat": f.number(0.1, 86400.0),
    "calibration_due": f.date,
}
_STATUS: Mapping[str, f.Reader] = {
    "state": f.word(Presence),
    "session": f.matching(f.TOKEN),
    "agent": f.text(f.LONGEST_TEXT),
    "heartbeat": _META["heartbeat"],
}
_EVENT: Mapping[str, f.Reader] = {
    **_PLACE_IN_TIME,
    "id": f.matching(f.COMMAND_ID),
    "type": f.matching(f.TOKEN),
    "message": f.text(f.LONGEST_TEXT),
}
_COMMAND: Mapping[str, f.Reader] = {
    "id": f.matching(f.COMMAND_ID),
    "do": f.matching(f.TOKEN),
    "setpoint": f.TEMPERATURE,
    "mode": f.word(Mode),
    "by": f.text(f.LONGEST_TEXT),
    "time": f.TIME,
    "ttl": f.number(1.0, 300.0),
    "epoch": f.matching(f.TOKEN),
    "from": f.SEQ,
    "to": f.SEQ,
    **dict.fromkeys(("action", "end", "resume"), f.matching(f.TOKEN)),
    "name": f.text(f.LONGEST_TEXT),
    "steps": f.objects(f.MOST_STEPS),
}
# What the wire calls otherwise than Python can.
_SPELT_OTHERWISE = {"first": "from", "last": "to"}


def _before(epoch: str | None = None, to: int | None = None) -> Before:
    if epoch is None or to is None:
        raise f.Unfit
    return Before(epoch, to)


_HISTORY: Mapping[str, f.Reader] = {
    "id": f.matching(f.COMMAND_ID),
    "epoch": f.matching(f.TOKEN),
    "last": f.boolean,
    "before": f.nested("before", {"epoch": f.matching(f.TOKEN), "to": f.SEQ}, _before),
}
_REPLY: Mapping[str, f.Reader] = {
    "id": f.matching(f.COMMAND_ID),
    "status": f.matching(f.TOKEN),
    "code": f.matching(f.TOKEN),
    "message": f.text(4 * f.LONGEST_TEXT),
    "setpoint": f.TEMPERATURE,
    "effective_setpoint": f.TEMPERATURE,
    "mode": f.word(Mode),
    "seq": f.SEQ,
    "epoch": f.matching(f.TOKEN),
}


def decode(topic: str, payload: bytes, prefix: str = DEFAULT_PREFIX) -> Message:
    """What a message means. Raises `WireError` where it must be dropped whole."""
    place = topics.parse(topic, prefix)
    return _DECODERS[place.kind](place, payload)


def encode(message: Message, prefix: str = DEFAULT_PREFIX) -> tuple[str, bytes]:
    """A message as topic and payload. A cleared description or state has an empty payload."""
    topic, content = _spelt(message)
    payload = b"" if content is None else written(content)
    if len(payload) > (history.LARGEST if topic.kind is Kind.HISTORY else f.LARGEST_PAYLOAD):
        raise WireError(Flaw.TOO_LARGE, f"{len(payload)} bytes")
    return topic.spell(prefix), payload


def written(content: object) -> bytes:
    """JSON as it goes over the wire. Raises `ValueError` for a number that is none."""
    return json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def _address(place: Topic) -> Address:
    return Address(place.gateway or "", place.chamber or "")


def _decode_announce(_place: Topic, payload: bytes) -> Announce:
    if payload:
        f.parse(payload)
    return Announce()


def _decode_status(place: Topic, payload: bytes) -> StatusMessage:
    gateway = place.gateway or ""
    if len(payload) <= LONGEST_PLAIN_STATUS and (
        plain := PLAIN_STATUS.get(payload.strip().lower())
    ):
        return StatusMessage(gateway, Status(state=plain))
    aside = f.Aside()
    values = f.read(_STATUS, f.parse(payload), aside)
    if "state" not in values:
        raise WireError(Flaw.BAD_STATE)
    return StatusMessage(gateway, Status(**values), tuple(aside))


def _decode_meta(place: Topic, payload: bytes) -> MetaMessage:
    if not payload:
        return MetaMessage(_address(place), None)
    aside = f.Aside()
    values = f.read(_META, f.parse(payload), aside)
    if "modes" in values:
        values["modes"] = (
            tuple(dict.fromkeys(mode for mode in values["modes"] if mode is not None)) or None
        )
    return MetaMessage(_address(place), Meta(**values), tuple(aside))


def _decode_state(place: Topic, payload: bytes) -> StateMessage | SpoiledMessage:
    address = _address(place)
    if not payload:
        return StateMessage(address, None)
    raw = f.parse(payload)
    aside = f.Aside()
    sample = _read_sample(raw, aside)
    if sample is None:
        numbers = f.read(_PLACE_IN_TIME, raw, aside)
        return SpoiledMessage(address, numbers.get("epoch"), numbers.get("seq"), ("temperature",))
    return StateMessage(address, sample, tuple(aside))


def _read_sample(raw: Mapping[str, Any], aside: f.Aside) -> Sample | None:
    """A sample; None, set aside as a whole, where its temperature is missing or unfit."""
    unfit = f.Aside()
    temperature = unfit.attempt("temperature", f.TEMPERATURE, raw.get("temperature"))
    if "temperature" not in raw or unfit:
        return None
    values = f.read(_SAMPLE, raw, aside)
    for one, many in (("heater", "heaters"), ("cooler", "coolers"), ("fan", "fans")):
        if (lone := values.pop(one, None)) is not None:
            values.setdefault(many, lone)
    return Sample(temperature=temperature, **values)


def _decode_history(place: Topic, payload: bytes) -> HistoryMessage:
    """A row without a usable temperature is set aside, and its number counts as lost."""
    if len(payload) > history.LARGEST:
        raise WireError(Flaw.TOO_LARGE, f"{len(payload)} bytes")
    raw, aside = f.parse(payload), f.Aside()
    values = f.read(_HISTORY, raw, aside)
    if "id" not in values or "epoch" not in values:
        raise WireError(Flaw.BAD_ID)
    batch = history.read(raw, values, partial(_read_sample, aside=aside), aside)
    return HistoryMessage(_address(place), batch, tuple(dict.fromkeys(aside)))


def _decode_event(place: Topic, payload: bytes) -> EventMessage:
    aside = f.Aside()
    values = f.read(_EVENT, f.parse(payload), aside)
    if "type" not in values:
        raise WireError(Flaw.BAD_TYPE)
    return EventMessage(_address(place), Event(**values), tuple(aside))


def _decode_command(place: Topic, payload: bytes) -> CommandMessage:
    aside = f.Aside()
    values = f.read(_COMMAND, f.parse(payload), aside)
    if "id" not in values:
        raise WireError(Flaw.BAD_ID)
    for name, spelt in _SPELT_OTHERWISE.items():
        values[name] = values.pop(spelt, None)
    return CommandMessage(_address(place), Command(**{"do": "", **values}), tuple(aside))


def _decode_reply(place: Topic, payload: bytes) -> ReplyMessage:
    aside = f.Aside()
    values = f.read(_REPLY, f.parse(payload), aside)
    if "id" not in values or "status" not in values:
        raise WireError(Flaw.BAD_ID)
    return ReplyMessage(_address(place), Reply(**values), tuple(aside))


_DECODERS: Mapping[Kind, Callable[[Topic, bytes], Message]] = {
    Kind.ANNOUNCE: _decode_announce,
    Kind.STATUS: _decode_status,
    Kind.META: _decode_meta,
    Kind.STATE: _decode_state,
    Kind.EVENT: _decode_event,
    Kind.COMMAND: _decode_command,
    Kind.REPLY: _decode_reply,
    Kind.HISTORY: _decode_history,
}


def _spelt(message: Message) -> tuple[Topic, object]:
    match message:
        case Announce():
            return Topic(Kind.ANNOUNCE), {}
        case StatusMessage(gateway, status):
            return Topic(Kind.STATUS, gateway), _plain(status)
        case MetaMessage(address, meta):
            return topics.of(address, Kind.META), None if meta is None else _plain(meta)
        case StateMessage(address, sample):
            return topics.of(address, Kind.STATE), None if sample is None else spelt_sample(sample)
        case EventMessage(address, event):
            return topics.of(address, Kind.EVENT), _plain(event)
        case CommandMessage(address, command):
            spelt = _plain(command)
            named = {_SPELT_OTHERWISE.get(name, name): value for name, value in spelt.items()}
            return topics.of(address, Kind.COMMAND), named
        case ReplyMessage(address, reply):
            return topics.of(address, Kind.REPLY), _plain(reply)
        case HistoryMessage(address, batch):
            return topics.of(address, Kind.HISTORY), history.spelt(batch, spelt_sample)
    raise WireError(Flaw.UNEXPECTED, "a spoiled sample is never sent")


def spelt_sample(sample: Sample) -> dict[str, object]:
    """A sample says null where its temperature is unknown, and where it has a clock state but no time."""
    spelt = _plain(sample)
    spelt.setdefault("temperature", None)
    if sample.clock is Clock.NONE:
        spelt.setdefault("time", None)
    return spelt


def _plain(noun: Any) -> dict[str, object]:
    """A frozen noun as JSON: what is absent or empty is left out."""
    values = ((name, getattr(noun, name)) for name in _NAMES[type(noun)])
    return {name: _plain_value(value) for name, value in values if not _absent(value)}


_NAMES: Mapping[type[Any], tuple[str, ...]] = {
    noun: tuple(field.name for field in dataclass_fields(noun))
    for noun in (Command, Event, Limits, Meta, Probe, Progress, Reply, Sample, Status)
}


def _absent(value: object) -> bool:
    if value is None or value is NOTHING:
        return True
    return isinstance(value, Mapping) and not value


_AS_IT_IS = frozenset({str, int, bool})


def _plain_value(value: Any) -> object:
    kind = type(value)
    if kind is float:
        return int(value) if value.is_integer() and abs(value) < f.LAST_SEQ else value
    if kind in _AS_IT_IS:
        return value
    match value:
        case StrEnum():
            return value.value
        case Part(on, None):
            return on
        case Part(_, duty):
            return _plain_value(duty)
        case tuple():
            return [_plain_value(entry) for entry in value]
        case Limits() | Probe() | Progress():
            return _plain(value)
        case Mapping():
            return {key: _plain_value(entry) for key, entry in value.items()}
        case _:
            return value
