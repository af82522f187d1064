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
_WHOLE_ONLY = {"product", "ambient", "power", "cooler1", "fan0", "fan1"}
PER_CHAMBER = len(_SENSORS) + 3
"""Entities of what a chamber says: these, online, the event and the thermostat."""

WATCHED_AT_MOST = 50
"""Chambers of an entry whose alarm and metrics this integration shows by default."""
_LOWEST, _HIGHEST = -70.0, 100.0
"""Limits in °C."""
_SECONDS = {"platform": "sensor", "device_class": "duration", "unit_of_measurement": "s"}
_LIMIT = {
    "platform": "number",
    "device_class": "temperature",
    "unit_of_measurement": "°C",
    "min": -80,
    "max": 180,
    "step": 0.1,
    "entity_category": "config",
}
_DELAY = {
    "platform": "number",
    "device_class": "duration",
    "unit_of_measurement": "min",
    "min": 0,
    "max": 1440,
    "entity_category": "config",
}
_FOUND: dict[str, dict[str, Any]] = {
    "profile": {"platform": "select", "options": ["off", "custom"], "entity_category": "config"},
    "limit_low": _LIMIT,
    "limit_high": _LIMIT,
    "delay_low": _DELAY,
    "delay_high": _DELAY,
    "acknowledge": {"platform": "button"},
    "reset_extremes": {"platform": "button"},
    "minimum": _TEMPERATURE,
    "maximum": _TEMPERATURE,
    "mean_kinetic_temperature": _TEMPERATURE,
    "time_in_range": {"platform": "sensor", "unit_of_measurement": "%"},
    "time_out_of_range": _SECONDS,
    "time_to_breach": _SECONDS,
}
"""What this integration finds of a chamber and writes once a minute at most.

Nobody tells the rival, whose user would have to compute it: it has the entities without the work.
"""
WATCHED = len(_FOUND) + 1
"""Entities of a watched chamber beside those of what it says: these, and the excursion."""


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
    if chamber < WATCHED_AT_MOST:
        parts |= _watched(chamber, state)
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


def _watched(chamber: int, state: str) -> dict[str, dict[str, Any]]:
    found, command = load.topic(chamber, "found"), load.topic(chamber, "settings")
    topics = {
        "sensor": {"state_topic": found},
        "select": {"state_topic": found, "command_topic": command},
        "number": {"state_topic": found, "command_topic": command},
        "button": {"command_topic": command},
    }
    parts = {
        key: {"name": key.replace("_", " ").capitalize(), **columns, **topics[columns["platform"]]}
        for key, columns in _FOUND.items()
    }
    beyond = f"not {_LOWEST} <= value_json.temperature <= {_HIGHEST}"
    parts["excursion"] = {
        "platform": "binary_sensor",
        "name": "Excursion",
        "device_class": "problem",
        "state_topic": state,
        "value_template": _on(beyond),
    }
    return parts


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
