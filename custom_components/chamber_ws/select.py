"""What a chamber is used for, which decides when it is alarmed."""

from collections.abc import Iterator

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chamber.analysis.settings import Profile
from .chamber.model import Chamber
from .coordinator import Coordinator
from .entity import ChamberEntity, SettingEntity, Shown
from .runtime import ChamberConfigEntry

PARALLEL_UPDATES = 0
ALARM_PROFILE = SelectEntityDescription(
    key="alarm_profile",
    options=[profile.value for profile in Profile],
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: ChamberConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the choices as chambers appear."""
    entry.runtime_data.roster.join(add, _selects)


def _selects(coordinator: Coordinator, chamber: Chamber) -> Iterator[ChamberEntity]:
    yield ProfileSelect(coordinator, chamber.address, ALARM_PROFILE)


class ProfileSelect(SettingEntity, SelectEntity):
    """The profile in force; `custom` as soon as something else is set than a profile says."""

    def look(self) -> Shown:
        """The profile in force, once that is known."""
        findings = self.findings
        return Shown(True, None if findings is None else findings.settings.profile.value)

    @property
    def current_option(self) -> str | None:
        """The profile shown."""
        return self.shown.value  # type: ignore[no-any-return]

    async def async_select_option(self, option: str) -> None:
        """Take a profile as it is; `custom` begins with what is shown, so that nobody is without limits by choosing."""
        findings = self.findings
        if option == Profile.CUSTOM and findings is not None:
            await self.async_configure(low=findings.settings.low)
        else:
            await self.async_configure(profile=option)
