"""What may be asked, what must be obeyed, and when a wish counts as fulfilled."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber.given import NOON, sample
from chamber_agent.chamber.commands import echoed, permitted, refusal, rejected, rounded
from chamber_agent.chamber.errors import Code, NotPermitted
from chamber_agent.chamber.messages import Command, Reply
from chamber_agent.chamber.model import Limits, Mode

LIMITS = Limits(min=5.0, max=45.0, step=0.1)
MODES = (Mode.OFF, Mode.COOL)


def command(do: str = "set", **fields: Any) -> Command:
    """A command given at noon for 15 seconds: 20 °C unless told otherwise."""
    known: dict[str, Any] = {"time": NOON, "ttl": 15.0}
    if do == "set" and not {"setpoint", "mode"} & fields.keys():
        known["setpoint"] = 20.0
    return Command(id="1", do=do, **{**known, **fields})


def refused(
    asked: Command, *set_aside: str, after_noon: float | None = 0.0, waited: float = 0.0
) -> str | None:
    """The code of the gateway's refusal; None where it obeys."""
    utc = None if after_noon is None else NOON + after_noon
    reply = refusal(asked, set_aside, LIMITS, MODES, utc, waited)
    assert reply is None or reply.id == asked.id
    return reply.code if reply else None


class TestRounding:
    @pytest.mark.parametrize(
        ("fahrenheit", "step", "celsius"),
        [(71.0, 0.1, 21.7), (71.0, 0.5, 21.5), (71.0, 1.0, 22.0), (72.0, 0.25, 22.25)],
    )
    def test_a_setpoint_in_fahrenheit_lands_on_the_chamber_s_grid(
        self, fahrenheit: float, step: float, celsius: float
    ) -> None:
        limits = Limits(min=-5.0, max=45.0, step=step)
        assert rounded((fahrenheit - 32) / 1.8, limits) == celsius

    def test_leaves_no_float_noise(self) -> None:
        assert rounded(21.700000000000003, LIMITS) == 21.7
        assert [rounded(n / 10, Limits()) for n in range(-800, 1801)] == [
            n / 10 for n in range(-800, 1801)
        ]

    def test_never_carries_a_permitted_setpoint_past_the_upper_limit(self) -> None:
        assert rounded(10.3, Limits(min=0.0, max=10.3, step=0.5)) == 10.0

    def test_carries_a_setpoint_just_outside_the_limits_to_the_nearest_step(self) -> None:
        assert [rounded(asked, LIMITS) for asked in (4.96, 45.04, 45.06)] == [5.0, 45.0, 45.1]

    def test_never_carries_a_permitted_setpoint_past_limits_that_were_fahrenheit(self) -> None:
        limits = Limits(min=38 / 1.8 - 32 / 1.8, max=100 / 1.8, step=0.1)
        permitted(limits, MODES, rounded(limits.min, limits), None)

    @pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf, 1e308, -1e308])
    def test_leaves_alone_what_the_limits_refuse_anyway(self, nonsense: float) -> None:
        assert rounded(nonsense, LIMITS) is nonsense

    @given(
        st.floats(-273.15, 2000.0),
        st.floats(-273.15, 1999.0),
        st.floats(0.5, 3000.0),
        st.floats(0.001, 100.0),
    )
    def test_keeps_within_half_a_step_and_the_limits(
        self, setpoint: float, low: float, width: float, step: float
    ) -> None:
        limits = Limits(min=low, max=min(low + width, 2000.0), step=step)
        result = rounded(setpoint, limits)
        if limits.min <= setpoint <= limits.max:
            permitted(limits, MODES, result, None)
            assert abs(result - setpoint) <= step + 1e-8
            assert rounded(result, limits) == pytest.approx(result, abs=1e-8)
            return
        if abs(setpoint - result) > step:
            with pytest.raises(NotPermitted):
                permitted(limits, MODES, result, None)


class TestPermission:
    @pytest.mark.parametrize("setpoint", [5.0, 45.0, 20.0, None])
    @pytest.mark.parametrize("mode", [Mode.OFF, Mode.COOL, None])
    def test_is_given_within_the_limits_and_modes(
        self, setpoint: float | None, mode: Mode | None
    ) -> None:
        permitted(LIMITS, MODES, setpoint, mode)

    def test_names_the_lower_limit(self) -> None:
        with pytest.raises(
            NotPermitted, match="4 °C is below this chamber's limit of 5 °C"
        ) as info:
            permitted(LIMITS, MODES, 4.0, None)
        assert info.value.code is Code.OUT_OF_RANGE
        assert info.value.placeholders == {"setpoint": "4", "min": "5", "max": "45"}

    def test_names_the_upper_limit(self) -> None:
        with pytest.raises(NotPermitted, match=r"45\.1 °C is above this chamber's limit of 45 °C"):
            permitted(LIMITS, MODES, 45.1, None)

    def test_is_not_given_for_a_mode_the_chamber_lacks(self) -> None:
        with pytest.raises(NotPermitted, match=r"mode heat is not .*: off, cool") as info:
            permitted(LIMITS, MODES, None, Mode.HEAT)
        assert info.value.code is Code.BAD_MODE
        assert info.value.placeholders == {"mode": "heat", "modes": "off, cool"}

    def test_says_so_where_there_is_no_mode_at_all(self) -> None:
        with pytest.raises(NotPermitted, match="none"):
            permitted(LIMITS, (), None, Mode.HEAT)

    @pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
    def test_is_not_given_for_what_is_no_temperature(self, nonsense: float) -> None:
        with pytest.raises(NotPermitted, match="not a temperature") as info:
            permitted(LIMITS, MODES, nonsense, None)
        assert info.value.code is Code.BAD_VALUE
        assert info.value.placeholders == {"setpoint": str(nonsense)}


class TestAnEcho:
    @pytest.mark.parametrize("shown", [19.95, 20.0, 20.05])
    def test_confirms_within_half_a_step(self, shown: float) -> None:
        assert echoed(sample(setpoint=shown), command(setpoint=20.0), LIMITS)

    @pytest.mark.parametrize("shown", [19.94, 20.06, None])
    def test_does_not_confirm_beyond(self, shown: float | None) -> None:
        assert not echoed(sample(setpoint=shown), command(setpoint=20.0), LIMITS)

    def test_confirms_a_mode(self) -> None:
        assert echoed(sample(mode=Mode.COOL), command(mode=Mode.COOL), LIMITS)

    @pytest.mark.parametrize("shown", [Mode.HEAT, None])
    def test_does_not_confirm_another_mode(self, shown: Mode | None) -> None:
        assert not echoed(sample(mode=shown), command(mode=Mode.COOL), LIMITS)

    def test_confirms_both_or_nothing(self) -> None:
        asked = command(mode=Mode.COOL, setpoint=20.0)
        assert echoed(sample(mode=Mode.COOL, setpoint=20.0), asked, LIMITS)
        assert not echoed(sample(mode=Mode.COOL, setpoint=21.0), asked, LIMITS)
        assert not echoed(sample(mode=Mode.OFF, setpoint=20.0), asked, LIMITS)

    def test_cannot_confirm_what_does_not_show(self) -> None:
        assert not echoed(sample(setpoint=20.0), command("identify"), LIMITS)


class TestTheGateway:
    @pytest.mark.parametrize("do", ["set", "profile", "identify"])
    def test_obeys_a_command_in_time(self, do: str) -> None:
        assert refused(command(do), after_noon=15.0) is None

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"epoch": "k3f9", "first": 1, "last": 1}, None),
            ({"epoch": "k3f9", "first": 2, "last": 1}, "bad_range"),
            ({"first": 1, "last": 2}, "bad_range"),
            ({"epoch": "k3f9", "last": 2}, "bad_range"),
            ({"epoch": "k3f9", "first": 2}, "bad_range"),
        ],
    )
    def test_answers_for_the_past_where_it_knows_what_is_asked(
        self, asked: dict[str, Any], code: str | None
    ) -> None:
        assert refused(Command(id="1", do="history", **asked)) == code

    def test_refuses_a_command_older_than_its_time_to_live(self) -> None:
        reply = refusal(command(), (), LIMITS, MODES, NOON + 16.0)
        assert reply is not None
        assert (reply.id, reply.status, reply.code) == (command().id, "expired", "expired")
        assert reply.message == "the command is 16 s old, its time to live was 15 s"

    def test_tolerates_a_clock_half_a_minute_ahead(self) -> None:
        assert refused(command(), after_noon=-30.0) is None

    @pytest.mark.parametrize("ttl", [15.0, None])
    @pytest.mark.parametrize("do", ["identify", "history"])
    def test_refuses_a_command_from_further_ahead(self, do: str, ttl: float | None) -> None:
        assert refused(command(do, ttl=ttl), after_noon=-30.1) == "clock"

    @pytest.mark.parametrize("do", ["set", "profile"])
    @pytest.mark.parametrize("missing", ["time", "ttl"])
    def test_wants_a_time_and_a_ttl_for_what_changes_something(self, do: str, missing: str) -> None:
        assert refused(command(do, **{missing: None})) == "bad_value"
        assert refused(command(do, **{missing: None}), after_noon=None) == "bad_value"

    @pytest.mark.parametrize(
        ("do", "asked"), [("identify", {}), ("history", {"epoch": "k3f9", "first": 1, "last": 2})]
    )
    def test_wants_neither_for_what_does_not(self, do: str, asked: dict[str, Any]) -> None:
        assert refused(command(do, time=None, ttl=None, **asked)) is None
        assert refused(command(do, ttl=None, **asked), after_noon=9e5) is None

    @pytest.mark.parametrize("time", [NOON, None])
    def test_obeys_what_has_no_time_to_live_for_half_a_minute_from_receipt(
        self, time: float | None
    ) -> None:
        asked = command("identify", time=time, ttl=None)
        assert refused(asked, after_noon=900.0, waited=30.0) is None
        assert refused(asked, after_noon=900.0, waited=30.1) == "expired"
        assert refused(asked, after_noon=None, waited=30.1) == "expired"

    @pytest.mark.parametrize("after_noon", [5.0, None])
    def test_lets_no_command_wait_longer_than_it_is_to_live(self, after_noon: float | None) -> None:
        assert refused(command(), after_noon=after_noon, waited=15.0) is None
        assert refusal(command(ttl=0.5), (), LIMITS, MODES, None) is None
        reply = refusal(command(), (), LIMITS, MODES, after_noon and NOON + after_noon, 15.6)
        assert reply is not None
        assert reply.message == "the command is 16 s old, its time to live was 15 s"

    def test_judges_no_time_while_its_own_clock_is_not_synchronised(self) -> None:
        assert refused(command(time=0.0), after_noon=None) is None

    @pytest.mark.parametrize("do", ["", "reboot", "SET"])
    def test_refuses_what_it_does_not_know(self, do: str) -> None:
        assert refused(command(do)) == "unknown_command"

    def test_refuses_a_set_that_sets_nothing(self) -> None:
        assert refused(command(setpoint=None, mode=None)) == "bad_value"

    def test_refuses_a_set_whose_setpoint_cannot_be_read_although_its_mode_can(self) -> None:
        assert refused(command(mode=Mode.COOL), "setpoint") == "bad_value"

    def test_refuses_a_set_whose_mode_is_no_word_of_the_contract(self) -> None:
        assert refused(command(setpoint=20.0), "mode") == "bad_mode"

    def test_does_not_mind_what_was_set_aside_elsewhere(self) -> None:
        assert refused(command(setpoint=20.0), "by") is None

    def test_refuses_and_never_clamps(self) -> None:
        reply = refusal(command(setpoint=4.0), (), LIMITS, MODES, NOON)
        assert reply == Reply(
            id="1",
            status="rejected",
            code="out_of_range",
            message="4 °C is below this chamber's limit of 5 °C",
        )

    def test_refuses_a_mode_it_lacks(self) -> None:
        assert refused(command(mode=Mode.HEAT)) == "bad_mode"


def test_a_refusal_names_the_command_and_the_code() -> None:
    reply = rejected(command(), Code.BUSY, "wait")
    assert reply == Reply(id="1", status="rejected", code="busy", message="wait")
