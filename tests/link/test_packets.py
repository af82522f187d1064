"""What is said over a link."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from chamber_agent.link.packets import Greeting, Publication, Settings, Subscription, Version


def test_a_password_is_in_no_description_of_the_settings() -> None:
    settings = Settings("box", "somebody", "s3cret")
    assert "s3cret" not in f"{settings} {settings!r} {[settings]} {(settings,)!s}"


def test_a_user_s_name_is_in_no_description_of_the_settings() -> None:
    assert "somebody" not in repr(Settings("box", "somebody", "s3cret"))


def test_a_description_of_the_settings_says_who_connects() -> None:
    assert repr(Settings("box", keepalive=20)) == "Settings(client_id='box', keepalive=20)"


def test_nothing_of_it_can_be_changed_later() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings("box").password = "other"  # type: ignore[misc]


def test_a_publication_is_sent_once_and_not_retained_unless_told() -> None:
    assert Publication("a", b"") == Publication("a", b"", 0, False, None, None)


def test_a_subscription_asks_for_retained_messages_unless_told() -> None:
    assert Subscription("a") == Subscription("a", 1, True)


def test_a_greeting_may_be_empty() -> None:
    assert Greeting() == Greeting((), None)


@pytest.mark.parametrize(("name", "version"), [("5", Version.V5), ("3.1.1", Version.V311)])
def test_versions_are_found_by_their_names_in_the_settings(name: str, version: Version) -> None:
    assert Version(name) is version
