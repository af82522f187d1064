"""Walk through a config flow as the user interface does."""

import asyncio
from collections.abc import Mapping
from typing import Any

from .client import Client, HomeAssistantError, Json

_FLOWS = "/api/config/config_entries/flow"


async def add_integration(client: Client, domain: str, *steps: Mapping[str, Any]) -> Json:
    """Add an integration by filling in its steps one after the other; return the entry made.

    Raises:
        HomeAssistantError: the flow did not end with an entry; `code` is the first error's.
    """
    answer = await client.post(_FLOWS, {"handler": domain, "show_advanced_options": True})
    for step in steps:
        if answer["type"] not in {"form", "menu"}:
            break
        answer = await client.post(f"{_FLOWS}/{answer['flow_id']}", filled(answer, step))
        while answer["type"] == "progress":
            await asyncio.sleep(0.1)
            answer = await client.post(f"{_FLOWS}/{answer['flow_id']}")
    if answer["type"] != "create_entry":
        raise _refusal(domain, answer)
    return dict(answer["result"])


def filled(form: Json, data: Mapping[str, Any]) -> Json:
    """Return the data with an empty object for each of the form's sections it leaves out."""
    fields = form.get("data_schema") or []
    sections: Json = {field["name"]: {} for field in fields if field.get("type") == "expandable"}
    return {**sections, **data}


def _refusal(domain: str, answer: Json) -> HomeAssistantError:
    errors = answer.get("errors") or {}
    code = str(answer.get("reason") or next(iter(errors.values()), answer["type"]))
    details = f"step {answer.get('step_id')}, errors {errors}" if errors else answer["type"]
    return HomeAssistantError(f"to add {domain}", code, details)
