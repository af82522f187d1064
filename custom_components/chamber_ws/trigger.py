"""Triggers of automations: what occurs to a chamber, as its alarm tells it, and what lasts with it.

Restarts and restored states tell nothing: an event that comes out of `unavailable` is an old one.
"""

import time
from asyncio import Task
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, override

import voluptuous as vol
from homeassistant.components.event import ATTR_EVENT_TYPE, ATTR_EVENT_TYPES
from homeassistant.components.event import DOMAIN as EVENT
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_ENTITY_ID,
    ATTR_FRIENDLY_NAME,
    ATTR_ICON,
    CONF_ALIAS,
    CONF_DESCRIPTION,
    CONF_FOR,
    CONF_ID,
    CONF_OPTIONS,
    CONF_PLATFORM,
)
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .chamber.analysis.findings import Findings, Happened
from .targeting.vigil import Lasting, Vigil
from .targeting.voices import ALARM, about, has_target, judged_value, voices

OF_THE_ENTITY = frozenset(
    {ATTR_EVENT_TYPE, ATTR_EVENT_TYPES, ATTR_DEVICE_CLASS, ATTR_FRIENDLY_NAME, ATTR_ICON}
)
OF_THE_TRIGGER = frozenset({CONF_ALIAS, CONF_DESCRIPTION, CONF_ID, "idx", CONF_PLATFORM})
LASTING = vol.All(cv.positive_time_period, vol.Range(min=timedelta(seconds=1)))


class OccurrenceTrigger(StatelessEntityTriggerBase):
    """Something occurs to a chamber: `happened`."""

    _domain_specs: Mapping[str, DomainSpec] = {EVENT: DomainSpec()}
    happened: ClassVar[Happened]

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """The configuration, if it can be followed."""
        return has_target(await super().async_validate_config(hass, config))

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """The alarms of the target's chambers."""
        return voices(self._hass, self._target, entities, ALARM)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Whether the alarm tells what is waited for."""
        return state.attributes.get(ATTR_EVENT_TYPE) == self.happened

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Begin to follow; all that the alarm tells is in the trigger's variables."""

        @callback
        def run(
            extra_trigger_payload: dict[str, Any],
            description: str,
            context: Context | None = None,
        ) -> Task[Any]:
            told = extra_trigger_payload["to_state"].attributes
            details = {name: told[name] for name in told.keys() - OF_THE_ENTITY - OF_THE_TRIGGER}
            whose = about(self._hass, extra_trigger_payload[ATTR_ENTITY_ID])
            payload = {**details, **extra_trigger_payload, **whose}
            return run_action(payload, f"{whose['chamber']}, {description}", context)

        return await super().async_attach_runner(run, did_not_trigger)


class LostTrigger(OccurrenceTrigger):
    """A chamber is lost, and stays so for a time if that is asked for."""

    happened = Happened.LOST
    _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {vol.Required(CONF_OPTIONS, default={}): {vol.Optional(CONF_FOR): cv.positive_time_period}}
    )

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Begin to follow what occurs, or what lasts."""
        if not self._duration:
            return await super().async_attach_runner(run_action, did_not_trigger)

        @callback
        def tell(lasting: Lasting) -> None:
            whose = about(self._hass, lasting.entity_id)
            payload = {
                ATTR_ENTITY_ID: lasting.entity_id,
                "for": self._duration,
                **_loss(lasting.findings),
                **whose,
            }
            run_action(payload, f"{whose['chamber']} lost for {self._duration}")

        return await Vigil(
            self._hass, self._target, _lost, self._duration, tell, again=False
        ).start()


class UnacknowledgedTrigger(Trigger):
    """Nobody acknowledges an excursion for a time; told again each time it lasted so long again."""

    _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {vol.Required(CONF_OPTIONS): {vol.Required(CONF_FOR): LASTING}}
    )

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """The configuration, if it can be followed."""
        checked: ConfigType = cls._schema(config)
        return has_target(checked)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._target = config.target or {}
        self._after: timedelta = (config.options or {})[CONF_FOR]

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Begin to look."""

        @callback
        def tell(lasting: Lasting) -> None:
            whose = about(self._hass, lasting.entity_id)
            payload = {
                ATTR_ENTITY_ID: lasting.entity_id,
                "for": self._after,
                "count": lasting.times,
                **_excursion(lasting.findings),
                "value": judged_value(self._hass, lasting.entity_id, lasting.findings),
                **whose,
            }
            run_action(payload, f"excursion of {whose['chamber']} not acknowledged")

        return await Vigil(
            self._hass, self._target, _unacknowledged, self._after, tell, again=True
        ).start()


def _lost(found: Findings) -> float | None:
    if found.loss is None or found.shelved_until is not None:
        return None
    return max(0.0, time.time() - found.loss.lost_at)


def _unacknowledged(found: Findings) -> float | None:
    return 0.0 if found.unacknowledged and found.shelved_until is None else None


def _loss(found: Findings) -> dict[str, Any]:
    """What is told of the loss, by the names that the alarm gives it."""
    one = found.loss
    return {} if one is None else {"since": dt_util.utc_from_timestamp(one.since)}


def _excursion(found: Findings) -> dict[str, Any]:
    """What is told of the excursion, by the names that the alarm gives it."""
    one, settings = found.last_excursion, found.settings
    if one is None:
        return {}
    limits = {"high": settings.high, "low": settings.low, "freeze": settings.freeze}
    return {
        "what": one.what,
        "limit": limits.get(one.what),
        "since": dt_util.utc_from_timestamp(one.since),
        "peak": one.peak,
        "out": one.out,
        "degree_minutes": one.degree_minutes,
    }


def _of(event: Happened) -> type[Trigger]:
    class Occurs(OccurrenceTrigger):
        happened = event

    return Occurs


TRIGGERS: dict[str, type[Trigger]] = {
    "acknowledged": _of(Happened.ACKNOWLEDGED),
    "chamber_lost": LostTrigger,
    "chamber_recovered": _of(Happened.RECOVERED),
    "excursion_ended": _of(Happened.EXCURSION_ENDED),
    "excursion_realarmed": _of(Happened.REALARMED),
    "excursion_started": _of(Happened.EXCURSION_STARTED),
    "excursion_unacknowledged": UnacknowledgedTrigger,
    "fault_ended": _of(Happened.FAULT_ENDED),
    "fault_started": _of(Happened.FAULT_STARTED),
    "setpoint_rejected": _of(Happened.SETPOINT_REJECTED),
    "soak_reached": _of(Happened.SOAK_REACHED),
    "warning_ended": _of(Happened.WARNING_ENDED),
    "warning_started": _of(Happened.WARNING_STARTED),
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """The triggers by their keys."""
    return TRIGGERS
