"""A curve of minutes: of the temperature that was judged, and of how hard heaters and coolers ran together."""

from __future__ import annotations

from ...chamber.metrics import MINUTE
from ...chamber.model import Kind
from ..store import Store
from .curve import Curve, Setpoints, bucket
from .grid import Grid
from .spans import Span

_BUCKET = (
    "SELECT sum(covered), sum(integral), min(low), max(high),"
    " sum(heater), sum(heater_seconds), sum(cooler), sum(cooler_seconds)"
    " FROM minute WHERE chamber = ? AND at >= ? AND at < ?"
)
_GAPS = (
    "SELECT ended, at FROM (SELECT at, lag(at) OVER (ORDER BY at) + ?1 AS ended FROM minute"
    " WHERE chamber = ?2 AND at >= ?3 AND at < ?4 AND covered > 0) WHERE at - ended > ?5"
)
_SETPOINT = (
    "SELECT at, setpoint FROM sample WHERE chamber = ? AND at >= ? AND at < ?"
    " ORDER BY at, stretch, seq LIMIT 1"
)


def curve(store: Store, chamber: int, period: Span, step: float, longest: float) -> Curve:
    """What the minutes of a period tell in buckets of `step` s; setpoints as far as samples are there."""
    temperature, setpoints = [], Setpoints()
    bands: dict[str, list[tuple[float, float]]] = {Kind.HEATER.value: [], Kind.COOLER.value: []}
    for begun, ended in Grid(*period, step).bounds():
        ((covered, integral, low, high, *driven),) = store.ask(_BUCKET, (chamber, begun, ended))
        if covered and low is not None:
            temperature.append(bucket(begun, integral / covered, low, high))
        for duties, amount, seconds in zip(bands.values(), driven[::2], driven[1::2], strict=True):
            if seconds:
                duties.append((begun, round(amount / seconds, 1)))
        for at, setpoint in store.ask(_SETPOINT, (chamber, begun, ended)):
            setpoints.see(at, setpoint, begun)
    return Curve(
        temperature=temperature,
        setpoint=setpoints.changes,
        bands=dict(bands),
        gaps=store.ask(_GAPS, (MINUTE, chamber, *period, max(longest, step))),
    )
