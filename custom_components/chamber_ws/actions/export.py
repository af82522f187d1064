"""The export of the record as an action: files as text, and the figures that a daily report needs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from ..chamber.analysis.findings import Extreme, Findings
from ..chamber.errors import ChamberError
from ..errors import translated
from ..record import report
from ..record.report import Account, Context, Document, Format, Span, Units
from ..record.report.errors import NothingRecorded
from ..record.report.page.summary import judged
from ..record.store import Store
from .schema import END, FORMAT, START
from .targets import Target, async_targets

USUAL = timedelta(days=1)
PLACES = 2


async def async_export(call: ServiceCall) -> ServiceResponse:
    """Give out what is recorded of chambers, one after the other.

    Where several are asked for, one of which nothing is recorded does not keep the others from being told.
    """
    targets = await async_targets(call, POLICY_READ)
    end: datetime = call.data.get(END) or dt_util.utcnow()
    start: datetime = call.data.get(START) or end - USUAL
    period = Span(start.timestamp(), end.timestamp())
    chambers: list[JsonValueType] = []
    for target in targets:
        try:
            told = await async_told(call.hass, target, period, call.data[FORMAT])
        except NothingRecorded as error:
            if len(targets) == 1:
                raise translated(error, target.name) from error
            told = {"error": str(error), "summary": None, "files": []}
        except ChamberError as error:
            raise translated(error, target.name) from error
        chambers.append({**target.identity, **told})
    return {"start": _local(period.start), "end": _local(period.end), "chambers": chambers}


async def async_told(
    hass: HomeAssistant, target: Target, period: Span, format_: Format
) -> dict[str, Any]:
    """One chamber's figures and files. Raises `ChamberError`."""
    clerk = target.whole_clerk()
    units = Units(hass.config.units.temperature_unit == UnitOfTemperature.FAHRENHEIT)
    account, documents = await clerk.read(_maker(target, period, format_, units))
    files = [
        {"name": name, "media_type": media_type, "content": content.decode()}
        for name, media_type, content in documents
    ]
    return {"error": None, "summary": _summary(account, units), "files": files}


def _maker(
    target: Target, period: Span, format_: Format, units: Units
) -> Callable[[Store], tuple[Account, tuple[Document, ...]]]:
    """What makes the account and its files on the keeper's thread, of what is known here by now."""
    found = target.clerk.findings(target.address) or Findings()
    chamber = target.coordinator.census.chambers.get(target.address)
    now = dt_util.utcnow().timestamp()
    context = Context(
        meta=None if chamber is None else chamber.meta,
        judged_on=found.judged_on,
        latest=found.last_excursion,
        zone=dt_util.get_default_time_zone(),
        most=report.MOST[format_],
    )

    def make(store: Store) -> tuple[Account, tuple[Document, ...]]:
        account = report.gather(
            store, target.address, target.name, *period, found.settings, now, context
        )
        return account, report.documents(store, account, format_, units)

    return make


def _summary(account: Account, units: Units) -> dict[str, Any]:
    """The figures of the page's head, as numbers; temperatures in the unit named, durations in s; None: unknown."""
    figures, tally = account.figures, account.tally
    verdict, headline = judged(account)
    judged_at_all = figures.time_in_range is not None
    lowest, highest = figures.minimum, figures.maximum
    return {
        "verdict": verdict,
        "headline": headline,
        "unit_of_measurement": units.symbol,
        "minimum": _temperature(lowest and lowest.value, units),
        "minimum_at": _at(lowest),
        "maximum": _temperature(highest and highest.value, units),
        "maximum_at": _at(highest),
        "mean": _temperature(figures.mean, units),
        "mean_kinetic_temperature": _temperature(figures.mean_kinetic_temperature, units),
        "coverage": round(figures.coverage, PLACES),
        "time_in_range": _rounded(figures.time_in_range),
        "seconds_in_range": round(figures.in_range) if judged_at_all else None,
        "seconds_above": round(figures.above) if judged_at_all else None,
        "seconds_below": round(figures.below) if judged_at_all else None,
        "excursions": len(account.excursions),
        "unacknowledged": sum(not one.acknowledged for one in account.excursions),
        "rows": tally.rows,
        "awaited": tally.awaited,
        "sha256": tally.sha256,
        "audit_intact": account.intact,
    }


def _temperature(celsius: float | None, units: Units) -> float | None:
    return None if celsius is None else round(units.number(celsius), PLACES)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, PLACES)


def _at(extreme: Extreme | None) -> str | None:
    return None if extreme is None else _local(extreme.at)


def _local(at: float) -> str:
    return dt_util.as_local(dt_util.utc_from_timestamp(at)).isoformat(timespec="seconds")
