"""Conditions of automations: what is so of chambers now. What nobody can know is not so."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR
from homeassistant.const import STATE_ON
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase
from homeassistant.helpers.target import async_track_target_selector_state_change_event
from homeassistant.helpers.typing import ConfigType

from .targeting.voices import EXCURSION, ONLINE, Voice, has_target, voices


class ChamberCondition(EntityStateConditionBase):
    """The binary sensor of a chamber that speaks of it is on."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR: DomainSpec()}
    _states: set[str | bool] = {STATE_ON}  # noqa: RUF012  (the base class's type)
    voice: ClassVar[Voice]

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """The configuration, if it can be followed."""
        return has_target(await super().async_validate_config(hass, config))

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """The entities that speak for the target's chambers."""
        return voices(self._hass, self._target, entities, self.voice)

    @override
    def _should_include(self, _state: State) -> bool:
        """A chamber of which nothing is known counts, as one of which it is not so."""
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Of no chamber at all it is not so."""
        return bool(states) and super()._check_all_match_state(states)

    @override
    async def _async_track_changes(self, action: Callable[[], None]) -> CALLBACK_TYPE:
        """An entity that is named may stand for another one: its state alone says nothing."""
        follows = False

        @callback
        def changed(*_what: Any) -> None:
            if follows:
                action()

        stop = await async_track_target_selector_state_change_event(
            self._hass, self._target, changed, self.entity_filter, changed
        )
        follows = True
        return stop


def _of(speaker: Voice) -> type[Condition]:
    class IsSo(ChamberCondition):
        voice = speaker

    return IsSo


CONDITIONS: dict[str, type[Condition]] = {
    "is_fresh": _of(ONLINE),
    "is_in_excursion": _of(EXCURSION),
}


async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[Condition]]:
    """The conditions by their keys."""
    return CONDITIONS
