"""The actions: what people and automations ask of chambers beside the thermostat."""

from homeassistant.core import HomeAssistant, SupportsResponse, callback

from .actions import alarms, export, programmes, schema
from .const import DOMAIN

ACTIONS = {
    "acknowledge": (alarms.async_acknowledge, schema.ACKNOWLEDGE, SupportsResponse.OPTIONAL),
    "shelve": (alarms.async_shelve, schema.SHELVE, SupportsResponse.OPTIONAL),
    "unshelve": (alarms.async_unshelve, schema.COMMENT_ALONE, SupportsResponse.OPTIONAL),
    "reset_extremes": (
        alarms.async_reset_extremes,
        schema.COMMENT_ALONE,
        SupportsResponse.OPTIONAL,
    ),
    "configure_alarm": (alarms.async_configure, schema.CONFIGURE, SupportsResponse.OPTIONAL),
    "start_profile": (programmes.async_start, schema.START_PROFILE, SupportsResponse.OPTIONAL),
    "pause_profile": (programmes.async_pause, schema.PROFILE, SupportsResponse.OPTIONAL),
    "resume_profile": (programmes.async_resume, schema.PROFILE, SupportsResponse.OPTIONAL),
    "stop_profile": (programmes.async_stop, schema.PROFILE, SupportsResponse.OPTIONAL),
    "export_record": (export.async_export, schema.EXPORT, SupportsResponse.ONLY),
}


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register them, once, whether or not an entry is loaded."""
    for name, (handler, taken, response) in ACTIONS.items():
        hass.services.async_register(DOMAIN, name, handler, taken, supports_response=response)
