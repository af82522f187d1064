"""What is fed with garbage, and what has to hold whatever it is. An exception that is not declared is a finding."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from custom_components.chamber_ws.chamber import topics, wire
from custom_components.chamber_ws.chamber.errors import Flaw, WireError
from custom_components.chamber_ws.chamber.fields import LAST_SEQ
from custom_components.chamber_ws.chamber.messages import (
    Announce,
    HistoryMessage,
    Message,
    SpoiledMessage,
)
from custom_components.chamber_ws.chamber.model import Mode, frozen
from custom_components.chamber_ws.chamber.past import history
from custom_components.chamber_ws.link.packets import (
    Ended,
    Greeting,
    Settings,
    Subscription,
    Version,
)
from custom_components.chamber_ws.link.session import Effect, Phase, Send, Session
from custom_components.chamber_ws.mapping import payloads, proposal
from custom_components.chamber_ws.mapping import reading as r
from custom_components.chamber_ws.mapping.leaves import Heard
from custom_components.chamber_ws.mapping.table import BadMapping, Sort, Source, Unit

from .seeds import KINDS

_GREETING = Greeting((Subscription("chamber/v1/+/status"),))
_ACCEPTED = {Version.V311: b"\x20\x02\x00\x00", Version.V5: b"\x20\x03\x00\x00\x00"}
_SWITCH = frozen({"on": True, "1": True, "true": True, "off": False, "0": False, "false": False})
_SOURCES = (
    Source(topic="t", sort=Sort.TEMPERATURE),
    Source(topic="t", sort=Sort.TEMPERATURE, read="$.t[0]", unit=Unit.FAHRENHEIT),
    Source(topic="t", sort=Sort.TEMPERATURE, read="{{ value }}", unit=Unit.KELVIN),
    Source(topic="t", sort=Sort.POWER),
    Source(topic="t", sort=Sort.POWER, read="$"),
    Source(topic="t", sort=Sort.SWITCH, words=_SWITCH),
    Source(topic="t", sort=Sort.SWITCH, read="$.t[1]", words=_SWITCH),
    Source(topic="t", sort=Sort.MODE, read="$", words=frozen({"heat": Mode.HEAT})),
)


def topics_(data: bytes) -> None:
    """A topic is ours and spelt so, or refused; what looks for one thing in it never raises."""
    text = data.decode("utf-8", "surrogateescape")
    topics.chamber_of(text)
    topics.speaker_of_next_version(text)
    try:
        found = topics.parse(text)
    except WireError:
        return
    assert found.spell() == text


def messages(data: bytes) -> None:
    """A message is dropped whole, or it means something that can be said again."""
    if not data:
        return
    _message(KINDS[data[0] % len(KINDS)], data[1:])


def batches(data: bytes) -> None:
    """A batch of history is dropped whole, or settles at most what was asked for."""
    message = _message("history", data)
    if isinstance(message, HistoryMessage):
        batch = message.history
        try:
            first, last = history.accepted(batch, batch.epoch, 0, LAST_SEQ)
        except WireError:
            return
        named = {sample.seq for sample in batch.samples}
        assert first == 0
        assert all(seq is not None and seq <= last for seq in named)


def _message(kind: str, payload: bytes) -> Message | None:
    where = {"announce": "", "status": "pi/"}.get(kind, "pi/box/")
    try:
        message = wire.decode(f"chamber/v1/{where}{kind}", payload)
    except WireError:
        return None
    _said_again(message)
    return message


def _said_again(message: Message) -> None:
    if isinstance(message, SpoiledMessage):
        return
    try:
        topic, payload = wire.encode(message)
    except WireError as error:
        # What came in few bytes may need more, since all is spelt out.
        if error.flaw is Flaw.TOO_LARGE:
            return
        raise
    again = wire.decode(topic, payload)
    assert wire.encode(again) == (topic, payload)
    # A batch is a table: a probe that one row has, every row has, with null.
    if not isinstance(message, HistoryMessage):
        assert _meaning(again) == _meaning(message)


def _meaning(message: Message) -> Message:
    """The message without what was set aside on the way."""
    if isinstance(message, Announce | SpoiledMessage):
        return message
    return replace(message, set_aside=())


def packets(data: bytes) -> None:
    """What a broker sends means the same however it is cut, but for why garbage ended the connection."""
    if not data:
        return
    version = Version.V5 if data[0] & 1 else Version.V311
    greeting = _ACCEPTED[version] if data[0] & 2 else b""
    whole = greeting + data[1:]
    size = 1 + (data[0] >> 2)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert _heard(version, [whole]) == _heard(version, pieces)


def _heard(version: Version, pieces: list[bytes]) -> tuple[Phase, list[Effect | type[Ended]]]:
    """Where a connection stands after these bytes, and what it told; what it sent depends on the time."""
    session = Session(Settings("fuzz"), _GREETING, version)
    effects = session.open(0.0)
    for piece in pieces:
        if session.phase is Phase.ENDED:
            break
        session.feed(piece)
        while more := session.read(0.0):
            effects += more
    told = [one for one in effects if not isinstance(one, Send)]
    return session.phase, [Ended if isinstance(one, Ended) else one for one in told]


def payloads_(data: bytes) -> None:
    """A payload of a mapped chamber says a value of the source's sort, nothing, or is refused."""
    if not data:
        return
    source = _SOURCES[data[0] % len(_SOURCES)]
    try:
        said = payloads.read(source, data[1:], lambda _how, text: text)
    except payloads.BadPayload:
        return
    if source.sort in (Sort.TEMPERATURE, Sort.POWER):
        assert said is None or math.isfinite(said)
    else:
        assert said is None or said in source.words.values()


def proposals(data: bytes) -> None:
    """Whatever was heard on a broker, a mapping can be proposed, and a proposal can be read."""
    parts = data.split(b"\0")
    heard = {
        topic.decode("utf-8", "replace"): Heard(payload)
        for topic, payload in zip(parts[::2], parts[1::2], strict=False)
    }
    proposed = proposal.propose(heard, "name")
    try:
        r.read(proposed, "chamber")
    except BadMapping:
        return


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "topics": topics_,
    "messages": messages,
    "history": batches,
    "packets": packets,
    "payloads": payloads_,
    "proposals": proposals,
}
