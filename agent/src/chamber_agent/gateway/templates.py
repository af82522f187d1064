"""How a command is spelt for a node: a text in which named fields are filled in. No code, no expressions."""

import re
from collections.abc import Mapping

from ..chamber.model import Mode
from .payloads import from_celsius
from .settings import ModeOrder, Order, SetpointOrder

_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)
FIELDS: Mapping[type[Order], frozenset[str]] = {
    SetpointOrder: frozenset({"setpoint", "id"}),
    ModeOrder: frozenset({"mode", "id"}),
}


def unknown(order: Order) -> list[str]:
    """Return the fields of a payload that are none; braces around anything but a name are JSON's."""
    return [name for name in _FIELD.findall(order.payload) if name not in FIELDS[type(order)]]


def setpoint(order: SetpointOrder, node: str, celsius: float) -> bytes:
    """Return the payload that asks for a setpoint; `scale` and `offset` are those of what the node says."""
    said = (from_celsius(celsius, order.unit) - order.offset) / order.scale
    number = f"{said:.{order.decimals}f}"
    shortest = number.rstrip("0").rstrip(".") if "." in number else number
    return _filled(order.payload, {"setpoint": "0" if shortest == "-0" else shortest, "id": node})


def mode(order: ModeOrder, node: str, wanted: Mode) -> bytes:
    """Return the payload that asks for a mode."""
    return _filled(order.payload, {"mode": order.words.get(wanted, wanted.value), "id": node})


def _filled(payload: str, values: Mapping[str, str]) -> bytes:
    return _FIELD.sub(lambda field: values[field[1]], payload).encode()
