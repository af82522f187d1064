"""The demo's proof: a sample comes to the dashboard, a command goes to the chamber and is confirmed.

Everything is looked at through Home Assistant's WebSocket, as its own frontend and phones do.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from ..progress import WorkshopError, step
from . import story
from .chambers import Chamber
from .client import Client, Json
from .states import States

_FOLLOWED = ("chamber", "temperature", "setpoint", "heater", "cooler")
_VALUES = 5
_PAST_TIMEOUT = 60.0
_LIVE_TIMEOUT = 30.0
_SHOWN_TIMEOUT = 15.0
_REACH_TIMEOUT = 120.0
_STEP = 3.0  # kelvin: far enough that a heater or a cooler has to work
_APPROACHED = 0.6  # of the way
_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* (?P<level>[A-Z]+) ", re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """One of the two commands of the proof."""

    direction: str
    setpoint: float
    actuator: str
    """The key of the part that has to work for it."""


async def prove(client: Client, found: Sequence[Chamber], report: list[str]) -> None:
    """Prove samples and commands; what was seen goes into the report as it is seen.

    Raises:
        WorkshopError: something does not hold.
    """
    followed = {
        entity_id
        for chamber in found
        for key in _FOLLOWED
        for entity_id in chamber.entities.get(key, ())
    }
    carrier = next(chamber for chamber in found if chamber.name == story.NAME)
    with step(f"{carrier.name}: its past"):
        report.append(await _past(client, carrier))
    async with States(client, followed) as states:
        for chamber in found:
            with step(f"{chamber.name}: live temperature"):
                report.append(await _live(states, chamber))
        box = max(found, key=lambda chamber: _target_of(states, chamber))
        start = _temperature(states, box)
        for target in _targets(states, box, start):
            with step(f"{box.name}: {target.direction} to {target.setpoint:g} °C"):
                report.append(await _command(client, states, box, target))


async def _past(client: Client, carrier: Chamber) -> str:
    """All of the carrier's past is fetched, and its excursion is found in it, with who acknowledged it."""
    told: Json = {}
    wanted = {"device_id": carrier.device_id, "start": time.time() - story.SINCE + story.MINUTE}
    with suppress(TimeoutError):
        async with asyncio.timeout(_PAST_TIMEOUT):
            while not _is_told(told):
                await asyncio.sleep(0.5)
                told = await client.call("chamber_ws/history", **wanted)
            (excursion,) = told["excursions"]
            fetched = sum(end - start for start, end in told["backfilled"])
            return (
                f"{carrier.name}: {fetched / story.HOUR:.1f} h of its past fetched, with an excursion "
                f"of {(excursion['ended'] - excursion['since']) / story.MINUTE:.0f} min to "
                f"{excursion['peak']:.1f} °C, acknowledged by {excursion['acknowledged_by']}"
            )
    what = {key: told.get(key) for key in ("gaps", "excursions", "limits")}
    raise WorkshopError(f"not within {_PAST_TIMEOUT:.0f} s: the past of {carrier.name}; {what}")


def _is_told(told: Json) -> bool:
    return (
        bool(told)
        and sum(end - start for start, end in told["gaps"]) < story.MINUTE
        and any(one["ended"] and one["acknowledged_by"] for one in told["excursions"])
    )


async def _live(states: States, chamber: Chamber) -> str:
    """Several values of the temperature arrive, each different from the one before."""
    sensor = states[chamber.one("temperature")]

    def values() -> list[str]:
        return [value for _at, value in sensor.history if _is_number(value)]

    what = f"{_VALUES} new temperatures of {chamber.name}"
    await states.until(lambda: len(values()) >= _VALUES, what, _LIVE_TIMEOUT)
    times = [at for at, _value in sensor.history]
    pause = statistics.median(later - earlier for earlier, later in pairwise(times))
    return (
        f"{chamber.name}: {sensor.value} °C live, {len(values())} new values, "
        f"a new one every {pause:.2f} s (median)"
    )


def _targets(states: States, box: Chamber, start: float) -> tuple[Target, Target]:
    attributes = states[box.climate].attributes
    highest, lowest = float(attributes["max_temp"]), float(attributes["min_temp"])
    up, down = min(round(start) + _STEP, highest), max(round(start) - _STEP, lowest)
    return Target("raise", up, "heater"), Target("lower", down, "cooler")


async def _command(client: Client, states: States, box: Chamber, target: Target) -> str:
    """Set a setpoint; it is confirmed, shown, worked for and approached."""
    parts = [states[entity_id] for entity_id in box.entities.get(target.actuator, ())]
    if not parts:
        raise WorkshopError(f"{box.name} has no {target.actuator}")
    before = _temperature(states, box)
    start = time.monotonic()
    await client.call_service("climate.set_temperature", box.climate, temperature=target.setpoint)
    confirmed = time.monotonic() - start
    setpoint, climate = states[box.one("setpoint")], states[box.climate]

    def shown() -> bool:
        return (
            setpoint.number == target.setpoint
            and climate.attributes.get("temperature") == target.setpoint
        )

    await states.until(shown, f"{target.setpoint:g} °C shown as target", _SHOWN_TIMEOUT)
    visible = time.monotonic() - start
    way = target.setpoint - before

    def works() -> bool:
        return any(part.value == "on" for part in parts)

    def approached() -> bool:
        return (_temperature(states, box) - before) / way >= _APPROACHED

    working = await states.until(works, f"a {target.actuator} on", _REACH_TIMEOUT)
    what = f"{_APPROACHED:.0%} of the way from {before:.2f} to {target.setpoint:g} °C"
    reached = await states.until(approached, what, _REACH_TIMEOUT)
    after = _temperature(states, box)
    return (
        f"{box.name}: {target.direction} to {target.setpoint:g} °C: "
        f"confirmed after {confirmed * 1000:.0f} ms, shown after {visible * 1000:.0f} ms, "
        f"{target.actuator} on after {working:.1f} s, "
        f"{before:.2f} to {after:.2f} °C in {reached:.1f} s more"
    )


def _temperature(states: States, chamber: Chamber) -> float:
    value = states[chamber.one("temperature")].number
    if value is None:
        raise WorkshopError(f"{chamber.name} shows no temperature")
    return value


def _target_of(states: States, chamber: Chamber) -> float:
    return states[chamber.one("setpoint")].number or float("-inf")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_log(log: str) -> list[str]:
    """Return what the log has of interest.

    Raises:
        WorkshopError: it holds an error, an exception or a reproach about this integration.
    """
    starts = [match.start() for match in _RECORD.finditer(log)]
    records = [log[start:end] for start, end in zip(starts, [*starts[1:], len(log)], strict=True)]
    elsewhere = list[str]()
    for record in records:
        match = _RECORD.match(record)
        severe = match is not None and match["level"] in {"ERROR", "CRITICAL"}
        severe = severe or "Traceback" in record or "Detected that custom integration" in record
        if severe and "chamber_ws" in record:
            raise WorkshopError(f"Home Assistant logged about chamber_ws:\n{record}")
        elsewhere += [f"  {record.splitlines()[0]}"] if severe else []
    line = "Home Assistant's log: no error about chamber_ws"
    return (
        [f"{line}; about other things:", *elsewhere] if elsewhere else [f"{line} or anything else"]
    )
