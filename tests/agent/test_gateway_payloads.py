"""What nodes say is read in their units and words, and what cannot be read is set aside by its flaw."""

from __future__ import annotations

from typing import Any

import pytest

from chamber_agent.chamber.model import Mode, Part
from chamber_agent.gateway import payloads, templates
from chamber_agent.gateway.payloads import BadPayload, Flaw, Payload
from chamber_agent.gateway.settings import (
    Degrees,
    ModeOrder,
    ModeSource,
    Number,
    PartSource,
    SetpointOrder,
    Source,
    Switch,
    Unit,
)

T = "t"


def read(source: Source, content: bytes) -> Any:
    return payloads.reader(source)(Payload(content))


@pytest.mark.parametrize(
    ("source", "content", "meaning"),
    [
        (Degrees(topic=T), b"30.05", 30.05),
        (Degrees(topic=T), b" -4\r\n", -4.0),
        (Degrees(topic=T), b"+.5", 0.5),
        (Degrees(topic=T), b"1e1", 10.0),
        (Degrees(topic=T, unit=Unit.FAHRENHEIT), b"41", 5.0),
        (Degrees(topic=T, unit=Unit.KELVIN), b"278.15", 5.0),
        (Degrees(topic=T, scale=0.1), b"42", 4.2),
        (Degrees(topic=T, scale=0.1, offset=-40), b"442", 4.2),
        (Degrees(topic=T, invalid=(85.0, -127.0)), b"85", None),
        (Degrees(topic=T, invalid=(85.0, -127.0)), b"-127.00", None),
        (Degrees(topic=T, path="$.SENSOR.T"), b'{"SENSOR": {"T": 4.5}}', 4.5),
        (Degrees(topic=T, path="$.SENSOR.T"), b'{"SENSOR": {"T": "4.5"}}', 4.5),
        (Degrees(topic=T, path="$.SENSOR.T"), b'{"SENSOR": {"T": null}}', None),
        (Degrees(topic=T, path="$['DS18B20-1'].t[1]"), b'{"DS18B20-1": {"t": [1, 2.5]}}', 2.5),
        (Number(topic=T), b"23.8", 23.8),
        (Switch(topic=T), b"Open", True),
        (Switch(topic=T), b"OFF", False),
        (Switch(topic=T, path="$.d"), b'{"d": true}', True),
        (Switch(topic=T, path="$.d"), b'{"d": 0.0}', False),
        (Switch(topic=T, on=("auf",), off=("zu",)), b"zu", False),
        (PartSource(topic=T, name="H"), b"1", Part(on=True)),
        (PartSource(topic=T, name="H", duty=True), b"55", Part(on=True, duty=55.0)),
        (PartSource(topic=T, name="H", duty=True, scale=100), b"0", Part(on=False, duty=0.0)),
        (ModeSource(topic=T), b"heat_cool", Mode.HEAT_COOL),
        (ModeSource(topic=T, words={"COOLING": Mode.COOL}), b"cooling", Mode.COOL),
    ],
)
def test_what_is_said(source: Source, content: bytes, meaning: object) -> None:
    assert read(source, content) == meaning


@pytest.mark.parametrize(
    ("source", "content", "flaw"),
    [
        (Degrees(topic=T), b"4,5", Flaw.NOT_A_NUMBER),
        (Degrees(topic=T), b"", Flaw.NOT_A_NUMBER),
        (Degrees(topic=T), b"nan", Flaw.NOT_A_NUMBER),
        (Degrees(topic=T), b"Infinity", Flaw.NOT_A_NUMBER),
        (Degrees(topic=T), b"1_0", Flaw.NOT_A_NUMBER),
        (Degrees(topic=T), "٣".encode(), Flaw.NOT_A_NUMBER),
        (Degrees(topic=T), b"\xff", Flaw.NOT_TEXT),
        (Degrees(topic=T), b"1" * 65, Flaw.NOT_TEXT),
        (Degrees(topic=T), b"-300", Flaw.OUT_OF_BOUNDS),
        (Degrees(topic=T), b"1e300", Flaw.OUT_OF_BOUNDS),
        (Degrees(topic=T, path="$.a"), b"{", Flaw.NOT_JSON),
        (Degrees(topic=T, path="$.a"), b"5", Flaw.NOT_JSON),
        (Degrees(topic=T, path="$.a"), b'{"a": NaN}', Flaw.NOT_JSON),
        (Degrees(topic=T, path="$.a"), b"[" * 100_000, Flaw.NOT_JSON),
        (Degrees(topic=T, path="$.a"), b'{"a": true}', Flaw.NOT_A_NUMBER),
        (Degrees(topic=T, path="$.a"), b'{"a": {}}', Flaw.NOT_A_NUMBER),
        (Degrees(topic=T, path="$.a.b"), b'{"a": 5}', Flaw.ABSENT),
        (Degrees(topic=T, path="$.a[0]"), b'{"a": {"0": 5}}', Flaw.ABSENT),
        (Degrees(topic=T, path="$.a[3]"), b'{"a": [5]}', Flaw.ABSENT),
        (Number(topic=T), b"-1", Flaw.OUT_OF_BOUNDS),
        (Switch(topic=T), b"2", Flaw.UNKNOWN_WORD),
        (Switch(topic=T, path="$.d"), b'{"d": {}}', Flaw.UNKNOWN_WORD),
        (PartSource(topic=T, name="H", duty=True), b"101", Flaw.OUT_OF_BOUNDS),
        (PartSource(topic=T, name="H"), b"55", Flaw.UNKNOWN_WORD),
        (ModeSource(topic=T), b"auto", Flaw.UNKNOWN_WORD),
    ],
)
def test_what_cannot_be_read(source: Source, content: bytes, flaw: Flaw) -> None:
    with pytest.raises(BadPayload) as refused:
        read(source, content)
    assert refused.value.flaw is flaw


@pytest.mark.parametrize(
    ("order", "payload"),
    [
        (SetpointOrder(topic=T), b"4.5"),
        (SetpointOrder(topic=T, decimals=0), b"4"),
        (SetpointOrder(topic=T, unit=Unit.FAHRENHEIT), b"40.1"),
        (SetpointOrder(topic=T, scale=0.1), b"45"),
        (
            SetpointOrder(topic=T, payload='{"t": {setpoint}, "n": "{id}"}'),
            b'{"t": 4.5, "n": "a1"}',
        ),
        (SetpointOrder(topic=T, payload='{"a": {"b": {setpoint}}}'), b'{"a": {"b": 4.5}}'),
    ],
)
def test_a_setpoint_is_spelt_for_the_node(order: SetpointOrder, payload: bytes) -> None:
    assert templates.setpoint(order, "a1", 4.5) == payload


def test_a_setpoint_of_zero_has_no_sign() -> None:
    assert templates.setpoint(SetpointOrder(topic=T), "a1", -0.001) == b"0"


def test_a_setpoint_comes_back_as_it_was_sent() -> None:
    order = SetpointOrder(topic=T, unit=Unit.FAHRENHEIT, scale=0.1, offset=-40, decimals=3)
    source = Degrees(topic=T, unit=Unit.FAHRENHEIT, scale=0.1, offset=-40)
    assert read(source, templates.setpoint(order, "a1", 4.5)) == pytest.approx(4.5, abs=0.001)


def test_a_mode_is_spelt_in_the_node_s_words() -> None:
    order = ModeOrder(topic=T, payload='{"m": "{mode}"}', words={Mode.COOL: "COOLING"})
    assert templates.mode(order, "a1", Mode.COOL) == b'{"m": "COOLING"}'
    assert templates.mode(order, "a1", Mode.OFF) == b'{"m": "off"}'
