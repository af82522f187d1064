"""Which topics are ours, and who hears what."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chamber_agent.chamber import topics
from chamber_agent.chamber.errors import Flaw, WireError
from chamber_agent.chamber.model import Address
from chamber_agent.chamber.topics import OF_CHAMBER, RULES, Kind, Topic

BOX = Address("pi", "box1")


@pytest.mark.parametrize("kind", sorted(OF_CHAMBER))
def test_a_chamber_s_topic_is_taken_apart_as_it_was_spelt(kind: Kind) -> None:
    spelt = topics.of(BOX, kind).spell()
    assert spelt == f"chamber/v1/pi/box1/{kind}"
    assert topics.parse(spelt) == Topic(kind, "pi", "box1")


def test_a_gateway_s_status_and_the_announce_have_topics_of_their_own() -> None:
    assert topics.parse("chamber/v1/pi/status") == Topic(Kind.STATUS, "pi")
    assert topics.parse("chamber/v1/announce") == Topic(Kind.ANNOUNCE)


def test_a_prefix_may_have_three_levels() -> None:
    prefix = "site_1/Lab-A/chambers"
    assert topics.PREFIX.fullmatch(prefix)
    assert topics.parse(f"{prefix}/v1/pi/box1/state", prefix) == Topic(Kind.STATE, "pi", "box1")


@pytest.mark.parametrize(
    "prefix", ["", "/a", "a/", "a//b", "a/b/c/d", "a b", "+", "a/#", "ä", "a\n"]
)
def test_other_prefixes_are_none(prefix: str) -> None:
    assert not topics.PREFIX.fullmatch(prefix)


@pytest.mark.parametrize("name", ["a", "0", "a-b_c", "announce", "status", "a" * 64])
def test_an_id_is_of_lower_case_letters_digits_hyphen_and_underscore(name: str) -> None:
    assert topics.parse(f"chamber/v1/{name}/{name}/state") == Topic(Kind.STATE, name, name)


BAD_IDS = ["", "A", "-a", "_a", "a" * 65, "a b", "a.b", "+", "#", "ä", "<b>", "a\n", "٣", "a\x00"]


@pytest.mark.parametrize("name", BAD_IDS)
@pytest.mark.parametrize("topic", ["{}/box1/state", "pi/{}/state", "{}/status"])
def test_a_topic_with_another_id_is_not_ours(name: str, topic: str) -> None:
    with pytest.raises(WireError) as info:
        topics.parse("chamber/v1/" + topic.format(name))
    assert info.value.flaw is Flaw.NOT_OURS


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "chamber",
        "chamber/v1",
        "chamber/v1/",
        "chamber/v2/pi/box1/state",
        "Chamber/v1/pi/box1/state",
        "/chamber/v1/pi/box1/state",
        "chamber/v1/pi/box1/state/",
        "chamber/v1/pi/box1",
        "chamber/v1/pi/box1/status",
        "chamber/v1/pi/box1/announce",
        "chamber/v1/pi/box1/reply/1",
        "chamber/v1/pi/state",
        "chamber/v1/pi/announce",
        "chamber/v1/pi",
        "chamber/v1/status",
        "chamber/v1/pi/box1/STATE",
        "homeassistant/sensor/pi/config",
    ],
)
def test_any_other_topic_is_not_ours(topic: str) -> None:
    with pytest.raises(WireError) as info:
        topics.parse(topic)
    assert info.value.flaw is Flaw.NOT_OURS


@given(st.text())
def test_any_text_is_taken_apart_as_it_is_spelt_or_is_no_topic_of_ours(topic: str) -> None:
    for spelt in (topic, f"chamber/v1/{topic}", f"chamber/v1/pi/{topic}/state"):
        with suppress(WireError):
            assert topics.parse(spelt).spell() == spelt


def test_only_what_is_true_until_replaced_is_retained() -> None:
    assert {kind for kind, rule in RULES.items() if rule.retain} == {"status", "meta", "state"}


def test_only_samples_may_be_lost_on_the_way() -> None:
    assert {kind for kind, rule in RULES.items() if rule.qos != 1} == {"state"}


def test_every_kind_has_a_rule() -> None:
    assert RULES.keys() == set(Kind)


def test_home_assistant_hears_everything_but_what_it_says_itself() -> None:
    """How long a retained state may be shown is said before it, by the gateway and by the chamber."""
    assert topics.heard_by_home_assistant("chamber") == (
        "chamber/v1/+/status",
        "chamber/v1/+/+/meta",
        "chamber/v1/+/+/state",
        "chamber/v1/+/+/event",
        "chamber/v1/+/+/reply",
        "chamber/v1/+/+/history",
    )


def test_a_gateway_hears_its_commands_its_own_status_and_the_announce() -> None:
    assert topics.heard_by_gateway("p/q", "pi") == (
        "p/q/v1/pi/+/command",
        "p/q/v1/pi/status",
        "p/q/v1/announce",
    )


def test_a_gateway_of_the_next_version_is_noticed_by_its_status() -> None:
    assert topics.heard_of_next_version("a/b") == "a/b/v2/+/status"
    assert topics.speaker_of_next_version("a/b/v2/pi/status", "a/b") == "pi"
    assert topics.subscribed_qos("a/b/v2/+/status") == 1


@pytest.mark.parametrize(
    "topic",
    [
        "chamber/v1/pi/status",
        "chamber/v3/pi/status",
        "chamber/v2/pi/box/state",
        "chamber/v2/PI/status",
        "chamber/v2//status",
        "v2/pi/status",
        "other/v2/pi/status",
        "chamber/chamber/v2/pi/status",
    ],
)
def test_by_nothing_else(topic: str) -> None:
    assert topics.speaker_of_next_version(topic) is None


def test_a_chamber_is_known_by_any_of_its_topics() -> None:
    assert topics.chamber_of("chamber/v1/pi/box/state") == ("pi", "box")
    assert topics.chamber_of("a/b/v1/pi/box/meta", "a/b") == ("pi", "box")


@pytest.mark.parametrize(
    "topic",
    [
        "chamber/v1/pi/status",
        "chamber/v1/announce",
        "other/v1/pi/box/state",
        "chamber/v1/pi/BOX/state",
    ],
)
def test_no_other_topic_is_of_a_chamber(topic: str) -> None:
    assert topics.chamber_of(topic) is None
