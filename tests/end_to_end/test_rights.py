"""Who may say and hear what: `docs/mosquitto/` as a user would copy it, and real Mosquittos that obey it."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from chamber_agent.chamber import topics
from end_to_end.ends import AGENT, INTEGRATION, Talk, Where
from end_to_end.gateways import command, simulated
from end_to_end.parts import TIMEOUT, have
from workshop.machine import debian
from workshop.parts import mosquitto
from workshop.parts.brokers import Broker
from workshop.parts.listener import Listener, Service
from workshop.parts.processes import LOOPBACK, free_port
from workshop.places import ROOT

pytestmark = TIMEOUT

FILES = ROOT / "docs" / "mosquitto"
HOME, STRANGER, ALL = "HomeAssistant", "Stranger", "Witness"
PASSWORDS = {name: secrets.token_hex(4) for name in (HOME, STRANGER, ALL, "pi-1", "pi-2")}
_WITNESS = f"user {ALL}\ntopic readwrite #\n"
"""Who is added to the file, to see what came through."""

ANNOUNCE = "chamber/v1/announce"
BY_GATEWAYS = ("status", "box/meta", "box/state", "box/event", "box/reply", "box/history")
COMMANDS = {f"chamber/v1/{pi}/box/command" for pi in ("pi-1", "pi-2")}
TOPICS = {
    ANNOUNCE,
    "chamber/v2/pi-1/status",
    "other/topic",
    *(f"chamber/v1/{pi}/{kind}" for pi in ("pi-1", "pi-2") for kind in BY_GATEWAYS),
    *COMMANDS,
}
WRITES = {
    STRANGER: set[str](),
    HOME: {ANNOUNCE, *COMMANDS},
    "pi-1": {f"chamber/v1/pi-1/{kind}" for kind in BY_GATEWAYS},
    "pi-2": {f"chamber/v1/pi-2/{kind}" for kind in BY_GATEWAYS},
}
READS = {
    STRANGER: {ANNOUNCE},
    HOME: TOPICS - {"other/topic"} - COMMANDS,
    "pi-1": {ANNOUNCE, "chamber/v1/pi-1/status", "chamber/v1/pi-1/box/command"},
    "pi-2": {ANNOUNCE, "chamber/v1/pi-2/status", "chamber/v1/pi-2/box/command"},
}
_PROGRAMS: dict[str, Callable[[], Path]] = {
    "mosquitto": mosquitto.program,
    "mosquitto-testing": lambda: mosquitto.unpacked(debian.TESTING),
}


def _copied(kind: str, folder: Path) -> Broker:
    """A Mosquitto with the files of `docs/`: only places and ports are others."""
    listener = Listener(folder, free_port(), free_port())
    passwords = [f"{name}:{mosquitto.hashed(word)}\n" for name, word in PASSWORDS.items()]
    listener.write("chambers.passwords", "".join(passwords))
    listener.write("chambers.acl", (FILES / "chambers.acl").read_text() + _WITNESS)
    text = (FILES / "chambers.conf").read_text().replace("/etc/mosquitto/", f"{folder}/")
    # An older Mosquitto does not keep a WebSocket on loopback.
    for said, meant in (
        (f"listener 1883 {LOOPBACK}", f"listener {listener.plain_port} {LOOPBACK}"),
        ("listener 9001", f"listener {listener.port} {LOOPBACK}\nsocket_domain ipv4"),
    ):
        assert text.count(f"\n{said}\n") == 1
        text = text.replace(f"\n{said}\n", f"\n{meant}\n")
    head = ["log_dest stdout", *(["user root"] if debian.is_root() else [])]
    path = listener.write("mosquitto.conf", "\n".join([*head, text]))
    return Broker(kind, Service([_PROGRAMS[kind](), "-c", path]), listener).ready()


@pytest.fixture(scope="module", params=_PROGRAMS)
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """A Mosquitto as the documentation has it."""
    with have(lambda: _copied(request.param, tmp_path_factory.mktemp("rights"))) as broker:
        yield broker


def _as(broker: Broker, user: str) -> Where:
    return Where(broker.url, user, PASSWORDS[user])


@pytest.mark.parametrize("user", WRITES)
async def test_a_user_writes_what_the_contract_lets_it_and_nothing_else(
    guarded: Broker, user: str
) -> None:
    async with (
        Talk(AGENT, _as(guarded, ALL), "5", ("#",)) as witness,
        Talk(AGENT, _as(guarded, user), "5") as writer,
        Talk(AGENT, _as(guarded, ALL), "5") as last,
    ):
        for talk in (witness, writer, last):
            await talk.up()
        mids = {writer.say(topic, user.encode()): topic for topic in sorted(TOPICS)}
        await writer.until(lambda: len(writer.published) == len(TOPICS))
        await last.saying("end", b"")
        await witness.until(lambda: any(one.topic == "end" for one in witness.received))
        assert {one.topic for one in witness.received} - {"end"} == WRITES[user]
        refused = {mids[one.mid] for one in writer.published if one.failure}
        assert refused == TOPICS - WRITES[user]


@pytest.mark.parametrize("user", READS)
async def test_a_user_hears_what_the_contract_lets_it_and_nothing_else(
    guarded: Broker, user: str
) -> None:
    async with (
        Talk(AGENT, _as(guarded, user), "5", ("#", *sorted(TOPICS))) as reader,
        Talk(AGENT, _as(guarded, ALL), "5") as speaker,
    ):
        await reader.up()
        await speaker.up()
        # Mosquitto grants every subscription, and holds back what the subscriber may not read.
        assert reader.ups[0].refused == ()
        for topic in sorted(TOPICS):
            speaker.say(topic, b"said")
        end = min(READS[user])
        await speaker.saying(end, b"end")
        await reader.until(lambda: any(one.payload == b"end" for one in reader.received))
        assert {one.topic for one in reader.received} == READS[user]


async def test_what_is_retained_is_held_back_too(guarded: Broker) -> None:
    async with Talk(AGENT, _as(guarded, "pi-1"), "5") as pi:
        await pi.up()
        await pi.saying("chamber/v1/pi-1/box/state", b"secret", retain=True)
        filters = ("chamber/v1/pi-1/box/state", ANNOUNCE)
        async with (
            Talk(AGENT, _as(guarded, STRANGER), "5", filters) as stranger,
            Talk(AGENT, _as(guarded, HOME), "5", filters) as home,
        ):
            await stranger.up()
            await home.heard(b"secret")
            await home.saying(ANNOUNCE, b"{}")
            await stranger.heard(b"{}")
        await pi.saying("chamber/v1/pi-1/box/state", b"", retain=True)


async def test_the_will_of_a_stranger_is_not_done(guarded: Broker) -> None:
    publication = AGENT.link.packets.Publication
    async with Talk(AGENT, _as(guarded, ALL), "5", ("chamber/v1/+/status",)) as witness:
        await witness.up()
        for user in (STRANGER, "pi-2", "pi-1"):
            will = publication("chamber/v1/pi-1/status", user.encode(), 1)
            async with Talk(AGENT, _as(guarded, user), "5", (), will) as mortal:
                await mortal.up()
                await mortal.die()
        await witness.heard(b"pi-1")


@pytest.mark.parametrize("user", [STRANGER, "nobody", None])
async def test_nobody_is_let_in_without_a_password_of_its_own(
    guarded: Broker, user: str | None
) -> None:
    async with Talk(INTEGRATION, Where(guarded.url, user, "guessed"), "5") as talk:
        await talk.until(lambda: bool(talk.downs))
        assert talk.causes == ["invalid_auth"]


async def test_a_real_gateway_and_home_assistant_have_all_the_rights_they_need(
    guarded: Broker, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORDS["pi-1"])
    credentials = ("--username", "pi-1", "--password-file", str(password))
    gateway = simulated(guarded.url, tmp_path, "pi-1", *credentials)
    filters = topics.heard_by_home_assistant(topics.DEFAULT_PREFIX)
    async with AsyncExitStack() as stack:
        home = Talk(INTEGRATION, _as(guarded, HOME), "auto", filters)
        await (await stack.enter_async_context(home)).up()
        stack.enter_context(gateway.start())
        heard = {gateway.status, *(gateway.topic(kind) for kind in ("meta", "state"))}
        await home.until(lambda: heard <= {one.topic for one in home.received})
        before = len(home.received)
        await home.saying(ANNOUNCE, b"{}")
        await home.until(lambda: heard <= {one.topic for one in home.received[before:]})
        asked = command(setpoint=31.0)
        await home.saying(gateway.topic("command"), json.dumps(asked).encode())
        replies = gateway.topic("reply")
        await home.until(lambda: any(one.topic == replies for one in home.received))
        (reply,) = (json.loads(one.payload) for one in home.received if one.topic == replies)
        assert (reply["id"], reply["status"]) == (asked["id"], "applied")
        assert "refuses" not in gateway.process.output()
