"""What this package raises, and the words that programs read."""

from __future__ import annotations

import pytest

from chamber_agent.chamber.errors import ChamberError, Code, Flaw, NotPermitted, WireError


@pytest.mark.parametrize("error", [WireError(Flaw.EMPTY), NotPermitted(Code.BUSY, "busy")])
def test_one_root_catches_every_error(error: Exception) -> None:
    assert isinstance(error, ChamberError)


@pytest.mark.parametrize("words", [Flaw, Code])
def test_a_word_is_its_name_so_that_it_can_be_a_key_anywhere(
    words: type[Flaw | Code],
) -> None:
    assert {str(word) for word in words} == {name.lower() for name in words.__members__}
    assert all(word.replace("_", "").isalnum() and word.islower() for word in words)


class TestAWireError:
    @pytest.mark.parametrize("flaw", Flaw)
    def test_carries_its_flaw_and_reads_like_it(self, flaw: Flaw) -> None:
        error = WireError(flaw)
        assert error.flaw is flaw
        assert str(error) == flaw.value

    def test_says_more_where_more_is_known(self) -> None:
        error = WireError(Flaw.TOO_LARGE, "70000 bytes")
        assert error.flaw is Flaw.TOO_LARGE
        assert str(error) == "too_large: 70000 bytes"


class TestARefusal:
    def test_carries_a_code_for_programs_and_a_sentence_for_people(self) -> None:
        refusal = NotPermitted(Code.OUT_OF_RANGE, "90 °C is above 45 °C")
        assert refusal.code is Code.OUT_OF_RANGE
        assert refusal.message == str(refusal) == "90 °C is above 45 °C"

    def test_needs_no_placeholders(self) -> None:
        assert NotPermitted(Code.BUSY, "busy").placeholders == {}

    def test_keeps_its_placeholders_whatever_becomes_of_their_source(self) -> None:
        placeholders = {"max": "45"}
        refusal = NotPermitted(Code.OUT_OF_RANGE, "too hot", placeholders)
        placeholders["max"] = "90"
        assert refusal.placeholders == {"max": "45"}
