"""Which topics a filter lets through."""

import pytest

from chamber_agent.link.filters import matches


@pytest.mark.parametrize(
    ("topic_filter", "topic", "passes"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/+/c", "a//c", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("#", "$SYS/broker", False),
        ("+/broker", "$SYS/broker", False),
    ],
)
def test_a_filter_lets_through_what_the_standard_says(
    topic_filter: str, topic: str, passes: bool
) -> None:
    assert matches(topic_filter, topic) is passes
