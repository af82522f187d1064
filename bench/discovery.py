"""The same entities for Home Assistant's own `mqtt`: one discovery message per chamber, from the same topics."""

import json
from collections.abc import Iterator
from typing import Any

from . import load

_SET = '{"id": "bench", "do": "set", %s, "time": {{ now().timestamp() }}, "ttl": 15}'
_TEMPERATURE = {
    "platform": "sensor",
    "device_class": "temperature",
    "state_class": "measurement",
    "unit_of_measurement": "°C",
}
_RUNNING = {"platform": "binary_sensor", "device_class": "running"}


def _on(expression: str) -> str:
    return f"{{{{ 'ON' if {expression} else 'OFF' }}}}"


def _value(field: str) -> str:
    return f"{{{{ value_json.{field} }}}}"


_SENSORS = {
    "temperature": {**_TEMPERATURE, "value_template": _value("temperature")},
    "setpoint": {**_TEMPERATURE, "value_template": _value("setpoint")},
    "product": {**_TEMPERATURE, "value_template": _value("probes.product")},
    "ambient": {**_TEMPERATURE, "value_template": _value("probes.ambient")},
    "power": {
        "platform": "sensor",
        "device_class": "power",
        "state_class": "measurement",
        "unit_of_measurement": "W",
        "value_template": _value("power"),
    },
    "door": {
        "platform": "binary_sensor",
        "device_class": "door",
        "value_template": _on("value_json.door"),
    },
    "fault": {
        "platform": "binary_sensor",
        "device_class": "problem",
        "value_template": _on("value_json.action == 'fault'"),
    },
    **{
        f"{kind}{index}": {
            **_RUNNING,
            "value_template": _on(f"value_json.{kind}s[{index}] > 0"),
        }
        for kind, index in (
            ("heater", 0),
            ("cooler", 0),
            ("cooler", 1),
            ("fan", 0),
            ("fan", 1),
        )
    },
}
PER_CHAMBER = len(_SENSORS) + 3
"""Entities: these, online, the event and the thermostat; as many as this integration makes of what a chamber says.

Those of alarms and metrics, which change once a minute at most, have no counterpart.
"""


_WHOLE_ONLY = {"product", "ambient", "power", "cooler1", "fan0", "fan1"}


def config(chamber: int, *, lean: bool = False) -> dict[str, Any]:
    """Return the discovery message of a chamber's device."""
    state = load.topic(chamber, "state")
    parts: dict[str, dict[str, Any]] = {
        key: {"name": key.capitalize(), "state_topic": state, **columns}
        for key, columns in _SENSORS.items()
        if not (lean and key in _WHOLE_ONLY)
    }
    parts["online"] = {
        "platform": "binary_sensor",
        "name": "Online",
        "device_class": "connectivity",
        "state_topic": load.status_topic(chamber),
        "value_template": _on("value_json.state == 'online'"),
    }
    parts["alarm"] = {
        "platform": "event",
        "name": "Alarm",
        "state_topic": load.topic(chamber, "event"),
        "event_types": ["door_opened", "door_closed"],
        "value_template": '{"event_type": "{{ value_json.type }}"}',
    }
    parts["chamber"] = _climate(chamber, state)
    path = f"bench/{load.gateway(chamber)}/{load.name(chamber)}"
    for key, part in parts.items():
        part["unique_id"] = f"{path}/{key}"
    return {
        "device": {
            "identifiers": [load.name(chamber)],
            "name": f"Box {chamber:04d}",
            "manufacturer": "Bench",
        },
        "origin": {"name": "bench"},
        "availability_topic": load.status_topic(chamber),
        "availability_template": "{{ value_json.state }}",
        "components": parts,
    }


def _climate(chamber: int, state: str) -> dict[str, Any]:
    command = load.topic(chamber, "command")
    return {
        "platform": "climate",
        "name": None,
        "modes": ["off", "heat", "cool", "heat_cool"],
        "min_temp": -80,
        "max_temp": 180,
        "temp_step": 0.1,
        "precision": 0.1,
        "temperature_unit": "C",
        "qos": 1,
        "current_temperature_topic": state,
        "current_temperature_template": _value("temperature"),
        "temperature_state_topic": state,
        "temperature_state_template": _value("setpoint"),
        "temperature_command_topic": command,
        "temperature_command_template": _SET % '"setpoint": {{ value }}',
        "mode_state_topic": state,
        "mode_state_template": _value("mode"),
        "mode_command_topic": command,
        "mode_command_template": _SET % '"mode": "{{ value }}"',
        "action_topic": state,
        "action_template": _value("action"),
    }


def retained(chambers: int) -> Iterator[tuple[str, bytes]]:
    """Yield the discovery messages a broker holds."""
    for chamber in range(chambers):
        topic = f"homeassistant/device/{load.name(chamber)}/config"
        yield topic, json.dumps(config(chamber, lean=load.is_lean(chambers))).encode()
