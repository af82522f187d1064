"""Anything that could be said: messages by their nouns, JSON by its shape, bytes by chance."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from chamber_agent.chamber import fields, messages, model
from chamber_agent.chamber.errors import Code
from chamber_agent.chamber.messages import Message
from chamber_agent.chamber.model import (
    Action,
    Address,
    Clock,
    Limits,
    Mode,
    Part,
    Presence,
    Probe,
    Progress,
    Quality,
    frozen,
)
from chamber_agent.chamber.past.ranges import Ranges
from chamber_agent.chamber.topics import Kind


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats that a field with these bounds admits."""
    return st.floats(low, high).map(float)


def words(alphabet: str, longest: int = 64) -> st.SearchStrategy[str]:
    """Short words of these characters."""
    return st.text(alphabet, min_size=1, max_size=longest)


def _line(raw: str) -> str | None:
    line: str | None = fields.Aside().attempt("", fields.text(fields.LONGEST_TEXT), raw)
    return line


LOWER = "abcxyz0189"
ids = st.builds(str.__add__, words(LOWER, 1), st.text(LOWER + "_-", max_size=63))
tokens = words("abzABZ019_.:-")
command_ids = words("abzABZ019_-")
lines: st.SearchStrategy[str] = st.text(max_size=60).map(_line).filter(bool)  # type: ignore[assignment]
temperatures = numbers(model.ABSOLUTE_ZERO, model.HOTTEST)
times = numbers(0.0, fields.LAST_TIME)
seqs = st.integers(0, fields.LAST_SEQ)
addresses = st.builds(Address, ids, ids)
switches = st.booleans().map(lambda on: Part(on=on))
duties = numbers(0.0, 100.0).map(lambda duty: Part(on=duty > 0, duty=duty))
parts = st.lists(st.none() | switches | duties, max_size=4).map(tuple)
names = st.lists(st.none() | lines, max_size=4).map(tuple)


def maybe(**strategies: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Fields that may be missing."""
    return {name: st.none() | strategy for name, strategy in strategies.items()}


def by_probe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values by the ids of probes."""
    probes = ids.map(lambda name: f"p{name}"[:64])
    return st.dictionaries(probes, values, max_size=3).map(frozen)


place_in_time = maybe(
    seq=seqs,
    epoch=tokens,
    time=times,
    clock=st.sampled_from(Clock),
    boot=tokens,
    uptime=numbers(0.0, 1e11),
)
limits = (
    st.tuples(temperatures, temperatures, numbers(0.001, 100.0))
    .filter(lambda drawn: drawn[0] < drawn[1])
    .map(lambda drawn: Limits(*drawn))
)
progress = st.builds(
    Progress,
    **maybe(
        name=lines,
        step=st.integers(0, 10_000),
        steps=st.integers(0, 10_000),
        remaining=numbers(0.0, 1e9),
        state=tokens,
    ),
)


def _timely(noun: Any) -> Any:
    return replace(noun, time=None) if noun.clock is Clock.NONE else noun


samples = st.builds(
    model.Sample,
    temperature=st.none() | temperatures,
    probes=by_probe(st.none() | temperatures),
    quality=by_probe(st.sampled_from(Quality)),
    **place_in_time,
    **maybe(
        setpoint=temperatures,
        effective_setpoint=temperatures,
        mode=st.sampled_from(Mode),
        action=st.sampled_from(Action),
        reason=tokens,
        heaters=parts,
        coolers=parts,
        fans=parts,
        door=st.booleans(),
        power=numbers(0.0, 1e6),
        energy=numbers(0.0, 1e9),
        profile=progress,
    ),
).map(_timely)
metas = st.builds(
    model.Meta,
    probes=by_probe(st.builds(Probe, **maybe(role=tokens, name=lines))),
    **maybe(
        **dict.fromkeys(("name", "manufacturer", "model", "serial", "software", "hardware"), lines),
        **dict.fromkeys(("heaters", "coolers", "fans"), names),
        **dict.fromkeys(("door", "power", "replies", "history"), st.booleans()),
        limits=limits,
        modes=st.lists(st.sampled_from(Mode), min_size=1, unique=True).map(tuple),
        heartbeat=numbers(0.1, 86_400.0),
        calibration_due=st.dates().map(str),
    ),
)
statuses = st.builds(
    model.Status,
    state=st.sampled_from(Presence),
    **maybe(session=tokens, agent=lines, heartbeat=numbers(0.1, 86_400.0)),
)
events = st.builds(
    messages.Event, type=tokens, **place_in_time, **maybe(id=command_ids, message=lines)
).map(_timely)
commands = (
    st.builds(
        messages.Command,
        id=command_ids,
        do=st.just("set"),
        time=times,
        ttl=numbers(1.0, 300.0),
        **maybe(setpoint=temperatures, mode=st.sampled_from(Mode), by=lines),
    ).filter(lambda command: command.setpoint is not None or command.mode is not None)
    | st.builds(
        messages.Command,
        id=command_ids,
        do=st.just("identify"),
        **maybe(by=lines, time=times, ttl=numbers(1.0, 300.0)),
    )
    | st.builds(
        messages.Command,
        id=command_ids,
        do=st.just("history"),
        epoch=tokens,
        first=seqs,
        last=seqs,
        **maybe(by=lines, time=times, ttl=numbers(1.0, 300.0)),
    )
)
replies = st.builds(
    messages.Reply,
    id=command_ids,
    status=st.sampled_from(["accepted", "applied", "rejected", "expired", "failed"]),
    **maybe(
        code=st.sampled_from(Code).map(str),
        message=lines,
        setpoint=temperatures,
        effective_setpoint=temperatures,
        mode=st.sampled_from(Mode),
        seq=seqs,
        epoch=tokens,
    ),
).filter(lambda reply: reply.status != "rejected" or reply.code is not None)


@st.composite
def histories(draw: st.DrawFn) -> messages.History:
    """A batch whose rows ascend, between and beside what is lost.

    A row has a place for each probe of the batch, so each sample names them all.
    """
    epoch = draw(tokens)
    drawn = draw(st.lists(st.tuples(seqs, samples), max_size=6, unique_by=lambda one: one[0]))
    probes = {name: None for _, sample in drawn for name in sample.probes}
    rows = tuple(
        replace(sample, seq=seq, epoch=epoch, probes=frozen({**probes, **sample.probes}))
        for seq, sample in sorted(drawn, key=lambda one: one[0])
    )
    there = {seq for seq, _ in drawn}
    spans = draw(st.lists(st.tuples(seqs, st.integers(0, 1000)), max_size=4))
    lost = Ranges.of(
        (first, min(first + more, fields.LAST_SEQ))
        for first, more in spans
        if not there & set(range(first, first + more + 1))
    )
    return messages.History(
        id=draw(command_ids),
        epoch=epoch,
        samples=rows,
        lost=lost.spans,
        complete=draw(st.booleans()),
        before=draw(st.none() | st.builds(messages.Before, tokens, seqs)),
    )


spoken: st.SearchStrategy[Message] = st.one_of(
    st.just(messages.Announce()),
    st.builds(messages.StatusMessage, ids, statuses),
    st.builds(messages.MetaMessage, addresses, st.none() | metas),
    st.builds(messages.StateMessage, addresses, st.none() | samples),
    st.builds(messages.EventMessage, addresses, events),
    st.builds(messages.CommandMessage, addresses, commands),
    st.builds(messages.ReplyMessage, addresses, replies),
    st.builds(messages.HistoryMessage, addresses, histories()),
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["on", "OFF", "heat", "ntp", "ok", 10**400, -(10**30), 1e300, "\ud800", 0, 1])
    | temperatures,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
_KEYS = sorted(
    {name for noun in ("Sample", "Meta", "Status") for name in getattr(model, noun).__slots__}
    | {name for noun in ("Event", "Command", "Reply") for name in getattr(messages, noun).__slots__}
    | {"heater", "cooler", "fan", "min", "max", "unknown"}
    | {"columns", "rows", "lost", "last", "from", "to"}
)
ENOUGH = {
    "temperature": 20,
    "state": "online",
    "id": "1",
    "type": "x",
    "status": "y",
    "epoch": "e",
    "columns": ["seq", "temperature"],
    "rows": [],
}
json_payloads = st.dictionaries(st.sampled_from(_KEYS), json_values, max_size=8).map(
    lambda raw: json.dumps(ENOUGH | raw).encode()
)
our_topics = st.sampled_from(
    ["chamber/v1/announce", "chamber/v1/pi/status"]
    + [f"chamber/v1/pi/box1/{kind}" for kind in Kind]
)
