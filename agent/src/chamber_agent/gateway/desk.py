"""Where one node's commands are judged, sent down once, and answered when the node shows that it obeyed.

The gateway has no hand on the node's heater: what it promises is that the node said so itself, in time. A command's
id is remembered with its answer, across restarts, as the agent does.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..chamber import commands, wire
from ..chamber.errors import Code
from ..chamber.messages import Command, CommandMessage, Reply, ReplyMessage
from ..chamber.model import Mode
from ..clock import Clocks
from ..errors import StateError
from ..kept import Kept, Target, restored
from ..link.errors import NotConnected
from ..link.packets import Publication
from ..speech.desk import MOST_WAITING, Answerer, Order
from ..speech.programmes import applied
from ..state_folder import StateFolder
from . import templates
from .box import Box
from .settings import SLOT
from .settings import Order as Down

_LOGGER = logging.getLogger(__name__)
SPENT = 300
"""The broker may keep a command no longer than its ttl, and never longer than this, s."""


@dataclass(frozen=True, slots=True)
class Office:
    """What all desks of a gateway share; `down` sends to the nodes' broker, or raises `NotConnected`."""

    down: Callable[[Publication], int]
    answerer: Answerer
    folder: StateFolder
    clocks: Clocks


class Desk:
    """Takes the commands of one node, one after the other."""

    def __init__(self, box: Box, office: Office) -> None:
        self._box = box
        self._office = office
        self._kept: Kept | None = None
        self._waiting: deque[Order] = deque()
        self._work: asyncio.Task[None] | None = None

    def take(self, order: Order) -> None:
        """Queue a command that arrived live; one too many is refused."""
        if len(self._waiting) >= MOST_WAITING:
            self._answer(order, _busy(order.message.command, "too many commands: try again later"))
            return
        self._waiting.append(order)
        if self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._serve_all())

    def leave(self) -> None:
        """Serve no more."""
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()

    async def serve(self, order: Order) -> None:
        """Answer a repeat as before; else judge, send down, wait, remember and answer."""
        command = order.message.command
        kept = self._known()
        if known := kept.answers.get(command.id):
            self._send(order, known.payload.encode())
        elif kept.full(self._office.clocks.utc()):
            self._answer(order, _busy(command, "too many commands: try again later"))
        else:
            reply = self._refusal(order) or await self._obey(order)
            payload = _spelt(order.message, reply)
            await self._remember(command.id, payload)
            self._send(order, payload)

    async def _serve_all(self) -> None:
        try:
            while self._waiting:
                order = self._waiting.popleft()
                try:
                    await self.serve(order)
                except Exception:
                    _LOGGER.exception("the command %s failed", order.message.command.id)
        finally:
            self._work = None

    def _refusal(self, order: Order) -> Reply | None:
        message, node, now = order.message, self._box.node, self._office.clocks.now()
        command, limits, modes = message.command, node.config.limits, node.config.modes
        refused = commands.refusal(
            command,
            message.set_aside,
            limits,
            modes or tuple(Mode),
            now.utc,
            now.uptime - order.received,
        )
        if refused is not None or command.do == "identify":
            return refused
        asked = {"setpoint": command.setpoint, "mode": command.mode}
        unable = [
            name
            for name, value in asked.items()
            if value is not None and getattr(node.config.commands, name) is None
        ]
        if command.do != "set" or unable:
            what = unable[0] if unable else f"command {command.do!r}"
            why = f"this node takes no {what} from the gateway"
            return commands.rejected(command, Code.NOT_SUPPORTED, why)
        if absence := self._box.absence:
            return _busy(command, f"nothing was sent, since the node cannot hear it: {absence}")
        return None

    async def _obey(self, order: Order) -> Reply:
        command = order.message.command
        if command.do == "identify":
            _LOGGER.warning("identify: this is %s (%s)", self._box.node.name, self._box.node.id)
            return Reply(id=command.id, status="applied")
        within = self._box.node.config.commands.confirm_within
        echo = asyncio.ensure_future(self._box.echo(command, within))
        await asyncio.sleep(0)
        try:
            self._send_down(command)
            self._answer(order, Reply(id=command.id, status="accepted"))
            sample = await echo
        except NotConnected as error:
            return _busy(command, f"the nodes' broker is not reached: {error}")
        except TimeoutError:
            why = f"the node did not show it within {within:g} s; its reported setpoint tells whether it obeys"
            return Reply(id=command.id, status="failed", code=Code.TIMEOUT.value, message=why)
        finally:
            echo.cancel()
        return applied(command, sample)

    def _send_down(self, command: Command) -> None:
        """Send the mode first: a setpoint may mean nothing to a node that is off."""
        node, orders = self._box.node, self._box.node.config.commands
        if command.mode is not None and orders.mode:
            self._down(orders.mode, templates.mode(orders.mode, node.name, command.mode), command)
        if command.setpoint is not None and orders.setpoint:
            payload = templates.setpoint(orders.setpoint, node.name, command.setpoint)
            self._down(orders.setpoint, payload, command)

    def _down(self, order: Down, payload: bytes, command: Command) -> None:
        topic = order.topic.replace(SLOT, self._box.node.name)
        expiry = max(1, min(SPENT, round(command.ttl or commands.DEFAULT_TTL)))
        self._office.down(Publication(topic, payload, order.qos, expiry=expiry))

    def _known(self) -> Kept:
        """Return what was answered before; read when it is needed first."""
        if self._kept is None:
            config = self._box.node.config
            saved = self._office.folder.load(self._box.node.id)
            default = Target(config.limits.min, Mode.OFF)
            self._kept = restored(saved, default, config.limits, tuple(Mode))
        return self._kept

    async def _remember(self, command: str, payload: bytes) -> None:
        self._kept = self._known().answered(command, payload.decode(), self._office.clocks.utc())
        content, save = self._kept.as_json(), self._office.folder.save
        try:
            await asyncio.to_thread(save, self._box.node.id, content)
        except StateError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - the cause is named, a traceback adds nothing

    def _answer(self, order: Order, reply: Reply) -> None:
        self._send(order, _spelt(order.message, reply))

    def _send(self, order: Order, payload: bytes) -> None:
        self._office.answerer.answer(order.message.address, payload, order.response_topic)


def _busy(command: Command, why: str) -> Reply:
    return commands.rejected(command, Code.BUSY, why)


def _spelt(message: CommandMessage, reply: Reply) -> bytes:
    return wire.encode(ReplyMessage(message.address, reply))[1]
