"""What is sent: a state of the contract, and others of a wanted size."""

import json

TOPIC = "chamber/v1/lecture/box/state"
SIZES = (16, 200, 1024, 16 * 1024, 60 * 1024)
STATE_SIZE = 200
CAPTURED = ((16, 0), (STATE_SIZE, 0), (STATE_SIZE, 1), (70_000, 0))
"""Sizes and QoS: one publication for each length that a frame's header can have, and one with QoS 1."""
_STATE = {
    "temperature": 30.05,
    "setpoint": 30.0,
    "mode": "auto",
    "heater": True,
    "cooler": False,
    "heater_duty": 0.31,
    "probes": {"air": 30.05, "wall": 29.4},
    "seq": 4711,
    "epoch": "5f0c2d19",
    "time": "2026-11-23T08:15:30.250Z",
}


def payload(size: int) -> bytes:
    """Bytes of this size: the state, repeated or cut, or filled up with blanks, which JSON allows."""
    state = json.dumps(_STATE, separators=(",", ":")).encode()
    if size <= STATE_SIZE:
        return state.ljust(size)[:size]
    return (state * (size // len(state) + 1))[:size]
