"""All that one run found, as JSON and back."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from .decoded import Frame
from .facts import Fact
from .rows import Age, Cost, Delay, RoundTrip


@dataclass(frozen=True)
class Capture:
    """What was seen in the capture; without one, `missing` says why."""

    facts: list[Fact]
    frames: list[Frame]
    missing: str = ""


@dataclass(frozen=True)
class Results:
    """One run."""

    taken: str
    """UTC, ISO 8601."""
    machine: dict[str, str]
    versions: dict[str, str]
    """Of what took part; `mosquitto` and `mosquitto-testing` are the kinds of broker."""
    round_trips: list[RoundTrip]
    ages: list[Age]
    costs: list[Cost]
    capture: Capture
    delays: list[Delay]

    def save(self, path: Path) -> None:
        """Write JSON, a row a line, so that two runs can be compared."""
        content = asdict(self)
        parts = [f"{json.dumps(key)}: {_written(value)}" for key, value in content.items()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def _written(value: object) -> str:
    if isinstance(value, list):
        return "[\n  " + ",\n  ".join(json.dumps(row) for row in value) + "\n]"
    if isinstance(value, dict) and any(isinstance(inner, list) for inner in value.values()):
        return (
            "{"
            + ", ".join(f"{json.dumps(key)}: {_written(one)}" for key, one in value.items())
            + "}"
        )
    return json.dumps(value)


def load(path: Path) -> Results:
    """Read what `Results.save` wrote."""
    content = json.loads(path.read_text())
    capture = content["capture"]
    return Results(
        content["taken"],
        content["machine"],
        content["versions"],
        [RoundTrip(**row) for row in content["round_trips"]],
        [Age(**row) for row in content["ages"]],
        [Cost(**row) for row in content["costs"]],
        Capture(
            [Fact(**row) for row in capture["facts"]],
            [Frame(**row) for row in capture["frames"]],
            capture["missing"],
        ),
        [Delay(**row) for row in content["delays"]],
    )
