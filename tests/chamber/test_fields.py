"""One field at a time: what it admits, and what it costs when it does not."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber import arbitrary
from chamber_agent.chamber import fields
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.fields import Aside, Reader
from chamber_agent.chamber.model import Limits, Mode, Part, Probe, Progress

NO_NUMBERS = [True, False, "5", "٥", "5,0", "", [], [5], {}, math.nan, math.inf, -math.inf]


def reading(reader: Reader, raw: object) -> tuple[Any, list[str]]:
    """What a field called `x` means, and what was set aside."""
    aside = Aside()
    return aside.attempt("x", reader, raw), list(aside)


class TestANumber:
    @pytest.mark.parametrize("raw", [-1, -1.0, 0, 1.5, 2])
    def test_is_any_from_low_to_high(self, raw: float) -> None:
        value, aside = reading(fields.number(-1.0, 2.0), raw)
        assert (value, type(value), aside) == (raw, float, [])

    @pytest.mark.parametrize("raw", [*NO_NUMBERS, -1.01, 2.01, 10**20])
    def test_is_nothing_else(self, raw: object) -> None:
        assert reading(fields.number(-1.0, 2.0), raw) == (None, ["x"])


class TestAWholeNumber:
    @pytest.mark.parametrize("raw", [0, 2**53 - 1, 5.0])
    def test_has_no_fraction_however_it_is_spelt(self, raw: float) -> None:
        value, aside = reading(fields.whole(0, 2**53 - 1), raw)
        assert (value, type(value), aside) == (raw, int, [])

    @pytest.mark.parametrize("raw", [*NO_NUMBERS, -1, 2**53, 0.5, 2.0**53, 1e300])
    def test_is_nothing_else(self, raw: object) -> None:
        assert reading(fields.whole(0, 2**53 - 1), raw) == (None, ["x"])

    @pytest.mark.parametrize(("raw", "aside"), [(0, []), (2**53 - 1, []), (2**53, ["x"])])
    def test_of_a_sample_is_one_that_every_reader_of_json_keeps(
        self, raw: int, aside: list[str]
    ) -> None:
        assert reading(fields.SEQ, raw)[1] == aside


@pytest.mark.parametrize("raw", [1_764_000_000_000, -1, 1e12, *NO_NUMBERS])
def test_a_time_is_in_seconds_not_milliseconds(raw: object) -> None:
    assert reading(fields.TIME, raw) == (None, ["x"])


@pytest.mark.parametrize("raw", [5, True, None, "", "a b", "a" * 65, "a\n", "ä", ["a"], "<b>"])
def test_a_token_is_a_short_word_without_blanks(raw: object) -> None:
    assert reading(fields.matching(fields.TOKEN), raw)[0] is None
    assert reading(fields.matching(fields.TOKEN), "user:a.B_1-2") == ("user:a.B_1-2", [])


@pytest.mark.parametrize("raw", ["HEAT", "heat ", "dry", "", 1, ["heat"], {"heat": 1}])
def test_a_word_is_one_of_those_known(raw: object) -> None:
    assert reading(fields.word(Mode), raw) == (None, ["x"])
    assert reading(fields.word(Mode), "heat") == (Mode.HEAT, [])


class TestText:
    @pytest.mark.parametrize(
        ("raw", "line"),
        [
            ("Vaccine carrier 1", "Vaccine carrier 1"),
            ("  a\r\n\tb  ", "a   b"),
            ("\x00a\x1b[31m\u202eb\ud800\ufeff", "a[31mb"),
            ("Kühlschrank 冷蔵庫 🧊", "Kühlschrank 冷蔵庫 🧊"),
            ("MAX\t5 X", "MAX 5 X"),
            ("x" * 200, "x" * 10),
            ("123456789 123", "123456789"),
        ],
    )
    def test_is_one_printable_line_of_bounded_length(self, raw: str, line: str) -> None:
        assert reading(fields.text(10 if len(raw) > 40 or raw[0] == "1" else 128), raw) == (
            line,
            [],
        )

    @pytest.mark.parametrize(
        "raw", ["", "   ", "\x00", "\ud800", "\x00" * 600 + "a", 5, True, ["a"]]
    )
    def test_is_nothing_else(self, raw: object) -> None:
        assert reading(fields.text(128), raw) == (None, ["x"])

    @given(st.text(), st.integers(1, 20))
    def test_read_twice_is_the_same(self, raw: str, longest: int) -> None:
        once, _ = reading(fields.text(longest), raw)
        assert once is None or reading(fields.text(longest), once) == (once, [])


class TestAPart:
    @pytest.mark.parametrize(
        ("raw", "part"),
        [
            (True, Part(on=True)),
            (False, Part(on=False)),
            ("on", Part(on=True)),
            ("OFF", Part(on=False)),
            ("oN", Part(on=True)),
            (0, Part(on=False, duty=0.0)),
            (0.0, Part(on=False, duty=0.0)),
            (1, Part(on=True, duty=1.0)),
            (100, Part(on=True, duty=100.0)),
            (0.001, Part(on=True, duty=0.001)),
        ],
    )
    def test_is_a_duty_a_boolean_or_a_switch_word(self, raw: object, part: Part) -> None:
        assert reading(fields.part, raw) == (part, [])

    @pytest.mark.parametrize(
        "raw", [-1, 100.1, "yes", "true", "1", "", "o\ufb00", "on ", [], {}, math.nan, 1e400]
    )
    def test_is_nothing_else(self, raw: object) -> None:
        assert reading(fields.part, raw) == (None, ["x"])


class TestAList:
    def test_keeps_the_places_of_the_fit_when_one_is_unfit(self) -> None:
        parts = fields.listed("fans", fields.part)
        assert reading(parts, [5, "fast", None, True]) == (
            (Part(on=True, duty=5.0), None, None, Part(on=True)),
            ["fans[1]"],
        )

    def test_may_hold_64(self) -> None:
        parts = (Part(on=True),) * 64
        assert reading(fields.listed("fans", fields.part), [True] * 64) == (parts, [])

    def test_keeps_the_place_of_what_is_null(self) -> None:
        parts = (Part(on=False), None, Part(on=True, duty=5.0))
        assert reading(fields.listed("fans", fields.part), [False, None, 5]) == (parts, [])

    def test_names_what_its_entries_set_aside(self) -> None:
        probes = fields.listed("x", fields.probe)
        raw = [{"role": 5}, {"name": "P"}]
        assert reading(probes, raw) == ((Probe(), Probe(name="P")), ["probes.role"])

    def test_may_be_empty(self) -> None:
        assert reading(fields.listed("fans", fields.part), []) == ((), [])

    @pytest.mark.parametrize("raw", ["on", True, 5, {}, [True] * 65])
    def test_is_unfit_when_it_is_none_or_too_long(self, raw: object) -> None:
        assert reading(fields.listed("fans", fields.part), raw) == (None, ["x"])


class TestProbes:
    @pytest.fixture
    def temperatures(self) -> Reader:
        """Temperatures by probe; `seq` is a field of the state."""
        return fields.by_probe("probes", fields.TEMPERATURE, frozenset({"seq"}), keep_null=True)

    def test_are_read_by_id(self, temperatures: Reader) -> None:
        assert reading(temperatures, {"a": 1, "b": None}) == ({"a": 1.0, "b": None}, [])

    def test_may_be_64(self, temperatures: Reader) -> None:
        assert reading(temperatures, {f"p{n}": 1 for n in range(64)})[1] == []

    def test_cost_only_themselves_when_unfit(self, temperatures: Reader) -> None:
        assert reading(temperatures, {"a": 1, "b": "2"}) == ({"a": 1.0}, ["probes"])

    @pytest.mark.parametrize("name", ["seq", "", "A", "a/b", "+", "<b>", "a" * 65, "\ud800"])
    def test_may_not_be_called_anything(self, temperatures: Reader, name: str) -> None:
        assert reading(temperatures, {name: 1, "a": 2}) == ({"a": 2.0}, ["probes"])

    @pytest.mark.parametrize("raw", [[], "a", 5, {f"p{n}": 1 for n in range(65)}])
    def test_are_an_object_of_bounded_size(self, temperatures: Reader, raw: object) -> None:
        assert reading(temperatures, raw) == (None, ["x"])

    def test_without_a_description_are_left_out_where_null_says_nothing(self) -> None:
        probes = fields.by_probe("probes", fields.probe, frozenset())
        assert reading(probes, {"a": None, "b": {}}) == ({"b": Probe()}, [])


class TestLimits:
    @pytest.mark.parametrize(
        ("raw", "limits"),
        [
            ({"min": -5, "max": 45, "step": 0.5}, Limits(-5.0, 45.0, 0.5)),
            ({"max": 45}, Limits(max=45.0)),
            ({}, Limits()),
        ],
    )
    def test_take_the_contract_s_default_for_what_is_missing(
        self, raw: object, limits: Limits
    ) -> None:
        assert reading(fields.limits, raw) == (limits, [])

    def test_name_the_bound_that_was_set_aside(self) -> None:
        raw = {"min": "-5", "max": 45, "step": 0}
        assert reading(fields.limits, raw) == (Limits(max=45.0), ["limits.min", "limits.step"])

    @pytest.mark.parametrize("raw", [{"min": 5, "max": 5}, {"min": 9, "max": 5}, [], "5..45", 5])
    def test_are_unfit_when_nothing_lies_between_them(self, raw: object) -> None:
        assert reading(fields.limits, raw) == (None, ["x"])


def test_a_probe_names_what_was_set_aside() -> None:
    assert reading(fields.probe, {"role": 5, "name": "P"}) == (Probe(name="P"), ["probes.role"])
    assert reading(fields.probe, "ambient") == (None, ["x"])


def test_a_profile_s_progress_names_what_was_set_aside() -> None:
    raw = {"name": "bake", "step": -1, "steps": 5, "remaining": 0, "state": "running"}
    progress = Progress(name="bake", steps=5, remaining=0.0, state="running")
    assert reading(fields.progress, raw) == (progress, ["profile.step"])
    assert reading(fields.progress, []) == (None, ["x"])


@pytest.mark.parametrize("raw", ["2027-02-30", "2027-13-01", "0000-01-01", "27-1-1", "", 20270501])
def test_a_date_must_be_on_the_calendar(raw: object) -> None:
    assert reading(fields.date, raw) == (None, ["x"])
    assert reading(fields.date, "2028-02-29") == ("2028-02-29", [])


def test_null_is_no_flaw_and_unknown_keys_are_ignored() -> None:
    aside = Aside()
    known = {"a": fields.boolean, "b": fields.boolean, "c": fields.boolean}
    assert fields.read(known, {"a": None, "b": 1, "c": False, "d": 5}, aside) == {"c": False}
    assert aside == ["b"]


def flaw(payload: bytes) -> Flaw:
    """Why a payload is dropped whole."""
    with pytest.raises(WireError) as info:
        fields.parse(payload)
    return info.value.flaw


class TestAPayload:
    @pytest.mark.parametrize(
        ("payload", "why"),
        [
            (b"", Flaw.EMPTY),
            (b"\xff{}", Flaw.NOT_UTF8),
            (b"{", Flaw.NOT_JSON),
            (b"{} {}", Flaw.NOT_JSON),
            (b'{"a":NaN}', Flaw.NOT_JSON),
            (b'{"a":-Infinity}', Flaw.NOT_JSON),
            (b"\xef\xbb\xbf{}", Flaw.NOT_JSON),
            (b"[]", Flaw.NOT_AN_OBJECT),
            (b"5", Flaw.NOT_AN_OBJECT),
            (b"null", Flaw.NOT_AN_OBJECT),
        ],
    )
    def test_is_one_json_object_and_says_why_it_is_none(self, payload: bytes, why: Flaw) -> None:
        assert flaw(payload) is why

    def test_may_fill_64_kibibytes_and_names_its_size_where_it_is_larger(self) -> None:
        assert fields.parse(b"{}".ljust(fields.LARGEST_PAYLOAD)) == {}
        with pytest.raises(WireError, match=r"^too_large: 65537 bytes$"):
            fields.parse(b"{}".ljust(fields.LARGEST_PAYLOAD + 1))

    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_may_nest_16_deep(self, opening: str, closing: str) -> None:
        def nested(depth: int) -> bytes:
            return f'{{"x":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()

        assert "x" in fields.parse(nested(16))
        assert flaw(nested(17)) is Flaw.TOO_DEEP

    def test_may_nest_16_deep_beside_others(self) -> None:
        deep = b'{"a":[],"b":' + b"[" * 15 + b"]" * 15 + b',"c":[[]]}'
        assert fields.parse(deep) == json.loads(deep)

    def test_nests_too_deep_after_others_that_were_closed_on_the_way(self) -> None:
        way = b'{"a":' + b"[" * 8 + b"[],[]," + b"[" * 8
        assert flaw(way + b"]" * 16 + b"}") is Flaw.TOO_DEEP

    def test_may_open_more_brackets_than_it_nests(self) -> None:
        assert fields.parse(b'{"a":[%s[]]}' % (b"[[]]," * 99)) == {"a": [[[]]] * 99 + [[]]}

    @pytest.mark.parametrize("inner", ["[" * 99, '\\"[' * 99, "{\\\\" * 99])
    def test_may_hold_brackets_in_strings(self, inner: str) -> None:
        payload = f'{{"a":"{inner}"}}'.encode()
        assert fields.parse(payload) == json.loads(payload)

    def test_nests_after_a_string_that_ends_with_a_backslash(self) -> None:
        assert flaw(b'{"a":"\\\\","b":' + b"[" * 16 + b"]" * 16 + b"}") is Flaw.TOO_DEEP

    @given(st.dictionaries(st.text(max_size=5), arbitrary.json_values, max_size=3))
    def test_means_what_any_reader_of_json_says(self, raw: dict[str, Any]) -> None:
        payload = json.dumps(raw).encode()
        try:
            expected = json.loads(
                payload, parse_constant=fields._not_json, parse_int=fields.integer
            )
        except ValueError:
            assert flaw(payload) is Flaw.NOT_JSON
        else:
            assert fields.parse(payload) == expected


class TestAnInteger:
    def test_of_20_digits_is_exact(self) -> None:
        assert fields.integer("9" * 20) == 10**20 - 1
        assert type(fields.integer("9" * 20)) is int

    @pytest.mark.parametrize(("digits", "number"), [("9" * 21, 1e21), ("-" + "9" * 20, -1e20)])
    def test_of_more_is_near_enough_to_be_out_of_every_bound(
        self, digits: str, number: float
    ) -> None:
        assert fields.integer(digits) == number
        assert type(fields.integer(digits)) is float

    def test_longer_than_python_reads_costs_its_field_alone(self) -> None:
        assert fields.parse(b'{"a":%s,"b":1}' % (b"9" * 5000)) == {"a": math.inf, "b": 1}


class TestAnObjectOfItsOwn:
    @pytest.fixture
    def spot(self) -> Reader:
        """Two fields of which a noun is made."""
        return fields.nested("spot", {"a": fields.boolean, "b": fields.boolean}, dict)

    def test_is_a_noun_of_the_fields_that_are_fit(self, spot: Reader) -> None:
        assert reading(spot, {"a": True, "b": False, "c": 5}) == ({"a": True, "b": False}, [])
        assert reading(spot, {}) == ({}, [])

    def test_names_the_fields_that_were_set_aside_below_its_own_name(self, spot: Reader) -> None:
        assert reading(spot, {"a": True, "b": 1}) == ({"a": True}, ["spot.b"])

    @pytest.mark.parametrize("raw", [[], "a", 5, True, [["a", True]]])
    def test_is_an_object(self, spot: Reader, raw: object) -> None:
        assert reading(spot, raw) == (None, ["x"])

    def test_is_set_aside_whole_where_no_noun_can_be_made_of_it(self) -> None:
        def nothing(**_values: object) -> None:
            raise fields.Unfit

        assert reading(fields.nested("spot", {}, nothing), {"a": True}) == (None, ["x"])


def test_what_a_field_sets_aside_within_itself_is_named_when_an_object_is_read() -> None:
    aside = Aside()
    known = {"fans": fields.listed("fans", fields.part), "p": fields.lone(fields.probe)}
    values = fields.read(known, {"fans": ["fast", 5], "p": {"role": 5}}, aside)
    assert values == {"fans": (None, Part(on=True, duty=5.0)), "p": (Probe(),)}
    assert aside == ["fans[0]", "probes.role"]


def test_one_value_stands_for_a_list_of_one() -> None:
    assert reading(fields.lone(fields.part), 55) == ((Part(on=True, duty=55.0),), [])
    assert reading(fields.lone(fields.part), "warm") == (None, ["x"])


class TestObjects:
    def test_are_kept_as_they_came_and_cannot_be_changed(self) -> None:
        (one, other), aside = reading(fields.objects(2), [{"hold": 5}, {}])
        assert (one, other, aside) == ({"hold": 5}, {}, [])
        with pytest.raises(TypeError):
            one["hold"] = 6

    def test_may_be_none(self) -> None:
        assert reading(fields.objects(2), []) == ((), [])

    @pytest.mark.parametrize("raw", [{}, "{}", 5, [{}, {}, {}], [{}, []], [None], [{}, 1]])
    def test_are_a_list_of_nothing_else_and_of_bounded_length(self, raw: object) -> None:
        assert reading(fields.objects(2), raw) == (None, ["x"])


@pytest.mark.parametrize("raw", [0, 1, 0.0, "true", "", [], {}])
def test_a_boolean_is_true_or_false_and_no_number(raw: object) -> None:
    assert reading(fields.boolean, raw) == (None, ["x"])
    assert [reading(fields.boolean, one) for one in (True, False)] == [(True, []), (False, [])]


def test_what_is_not_there_is_neither_read_nor_set_aside() -> None:
    assert reading(fields.boolean, None) == (None, [])
