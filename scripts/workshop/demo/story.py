"""What the demo's chambers went through before anybody looked: the agent lives it, the journal knows of it.

Somebody set the vaccine carrier too cold, which is an excursion by the profile it is watched with; that was noticed,
and put right. Later its door was open for some minutes, which the goods hardly felt. Now it is well.
"""

from dataclasses import dataclass

HOUR, MINUTE = 3600.0, 60.0
SINCE = 7 * HOUR
"""So long ago the past begins, s."""
CARRIER, NAME, BOX = "vaccine-carrier", "Vaccine carrier", "Lecture box"
PROFILE = "vaccine_2_8"


@dataclass(frozen=True)
class Incident:
    """What was done at the carrier so long ago (s): its door opened or closed, a setpoint chosen (°C)."""

    ago: float
    door: bool | None = None
    setpoint: float | None = None


INCIDENTS = (
    Incident(4.5 * HOUR, setpoint=-2.5),
    Incident(2.6 * HOUR, setpoint=5.0),
    Incident(40 * MINUTE, door=True),
    Incident(34 * MINUTE, door=False),
)
ACKNOWLEDGED = 2.65 * HOUR
"""So long ago the excursion was acknowledged, s."""
COMMENT = (
    "Somebody had set it to -2.5 °C. Set back to 5 °C; the vaccines are put aside to be checked."
)


def told(*, new: bool) -> dict[str, str]:
    """Return what is true of each chamber once it is live; people may have changed those that are not new."""
    if new:
        carrier = "at 5 °C, watched for 2 to 8 °C; 6h shows what went wrong before"
        return {
            NAME: carrier,
            BOX: "at 30 °C, the example of a lecture on MQTT; a simulated PLC switches it",
        }
    left = "with the setpoint and the limits that it was left with"
    return {NAME: left, BOX: f"{left}; a simulated PLC switches it"}
