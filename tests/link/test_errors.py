"""What can go wrong on a link."""

from __future__ import annotations

import pytest

from chamber_agent.link.errors import Cause, Failure, LinkError, NotConnected


def test_a_failure_reads_as_cause_and_detail() -> None:
    assert str(Failure(Cause.TIMEOUT, "no answer")) == "timeout: no answer"


def test_a_failure_without_a_detail_reads_as_its_cause() -> None:
    assert str(Failure(Cause.LOST)) == "lost"


@pytest.mark.parametrize("kind", [LinkError, NotConnected])
def test_an_error_carries_its_failure_and_reads_like_it(kind: type[LinkError]) -> None:
    failure = Failure(Cause.INVALID_AUTH, "Bad user name or password")
    error = kind(failure)
    assert error.failure is failure
    assert str(error) == str(failure)


def test_one_root_catches_every_error() -> None:
    assert issubclass(NotConnected, LinkError)


def test_a_cause_is_a_word_that_can_be_a_translation_key() -> None:
    assert all(cause.value.replace("_", "").isalpha() and cause.islower() for cause in Cause)
