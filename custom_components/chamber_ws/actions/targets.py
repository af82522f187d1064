"""Which chambers an action is meant for: by their devices, any of their entities, or areas, floors and labels."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import Context, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..chamber.model import Address
from ..const import DOMAIN
from ..coordinator import Coordinator
from ..devices import address_of, distinct_name_of
from ..record.clerk import Clerk
from .rights import Allowed, allowed_to, belongings

EXCLUDE = "exclude"

Reached = dict[str, set[str]]
"""Entities by the device they belong to; a device may be there without any."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """A chamber that is acted on, and its name as the user knows it."""

    coordinator: Coordinator
    address: Address
    device_id: str
    name: str

    @property
    def clerk(self) -> Clerk:
        """Who keeps its record."""
        return self.coordinator.clerk

    def whole_clerk(self) -> Clerk:
        """The same, where the record is whole: what stands in for a file that fails knows nothing of what was before.

        Raises `RecordError`.
        """
        if self.clerk.problem is not None:
            raise self.clerk.problem
        return self.clerk

    @property
    def identity(self) -> dict[str, Any]:
        """What tells it from others in a response."""
        return {"device_id": self.device_id, "name": self.name, **self.address._asdict()}


async def async_targets(call: ServiceCall, policy: str) -> list[Target]:
    """The chambers of a call, by name.

    Raises ServiceValidationError where there is none, or its entry is not loaded, and Unauthorized where the caller's
    user has not the permission `policy` for an entity of it that the call names or leads to.
    """
    hass = call.hass
    allowed = await _async_allowed(hass, call.context)
    if call.data.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        reached = _all(hass, allowed, policy)
    else:
        reached = _reached(hass, call.data)
    for device_id in _reached(hass, call.data.get(EXCLUDE, {})):
        reached.pop(device_id, None)
    devices = [dr.async_get(hass).async_get(device_id) for device_id in reached]
    targets = [target for device in devices if (target := target_of(hass, device)) is not None]
    if not targets:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_chamber")
    if allowed is not None:
        meant = {target.device_id: reached[target.device_id] for target in targets}
        _check(hass, call, allowed, policy, meant)
    return sorted(targets, key=lambda target: (target.name, target.address))


async def _async_allowed(hass: HomeAssistant, context: Context) -> Allowed | None:
    """Who may what, as entity services ask; None: everything."""
    if context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    return allowed_to(user)


@callback
def _reached(hass: HomeAssistant, selection: Mapping[str, Any]) -> Reached:
    """What a selection names or leads to."""
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(selection)))
    reached: Reached = {device_id: set() for device_id in selected.referenced_devices}
    foreign = set(selected.referenced)
    for entity_id in selected.referenced | selected.indirectly_referenced:
        if (device_id := _device_of(er.async_get(hass).async_get(entity_id))) is not None:
            reached.setdefault(device_id, set()).add(entity_id)
            foreign.discard(entity_id)
    selected.log_missing(foreign, _LOGGER)
    return reached


@callback
def _all(hass: HomeAssistant, allowed: Allowed | None, policy: str) -> Reached:
    """All that the user may have."""
    reached: Reached = {}
    for entry in er.async_get(hass).entities.values():
        device_id = _device_of(entry)
        if device_id is not None and (allowed is None or allowed(entry.entity_id, policy)):
            reached.setdefault(device_id, set()).add(entry.entity_id)
    return reached


def _device_of(entry: er.RegistryEntry | None) -> str | None:
    ours = entry is not None and entry.platform == DOMAIN and entry.disabled_by is None
    return entry.device_id if entry is not None and ours else None


@callback
def target_of(hass: HomeAssistant, device: dr.AnyDeviceEntry | None) -> Target | None:
    """The chamber that a device is; None where it is something else.

    Raises ServiceValidationError where its entry is not loaded.
    """
    if not isinstance(device, dr.DeviceEntry):
        return None
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    if entry is None or entry.domain != DOMAIN or device.disabled_by is not None:
        return None
    address = address_of(entry, device)
    if address is None:
        return None
    coordinator = async_get_config_entry(hass, DOMAIN, entry.entry_id).runtime_data.coordinator
    return Target(
        coordinator, address, device.id, distinct_name_of(hass, device) or address.chamber
    )


@callback
def _check(
    hass: HomeAssistant, call: ServiceCall, allowed: Allowed, policy: str, reached: Reached
) -> None:
    """Whether the user may; a device that is named without a visible entity stands for all that it has."""
    for device_id, entity_ids in reached.items():
        wanted = entity_ids or belongings(hass, device_id)
        refused = next((one for one in sorted(wanted) if not allowed(one, policy)), None)
        if refused is not None or not wanted:
            raise Unauthorized(context=call.context, entity_id=refused, permission=policy)
