"""The forms that map a chamber: listen, map, and what was filled in as a subentry keeps it."""

from collections.abc import Iterable, Mapping
from typing import Any

import voluptuous as vol
from homeassistant.data_entry_flow import SectionConfig, section
from homeassistant.helpers import selector as s

from ..chamber.model import Kind, Limits
from . import reading as r
from .table import DEFAULT_CONFIRM_WITHIN, Unit

FILTER = "topic_filter"
SECONDS = "seconds"
DEFAULT_SECONDS = 5.0
LONGEST = 60
COLLAPSED = SectionConfig(collapsed=True)
OPEN = SectionConfig(collapsed=False)
TEXT = s.TextSelector()
TEXTS = s.TextSelector(s.TextSelectorConfig(multiple=True))
LINES = s.TextSelector(s.TextSelectorConfig(multiline=True))


def _number(least: float, most: float, step: float, unit: str) -> s.NumberSelector:
    return s.NumberSelector(
        s.NumberSelectorConfig(
            min=least, max=most, step=step, unit_of_measurement=unit, mode=s.NumberSelectorMode.BOX
        )
    )


def _choice(options: Iterable[str], **more: bool) -> s.SelectSelector:
    config = s.SelectSelectorConfig(options=list(options), mode=s.SelectSelectorMode.DROPDOWN)
    config.update(more)  # type: ignore[typeddict-item]
    return s.SelectSelector(config)


UNITS = _choice(unit.value for unit in Unit)
LISTEN = vol.Schema(
    {
        vol.Required(FILTER): TEXT,
        vol.Required(SECONDS, default=DEFAULT_SECONDS): _number(0, LONGEST, 0.1, "s"),
    }
)


def schema(topics: Iterable[str]) -> vol.Schema:
    """The form of a mapping; `topics` were heard and can be chosen."""
    heard = sorted(topics)
    topic = _choice(heard, custom_value=True) if heard else TEXT
    place = {vol.Optional(r.TOPIC): topic, vol.Optional(r.READ): TEXT}
    degrees = {**place, vol.Optional(r.UNIT, default=Unit.CELSIUS.value): UNITS}
    words = {vol.Optional(r.ON): TEXTS, vol.Optional(r.OFF): TEXTS}
    order = {vol.Optional(r.COMMAND_TOPIC): topic, vol.Optional(r.COMMAND_TEMPLATE): LINES}
    parts, probes = _rows("mapped_part", topic), _rows("mapped_probe", topic, degrees=True)
    actuators = {vol.Optional(f"{kind}s"): parts for kind in Kind}
    sections: dict[str, tuple[dict[Any, Any], SectionConfig]] = {
        r.TEMPERATURE: (degrees, OPEN),
        r.SETPOINT: ({**degrees, **order}, OPEN),
        r.ACTUATORS: ({**actuators, **words}, OPEN),
        r.MODE: ({**place, vol.Optional(r.WORDS): TEXTS, **order}, COLLAPSED),
        r.FURTHER: ({vol.Optional(r.PROBES): probes}, COLLAPSED),
        r.DOOR: ({**place, **words}, COLLAPSED),
        r.AVAILABILITY: ({**place, **words}, COLLAPSED),
        r.POWER: (place, COLLAPSED),
        r.BEHAVIOUR: (BEHAVIOUR, COLLAPSED),
    }
    return vol.Schema(
        {
            vol.Required(r.NAME): TEXT,
            # Without a default: the frontend would take it, and nothing of what is suggested within.
            **{
                vol.Optional(name): section(vol.Schema(fields), how)
                for name, (fields, how) in sections.items()
            },
        }
    )


BEHAVIOUR = {
    vol.Optional(r.MIN, default=Limits().min): _number(-273.15, 2000, 0.01, "°C"),
    vol.Optional(r.MAX, default=Limits().max): _number(-273.15, 2000, 0.01, "°C"),
    vol.Optional(r.STEP, default=Limits().step): _number(0.001, 100, 0.001, "K"),
    vol.Optional(r.HEARTBEAT): _number(0.1, 86400, 0.1, "s"),
    vol.Optional(r.CONFIRM_WITHIN, default=DEFAULT_CONFIRM_WITHIN): _number(0.1, 300, 0.1, "s"),
}


def _rows(key: str, topic: s.Selector[Any], *, degrees: bool = False) -> s.ObjectSelector:
    fields: dict[str, Any] = {
        r.TOPIC: topic.serialize(),
        r.READ: {"selector": {"text": {}}},
        r.NAME: {"required": degrees, "selector": {"text": {}}},
    }
    if degrees:
        fields[r.UNIT] = UNITS.serialize()
    return s.ObjectSelector(
        s.ObjectSelectorConfig(
            fields=fields,
            multiple=True,
            label_field=r.NAME if degrees else r.TOPIC,
            description_field=r.TOPIC if degrees else r.NAME,
            translation_key=key,
        )
    )


def kept(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in: empty fields and sections that map nothing are left out."""
    fields: dict[str, Any] = {}
    for name, value in user_input.items():
        if isinstance(value, Mapping):
            inner = {key: one for key, one in value.items() if one not in (None, "", [], {})}
            if inner.keys() - {r.UNIT}:
                fields[name] = inner
        elif value not in (None, ""):
            fields[name] = value
    return fields
