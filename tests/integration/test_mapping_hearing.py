"""What is heard beyond the contract is subscribed while somebody wants it, and left afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from custom_components.chamber_ws.link.packets import Received, Subscription
from custom_components.chamber_ws.mapping.hearing import Hearing


@dataclass
class Line:
    """Notes what is asked of a link."""

    connected: bool = True
    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def subscribe(self, subscriptions: Iterable[Subscription]) -> None:
        self.asked += [one.filter for one in subscriptions]

    def unsubscribe(self, filters: Iterable[str]) -> None:
        self.left += filters


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def hearing(line: Line) -> Hearing:
    return Hearing(line)


def test_what_is_mapped_goes_to_whom_it_is_mapped_and_no_further(hearing: Hearing) -> None:
    heard: list[Received] = []
    hearing.follow({"a": heard.append})
    assert hearing.hears(Received("a", b"1"))
    assert not hearing.hears(Received("b", b"2"))
    assert heard == [Received("a", b"1")]


def test_who_listens_hears_all_and_keeps_nothing_from_the_contract(hearing: Hearing) -> None:
    heard: list[Received] = []
    hearing.listen("#", heard.append)
    assert not hearing.hears(Received("chamber/v1/a/b/state", b"1"))
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("topic_filter", "heard", "not_heard"),
    [
        ("#", ["a", "a/b", "/"], ["$SYS/a"]),
        ("+", ["a", ""], ["a/b", "$SYS"]),
        ("a/#", ["a", "a/", "a/b/c"], ["ab", "b/a"]),
        ("a/+/c", ["a/b/c", "a//c"], ["a/b", "a/b/c/d", "a/b/d"]),
        ("+/b/#", ["a/b", "a/b/c"], ["a/c", "$a/b"]),
        ("a/b", ["a/b"], ["a", "a/b/", "A/b"]),
        ("$SYS/#", ["$SYS/a"], ["SYS/a"]),
    ],
)
def test_who_listens_hears_what_the_filter_lets_through_whatever_else_is_mapped(
    hearing: Hearing, topic_filter: str, heard: list[str], not_heard: list[str]
) -> None:
    said: list[Received] = []
    hearing.follow(dict.fromkeys([*heard, *not_heard], lambda _message: None))
    hearing.listen(topic_filter, said.append)
    for topic in [*heard, *not_heard]:
        assert hearing.hears(Received(topic, b"1"))
    assert [message.topic for message in said] == heard


def test_what_changes_is_subscribed_and_left(hearing: Hearing, line: Line) -> None:
    hearing.follow({"a": print, "b": print})
    hearing.follow({"b": print, "c": print})
    assert (line.asked, line.left) == (["a", "b", "c"], ["a"])
    assert [one.filter for one in hearing.subscriptions] == ["b", "c"]


def test_what_is_mapped_stays_when_nobody_listens_any_more(hearing: Hearing, line: Line) -> None:
    hearing.follow({"a": print})
    hearing.listen("a", print)()
    assert (line.asked, line.left) == (["a"], [])


def test_a_filter_stays_while_anybody_listens(hearing: Hearing, line: Line) -> None:
    heard: list[Received] = []
    first, second = hearing.listen("#", print), hearing.listen("#", heard.append)
    first()
    assert line.left == []
    second()
    assert line.left == ["#"]


def test_what_could_not_be_left_without_a_connection_is_left_on_the_next(
    hearing: Hearing, line: Line
) -> None:
    """The broker keeps subscriptions over connections: `#` must not stay for good."""
    end = hearing.listen("#", print)
    line.connected = False
    end()
    assert line.left == []
    line.connected = True
    hearing.link_up()
    hearing.link_up()
    assert line.left == ["#"]


def test_who_still_listens_does_so_on_the_next_connection(hearing: Hearing, line: Line) -> None:
    hearing.listen("#", print)
    hearing.link_up()
    assert line.asked == ["#", "#"]
