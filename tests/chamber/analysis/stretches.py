"""What chambers go through: stretches of samples, and the faults that a watch finds in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chamber.given import NOON, sample
from chamber_agent.chamber.analysis.deeds import Act, Deed
from chamber_agent.chamber.analysis.findings import Happened, Occurrence, Reading
from chamber_agent.chamber.analysis.watch import Watch
from chamber_agent.chamber.model import Part

MINUTE, HOUR = 60.0, 3600.0
ROLES = {"ambient": "ambient", "product": "product"}
Stretch = list[tuple[float, dict[str, Any]]]
FAULTS = {Happened.FAULT_STARTED: "+", Happened.FAULT_ENDED: "-"}


def cooling(duty: float) -> dict[str, Any]:
    return {"coolers": (Part(on=duty > 0, duty=duty),), "heaters": (Part(on=False, duty=0.0),)}


def heating(duty: float) -> dict[str, Any]:
    return {"heaters": (Part(on=duty > 0, duty=duty),), "coolers": (Part(on=False, duty=0.0),)}


OFF = cooling(0.0)


def while_(seconds: float, every: float = 10.0, **fields: Any) -> Stretch:
    """Samples for so long; what can be called is a function of the seconds passed."""
    return [
        (
            every,
            {name: one(every * index) if callable(one) else one for name, one in fields.items()},
        )
        for index in range(round(seconds / every))
    ]


def ramp(start: float, per_minute: float, least: float = -99.0) -> Callable[[float], float]:
    return lambda passed: max(least, start + per_minute * passed / MINUTE)


def watch(**roles: str) -> Watch:
    one = Watch()
    one.perform(Deed(act=Act.DESCRIBED, at=NOON, new={"roles": roles or ROLES}))
    return one


def occurrences(one: Watch, *stretches: Stretch) -> Iterator[Occurrence]:
    at = NOON if one.at is None else one.at
    for step, fields in (each for stretch in stretches for each in stretch):
        given = {"temperature": 5.0, "setpoint": 5.0, **fields}
        yield from one.feed(Reading(at, sample(**given))).occurrences
        at += step


def found(*stretches: Stretch, by: Watch | None = None) -> list[tuple[str, float]]:
    """What began and ended, and how long after noon."""
    occurred = occurrences(by or watch(), *stretches)
    return [
        (FAULTS[one.happened] + one.what, one.at - NOON)
        for one in occurred
        if one.happened in FAULTS
    ]


def names(*stretches: Stretch, by: Watch | None = None) -> list[str]:
    return [name for name, _at in found(*stretches, by=by)]


HELD = while_(10 * MINUTE, **cooling(50.0))
RISE = while_(MINUTE, temperature=ramp(5.0, 8.0), **cooling(70.0))
BACK = while_(10 * MINUTE, temperature=ramp(12.0, -6.0, 5.0), **cooling(70.0))


def resting(temperature: Any, seconds: float, ambient: float | None = 25.0) -> Stretch:
    probes = {} if ambient is None else {"ambient": ambient}
    return while_(seconds, temperature=temperature, probes=probes, **OFF)


def switching(period: float, hours: float, duty: float | None = None) -> Stretch:
    on = (Part(on=True, duty=duty),), (Part(on=False, duty=None if duty is None else 0.0),)
    return while_(hours * HOUR, coolers=lambda passed: on[int(passed % period >= period / 2)])


def moving(step: float) -> Stretch:
    return while_(MINUTE, temperature=lambda passed: 5.0 + step * (passed % 20.0 == 0.0))


def both(control: Any, product: Any, seconds: float, **fields: Any) -> Stretch:
    told = product if callable(product) else lambda _passed: product
    return while_(
        seconds,
        30.0,
        temperature=control,
        probes=lambda passed: {"product": told(passed)},
        **fields,
    )
