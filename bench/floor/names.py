"""The entities the floor shows, as many per chamber as the contenders."""

KEYS = {
    "chamber": "climate",
    "temperature": "sensor",
    "setpoint": "sensor",
    "product": "sensor",
    "ambient": "sensor",
    "power": "sensor",
    "online": "binary_sensor",
    "fault": "binary_sensor",
    "door": "binary_sensor",
    "heater0": "binary_sensor",
    "cooler0": "binary_sensor",
    "cooler1": "binary_sensor",
    "fan0": "binary_sensor",
    "fan1": "binary_sensor",
    "alarm": "event",
}


_WHOLE_ONLY = {"product", "ambient", "power", "cooler1", "fan0", "fan1"}


def of(chamber: int, *, lean: bool = False) -> dict[str, str]:
    """Return the entity ids of a chamber, by key."""
    return {
        key: f"{domain}.floor_{chamber:04d}_{key}"
        for key, domain in KEYS.items()
        if not (lean and key in _WHOLE_ONLY)
    }
