"""What people do with a press."""

from collections.abc import Iterator

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber.model import Chamber
from .coordinator import Coordinator
from .entity import ChamberEntity, JudgedEntity, Shown
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
ACKNOWLEDGE = ButtonEntityDescription(key="acknowledge")
# Categorised, so that pressing all buttons of a device or an area acknowledges, but resets nothing.
RESET_EXTREMES = ButtonEntityDescription(
    key="reset_extremes", entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons as chambers appear."""
    entry.runtime_data.roster.join(add, _buttons)


def _buttons(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    yield AcknowledgeButton(coordinator, chamber.address, ACKNOWLEDGE)
    yield ResetExtremesButton(coordinator, chamber.address, RESET_EXTREMES)


class ChamberButton(JudgedEntity, ButtonEntity):
    """A button; it shows when it was pressed last."""

    def look(self) -> Shown:
        """Always there."""
        return Shown(available=True)


class AcknowledgeButton(ChamberButton):
    """Says that somebody knows of the excursion and cares for it."""

    async def async_press(self) -> None:
        """Acknowledge, in the name of whoever pressed."""
        await self.async_act(lambda hand: hand.acknowledge(self.address))


class ResetExtremesButton(ChamberButton):
    """Begins minimum and maximum anew."""

    async def async_press(self) -> None:
        """Reset, in the name of whoever pressed."""
        await self.async_act(lambda hand: hand.reset_extremes(self.address))
