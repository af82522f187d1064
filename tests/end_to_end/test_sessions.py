"""What a broker keeps for who is away, and what it does not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from end_to_end.ends import Talk
from end_to_end.parts import TIMEOUT
from end_to_end.talks import Talks, once

pytestmark = TIMEOUT

A_WHILE = 300


async def test_who_asked_for_a_session_gets_what_was_said_meanwhile_exactly_once(
    talks: Talks, topic: str
) -> None:
    async with _apart(talks, topic, A_WHILE) as (away, speaker):
        await speaker.saying(topic, b"meanwhile")
        assert len(away.ups) == 1
        await away.come_back()
        assert [up.session_present for up in away.ups] == [False, True]
        await speaker.saying(topic, b"live")
        await away.heard(b"meanwhile", b"live")


@once
async def test_who_did_not_hears_only_what_is_said_now(talks: Talks, topic: str) -> None:
    async with _apart(talks, topic, 0) as (away, speaker):
        await speaker.saying(topic, b"meanwhile")
        await away.come_back()
        assert [up.session_present for up in away.ups] == [False, False]
        await speaker.saying(topic, b"live")
        await away.heard(b"live")


@asynccontextmanager
async def _apart(talks: Talks, topic: str, expiry: int) -> AsyncIterator[tuple[Talk, Talk]]:
    """Someone who subscribed and was cut off, as the broker knows, and someone who speaks."""
    will = talks.end.link.packets.Publication(f"{topic}/will", b"lost", 1)
    away = talks.talk(topic, will=will, session_expiry=expiry)
    async with away, talks.talk(f"{topic}/will") as speaker:
        await away.up()
        await speaker.up()
        await away.stay_away()
        await speaker.heard(b"lost")
        yield away, speaker
