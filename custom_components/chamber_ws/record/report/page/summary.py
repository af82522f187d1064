"""What a reader wants to know first: was it well, how sure is that, and the figures."""

from __future__ import annotations

from ....chamber.analysis.findings import Extreme
from ..account import Account
from .markup import Markup, element, join
from .wording import UNKNOWN, Units, count, duration, percent, time_element

ENOUGH = 95.0
"""With less of the period known, in percent, nothing is called well."""


def verdict(account: Account) -> Markup:
    """The answer in one box."""
    tone, headline = judged(account)
    return element(
        "div",
        element("strong", headline),
        *(element("p", said) for said in _remarks(account)),
        class_=f"verdict {tone}",
    )


def judged(account: Account) -> tuple[str, str]:
    """The answer in one word, `good`, `bad` or `unsure`, and in a few."""
    settings, excursions = account.settings, account.excursions
    if excursions:
        unheeded = sum(not one.acknowledged for one in excursions)
        said = count(len(excursions), "excursion")
        if any(one.end is None for one in excursions):
            said += ", still going on" if len(excursions) == 1 else ", one still going on"
        return "bad", said + _heeded(len(excursions), unheeded)
    if settings.low is None and settings.high is None and settings.freeze is None:
        return "unsure", "No limits were set: nothing was judged"
    if account.figures.coverage < ENOUGH or account.tally.awaited:
        return "unsure", "No excursion in what is known"
    return "good", "No excursion"


def _heeded(total: int, unheeded: int) -> str:
    if unheeded == 0:
        return ", acknowledged"
    return ", not acknowledged" if unheeded == total else f", {unheeded} not acknowledged"


def _remarks(account: Account) -> list[str]:
    """What else must be said beside it."""
    figures, tally = account.figures, account.tally
    said = [f"{percent(figures.coverage)} of the period is known."]
    if figures.time_in_range is not None:
        said[0] = (
            f"In range for {percent(figures.time_in_range)} of the known time; "
            f"{percent(figures.coverage)} of the period is known."
        )
    if not account.excursions and figures.above + figures.below > 0:
        out = duration(figures.above + figures.below)
        said.append(f"Beyond a limit for {out} in all, which the delays admit.")
    if tally.awaited:
        said.append(f"{count(tally.awaited, 'sample')} still to be fetched: this may change.")
    if not account.intact:
        said.append("The audit trail's chain of hashes is broken.")
    return said


def tiles(account: Account, units: Units) -> Markup:
    """The figures at a glance."""
    figures = account.figures
    judged = figures.time_in_range is not None
    return element(
        "dl",
        _tile("Mean", units.temperature(figures.mean)),
        _tile(
            "Mean kinetic temperature",
            units.temperature(figures.mean_kinetic_temperature),
            "weighs warmth; says nothing of freezing",
        ),
        _tile("Lowest", *_extreme(figures.minimum, account, units)),
        _tile("Highest", *_extreme(figures.maximum, account, units)),
        _tile(
            "In range",
            percent(figures.time_in_range),
            duration(figures.in_range) if judged else None,
        ),
        _tile("Above", *_beyond(figures.above if judged else None, figures.dose_above, units)),
        _tile("Below", *_beyond(figures.below if judged else None, figures.dose_below, units)),
        _tile("Coverage", percent(figures.coverage), f"{duration(figures.known)} known"),
        class_="tiles",
    )


def _tile(term: str, value: str, note: str | None = None) -> Markup:
    said = element("div", note, class_="note") if note is not None else None
    return element(
        "div",
        element("dt", term),
        element("dd", element("div", value, class_="value"), said),
        class_="tile",
    )


def _extreme(extreme: Extreme | None, account: Account, units: Units) -> tuple[str, Markup | None]:
    if extreme is None:
        return UNKNOWN, None
    return units.temperature(extreme.value), join(time_element(extreme.at, account.zone))


def _beyond(seconds: float | None, dose: float, units: Units) -> tuple[str, str | None]:
    return duration(seconds), units.dose(dose) if seconds else None
