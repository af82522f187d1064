"""A form becomes a table, a payload a value, values a sample, and what is heard a proposal: the pure part."""

from typing import Any

import pytest

from custom_components.chamber_ws.chamber.errors import WireError
from custom_components.chamber_ws.chamber.messages import Command
from custom_components.chamber_ws.chamber.model import Limits, Mode, Part, Quality
from custom_components.chamber_ws.chamber.topics import parse
from custom_components.chamber_ws.mapping import payloads, reading
from custom_components.chamber_ws.mapping.leaves import Heard, leaves
from custom_components.chamber_ws.mapping.node import Node
from custom_components.chamber_ws.mapping.payloads import BadPayload, Flaw
from custom_components.chamber_ws.mapping.proposal import propose
from custom_components.chamber_ws.mapping.table import (
    BadMapping,
    Sort,
    Source,
    Unit,
    address_of,
    is_mapped,
)


def table(**fields: Any) -> Any:
    return reading.read({"name": "Box", "temperature": {"topic": "t"}, **fields}, "chamber")


def said(payload: bytes, how: str = "", sort: Sort = Sort.TEMPERATURE, **more: Any) -> Any:
    source = Source(topic="t", sort=sort, read=how, **more)
    return payloads.read(source, payload, lambda template, text: f"{template}{text}"[4:])


class TestPayloads:
    """What a payload means."""

    @pytest.mark.parametrize(
        ("payload", "how", "unit", "celsius"),
        [
            (b"30", "", Unit.CELSIUS, 30.0),
            (b" -1.5e1\n", "", Unit.CELSIUS, -15.0),
            (b"86", "", Unit.FAHRENHEIT, 30.0),
            (b"303.15", "", Unit.KELVIN, 30.0),
            (b'{"a": {"b": [1, 2.5]}}', "$.a.b[1]", Unit.CELSIUS, 2.5),
            (b'{"a b": "7"}', "$['a b']", Unit.CELSIUS, 7.0),
            (b"[4]", "$[0]", Unit.CELSIUS, 4.0),
            (b"9", "$", Unit.CELSIUS, 9.0),
            (b"12", "{{%}", Unit.CELSIUS, 12.0),
            (b"0", "", Unit.CELSIUS, 0.0),
        ],
    )
    def test_numbers(self, payload: bytes, how: str, unit: Unit, celsius: float) -> None:
        assert said(payload, how, unit=unit) == celsius

    @pytest.mark.parametrize("payload", [b"nan", b"unavailable", b"Unknown", b"None"])
    def test_words_for_no_value(self, payload: bytes) -> None:
        assert said(payload) is None
        assert said(payload, sort=Sort.SWITCH) is None

    def test_null(self) -> None:
        assert said(b'{"t": null}', "$.t") is None

    @pytest.mark.parametrize(
        ("payload", "how", "flaw"),
        [
            (b"30,5", "", Flaw.NOT_A_NUMBER),
            (b"", "", Flaw.NOT_A_NUMBER),
            (b"1" * 65, "", Flaw.NOT_A_NUMBER),
            (b"-300", "", Flaw.OUT_OF_BOUNDS),
            (b"1e300", "", Flaw.OUT_OF_BOUNDS),
            (b"\xff", "", Flaw.NOT_TEXT),
            (b"1" * 70_000, "", Flaw.NOT_TEXT),
            (b"{", "$.t", Flaw.NOT_JSON),
            (b"[" * 9_000, "$.t", Flaw.NOT_JSON),
            (b"{}", "$.t", Flaw.ABSENT),
            (b"[1]", "$[1]", Flaw.ABSENT),
            (b"5", "$.t", Flaw.ABSENT),
            (b'{"t": true}', "$.t", Flaw.NOT_A_NUMBER),
            (b'{"t": {}}', "$.t", Flaw.NOT_A_NUMBER),
            pytest.param(b"1" * 310, "$", Flaw.NOT_A_NUMBER, id="too long for a float"),
            pytest.param(b"1" * 5_000, "$", Flaw.NOT_A_NUMBER, id="too long for an integer"),
        ],
    )
    def test_what_cannot_be_read(self, payload: bytes, how: str, flaw: Flaw) -> None:
        with pytest.raises(BadPayload) as error:
            said(payload, how)
        assert error.value.flaw is flaw

    @pytest.mark.parametrize(
        ("payload", "how", "on"),
        [
            (b"ON", "", True),
            (b"0", "", False),
            (b'{"h": 1.0}', "$.h", True),
            (b'{"h": false}', "$.h", False),
        ],
    )
    def test_switches(self, payload: bytes, how: str, on: bool) -> None:
        words = table(actuators={"heaters": [{"topic": "h"}]}).sources["heaters[0]"].words
        assert said(payload, how, Sort.SWITCH, words=words) is on

    def test_an_unknown_word(self) -> None:
        with pytest.raises(BadPayload, match="unknown_word: maybe"):
            said(b"maybe", sort=Sort.SWITCH)

    def test_a_power_that_cannot_be(self) -> None:
        assert said(b"23.8", sort=Sort.POWER) == 23.8
        with pytest.raises(BadPayload, match="out_of_bounds"):
            said(b"-1", sort=Sort.POWER)

    @pytest.mark.parametrize("unit", Unit)
    def test_units_there_and_back(self, unit: Unit) -> None:
        assert unit.from_celsius(unit.to_celsius(12.5)) == pytest.approx(12.5)


class TestTable:
    """What a form means."""

    def test_words_that_are_named_take_the_place_of_the_usual_ones(self) -> None:
        door = table(door={"topic": "d", "on": [" Ajar "], "off": ["1"]}).sources["door"]
        assert dict(door.words) == {"ajar": True, "1": False}

    def test_a_word_named_for_one_side_leaves_the_other(self) -> None:
        door = table(door={"topic": "d", "on": ["0"]}).sources["door"]
        assert door.words["0"] is True
        assert door.words["closed"] is False

    def test_modes_are_what_the_actuators_allow(self) -> None:
        cooled = table(actuators={"coolers": [{"topic": "c"}]}, mode={"topic": "m"})
        assert cooled.modes == (Mode.OFF, Mode.COOL)

    def test_modes_that_are_named_are_offered(self) -> None:
        mode = {"topic": "m", "words": ["off=0", "heat = Warm"], "command_topic": "m/set"}
        named = table(mode=mode)
        assert named.meta.modes == (Mode.OFF, Mode.HEAT)
        assert named.sources["mode"].words == {"0": Mode.OFF, "warm": Mode.HEAT}
        assert named.mode is not None
        assert named.mode.words[Mode.HEAT] == "Warm"

    def test_without_a_mode_a_chamber_does_what_it_can(self) -> None:
        parts = {"heaters": [{"topic": "h"}], "coolers": [{"topic": "c"}]}
        assert table(setpoint={"topic": "s"}, actuators=parts).meta.modes == (Mode.HEAT_COOL,)
        assert table(setpoint={"topic": "s"}).meta.modes == (Mode.HEAT_COOL,)
        assert table(actuators=parts).meta.modes is None

    def test_probes_get_ids_of_the_contract(self) -> None:
        rows = [{"name": name, "topic": "t"} for name in ("Prüfling 1", "door", "")]
        assert list(table(further={"probes": rows}).probes) == [
            "pr_fling_1",
            "probe_door",
            "probe_3",
        ]

    def test_every_topic_is_named_once(self) -> None:
        assert table(setpoint={"topic": "s"}, door={"topic": "t"}).topics == ("t", "s")

    @pytest.mark.parametrize(
        "topic", ["a/#", "+", "a\0", "a\nb", "x" * 65_536, "chamber/v1/a/b/state"]
    )
    def test_no_other_topic_than_one(self, topic: str) -> None:
        with pytest.raises(BadMapping):
            table(power={"topic": topic})

    def test_commands_are_not_sent_to_the_contracts_topics(self) -> None:
        with pytest.raises(BadMapping, match="contract_topic"):
            table(setpoint={"topic": "s", "command_topic": "chamber/v1/a/b/command"})

    def test_no__its_address(self) -> None:
        address = address_of("01jd")
        assert is_mapped(address)
        with pytest.raises(WireError):
            parse(f"chamber/v1/{address.gateway}/{address.chamber}/state")


class TestNode:
    """Values become a sample."""

    @pytest.fixture
    def node(self) -> Node:
        parts = {"heaters": [{"topic": "h"}]}
        return Node(table(setpoint={"topic": "s"}, actuators=parts, power={"topic": "w"}))

    def test_what_is_old_is_stale_and_what_was_switched_holds(self, node: Node) -> None:
        for key, value in (("temperature", 5.0), ("setpoint", 4.0), ("power", 9.0)):
            node.hear(key, value, 100.0, retained=False)
        node.hear("heaters[0]", True, 100.0, retained=False)
        young, old = node.sample(130.0, 10.0), node.sample(130.1, 10.0)
        assert (young.temperature, young.power, dict(young.quality)) == (5.0, 9.0, {})
        assert (old.setpoint, old.power, old.heaters) == (4.0, None, (Part(on=True),))
        assert old.quality["temperature"] is Quality.STALE

    def test_of_what_was_retained_only_a_wish_is_believed(self, node: Node) -> None:
        for key, value in (("temperature", 5.0), ("setpoint", 4.0), ("heaters[0]", True)):
            node.hear(key, value, 100.0, retained=True)
        sample = node.sample(100.0, 10.0)
        assert (sample.temperature, sample.setpoint, sample.heaters) == (None, 4.0, (None,))
        assert not node.measures

    def test_what_was_live_is_not_undone_by_what_was_retained(self, node: Node) -> None:
        node.hear("temperature", 5.0, 100.0, retained=False)
        node.hear("temperature", 99.0, 101.0, retained=True)
        assert node.sample(101.0, 10.0).temperature == 5.0

    def test_no_value_is_missing(self, node: Node) -> None:
        node.hear("temperature", None, 100.0, retained=False)
        sample = node.sample(100.0, 10.0)
        assert (sample.temperature, sample.quality["temperature"]) == (None, Quality.MISSING)

    def test_a_probe_that_was_not_heard_yet_is_missing_only_after_a_while(self) -> None:
        node = Node(table(further={"probes": [{"name": "Air", "topic": "a"}]}))
        node.hear("temperature", 5.0, 100.0, retained=False)
        assert dict(node.sample(130.0, 10.0).quality) == {}
        node.hear("temperature", 5.0, 131.0, retained=False)
        assert dict(node.sample(131.0, 10.0).quality) == {"air": Quality.MISSING}

    def test_only_what_is_said_after_the_question_confirms(self, node: Node) -> None:
        command = Command(id="x", do="set", setpoint=4.0)
        node.hear("setpoint", 4.0, 100.0, retained=False)
        node.asked()
        assert not node.shows(node.sample(100.0, 10.0), command, Limits())
        node.hear("setpoint", 4.0, 101.0, retained=True)
        assert not node.shows(node.sample(101.0, 10.0), command, Limits())
        node.hear("setpoint", 4.04, 102.0, retained=False)
        assert node.shows(node.sample(102.0, 10.0), command, Limits())
        node.hear("setpoint", 4.2, 103.0, retained=False)
        assert not node.shows(node.sample(103.0, 10.0), command, Limits())


def proposed(**said: str) -> dict[str, Any]:
    heard = {topic.replace("__", "/"): Heard(payload.encode()) for topic, payload in said.items()}
    return propose(heard, "Chamber")


class TestProposal:
    """What is heard becomes a first mapping."""

    def test_topics_with_levels(self) -> None:
        found = proposed(
            lab__box1__temp="5.1",
            lab__box1__soll="5",
            lab__box1__heizung="aus",
            lab__box1__fan="on",
        )
        assert found["name"] == "box1"
        assert found["temperature"]["topic"] == "lab/box1/temp"
        assert found["setpoint"]["topic"] == "lab/box1/soll"
        assert found["actuators"] == {"fans": [{"topic": "lab/box1/fan"}]}

    def test_one_document_for_all(self) -> None:
        state = '{"sensor": {"temperature": 5.1}, "setpoint": 5, "heater": false, "power": 12, "door": "closed"}'
        found = proposed(box="5", box__state=state)
        assert found["temperature"] == {
            "topic": "box/state",
            "read": "$.sensor.temperature",
            "unit": "°C",
        }
        assert found["setpoint"] == {"topic": "box/state", "read": "$.setpoint", "unit": "°C"}
        assert found["actuators"] == {"heaters": [{"topic": "box/state", "read": "$.heater"}]}
        assert found["power"] == {"topic": "box/state", "read": "$.power"}
        assert found["door"] == {"topic": "box/state", "read": "$.door"}

    def test_a_topic_for_wishes_that_was_heard(self) -> None:
        found = proposed(box__actual="5", box__target="4", box__target__set="4")
        assert found["setpoint"]["command_topic"] == "box/target/set"

    def test_of_several_chambers_what_belongs_together(self) -> None:
        found = proposed(
            a__actual="30",
            a__desired="5",
            b__actual="4",
            b__desired="4.1",
            a__heater="1",
            b__cooler="0",
        )
        assert found["temperature"]["topic"] == "b/actual"
        assert found["setpoint"]["topic"] == "b/desired"
        assert found["actuators"] == {"coolers": [{"topic": "b/cooler"}]}

    def test_a_number_beside_the_setpoint_is_what_is(self) -> None:
        found = proposed(box__x="4.2", box__setpoint="4", box__uptime="86400")
        assert found["temperature"]["topic"] == "box/x"

    def test_a_temperature_alone(self) -> None:
        assert proposed(fridge__temp_fahrenheit="41") == {
            "name": "fridge",
            "temperature": {"topic": "fridge/temp_fahrenheit", "unit": "°F"},
        }

    def test_what_is_elsewhere_is_not_in_the_chamber(self) -> None:
        assert "temperature" not in proposed(ambient__temperature="21", humidity="40")

    def test_mode_and_availability(self) -> None:
        found = proposed(b__temp="5", b__mode="heat", b__online="1")
        assert found["mode"] == {"topic": "b/mode"}
        assert found["availability"] == {"topic": "b/online"}

    @pytest.mark.parametrize("payload", [b"", b"\xff", b"{", b"[[[[[[1]]]]]]", b'{"a\'b": 1}'])
    def test_garbage_proposes_nothing(self, payload: bytes) -> None:
        assert propose({"temp": Heard(payload)}, "Chamber") == {"name": "Chamber"}

    def test_a_number_that_is_too_long_is_no_temperature(self) -> None:
        document = b'{"temp": 5, "power": ' + b"1" * 310 + b"}"
        assert propose({"t": Heard(document)}, "Chamber")["temperature"]["read"] == "$.temp"

    def test_a_large_document_is_cut(self) -> None:
        document = "[" + ",".join("1" for _ in range(500)) + "]"
        assert len(leaves({"t": Heard(document.encode())})) == 64
