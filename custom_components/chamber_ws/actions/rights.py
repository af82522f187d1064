"""Who may do what to a chamber: whoever may do it to all that the chamber has."""

from collections.abc import Callable

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

Allowed = Callable[[str, str], bool]
"""Whether something (a policy) may be done to an entity."""


def allowed_to(user: User) -> Allowed | None:
    """What a user may, as entity services ask; None: everything."""
    return None if user.is_admin else user.permissions.check_entity


@callback
def belongings(hass: HomeAssistant, device_id: str) -> set[str]:
    """All entities of a device, disabled ones too."""
    registry = er.async_get(hass)
    entries = er.async_entries_for_device(registry, device_id, include_disabled_entities=True)
    return {entry.entity_id for entry in entries}


@callback
def may(hass: HomeAssistant, user: User, device_id: str, policy: str) -> bool:
    """Whether a user has a permission for a device, which stands for all that it has."""
    if (allowed := allowed_to(user)) is None:
        return True
    wanted = belongings(hass, device_id)
    return bool(wanted) and all(allowed(entity_id, policy) for entity_id in wanted)
