"""The actions on ramp and soak profiles, which run on the gateway; each returns when the gateway confirmed it."""

import asyncio
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import ServiceCall, ServiceResponse

from ..chamber.errors import ChamberError
from ..errors import translated
from ..keeping.acting import async_signature
from ..link.errors import LinkError
from .schema import END_ACTION, NAME, RESUME, STEPS
from .targets import Target, async_targets
from .units import CELSIUS, converted

TEMPERATURES = frozenset({"setpoint"})
DIFFERENCES = frozenset({"rate", "band"})


async def async_start(call: ServiceCall) -> ServiceResponse:
    """Start a profile: by its name, or with its steps."""
    wish = {key: call.data.get(key) for key in (NAME, END_ACTION, RESUME)}
    steps = call.data.get(STEPS)
    if steps is not None:
        unit = call.hass.config.units.temperature_unit
        wish["steps"] = tuple(_in_celsius(step, unit) for step in steps)
    return await _ask(call, action="start", **wish)


async def async_pause(call: ServiceCall) -> ServiceResponse:
    """Let a profile stand still."""
    return await _ask(call, action="pause")


async def async_resume(call: ServiceCall) -> ServiceResponse:
    """Let a profile go on."""
    return await _ask(call, action="resume")


async def async_stop(call: ServiceCall) -> ServiceResponse:
    """End a profile; the setpoint in force stays."""
    return await _ask(call, action="stop")


async def _ask(call: ServiceCall, **wish: Any) -> ServiceResponse:
    """Ask all chambers at once, and tell of the first that did not do it."""
    targets = await async_targets(call, POLICY_CONTROL)
    by = await async_signature(call.hass, call.context)

    async def ask(target: Target) -> None:
        try:
            await target.coordinator.commander.profile(target.address, by, **wish)
        except (ChamberError, LinkError) as error:
            raise translated(error, target.name) from error

    for outcome in await asyncio.gather(*map(ask, targets), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    return {"chambers": [target.identity for target in targets]} if call.return_response else None


def _in_celsius(step: dict[str, Any], unit: str) -> dict[str, Any]:
    return converted(step, unit, CELSIUS, temperatures=TEMPERATURES, differences=DIFFERENCES)
