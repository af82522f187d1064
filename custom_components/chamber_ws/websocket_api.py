"""The commands that dashboards use over Home Assistant's WebSocket; `docs/websocket.md` describes them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import voluptuous as vol
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.components.websocket_api.messages import construct_result_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .actions.export import async_told
from .actions.rights import may
from .actions.schema import COMMENT, END, FORMAT, START, number, text
from .actions.targets import Target, target_of
from .chamber.analysis.findings import Findings
from .chamber.errors import ChamberError
from .chamber.freshness import HEARTBEATS_MISSED
from .const import DOMAIN
from .errors import translated
from .keeping.acting import LONGEST_COMMENT, Hand, async_signature
from .module import HASH
from .record.report import Format, Span
from .record.series import Asked, Known, told
from .record.store import Store
from .streaming.describing import described
from .streaming.hub import SLICE, hub_of
from .streaming.subscriber import BadCount

DEVICE_ID, WINDOW, POINTS = "device_id", "window", "points"
SUBSCRIPTION, COUNT = "subscription", "count"
ORDER = ("name", "gateway", "entry", "chamber", DEVICE_ID)
LARGEST_WINDOW = 1000
USUAL_POINTS, FEWEST_POINTS, MOST_POINTS = 500, 10, 5000
LAST_MOMENT = 253_402_300_799
"""The end of the year 9999, Unix s: later than that no calendar goes."""

_moment = vol.All(number, vol.Range(min=0, max=LAST_MOMENT))
_period = {vol.Required(DEVICE_ID): str, vol.Required(START): _moment, vol.Optional(END): _moment}


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register them, once, whether or not an entry is loaded."""
    for command in (_chambers, _subscribe, _received, _history, _report, _acknowledge):
        websocket_api.async_register_command(hass, command)


@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/chambers"})
@websocket_api.async_response
async def _chambers(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """List the chambers that the user may read, by name."""
    user, until = connection.user, time.monotonic() + SLICE
    found: list[dict[str, Any]] = []
    for feed in tuple(hub_of(hass).feeds()):
        for device in feed.devices():
            address = feed.address_of(device)
            if address is None or not may(hass, user, device.id, POLICY_READ):
                continue
            one = described(hass, device, feed.coordinator, address)
            found.append({**one, "controllable": may(hass, user, device.id, POLICY_CONTROL)})
            if time.monotonic() >= until:
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE
    found.sort(key=lambda one: tuple(one[key] for key in ORDER))
    connection.send_result(msg["id"], {"module": hass.data[HASH], "chambers": found})


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/subscribe",
        vol.Optional(DEVICE_ID): vol.Any(str, vol.All([str], vol.Length(min=1))),
        vol.Optional(WINDOW): vol.All(int, vol.Range(min=1, max=LARGEST_WINDOW)),
    }
)
@callback
def _subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Follow chambers: those that are named, or all that the user may read, now and later."""
    named = msg.get(DEVICE_ID)
    wanted = None if named is None else frozenset([named] if isinstance(named, str) else named)
    for device_id in wanted or ():
        if _target(hass, connection, msg, device_id, POLICY_READ) is None:
            return
    connection.send_result(msg["id"], {"module": hass.data[HASH]})
    stop = hub_of(hass).subscribe(connection, msg["id"], wanted, msg.get(WINDOW))
    connection.subscriptions[msg["id"]] = stop


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/received",
        vol.Required(SUBSCRIPTION): int,
        vol.Required(COUNT): vol.All(int, vol.Range(min=0)),
    }
)
@callback
def _received(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Let a subscription with a window go on."""
    subscriber = hub_of(hass).subscriber(connection, msg[SUBSCRIPTION])
    if subscriber is None:
        text_ = "There is no such subscription of this connection"
        connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, text_)
        return
    try:
        subscriber.received(msg[COUNT])
    except BadCount as error:
        connection.send_error(msg["id"], websocket_api.ERR_INVALID_FORMAT, str(error))
    else:
        connection.send_result(msg["id"])


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/history",
        **_period,
        vol.Optional(POINTS, default=USUAL_POINTS): vol.All(
            int, vol.Range(min=FEWEST_POINTS, max=MOST_POINTS)
        ),
    }
)
@websocket_api.async_response
async def _history(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Tell a chamber's past, in as many points as there is room for."""
    now = dt_util.utcnow().timestamp()
    asked = Asked(start=msg[START], end=msg.get(END, now), points=msg[POINTS])

    async def make(target: Target) -> bytes:
        known, address = _known(target), target.address

        def read(store: Store) -> bytes:
            return orjson.dumps(told(store, address, asked, known, now))

        async with hub_of(hass).reading:
            return await target.whole_clerk().read(read)

    await _answer(hass, connection, msg, POLICY_READ, make)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/report",
        **_period,
        vol.Required(FORMAT): vol.Coerce(Format),
    }
)
@websocket_api.async_response
async def _report(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Give out what is recorded of a chamber, as files."""
    period = Span(msg[START], msg.get(END, dt_util.utcnow().timestamp()))

    async def make(target: Target) -> bytes:
        said = await async_told(hass, target, period, msg[FORMAT])
        return await hass.async_add_executor_job(orjson.dumps, {"files": said["files"]})

    await _answer(hass, connection, msg, POLICY_READ, make)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/acknowledge",
        vol.Required(DEVICE_ID): str,
        vol.Optional(COMMENT): text(LONGEST_COMMENT),
    }
)
@websocket_api.async_response
async def _acknowledge(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Acknowledge an excursion, signed by the connection's user; where there is none, nothing happens."""

    async def make(target: Target) -> bytes:
        by = await async_signature(hass, connection.context(msg))
        done = await Hand(target.clerk, by, msg.get(COMMENT)).acknowledge(target.address)
        return orjson.dumps({"acknowledged": done})

    await _answer(hass, connection, msg, POLICY_CONTROL, make)


async def _answer(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    policy: str,
    make: Callable[[Target], Awaitable[bytes]],
) -> None:
    """Answer with what is made of a chamber, written as JSON already, or say why that cannot be."""
    target = _target(hass, connection, msg, msg[DEVICE_ID], policy)
    if target is None:
        return
    try:
        result = await make(target)
    except ChamberError as error:
        code = websocket_api.ERR_HOME_ASSISTANT_ERROR
        _refuse(connection, msg, code, translated(error, target.name))
    else:
        connection.send_message(construct_result_message(msg["id"], result))


@callback
def _target(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    device_id: str,
    policy: str,
) -> Target | None:
    """A chamber by its device; None, and the client is told, where there is none. Raises `Unauthorized`."""
    try:
        target = target_of(hass, dr.async_get(hass).async_get(device_id))
    except ServiceValidationError:
        target = None
    if target is None:
        error = HomeAssistantError(translation_domain=DOMAIN, translation_key="no_chamber")
        _refuse(connection, msg, websocket_api.ERR_NOT_FOUND, error)
    elif not may(hass, connection.user, device_id, policy):
        raise Unauthorized(context=connection.context(msg), permission=policy)
    return target


def _refuse(
    connection: ActiveConnection, msg: dict[str, Any], code: str, error: HomeAssistantError
) -> None:
    connection.send_error(
        msg["id"],
        code,
        str(error),
        translation_domain=error.translation_domain,
        translation_key=error.translation_key,
        translation_placeholders=error.translation_placeholders,
    )


def _known(target: Target) -> Known:
    """What is judged of a chamber now, and how far apart its samples may be."""
    found = target.clerk.findings(target.address) or Findings()
    census = target.coordinator.census
    chamber = census.chambers.get(target.address)
    promised = {} if chamber is None else {"longest": HEARTBEATS_MISSED * census.heartbeat(chamber)}
    return Known(
        judged_on=found.judged_on,
        low=found.settings.low,
        high=found.settings.high,
        latest=found.last_excursion,
        silent=not target.coordinator.fresh(target.address),
        **promised,
    )
