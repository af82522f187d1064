"""The announcement, lived: over multicast DNS for as long as the agent runs, renewed when addresses change.

python-zeroconf is loaded only where something is announced.
"""

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import AsyncIterator, Iterable
from platform import node as machine_name
from typing import TYPE_CHECKING

from ..config import Broker, Gateway
from ..errors import ConfigError, missing
from .announcement import SERVICE, Announcement, announcement, host, is_here

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

_LOGGER = logging.getLogger(__name__)
LOOK_EVERY = 60.0
"""So often the machine's addresses are looked at, s."""


@contextlib.asynccontextmanager
async def advertised(broker: Broker, gateway: Gateway) -> AsyncIterator[None]:
    """Announce the broker meanwhile, if the configuration wants that. Raises `ConfigError` without the library."""
    if not gateway.advertise:
        yield
        return
    try:
        import zeroconf  # noqa: F401, PLC0415 - only here is it needed
    except ImportError:
        cause = missing("python-zeroconf", "zeroconf")
        raise ConfigError([f"gateway.advertise: {cause}"]) from None
    life = asyncio.create_task(Advertiser(broker, gateway).run())
    try:
        yield
    finally:
        life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await life


class Advertiser:
    """Announces one broker; whatever goes wrong is tried again with the next look."""

    def __init__(self, broker: Broker, gateway: Gateway) -> None:
        self._broker = broker
        self._gateway = gateway
        self._said: Announcement | None = None
        self._service: tuple[AsyncZeroconf, AsyncServiceInfo] | None = None

    async def run(self, look_every: float = LOOK_EVERY) -> None:
        """Live until cancelled, then take the announcement back."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(look_every)
        finally:
            await self.withdraw()

    async def look(self) -> None:
        """Announce what is so now, and take back what was so before."""
        try:
            wanted = await self._wanted()
            if wanted != self._said:
                await self.withdraw()
                await self._announce(wanted)
        except OSError as error:
            _LOGGER.warning("the broker cannot be announced: %s", error)

    async def withdraw(self) -> None:
        """Say goodbye, so that nobody offers what is not there (RFC 6762, section 10.1)."""
        service, self._service, self._said = self._service, None, None
        if service is None:
            return
        responder, info = service
        try:
            await (await responder.async_unregister_service(info))
        except OSError as error:
            _LOGGER.debug("the goodbye was not sent: %s", error)
        finally:
            await responder.async_close()

    async def _wanted(self) -> Announcement:
        name = host(self._broker)
        if is_here(name):
            addresses = self._gateway.advertise_on or tuple(own_addresses())
        else:
            found = await asyncio.get_running_loop().getaddrinfo(name, None)
            addresses = tuple({str(address[0]) for *_, address in found})
        return announcement(self._broker, self._gateway, machine_name(), _usable(addresses))

    async def _announce(self, wanted: Announcement) -> None:
        from zeroconf import InterfaceChoice  # noqa: PLC0415
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

        if not wanted.addresses:
            raise OSError("it has no address that others can dial")
        info = AsyncServiceInfo(
            SERVICE,
            f"{wanted.name}.{SERVICE}",
            port=wanted.port,
            server=wanted.server,
            parsed_addresses=list(wanted.addresses),
            properties=dict(wanted.properties),
        )
        responder = AsyncZeroconf(list(self._gateway.advertise_on) or InterfaceChoice.All)
        self._service = responder, info
        await (await responder.async_register_service(info, allow_name_change=True))
        self._said = wanted
        _LOGGER.info("announced as %s at %s", info.name, ", ".join(wanted.addresses))


def own_addresses() -> Iterable[str]:
    """Yield this machine's addresses."""
    import ifaddr  # noqa: PLC0415 - it comes with python-zeroconf

    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            yield str(one.ip if one.is_IPv4 else one.ip[0])


def _usable(addresses: Iterable[str]) -> list[str]:
    """Return what others can dial; where loopback is all there is, that."""
    parsed = [(one, ipaddress.ip_address(one.partition("%")[0])) for one in addresses]
    dialled = [one for one, ip in parsed if not (ip.is_link_local or ip.is_unspecified)]
    beyond = [one for one, ip in parsed if one in dialled and not ip.is_loopback]
    return beyond or dialled
