"""Asks chambers for something: permit, encode, send, await the answer, tell how it ended."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Protocol

from .chamber import commands, topics, wire
from .chamber.analysis.deeds import APPLIED, Signature
from .chamber.commands import DEFAULT_TTL, FINAL, echoed
from .chamber.errors import ChamberError, Code, NotPermitted
from .chamber.messages import Command, CommandMessage, Reply
from .chamber.model import Address, Chamber, Limits, Mode, Sample
from .errors import Interrupted, Refused, Unconfirmed
from .link.errors import LinkError
from .link.packets import Publication

HOME_ASSISTANT = "home_assistant"

Publish = Callable[[Publication], int]
Shows = Callable[[Sample, Command, Limits], bool]
Ended = Callable[[Chamber, Command, Signature, str], None]
"""Is told the chamber as it was when it was asked, the command, who asked, and `applied` or why it was not."""


@dataclass(slots=True)
class _Wait:
    address: Address
    command: Command
    limits: Limits
    shows: Shows | None
    answered: asyncio.Future[None]
    mid: int | None = None


class Route(Protocol):
    """The way to a chamber that does not speak the contract; it may take `within` seconds to show what it was asked."""

    @property
    def within(self) -> float:
        """Seconds."""

    def publications(self, command: Command) -> list[Publication]:
        """What is sent, at least one. Raises `Refused` where the chamber takes no such command."""

    def shows(self, sample: Sample, command: Command, limits: Limits) -> bool:
        """Whether a sample shows what was asked."""


class Commander:
    """Each command waits for its reply, or for its echo where the chamber promises no replies.

    `publish` raises `LinkError` where nothing can be sent. `routes` lead to those who do not speak the contract.
    """

    def __init__(self, chambers: Mapping[Address, Chamber], prefix: str, publish: Publish) -> None:
        self.ended: list[Ended] = []
        self.routes: dict[Address, Route] = {}
        self._chambers = chambers
        self._prefix = prefix
        self._publish = publish
        self._waits: dict[str, _Wait] = {}

    async def command(
        self, address: Address, *, setpoint: float | None, mode: Mode | None, by: Signature
    ) -> None:
        """Ask a chamber for a setpoint in degrees Celsius, a mode, or both, and return once it confirmed.

        Raises `NotPermitted` before anything is sent; `LinkError`, `Interrupted`, `Refused` or `Unconfirmed` after.
        """
        chamber = self._chambers[address]
        if setpoint is not None:
            if not isfinite(setpoint):
                # What is no number cannot be entered, either.
                commands.permitted(chamber.limits, chamber.modes, setpoint, None)
            setpoint = commands.rounded(setpoint, chamber.limits)
        command = replace(_dated("set", by), setpoint=setpoint, mode=mode)
        await self._ask(chamber, command, by)

    async def profile(self, address: Address, by: Signature, **wish: Any) -> None:
        """Ask a chamber to start, pause, resume or stop a profile; `wish` are the command's fields.

        The steps are judged by the gateway. Raises as `command` does, and `Refused` where no reply is promised.
        """
        await self._ask(self._chambers[address], replace(_dated("profile", by), **wish), by)

    async def _ask(self, chamber: Chamber, command: Command, by: Signature) -> None:
        outcome = "cancelled"
        try:
            _permitted(chamber, command)
            await self._confirmed(chamber, command)
            outcome = APPLIED
        except (ChamberError, LinkError) as error:
            outcome = _why(error)
            raise
        finally:
            for told in self.ended:
                told(chamber, command, by, outcome)

    async def _confirmed(self, chamber: Chamber, command: Command) -> None:
        route = self.routes.get(chamber.address)
        within = DEFAULT_TTL if route is None else route.within
        answered = self._open(chamber, command, route)
        try:
            self._waits[command.id].mid = self.send(chamber.address, command)
            async with asyncio.timeout(within):
                await answered
        except TimeoutError:
            raise Unconfirmed(within) from None
        finally:
            self._waits.pop(command.id, None)

    def send(self, address: Address, command: Command) -> int:
        """Send a command of any kind, awaiting nothing; the message id. Raises `LinkError`."""
        if (route := self.routes.get(address)) is not None:
            return [self._publish(one) for one in route.publications(command)][-1]
        topic, payload = wire.encode(CommandMessage(address, command), self._prefix)
        rule = topics.RULES[topics.Kind.COMMAND]
        return self._publish(
            Publication(topic, payload, rule.qos, rule.retain, expiry=round(DEFAULT_TTL))
        )

    def _open(
        self, chamber: Chamber, command: Command, route: Route | None
    ) -> asyncio.Future[None]:
        answered = asyncio.get_running_loop().create_future()
        by_echo: Shows | None = None if chamber.replies else echoed
        shows = by_echo if route is None else route.shows
        wait = _Wait(chamber.address, command, chamber.limits, shows, answered)
        self._waits[command.id] = wait
        return answered

    def awaits(self, payload: bytes) -> bool:
        """Whether a payload, not parsed yet, names a command that waits."""
        return any(command_id.encode() in payload for command_id in self._waits)

    def replied(self, address: Address, reply: Reply) -> bool:
        """Take in a reply; False where it answers no command of ours."""
        wait = self._waits.get(reply.id)
        if wait is None or wait.address != address:
            return False
        if reply.status in FINAL:
            _settle(wait, None if reply.status == APPLIED else Refused(reply))
        return True

    def sampled(self, address: Address, sample: Sample) -> None:
        """Take in a live sample, which may be the echo that is waited for."""
        for wait in self._waits.values():
            if (
                wait.shows is not None
                and wait.address == address
                and wait.shows(sample, wait.command, wait.limits)
            ):
                _settle(wait, None)

    def undelivered(self, mid: int, error: ChamberError | LinkError) -> None:
        """The broker refused the publication `mid`."""
        for wait in self._waits.values():
            if wait.mid == mid:
                _settle(wait, error)

    def interrupted(self) -> None:
        """The connection is gone: what waits cannot be answered any more."""
        for wait in self._waits.values():
            _settle(wait, Interrupted("the connection was lost"))


def _dated(do: str, by: Signature) -> Command:
    return Command(
        id=secrets.token_hex(8),
        do=do,
        by=f"user:{by.user}" if by.user else HOME_ASSISTANT,
        time=round(time.time(), 3),
        ttl=DEFAULT_TTL,
    )


def _permitted(chamber: Chamber, command: Command) -> None:
    """Raise where the chamber says that it does not do this; no echo tells what became of a profile."""
    commands.permitted(chamber.limits, chamber.modes, command.setpoint, command.mode)
    if command.do == "profile" and not chamber.replies:
        reason = "profiles need a gateway that replies to commands"
        raise Refused(
            Reply(id=command.id, status="rejected", code=Code.NOT_SUPPORTED.value, message=reason)
        )


def _why(error: ChamberError | LinkError) -> str:
    match error:
        case NotPermitted(code=code):
            return code.value
        case Refused(reply=reply):
            return reply.code or reply.status
        case LinkError(failure=failure):
            return failure.cause.value
        case _:
            return type(error).__name__.lower()


def _settle(wait: _Wait, error: ChamberError | LinkError | None) -> None:
    if wait.answered.done():
        return
    if error is None:
        wait.answered.set_result(None)
    else:
        wait.answered.set_exception(error)
