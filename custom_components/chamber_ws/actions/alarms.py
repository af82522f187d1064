"""The actions on a chamber's alarm; each is signed by whoever calls it, and returns when it is entered and judged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.util import dt as dt_util

from ..chamber.analysis import profiles
from ..chamber.analysis.conditions import LONGEST_STEP
from ..chamber.analysis.findings import Findings
from ..chamber.analysis.profiles import TEMPERATURES, BadSettings
from ..chamber.errors import ChamberError
from ..chamber.judgement import CONTROL
from ..chamber.model import Address
from ..errors import translated
from ..keeping.acting import Hand, async_signature
from .schema import COMMENT, DURATION, ON_BEHALF_OF, SETTINGS
from .targets import Target, async_targets
from .units import CELSIUS, converted

DIFFERENCES = frozenset({"deadband"})

Do = Callable[[Hand, Address], Awaitable[bool | None]]


async def async_acknowledge(call: ServiceCall) -> ServiceResponse:
    """Acknowledge excursions; where there is nothing to acknowledge, nothing happens."""
    targets = await async_targets(call, POLICY_CONTROL)
    return await _act(
        call, targets, lambda hand, address: hand.acknowledge(address), "acknowledged"
    )


async def async_shelve(call: ServiceCall) -> ServiceResponse:
    """Silence alarms for a while."""
    targets, duration = await async_targets(call, POLICY_CONTROL), call.data[DURATION]
    return await _act(call, targets, lambda hand, address: hand.shelve(address, duration))


async def async_unshelve(call: ServiceCall) -> ServiceResponse:
    """End the silence."""
    targets = await async_targets(call, POLICY_CONTROL)
    return await _act(call, targets, lambda hand, address: hand.unshelve(address), "unshelved")


async def async_reset_extremes(call: ServiceCall) -> ServiceResponse:
    """Begin minimum and maximum anew."""
    targets = await async_targets(call, POLICY_CONTROL)
    return await _act(call, targets, lambda hand, address: hand.reset_extremes(address))


async def async_configure(call: ServiceCall) -> ServiceResponse:
    """Change settings of alarms: of all chambers that are named, or of none."""
    targets = await async_targets(call, POLICY_CONTROL)
    changes = _in_celsius(
        call.hass, {name: call.data[name] for name in SETTINGS if name in call.data}
    )
    for target in targets:
        try:
            profiles.changed(_findings(target).settings, **changes)
            _check_probe(target, changes.get("probe"))
            _check_heartbeat(target, changes.get("cumulative"))
        except BadSettings as error:
            raise translated(error, target.name) from error
    return await _act(call, targets, lambda hand, address: hand.configure(address, **changes))


async def _act(
    call: ServiceCall, targets: list[Target], do: Do, said: str | None = None
) -> ServiceResponse:
    """Do it to all chambers at once; `said` is what a response calls the outcome."""
    by = await async_signature(call.hass, call.context, call.data.get(ON_BEHALF_OF))
    why = call.data.get(COMMENT)

    async def act(target: Target) -> bool | None:
        try:
            return await do(Hand(target.clerk, by, why), target.address)
        except ChamberError as error:
            raise translated(error, target.name) from error

    outcomes: list[bool | None] = []
    for outcome in await asyncio.gather(*map(act, targets), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
        outcomes.append(outcome)
    if not call.return_response:
        return None
    return {
        "chambers": [
            {**_state(call.hass, target), **({} if said is None else {said: outcome})}
            for target, outcome in zip(targets, outcomes, strict=True)
        ]
    }


def _findings(target: Target) -> Findings:
    return target.clerk.findings(target.address) or Findings()


def _state(hass: HomeAssistant, target: Target) -> dict[str, Any]:
    """How a chamber's alarm stands, as far as responses tell it."""
    found = _findings(target)
    unit = hass.config.units.temperature_unit
    until = found.shelved_until
    return {
        **target.identity,
        "excursion": found.excursion,
        "unacknowledged": found.unacknowledged,
        "warning": found.warning,
        "lost": found.lost,
        "shelved_until": until
        and dt_util.as_local(dt_util.utc_from_timestamp(until)).isoformat(timespec="seconds"),
        "settings": _converted(asdict(found.settings), CELSIUS, unit),
        "unit_of_measurement": unit,
    }


def _in_celsius(hass: HomeAssistant, changes: dict[str, Any]) -> dict[str, Any]:
    return _converted(changes, hass.config.units.temperature_unit, CELSIUS)


def _converted(settings: dict[str, Any], unit: str, to: str) -> dict[str, Any]:
    """Settings with their temperatures in another unit."""
    return converted(settings, unit, to, temperatures=TEMPERATURES, differences=DIFFERENCES)


def _check_probe(target: Target, probe: str | None) -> None:
    """A probe that is not there would be judged by another one, silently."""
    chamber = target.coordinator.census.chambers.get(target.address)
    if probe is None or chamber is None:
        return
    known = [CONTROL, *chamber.probes]
    if probe not in known:
        raise BadSettings("unknown_probe", probe=probe, known=", ".join(known))


def _check_heartbeat(target: Target, cumulative: bool | None) -> None:
    """A delay that has nothing to add up would never end, silently."""
    chamber = target.coordinator.census.chambers.get(target.address)
    promised = chamber.meta.heartbeat if chamber and chamber.meta else None
    if cumulative and promised is not None and promised > LONGEST_STEP:
        raise BadSettings("too_seldom", heartbeat=f"{promised:g}", longest=f"{LONGEST_STEP:g}")
