"""Commands that were sent and not yet answered."""

import asyncio
from dataclasses import dataclass

from .chamber.commands import FINAL, echoed
from .chamber.errors import ChamberError
from .chamber.messages import Command, Reply
from .chamber.model import Address, Limits, Sample
from .errors import Interrupted, Refused
from .link.errors import LinkError


@dataclass(slots=True)
class _Wait:
    address: Address
    command: Command
    limits: Limits
    by_echo: bool
    answered: asyncio.Future[None]
    mid: int | None = None


class Pending:
    """Each command waits for its reply, or for its echo where the chamber promises no replies."""

    def __init__(self) -> None:
        self._waits: dict[str, _Wait] = {}

    def open(
        self, address: Address, command: Command, limits: Limits, *, by_echo: bool
    ) -> asyncio.Future[None]:
        """Wait for the answer to a command that is about to be sent; the future raises why it was not obeyed."""
        answered = asyncio.get_running_loop().create_future()
        self._waits[command.id] = _Wait(address, command, limits, by_echo, answered)
        return answered

    def sent(self, command: Command, mid: int) -> None:
        """The command went out under this message id."""
        self._waits[command.id].mid = mid

    def close(self, command: Command) -> None:
        """Wait no longer."""
        self._waits.pop(command.id, None)

    def awaits(self, payload: bytes) -> bool:
        """Whether a payload, not parsed yet, names a command that waits."""
        return any(command_id.encode() in payload for command_id in self._waits)

    def replied(self, address: Address, reply: Reply) -> bool:
        """Take in a reply; False where it answers no command of ours."""
        wait = self._waits.get(reply.id)
        if wait is None or wait.address != address:
            return False
        if reply.status in FINAL:
            _settle(wait, None if reply.status == "applied" else Refused(reply))
        return True

    def sampled(self, address: Address, sample: Sample) -> None:
        """Take in a live sample, which may be the echo that is waited for."""
        for wait in self._waits.values():
            if (
                wait.by_echo
                and wait.address == address
                and echoed(sample, wait.command, wait.limits)
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


def _settle(wait: _Wait, error: ChamberError | LinkError | None) -> None:
    if wait.answered.done():
        return
    if error is None:
        wait.answered.set_result(None)
    else:
        wait.answered.set_exception(error)
