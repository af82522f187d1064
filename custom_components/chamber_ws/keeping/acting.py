"""What people do to a chamber, signed and entered: settings of the alarm, acknowledgements, shelves, resets."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util

from ..chamber.analysis import profiles
from ..chamber.analysis.deeds import Act, Deed, Signature
from ..chamber.analysis.settings import LONGEST_SHELF
from ..chamber.errors import ChamberError
from ..chamber.model import Address
from ..record.clerk import Clerk
from ..record.errors import RecordError

LONGEST_COMMENT = 1000


class BadShelf(ChamberError):
    """An alarm can be shelved for a while only; `longest` in hours."""

    def __init__(self, longest: float) -> None:
        super().__init__(f"an alarm can be shelved for {longest:g} h at most")
        self.longest = longest


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, and why, on the chambers of one record."""

    clerk: Clerk
    by: Signature = Signature()
    why: str | None = None

    async def configure(self, address: Address, **changes: Any) -> None:
        """Change settings of the alarm, one change after the other: two at once may contradict themselves only together.

        Raises `BadSettings` where they contradict themselves, and `RecordError` where what they were is not known yet.
        """
        async with self.clerk.changing:
            found = self.clerk.findings(address)
            if found is None:
                raise RecordError("the record of this chamber is still being read")
            before = found.settings
            old, new = profiles.difference(before, profiles.changed(before, **changes))
            if new:
                await self._do(address, Act.SETTINGS, old, new)

    async def acknowledge(self, address: Address) -> None:
        """Say that somebody knows of the excursion and cares for it."""
        await self._do(address, Act.ACKNOWLEDGE)

    async def shelve(self, address: Address, seconds: float) -> None:
        """Silence the alarm for a while. Raises `BadShelf` where that is no time, or too long."""
        if not 0 < seconds <= LONGEST_SHELF:
            raise BadShelf(LONGEST_SHELF / 3600)
        until = dt_util.utcnow().timestamp() + seconds
        await self._do(address, Act.SHELVE, new={"until": until})

    async def unshelve(self, address: Address) -> None:
        """End the silence."""
        await self._do(address, Act.UNSHELVE)

    async def reset_extremes(self, address: Address) -> None:
        """Begin minimum and maximum anew; what they were is in the journal."""
        found = self.clerk.findings(address)
        extremes = {"minimum": found and found.minimum, "maximum": found and found.maximum}
        old = {name: extreme.value for name, extreme in extremes.items() if extreme}
        await self._do(address, Act.RESET_EXTREMES, old)

    async def _do(
        self,
        address: Address,
        act: Act,
        old: dict[str, Any] | None = None,
        new: dict[str, Any] | None = None,
    ) -> None:
        why = self.why and self.why.strip()[:LONGEST_COMMENT]
        at = dt_util.utcnow().timestamp()
        deed = Deed(act=act, at=at, by=self.by, old=old or {}, new=new or {}, why=why or None)
        await self.clerk.act(address, deed)


async def async_signature(
    hass: HomeAssistant, context: Context | None, on_behalf_of: str | None = None
) -> Signature:
    """Who acts in a context, by id and name as Home Assistant knows them; `on_behalf_of` is a claim."""
    user_id = context.user_id if context else None
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return Signature(user_id, user.name if user else None, on_behalf_of)
