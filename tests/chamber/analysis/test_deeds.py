"""What was done and by whom: words that are kept, and nothing that is not said."""

import json
from dataclasses import FrozenInstanceError

import pytest

from chamber_agent.chamber.analysis.deeds import APPLIED, Act, Deed, Signature


def test_a_deed_that_says_no_more_is_nobodys_and_changes_nothing() -> None:
    deed = Deed(act=Act.LOST, at=5.0)
    assert deed.by == Signature(None, None, None)
    assert (dict(deed.old), dict(deed.new), deed.why) == ({}, {}, None)


def test_what_was_done_cannot_be_changed_afterwards() -> None:
    deed = Deed(act=Act.SHELVE, at=5.0)
    with pytest.raises(FrozenInstanceError):
        deed.at = 6.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        deed.new["until"] = 9.0  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        deed.by.user = "somebody"  # type: ignore[misc]


def test_acts_are_written_as_the_words_that_the_audit_keeps() -> None:
    assert json.loads(json.dumps(list(Act))) == [
        "settings",
        "acknowledge",
        "shelve",
        "unshelve",
        "reset_extremes",
        "setpoint",
        "mode",
        "profile",
        "lost",
        "recovered",
        "described",
    ]
    assert APPLIED == "applied"


def test_a_claim_stays_apart_from_who_it_was() -> None:
    signed = Signature("u1", "Ada", on_behalf_of="Grace")
    assert (signed.user, signed.name, signed.on_behalf_of) == ("u1", "Ada", "Grace")
    assert signed != Signature("u1", "Ada")
