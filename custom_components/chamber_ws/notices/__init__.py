"""What the user should know and can mend, as repair issues that come and go by themselves.

`chambers` follows what chambers say, `messages` what is dropped, `link` how connections end, `certificates` when they
expire, and `record` what is kept; `reauth` asks for a new login. `board` holds the issues of one entry, `health` judges
the link without a clock.
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..coordinator import Coordinator
from .board import IssueBoard
from .certificates import CertificateNotices, async_client_certificate_ends
from .chambers import ChamberNotices
from .link import LinkNotices
from .messages import MessageNotices
from .reauth import Reauthentication
from .record import RecordNotices


async def async_follow(hass: HomeAssistant, entry: ConfigEntry, coordinator: Coordinator) -> None:
    """Keep an entry's issues true until it is unloaded; then nothing is known any more."""
    board = IssueBoard(hass, entry)
    chambers = ChamberNotices(board, coordinator.census)
    messages = MessageNotices(board, coordinator.census)
    link = LinkNotices(hass, entry, board)
    certificates = CertificateNotices(board, await async_client_certificate_ends(hass, entry))
    record = RecordNotices(hass, entry, board, coordinator.clerk)
    coordinator.clerk.on_problem = record.show
    record.show()
    coordinator.watchers += [chambers, messages]
    coordinator.surplus_watchers.append(chambers.surplus_changed)
    coordinator.forgetting.append(chambers.chamber_forgotten)
    coordinator.census.dropped = messages.dropped
    coordinator.link_watchers += [link, certificates, Reauthentication(hass, entry)]
    for stop in (messages.watch(hass), certificates.watch(hass), link.close, board.clear):
        entry.async_on_unload(stop)
