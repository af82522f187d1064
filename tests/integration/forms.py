"""What a form holds when it opens in a browser, as Home Assistant's frontend computes it from what it is sent.

A suggestion comes first, then a default; only a section that has neither is filled from its own fields. So a section
with a default hides all that is suggested within.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import probatio
import voluptuous as vol
from homeassistant.helpers import config_validation as cv


def opened(schema: vol.Schema) -> dict[str, Any]:
    """The form's data before anybody touches it, which is what *Submit* sends."""
    fields: Any = probatio.to_field_list(schema, custom_serializer=cv.custom_serializer)
    return _initial(fields)


def _initial(fields: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in fields:
        suggested = (field.get("description") or {}).get("suggested_value")
        if suggested is not None:
            data[field["name"]] = suggested
        elif "default" in field:
            data[field["name"]] = field["default"]
        elif field.get("type") == "expandable":
            inner = _initial(field["schema"])
            if inner or field.get("required"):
                data[field["name"]] = inner
    return data
