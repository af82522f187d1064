"""Trying a connection once, as a configuration flow does."""

from __future__ import annotations

import asyncio

import pytest

from chamber_agent.link import trial
from chamber_agent.link.errors import Cause, Failure, LinkError
from chamber_agent.link.packets import Greeting, Settings, Subscription, Version
from chamber_agent.link.session import Up
from chamber_agent.link.trial import TRY_WITHIN, attempt
from link.mqtt import Kind
from link.port import Broker, Transport, failing, for_ever, now

V5, V311 = Version.V5, Version.V311


class Trial:
    """An attempt over transports made one after the other."""

    def __init__(self, *transports: Transport, protocol: str = "auto") -> None:
        self.made: list[Transport] = []
        self._given = list(transports)
        self._protocol = protocol

    def _dial(self) -> Transport:
        self.made.append(self._given.pop(0) if self._given else Transport(self.made[-1].broker))
        return self.made[-1]

    async def version(self) -> Version:
        """The version that works; whatever comes of it, nothing is left behind."""
        greeting, before = Greeting((Subscription("a/#"),)), asyncio.all_tasks()
        try:
            return await attempt([self._dial], Settings("box"), greeting, self._protocol)
        finally:
            assert asyncio.all_tasks() <= before
            assert all(transport.closed == 1 for transport in self.made)

    async def cause(self) -> Cause:
        """Why none works."""
        with pytest.raises(LinkError) as refusal:
            await self.version()
        return refusal.value.failure.cause


async def test_it_returns_the_version_that_works() -> None:
    assert await Trial(Transport()).version() is V5


@pytest.mark.parametrize("otherwise", ["refuses", "closes", "keeps silent"])
async def test_it_falls_back_where_the_broker_does_not_speak_mqtt_5(otherwise: str) -> None:
    assert await Trial(Transport(Broker((V311,), otherwise))).version() is V311


async def test_it_tries_no_other_version_than_the_chosen_one() -> None:
    tried = Trial(Transport(Broker((V311,), "refuses")), protocol="5")
    assert await tried.cause() is Cause.UNSUPPORTED_PROTOCOL
    assert len(tried.made) == 1


async def test_it_takes_leave_so_that_there_is_no_will() -> None:
    tried = Trial(Transport())
    await tried.version()
    assert tried.made[0].kinds == [Kind.CONNECT, Kind.SUBSCRIBE, Kind.DISCONNECT]


@pytest.mark.parametrize("cause", sorted(set(Cause) - {Cause.STOPPED}))
async def test_it_names_the_cause_of_a_failure_to_connect(cause: Cause) -> None:
    refused = failing(LinkError(Failure(cause)))
    assert await Trial(*(Transport(opening=refused) for _ in Version)).cause() is cause


async def test_wrong_credentials_have_their_cause() -> None:
    assert await Trial(Transport(Broker(code=0x86))).cause() is Cause.INVALID_AUTH


async def test_a_refused_subscription_has_its_cause_and_names_the_filter() -> None:
    with pytest.raises(LinkError, match="a/#") as refusal:
        await Trial(Transport(Broker(grants=0x80))).version()
    assert refusal.value.failure.cause is Cause.NOT_AUTHORIZED


async def test_an_unforeseen_error_is_a_failure_too() -> None:
    assert await Trial(Transport(opening=failing(RuntimeError("?")))).cause() is Cause.LOST


async def test_what_hangs_in_every_handshake_is_given_up_in_time() -> None:
    assert await Trial(Transport(opening=for_ever)).cause() is Cause.TIMEOUT
    assert now() <= TRY_WITHIN


async def test_what_hangs_all_over_is_given_up_in_time() -> None:
    async def slowly() -> None:
        await asyncio.sleep(9.9)

    deaf = Broker((V311,), "keeps silent", deaf={Kind.SUBSCRIBE})
    slow = [Transport(deaf, opening=slowly, closing=slowly) for _ in range(2)]
    assert await Trial(*slow).cause() is Cause.TIMEOUT
    assert now() <= TRY_WITHIN + 10


async def test_the_first_verdict_stands() -> None:
    judge = trial._Judge()
    judge.link_up(Up(V5, session_present=False))
    judge.link_up(Up(V311, session_present=False, refused=("a",)))
    judge.link_down(Failure(Cause.LOST), 1.0)
    assert (await judge.verdict).version is V5


async def test_cancelling_it_leaves_nothing_behind() -> None:
    tried = Trial(Transport(opening=for_ever))
    task = asyncio.ensure_future(tried.version())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
