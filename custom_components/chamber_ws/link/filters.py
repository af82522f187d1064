"""Which topics a filter lets through."""

from __future__ import annotations

from paho.mqtt.client import topic_matches_sub


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a filter with `+` and `#` lets a topic through (MQTT 5, section 4.7)."""
    return topic_matches_sub(topic_filter, topic)
