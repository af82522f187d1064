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

LONGEST_COMMENT = 1000
LONGEST_NAME = 200


class BadShelf(ChamberError):
    """An alarm can be shelved for a while only; `longest` in hours."""

    def __init__(self, longest: float) -> None:
        super().__init__(f"an alarm can be shelved for a while of {longest:g} h at most")
        self.longest = longest


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, and why, on the chambers of one record."""

    clerk: Clerk
    by: Signature = Signature()
    why: str | None = None

    async def configure(self, address: Address, **changes: Any) -> None:
        """Change settings of the alarm, one change after the other: two may contradict themselves only together.

        Raises `BadSettings` where they contradict themselves.
        """
        async with self.clerk.changing:
            before = (await self.clerk.look(address)).settings
            old, new = profiles.difference(before, profiles.changed(before, **changes))
            if new:
                await self._do(address, Act.SETTINGS, old, new)

    async def acknowledge(self, address: Address) -> bool:
        """Say that somebody knows of the excursion and cares for it; False where nothing asks for that."""
        if not (await self.clerk.look(address)).unacknowledged:
            return False
        await self._do(address, Act.ACKNOWLEDGE)
        return True

    async def shelve(self, address: Address, seconds: float) -> None:
        """Silence the alarm for a while. Raises `BadShelf` where that is no time, or too long."""
        if not 0 < seconds <= LONGEST_SHELF:
            raise BadShelf(LONGEST_SHELF / 3600)
        until = dt_util.utcnow().timestamp() + seconds
        await self._do(address, Act.SHELVE, new={"until": until})

    async def unshelve(self, address: Address) -> bool:
        """End the silence; False where there is none."""
        if (await self.clerk.look(address)).shelved_until is None:
            return False
        await self._do(address, Act.UNSHELVE)
        return True

    async def reset_extremes(self, address: Address) -> None:
        """Begin minimum and maximum anew; what they were is in the journal."""
        await self._do(address, Act.RESET_EXTREMES)

    async def _do(
        self,
        address: Address,
        act: Act,
        old: dict[str, Any] | None = None,
        new: dict[str, Any] | None = None,
    ) -> None:
        at, why = dt_util.utcnow().timestamp(), readable(self.why, LONGEST_COMMENT)
        deed = Deed(act=act, at=at, by=self.by, old=old or {}, new=new or {}, why=why)
        await self.clerk.act(address, deed)


async def async_signature(
    hass: HomeAssistant, context: Context | None, on_behalf_of: str | None = None
) -> Signature:
    """Who acts in a context, by id and name as Home Assistant knows them; `on_behalf_of` is a claim."""
    user_id = context.user_id if context else None
    user = await hass.auth.async_get_user(user_id) if user_id else None
    name = readable(user.name, LONGEST_NAME) if user else None
    return Signature(user_id, name, readable(on_behalf_of, LONGEST_NAME))


def readable(text: str | None, longest: int) -> str | None:
    """A text as the journal can give it back: half a character, which no file can hold, is replaced."""
    if text is None:
        return None
    return text.encode("utf-8", "replace").decode().strip()[:longest] or None
