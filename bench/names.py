"""Who is measured."""

OURS, MQTT, BARE = "ours", "mqtt", "bare"
NAMES = (OURS, MQTT, BARE)
