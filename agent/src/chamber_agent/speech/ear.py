"""What the gateway hears: its link's ups and downs, announces, its own status, and commands."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping

from ..chamber import wire
from ..chamber.errors import WireError
from ..chamber.messages import Announce, CommandMessage, Message, StatusMessage
from ..chamber.model import Presence
from ..link.errors import Cause, Failure
from ..link.packets import Published, Received
from ..link.session import Up
from . import manners
from .advice import ADVICE
from .desk import Order
from .voice import Voice

_LOGGER = logging.getLogger(__name__)


class Ear:
    """Listens to one link, in the event loop; takes orders to the desks, and makes the voice speak."""

    def __init__(
        self,
        voice: Voice,
        desks: Mapping[str, Callable[[Order], None]],
        chance: Callable[[], float],
        uptime: Callable[[], float],
        begin_epochs: Callable[[], None] = lambda: None,
    ) -> None:
        self._voice = voice
        self._desks = desks
        self._chance = chance
        self._uptime = uptime
        self._begin_epochs = begin_epochs
        self._rival = False
        self._correcting: asyncio.Task[None] | None = None
        self._up = False
        self._answering = manners.Answering()
        self._guard = manners.Guard()
        self._pending: set[asyncio.Task[None]] = set()

    def link_up(self, up: Up) -> None:
        """Give the birth: status, then everything else."""
        for refused in up.refused:
            _LOGGER.error("the broker refuses the subscription to %s: check its ACL", refused)
        _LOGGER.info("connected with MQTT %s", up.version.value)
        self._guard = manners.Guard()
        self._up = True
        self._voice.say_online()
        self._start(self._voice.say_all())

    def link_down(self, failure: Failure, retry_in: float) -> None:
        """Forget what was to be said over the connection that ended."""
        self._up = False
        self._answering = manners.Answering()
        for task in self._pending:
            task.cancel()
        if failure.cause is not Cause.STOPPED:
            _LOGGER.warning("%s; next try in %.0f s. %s", failure, retry_in, ADVICE[failure.cause])

    def link_published(self, published: Published) -> None:
        """Report what the broker refused to take."""
        if published.failure:
            advice = ADVICE[published.failure.cause]
            _LOGGER.warning("the broker refused a message: %s. %s", published.failure, advice)

    def link_received(self, message: Received) -> None:
        """Pass on what is for this gateway; the rest is counted for nothing."""
        try:
            heard = wire.decode(message.topic, message.payload, self._voice.prefix)
        except WireError as error:
            _LOGGER.debug("set aside a message on %s: %s", message.topic, error)
            heard = None
        match heard:
            case Announce():
                self._heard_announce()
            case CommandMessage() if not message.retained:
                self._heard_command(Order(heard, self._uptime(), message.response_topic))
            case CommandMessage():
                _LOGGER.warning("a retained command on %s is never obeyed", message.topic)
        if message.topic == self._voice.status_topic and self._up and not message.retained:
            self._heard_status(message.payload, heard)

    def _heard_announce(self) -> None:
        waiting = self._answering.due is not None
        self._answering = manners.asked(self._answering, _now(), self._chance())
        if not waiting and self._answering.due is not None:
            self._start(self._answer_announce(self._answering.due))

    async def _answer_announce(self, due: float) -> None:
        await asyncio.sleep(due - _now())
        self._answering = manners.answered(_now())
        self._voice.say_online()
        await self._voice.say_all()

    def _heard_command(self, order: Order) -> None:
        address = order.message.address
        desk = self._desks.get(address.chamber) if address.gateway == self._voice.gateway else None
        if desk is None:
            _LOGGER.debug("a command for %s, which is not here", "/".join(address))
        else:
            desk(order)

    def _heard_status(self, payload: bytes, heard: Message | None) -> None:
        """A retained copy is older than the birth; whatever comes live must be our last words.

        Another gateway's samples made receivers leave our epoch, which they never accept again: with the
        correction a new one begins.
        """
        if self._voice.is_own(payload):
            self._guard = manners.read_own(self._guard)
            self._plan_correction(None)
            return
        before = self._guard
        status = heard.status if isinstance(heard, StatusMessage) else None
        rival = status is not None and not self._voice.was_ours(status)
        left = rival and status is not None and status.state is not Presence.ONLINE
        judge = manners.read_farewell if left else manners.read_foreign
        self._guard = judge(before, _now())
        if rival and not self._rival:
            _LOGGER.warning("another gateway speaks as %s", self._voice.gateway)
        self._rival = self._rival or rival
        if self._guard.gave_up and not before.gave_up:
            _LOGGER.error(
                "another gateway has the id %s: give one of them another", self._voice.gateway
            )
        if self._guard.due != before.due:
            self._plan_correction(self._guard.due)

    def _plan_correction(self, due: float | None) -> None:
        """Let one correction wait, whatever was planned before."""
        if self._correcting is not None:
            self._correcting.cancel()
        self._correcting = None if due is None else self._start(self._correct(due))

    async def _correct(self, due: float) -> None:
        await asyncio.sleep(due - _now())
        self._correcting = None
        self._guard = manners.corrected(self._guard, _now())
        if self._rival:
            self._rival = False
            self._begin_epochs()
        self._voice.say_online()

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return task


def _now() -> float:
    return asyncio.get_running_loop().time()
