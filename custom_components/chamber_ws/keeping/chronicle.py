"""Brings to the record what the coordinator hears: samples, descriptions, silence, and what was asked of chambers."""

import time
from collections.abc import Callable
from functools import partial

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..census import Census, Change
from ..chamber.analysis.deeds import Act, Deed, Signature
from ..chamber.freshness import HEARTBEATS_MISSED
from ..chamber.messages import Command
from ..chamber.model import Address, Chamber, Meta, Presence
from ..link.errors import Failure
from ..link.session import Up
from ..record.backfill import Backfill
from ..record.clerk import Clerk
from ..record.inputs import Described, Done, Forgotten, Sought, Taken

SETTLING = 10.0
"""Seconds after its first sample within which a chamber's description is awaited."""
RETURN_WITHIN = 60.0
"""Seconds after the start within which chambers may be late before they count as lost.

One whose retained sample has no time may take as long as its rhythm allows.
"""


class Chronicle:
    """Follows the chambers and the link of one entry."""

    def __init__(
        self, hass: HomeAssistant, census: Census, clerk: Clerk, backfill: Backfill
    ) -> None:
        self._hass = hass
        self._census = census
        self._clerk = clerk
        self._backfill = backfill
        self._sessions: dict[str, str | None] = {}
        self._described: set[Address] = set()
        self._seen: set[Address] = set()
        self._known_to_broker: set[Address] = set()
        self._timers: set[Callable[[], None]] = set()

    def start(self) -> None:
        """Let all that are known be found something of; whoever stays away from now on is lost as well."""
        for address in self._census.chambers:
            self._clerk.take(Sought(address))
        self._later(RETURN_WITHIN, self._miss)

    def close(self) -> None:
        """Wait for nothing any more."""
        for cancel in tuple(self._timers):
            cancel()
        self._timers.clear()

    # Chambers

    def chamber_changed(self, change: Change) -> None:
        """A sample came, or a description."""
        before, after = change.before, change.after
        address = after.address
        if after is not before:
            self._known_to_broker.add(address)
        if after.meta is not None and (before is None or before.meta is not after.meta):
            self._describe(after, after.meta)
        if not change.sampled_live or after.sample is None:
            return
        if address not in self._seen:
            self._seen.add(address)
            self._later(SETTLING, lambda: self._describe_for_want_of_words(address))
        self._clerk.take(Taken(address, after.sample, time.time()))

    def gateway_changed(self, gateway: str) -> None:
        """A gateway that connected anew does not know what it was asked before."""
        known = self._census.gateways.get(gateway)
        status = None if known is None else known.status
        if status is None or status.state is not Presence.ONLINE:
            return
        if self._sessions.get(gateway) != status.session:
            self._sessions[gateway] = status.session
            for address in self._census.of_gateway(gateway):
                self._backfill.returned(address)

    @callback
    def freshness_changed(self, address: Address, fresh: bool) -> None:
        """Silence is an event of its own."""
        act = Act.RECOVERED if fresh else Act.LOST
        at = time.time()
        self._clerk.take(Done(address, Deed(act=act, at=at, new=self._unheard(act, address, at))))

    def _unheard(self, act: Act, address: Address, at: float) -> dict[str, float]:
        """Since when nothing was heard of who is lost, where that can be seen here: a retained sample tells it, too."""
        chamber = self._census.chambers.get(address)
        if act is not Act.LOST or chamber is None or chamber.sample is None:
            return {}
        return {"since": min(chamber.taken_at, at)}

    @callback
    def forgotten(self, address: Address) -> None:
        """A chamber was deleted, and its samples go with it; what was done to it stays in the journal."""
        self._described.discard(address)
        self._seen.discard(address)
        self._known_to_broker.discard(address)
        self._backfill.forget(address)
        self._clerk.take(Forgotten(address))

    @callback
    def asked(self, chamber: Chamber, command: Command, by: Signature, outcome: str) -> None:
        """A setpoint, a mode or a profile was asked for, whatever became of it."""
        sample = chamber.sample
        profile = sample and sample.profile and sample.profile.name
        wishes = (
            (Act.SETPOINT, sample and sample.setpoint, command.setpoint),
            (Act.MODE, sample and sample.mode, command.mode),
            (Act.PROFILE, profile, _asked_of_profile(command)),
        )
        for act, old, new in wishes:
            if new is not None:
                at, name = time.time(), act.value
                told = {name: new, "outcome": outcome}
                deed = Deed(act=act, at=at, by=by, old={name: old}, new=told)
                self._clerk.take(Done(chamber.address, deed))

    def _describe(self, chamber: Chamber, meta: Meta) -> None:
        self._described.add(chamber.address)
        roles = {probe: said.role for probe, said in meta.probes.items() if said.role}
        self._clerk.take(Described(chamber.address, bool(meta.history), roles, time.time()))

    def _describe_for_want_of_words(self, address: Address) -> None:
        """A chamber says nothing of itself: what was known of it stays."""
        if address in self._seen and address not in self._described:
            self._clerk.take(Described(address, None, None, time.time()))

    def _miss(self) -> None:
        """Call lost who stayed away since the start, or let it have the time that its rhythm gives it."""
        for chamber in tuple(self._census.chambers.values()):
            left = self._patience(chamber) - RETURN_WITHIN
            if left > 0:
                self._later(left, partial(self._lose, chamber.address))
            else:
                self._lose(chamber.address)

    def _patience(self, chamber: Chamber) -> float:
        """Seconds within which a chamber has to come back: more where what the broker has of it may be young."""
        if chamber.address in self._known_to_broker and chamber.sample is None and not chamber.lost:
            return HEARTBEATS_MISSED * self._census.heartbeat(chamber)
        return RETURN_WITHIN

    def _lose(self, address: Address) -> None:
        """Call a chamber lost, unless it was heard or its retained sample is still young enough to be shown."""
        if (
            address in self._census.chambers
            and address not in self._seen
            and not self._census.fresh(address, time.monotonic())
        ):
            self.freshness_changed(address, fresh=False)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        @callback
        def due(_now: object) -> None:
            self._timers.discard(cancel)
            do()

        cancel: CALLBACK_TYPE = async_call_later(self._hass, seconds, due)
        self._timers.add(cancel)

    # The link

    def link_up(self, _up: Up) -> None:
        """There is a connection: ask on."""
        self._backfill.link_up()

    def link_down(self, _failure: Failure, _retry_in: float) -> None:
        """What was asked will not be answered."""
        self._backfill.link_down()


def _asked_of_profile(command: Command) -> str | None:
    """What was asked of a profile, in a line; the steps are in the gateway's samples as they are taken."""
    words = [word for word in (command.action, command.name) if word]
    return " ".join(words) if command.do == "profile" else None
