"""A real gateway process against a real Mosquitto, seen and spoken to by a plain client."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from end_to_end.gateways import Gateway, command, simulated
from end_to_end.parts import TIMEOUT
from end_to_end.plain import Plain, Said
from workshop.parts.brokers import Broker

pytestmark = TIMEOUT


@pytest.fixture
def plain(mosquitto: Broker) -> Iterator[Plain]:
    """A client that hears everything."""
    with Plain(mosquitto.plain_port, "chamber/v1/#") as client:
        yield client


@pytest.fixture(scope="module")
def gateway(mosquitto: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that nobody kills."""
    lasting = simulated(mosquitto.url, tmp_path_factory.mktemp("gateway"))
    with lasting.start():
        yield lasting


@pytest.fixture
def mortal(mosquitto: Broker, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that a test starts, and may kill."""
    made = simulated(mosquitto.url, tmp_path)
    yield made
    made.process.stop()


def answer(plain: Plain, gateway: Gateway, asked: dict[str, Any]) -> Said:
    """Send a command and return what became of it."""
    since = plain.so_far()
    plain.say(gateway.topic("command"), asked)

    def final(reply: Any) -> bool:
        return bool(reply["id"] == asked["id"] and reply["status"] != "accepted")

    return plain.hears(gateway.topic("reply"), final, since=since)


def current(plain: Plain, gateway: Gateway) -> dict[str, Any]:
    """The next sample."""
    since = plain.so_far()
    content: dict[str, Any] = plain.hears(gateway.topic("state"), since=since).content
    return content


class TestBirth:
    """What a gateway says when it comes."""

    def test_it_says_what_it_is_and_what_it_has(self, plain: Plain, mortal: Gateway) -> None:
        mortal.start()
        status = plain.hears(mortal.status)
        assert (status.content["state"], status.retained) == ("online", False)
        assert status.content["session"]
        meta = plain.hears(mortal.topic("meta")).content
        assert meta["name"] == "Lecture box"
        assert meta["replies"]
        state = plain.hears(mortal.topic("state")).content
        assert 10.0 < state["temperature"] < 50.0
        assert status.at <= plain.hears(mortal.topic("meta")).at

    def test_whoever_comes_later_finds_all_of_it_retained(
        self, mosquitto: Broker, plain: Plain, gateway: Gateway
    ) -> None:
        plain.hears(gateway.topic("state"))
        with Plain(mosquitto.plain_port, f"chamber/v1/{gateway.id}/#") as late:
            found = [
                late.hears(gateway.status),
                *map(late.hears, map(gateway.topic, ("meta", "state"))),
            ]
            assert [said.retained for said in found] == [True, True, True]

    def test_an_announce_is_answered_byte_for_byte(self, plain: Plain, gateway: Gateway) -> None:
        known = [plain.hears(topic).payload for topic in (gateway.status, gateway.topic("meta"))]
        since = plain.so_far()
        plain.say("chamber/v1/announce", {})
        again = [
            plain.hears(topic, since=since) for topic in (gateway.status, gateway.topic("meta"))
        ]
        assert [said.payload for said in again] == known


class TestSamples:
    """What a chamber says all the time."""

    def test_they_are_numbered_and_dated(self, plain: Plain, gateway: Gateway) -> None:
        since = plain.so_far()
        first = plain.hears(gateway.topic("state"), since=since).content
        plain.hears(
            gateway.topic("state"), lambda said: said["seq"] >= first["seq"] + 3, since=since
        )
        samples = [said.content for said in plain.all(gateway.topic("state"), since)]
        live = [sample for sample in samples if sample["seq"] >= first["seq"]]
        assert [sample["seq"] for sample in live[:4]] == [first["seq"] + i for i in range(4)]
        assert {(sample["epoch"], sample["clock"]) for sample in live} == {(first["epoch"], "ntp")}
        assert live[-1]["time"] == pytest.approx(time.time(), abs=2.0)

    def test_each_part_has_its_duty(self, plain: Plain, gateway: Gateway) -> None:
        sample = current(plain, gateway)
        meta = plain.hears(gateway.topic("meta")).content
        for kind in ("heaters", "coolers", "fans"):
            assert len(sample[kind]) == len(meta[kind])
            assert all(0 <= duty <= 100 for duty in sample[kind])


class TestCommands:
    """What a chamber is asked for."""

    @pytest.mark.parametrize("setpoint", [40.0, 20.0])
    def test_a_setpoint_is_confirmed_shown_and_approached(
        self, plain: Plain, gateway: Gateway, setpoint: float
    ) -> None:
        before = current(plain, gateway)["temperature"]
        reply = answer(plain, gateway, command(setpoint=setpoint, mode="heat_cool")).content
        assert (reply["status"], reply["setpoint"], reply["mode"]) == (
            "applied",
            setpoint,
            "heat_cool",
        )
        part = "heaters" if setpoint > before else "coolers"
        way = setpoint - before
        plain.hears(
            gateway.topic("state"),
            lambda said: said["setpoint"] == setpoint and (said["seq"] >= reply["seq"]),
        )
        plain.hears(gateway.topic("state"), lambda said: max(said[part]) > 0)
        plain.hears(
            gateway.topic("state"),
            lambda said: (said["temperature"] - before) / way > 0.3,
            since=plain.so_far(),
            within=20.0,
        )

    def test_what_is_out_of_range_is_rejected_and_changes_nothing(
        self, plain: Plain, gateway: Gateway
    ) -> None:
        before = current(plain, gateway)["setpoint"]
        reply = answer(plain, gateway, command(setpoint=500.0)).content
        assert (reply["status"], reply["code"]) == ("rejected", "out_of_range")
        assert current(plain, gateway)["setpoint"] == before

    def test_what_comes_too_late_is_not_obeyed(self, plain: Plain, gateway: Gateway) -> None:
        before = current(plain, gateway)["setpoint"]
        reply = answer(plain, gateway, command(setpoint=33.0, time=time.time() - 60)).content
        assert reply["status"] == "expired"
        assert current(plain, gateway)["setpoint"] == before

    @pytest.mark.parametrize(
        "nonsense",
        [b"", b"\xff", b"[]", b'{"do": "set"}', b'{"id": "x", "do": "set", "setpoint": NaN}'],
    )
    def test_nonsense_does_no_harm(self, plain: Plain, gateway: Gateway, nonsense: bytes) -> None:
        before = current(plain, gateway)["setpoint"]
        plain.say(gateway.topic("command"), nonsense)
        assert answer(plain, gateway, command(setpoint=before)).content["status"] == "applied"
        assert current(plain, gateway)["setpoint"] == before

    def test_a_repeat_is_answered_as_before_and_not_obeyed_again(
        self, plain: Plain, gateway: Gateway
    ) -> None:
        once = command(setpoint=28.0)
        first = answer(plain, gateway, once)
        answer(plain, gateway, command(setpoint=29.0))
        assert answer(plain, gateway, once).payload == first.payload
        assert current(plain, gateway)["setpoint"] == 29.0

    def test_a_repeat_is_known_after_a_power_cut(self, plain: Plain, mortal: Gateway) -> None:
        mortal.start()
        plain.hears(mortal.topic("state"))
        once = command(setpoint=28.0)
        first = answer(plain, mortal, once)
        mortal.process.kill()
        mortal.process.stop()
        since = plain.so_far()
        mortal.start()
        back = plain.hears(mortal.topic("state"), since=since).content
        assert back["setpoint"] == 28.0
        assert answer(plain, mortal, once).payload == first.payload

    def test_a_profile_goes_on_after_a_power_cut(self, plain: Plain, mortal: Gateway) -> None:
        mortal.start()
        plain.hears(mortal.topic("state"))
        steps = [{"setpoint": 45.0, "seconds": 36_000}, {"soak": 600}]
        wish = {"do": "profile", "action": "start", "name": "bake", "steps": steps}
        answer(plain, mortal, command(mode="heat_cool"))
        assert answer(plain, mortal, command(**wish)).content["status"] == "applied"
        before = plain.hears(mortal.topic("state"), lambda said: "profile" in said).content
        mortal.process.kill()
        mortal.process.stop()
        since = plain.so_far()
        mortal.start()
        back = plain.hears(mortal.topic("state"), since=since).content
        assert back["profile"]["name"] == "bake"
        assert back["profile"]["state"] == "running"
        assert back["setpoint"] == 45.0
        assert back["profile"]["remaining"] <= before["profile"]["remaining"]
        stopped = answer(plain, mortal, command(do="profile", action="stop")).content
        assert stopped["status"] == "applied"

    def test_a_retained_command_is_not_obeyed(self, plain: Plain, mortal: Gateway) -> None:
        plain.say(mortal.topic("command"), command(setpoint=33.0, mode="heat"), retain=True)
        mortal.start()
        plain.hears(mortal.topic("state"))
        answered = answer(plain, mortal, command(mode="off")).content
        assert answered["setpoint"] != 33.0
        assert len(plain.all(mortal.topic("reply"))) == 1
        plain.say(mortal.topic("command"), b"", retain=True)


class TestEnds:
    """How a gateway goes."""

    def test_killed_it_has_a_will(self, plain: Plain, mortal: Gateway) -> None:
        mortal.start()
        session = plain.hears(mortal.status).content["session"]
        mortal.end(signal.SIGKILL)
        lost = plain.hears(mortal.status, lambda said: said["state"] != "online", within=2.0)
        assert lost.content == {"state": "lost", "session": session}

    def test_asked_to_end_it_says_goodbye_and_has_no_will(
        self, mosquitto: Broker, plain: Plain, mortal: Gateway
    ) -> None:
        mortal.start()
        session = plain.hears(mortal.status).content["session"]
        plain.hears(mortal.topic("state"))
        assert mortal.end(signal.SIGTERM) < 3.0
        assert mortal.process.exit_code() == 0
        plain.hears(mortal.status, lambda said: said["state"] == "offline", within=2.0)
        with Plain(mosquitto.plain_port, mortal.status) as late:
            assert late.hears(mortal.status).content == {"state": "offline", "session": session}
