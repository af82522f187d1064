"""Samples as they are stored, and batches of them as they are read from the wire."""

from __future__ import annotations

from typing import Any

from chamber_agent.chamber import wire
from chamber_agent.chamber.messages import Command, HistoryMessage
from chamber_agent.chamber.model import Clock, Sample

TOPIC = "chamber/v1/pi/box1/history"
ASKED = Command(id="1", do="history", epoch="k3f9", first=0, last=600)


def taken(seq: int, **fields: Any) -> Sample:
    return Sample(
        temperature=fields.pop("temperature", 5.0 + seq % 7),
        seq=seq,
        epoch="k3f9",
        time=1000.0 + seq,
        clock=Clock.NTP,
        **fields,
    )


def decoded(payload: bytes) -> HistoryMessage:
    message = wire.decode(TOPIC, payload)
    assert isinstance(message, HistoryMessage)
    return message
