"""Each kind of message in full, both ways, and what a bad field costs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chamber.given import BOX, described, sample
from chamber_agent.chamber import wire
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.messages import (
    Announce,
    Before,
    Command,
    CommandMessage,
    Event,
    EventMessage,
    History,
    HistoryMessage,
    Message,
    MetaMessage,
    Reply,
    ReplyMessage,
    SpoiledMessage,
    StateMessage,
    StatusMessage,
)
from chamber_agent.chamber.model import (
    Action,
    Clock,
    Limits,
    Meta,
    Mode,
    Part,
    Presence,
    Probe,
    Progress,
    Quality,
    Sample,
    Status,
    frozen,
)
from chamber_agent.chamber.past import history
from chamber_agent.chamber.topics import Kind

TOPIC = {
    kind: f"chamber/v1/pi/box1/{kind}" for kind in set(Kind) - {Kind.ANNOUNCE, Kind.STATUS}
} | {Kind.ANNOUNCE: "chamber/v1/announce", Kind.STATUS: "chamber/v1/pi/status"}

WHEN: dict[str, Any] = {
    "seq": 7,
    "epoch": "k3f9",
    "time": 1764000000.5,
    "clock": "ntp",
    "boot": "a1b2",
    "uptime": 85400.5,
}
TIMED: dict[str, Any] = {**WHEN, "clock": Clock.NTP}
STATE: dict[str, Any] = {
    "temperature": 4.5,
    **WHEN,
    "setpoint": 5,
    "effective_setpoint": 5.5,
    "mode": "heat_cool",
    "action": "cooling",
    "reason": "door",
    "heaters": [0, True, None],
    "coolers": [55.5],
    "fans": [False],
    "probes": {"product": 5, "ambient": None},
    "quality": {"product": "ok", "ambient": "missing"},
    "door": False,
    "power": 12.5,
    "energy": 0.25,
    "profile": {"name": "bake", "step": 1, "steps": 5, "remaining": 60, "state": "running"},
}
SAMPLE = Sample(
    temperature=4.5,
    **TIMED,
    setpoint=5.0,
    effective_setpoint=5.5,
    mode=Mode.HEAT_COOL,
    action=Action.COOLING,
    reason="door",
    heaters=(Part(on=False, duty=0.0), Part(on=True), None),
    coolers=(Part(on=True, duty=55.5),),
    fans=(Part(on=False),),
    probes=frozen({"product": 5.0, "ambient": None}),
    quality=frozen({"product": Quality.OK, "ambient": Quality.MISSING}),
    door=False,
    power=12.5,
    energy=0.25,
    profile=Progress(name="bake", step=1, steps=5, remaining=60.0, state="running"),
)
ABOUT = dict.fromkeys(
    ("name", "manufacturer", "model", "serial", "software", "hardware"), "Kühlbox 1"
)
SAID: list[tuple[Kind, dict[str, Any], Message]] = [
    (Kind.ANNOUNCE, {}, Announce()),
    (
        Kind.STATUS,
        {"state": "lost", "session": "s1", "agent": "1.2.3", "heartbeat": 30},
        StatusMessage(
            "pi", Status(state=Presence.LOST, session="s1", agent="1.2.3", heartbeat=30.0)
        ),
    ),
    (Kind.STATE, STATE, StateMessage(BOX, SAMPLE)),
    (
        Kind.META,
        {
            **ABOUT,
            "limits": {"min": -5, "max": 45, "step": 0.5},
            "modes": ["off", "cool"],
            "heaters": ["left", None],
            "coolers": ["Peltier"],
            "fans": [],
            "probes": {"product": {"role": "product", "name": "Vial"}},
            "door": True,
            "power": False,
            "replies": True,
            "history": False,
            "heartbeat": 0.5,
            "calibration_due": "2027-05-01",
        },
        described(
            **ABOUT,
            limits=Limits(-5.0, 45.0, 0.5),
            modes=(Mode.OFF, Mode.COOL),
            heaters=("left", None),
            coolers=("Peltier",),
            fans=(),
            probes=frozen({"product": Probe(role="product", name="Vial")}),
            door=True,
            power=False,
            replies=True,
            history=False,
            heartbeat=0.5,
            calibration_due="2027-05-01",
        ),
    ),
    (
        Kind.EVENT,
        {"type": "door_opened", "id": "e-1", **WHEN, "message": "by hand"},
        EventMessage(BOX, Event(type="door_opened", id="e-1", **TIMED, message="by hand")),
    ),
    (
        Kind.COMMAND,
        {
            "id": "c-1",
            "do": "set",
            "setpoint": 5,
            "mode": "off",
            "by": "Ada",
            "time": 1764000000,
            "ttl": 30,
            "epoch": "k3f9",
            "from": 7,
            "to": 9,
            "action": "start",
            "name": "bake",
            "steps": [{"hold": 60, "at": [5]}, {}],
            "end": "hold",
            "resume": "restart",
        },
        CommandMessage(
            BOX,
            Command(
                id="c-1",
                do="set",
                setpoint=5.0,
                mode=Mode.OFF,
                by="Ada",
                time=1764000000.0,
                ttl=30.0,
                epoch="k3f9",
                first=7,
                last=9,
                action="start",
                name="bake",
                steps=(frozen({"hold": 60, "at": [5]}), frozen({})),
                end="hold",
                resume="restart",
            ),
        ),
    ),
    (
        Kind.REPLY,
        {
            "id": "c-1",
            "status": "rejected",
            "code": "busy",
            "message": "wait",
            "setpoint": 5,
            "effective_setpoint": 5.5,
            "mode": "cool",
            "seq": 7,
            "epoch": "k3f9",
        },
        ReplyMessage(
            BOX,
            Reply(
                id="c-1",
                status="rejected",
                code="busy",
                message="wait",
                setpoint=5.0,
                effective_setpoint=5.5,
                mode=Mode.COOL,
                seq=7,
                epoch="k3f9",
            ),
        ),
    ),
    (
        Kind.HISTORY,
        {
            "id": "h-1",
            "epoch": "k3f9",
            "columns": ["seq", "temperature", "door", "product"],
            "rows": [[7, 4.5, None, 5], [8, None, True, None]],
            "lost": [[3, 6], [9, 9]],
            "last": True,
            "before": {"epoch": "k3f8", "to": 1200},
        },
        HistoryMessage(
            BOX,
            History(
                id="h-1",
                epoch="k3f9",
                samples=(
                    sample(4.5, seq=7, epoch="k3f9", probes=frozen({"product": 5.0})),
                    sample(None, seq=8, epoch="k3f9", door=True, probes=frozen({"product": None})),
                ),
                lost=((3, 6), (9, 9)),
                complete=True,
                before=Before("k3f8", 1200),
            ),
        ),
    ),
]
KINDS = [str(kind) for kind, _, _ in SAID]
NEEDED = [
    (Kind.STATUS, "state", Flaw.BAD_STATE),
    (Kind.EVENT, "type", Flaw.BAD_TYPE),
    (Kind.COMMAND, "id", Flaw.BAD_ID),
    (Kind.REPLY, "id", Flaw.BAD_ID),
    (Kind.REPLY, "status", Flaw.BAD_ID),
    (Kind.HISTORY, "id", Flaw.BAD_ID),
    (Kind.HISTORY, "epoch", Flaw.BAD_ID),
    (Kind.HISTORY, "columns", Flaw.BAD_BATCH),
    (Kind.HISTORY, "rows", Flaw.BAD_BATCH),
]
# What makes a message another one, or no message, where it is wrong.
DECIDES = {(kind, name) for kind, name, _flaw in NEEDED} | {
    (Kind.STATE, "temperature"),
    (Kind.HISTORY, "lost"),
}
OTHERS = [
    (kind, raw, name) for kind, raw, _message in SAID for name in raw if (kind, name) not in DECIDES
]


def heard(kind: Kind, raw: dict[str, Any]) -> Any:
    """What a payload of this kind means."""
    return wire.decode(TOPIC[kind], json.dumps(raw).encode())


def noun(message: Any) -> Any:
    """What a message carries."""
    names = ("status", "meta", "sample", "event", "command", "reply", "history")
    return next(getattr(message, name) for name in names if hasattr(message, name))


@pytest.mark.parametrize(("kind", "raw", "message"), SAID, ids=KINDS)
class TestAMessageInFull:
    def test_is_understood_field_by_field(
        self, kind: Kind, raw: dict[str, Any], message: Message
    ) -> None:
        assert heard(kind, raw) == message

    def test_is_said_field_by_field(
        self, kind: Kind, raw: dict[str, Any], message: Message
    ) -> None:
        topic, payload = wire.encode(message)
        assert topic == TOPIC[kind]
        assert json.loads(payload) == raw

    def test_is_understood_and_said_below_any_prefix(
        self, kind: Kind, raw: dict[str, Any], message: Message
    ) -> None:
        topic, payload = wire.encode(message, "a/b")
        assert topic == TOPIC[kind].replace("chamber", "a/b", 1)
        assert wire.decode(topic, payload, "a/b") == message


@pytest.mark.parametrize(("kind", "raw", "name"), OTHERS)
class TestAField:
    def test_that_is_wrong_is_set_aside_and_costs_nothing_else(
        self, kind: Kind, raw: dict[str, Any], name: str
    ) -> None:
        spoilt = heard(kind, {**raw, name: [0] * 101})
        assert noun(spoilt) == noun(heard(kind, {**raw, name: None}))
        assert spoilt.set_aside == (name,)

    def test_that_is_null_is_as_if_it_were_not_there(
        self, kind: Kind, raw: dict[str, Any], name: str
    ) -> None:
        absent = {key: value for key, value in raw.items() if key != name}
        assert heard(kind, {**raw, name: None}) == heard(kind, absent)
        assert heard(kind, absent).set_aside == ()


@pytest.mark.parametrize(("kind", "name", "flaw"), NEEDED)
@pytest.mark.parametrize("wrong", [None, {}, 5.5, ""])
def test_what_a_message_cannot_do_without_costs_it_whole(
    kind: Kind, name: str, flaw: Flaw, wrong: object
) -> None:
    (raw,) = (raw for one, raw, _ in SAID if one is kind)
    with pytest.raises(WireError) as info:
        heard(kind, {**raw, name: wrong})
    assert info.value.flaw is flaw


class TestASampleWithoutAUsableTemperature:
    """It is never shown: what is wrong must not look like what is unknown."""

    @pytest.mark.parametrize("wrong", ["4.5", True, [], {}, -274, 2001, 10**400])
    def test_leaves_its_number_alone(self, wrong: object) -> None:
        assert heard(Kind.STATE, {**STATE, "temperature": wrong}) == SpoiledMessage(
            BOX, "k3f9", 7, ("temperature",)
        )

    def test_leaves_its_number_where_it_says_none_too(self) -> None:
        assert heard(Kind.STATE, WHEN) == SpoiledMessage(BOX, "k3f9", 7, ("temperature",))

    def test_leaves_nothing_where_its_number_is_wrong_too(self) -> None:
        raw = {"seq": -1, "epoch": "", "setpoint": 5}
        assert heard(Kind.STATE, raw) == SpoiledMessage(BOX, None, None, ("temperature",))

    def test_is_another_thing_than_one_whose_temperature_is_null(self) -> None:
        assert heard(Kind.STATE, {"temperature": None}) == StateMessage(BOX, sample(None))

    def test_in_a_batch_is_lost(self) -> None:
        raw = {"id": "h-1", "epoch": "k3f9", "columns": ["seq", "temperature"]}
        rows = [[7, 4.5], [8, "warm"], [9, 2001], [10, None]]
        message = heard(Kind.HISTORY, {**raw, "rows": rows})
        assert message.set_aside == ("temperature",)
        assert [one.seq for one in message.history.samples] == [7, 10]
        assert message.history.lost == ((8, 9),)
        assert not message.history.complete


class TestABatch:
    def test_may_fill_32_kibibytes(self) -> None:
        raw = b'{"id":"h-1","epoch":"k3f9","columns":["seq"],"rows":[]}'
        message = wire.decode(TOPIC[Kind.HISTORY], raw.ljust(history.LARGEST))
        assert message == HistoryMessage(BOX, History(id="h-1", epoch="k3f9"))
        with pytest.raises(WireError, match=r"^too_large: 32769 bytes$"):
            wire.decode(TOPIC[Kind.HISTORY], raw.ljust(history.LARGEST + 1))

    def test_is_never_written_larger_than_it_is_read(self) -> None:
        def batch(rows: int) -> HistoryMessage:
            reasons = (sample(4.5, seq=seq, reason="r" * 64) for seq in range(rows))
            return HistoryMessage(BOX, History(id="h-1", epoch="k3f9", samples=tuple(reasons)))

        assert len(wire.encode(batch(400))[1]) <= history.LARGEST
        with pytest.raises(WireError) as info:
            wire.encode(batch(499))
        assert info.value.flaw is Flaw.TOO_LARGE

    def test_names_a_field_once_that_is_wrong_in_every_row(self) -> None:
        raw = {"id": "h-1", "epoch": "k3f9", "columns": ["seq", "temperature", "door"]}
        rows = [[7, 4.5, "open"], [8, 4.5, "shut"]]
        assert heard(Kind.HISTORY, {**raw, "rows": rows}).set_aside == ("door",)

    def test_says_nothing_of_what_came_before_unless_it_says_all_of_it(self) -> None:
        raw = {"id": "h-1", "epoch": "k3f9", "columns": ["seq"], "rows": []}
        for before in ({"epoch": "k3f8"}, {"to": 9}, {}):
            message = heard(Kind.HISTORY, {**raw, "before": before})
            assert (message.history.before, message.set_aside) == (None, ("before",))


class TestACommand:
    def test_that_does_not_say_what_to_do_can_still_be_answered(self) -> None:
        assert heard(Kind.COMMAND, {"id": "c-1"}) == CommandMessage(BOX, Command(id="c-1", do=""))

    def test_that_nobody_knows_is_kept_as_it_came(self) -> None:
        assert heard(Kind.COMMAND, {"id": "c-1", "do": "dance"}).command.do == "dance"


class TestNumbers:
    """A value is written as it is read: whole ones without a fraction, as long as that is exact."""

    @pytest.mark.parametrize(
        ("number", "spelt"),
        [
            (30.0, b"30"),
            (-0.5, b"-0.5"),
            (0.0, b"0"),
            (2.0**53 - 2, b"9007199254740990"),
            (2.0**53 - 1, b"9007199254740991.0"),
            (2.0**53, b"9007199254740992.0"),
            (-(2.0**53), b"-9007199254740992.0"),
        ],
    )
    def test_are_whole_where_they_are(self, number: float, spelt: bytes) -> None:
        message = StateMessage(BOX, sample(energy=number))
        assert wire.encode(message)[1] == b'{"temperature":20,"energy":' + spelt + b"}"

    def test_of_a_sample_keep_zero_and_false_and_leave_out_what_is_empty(self) -> None:
        taken = sample(0.0, seq=0, door=False, heaters=(), probes=frozen({}), quality=frozen({}))
        assert wire.spelt_sample(taken) == {
            "temperature": 0,
            "seq": 0,
            "door": False,
            "heaters": [],
        }

    def test_of_a_clock_that_is_none_have_no_time_but_say_so(self) -> None:
        assert wire.spelt_sample(sample(None, clock=Clock.NONE)) == {
            "temperature": None,
            "clock": "none",
            "time": None,
        }
        assert "time" not in wire.spelt_sample(sample(clock=Clock.ESTIMATED))


def test_a_word_is_spelt_as_plain_text() -> None:
    """It is stored as it is spelt, where a member of an enumeration would be another thing."""
    spelt = wire.spelt_sample(sample(clock=Clock.NTP, quality=frozen({"a": Quality.OK})))
    assert [type(spelt["clock"]), type(spelt["quality"])] == [str, dict]
    assert spelt["quality"] == {"a": "ok"}


def test_what_is_unknown_to_the_contract_is_ignored() -> None:
    assert heard(Kind.META, {"name": "A", "colour": "red"}) == MetaMessage(BOX, Meta(name="A"))
