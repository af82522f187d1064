"""`chamber-agent gateway`: from the file to a life, until a signal ends it."""

import asyncio
import logging
import secrets
import signal
from functools import partial

from ..agent import Access
from ..clock import Clocks
from ..discovery.advertiser import advertised
from ..link.packets import Settings
from ..settings import credentials
from ..state_folder import StateFolder
from .downlink import Downlink
from .gateway import Gateway
from .settings import GatewayConfig, Local

_LOGGER = logging.getLogger(__name__)


def live(told: GatewayConfig, up: Access, folder: StateFolder, clocks: Clocks) -> None:
    """Live until SIGINT or SIGTERM. Raises `AgentError`."""
    local = _settings(told.local, told.gateway.id)
    with folder.held():
        asyncio.run(_until_stopped(told, up, local, folder, clocks))


async def _until_stopped(
    told: GatewayConfig, up: Access, local: Settings, folder: StateFolder, clocks: Clocks
) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    nodes = f"{told.local.host}:{told.local.port}"
    _LOGGER.info("gateway %s from %s to %s", told.gateway.id, nodes, told.broker.url)
    dial = partial(Downlink, told.local.host, told.local.port)
    async with advertised(told.broker, told.gateway):
        await Gateway(told, up, (dial, local), folder, clocks).run(stop)
    _LOGGER.info("stopped")


def _settings(local: Local, name: str) -> Settings:
    return Settings(
        client_id=f"chamber-gateway-{name}-{secrets.token_hex(4)}",
        username=local.username,
        password=credentials.secret(local.password_file, "local.password_file"),
        keepalive=local.keepalive,
    )
