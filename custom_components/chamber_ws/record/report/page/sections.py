"""The page's sections below the plot; one that has nothing to say is left out."""

from __future__ import annotations

from collections.abc import Callable

from ..account import Account, Acknowledgement, Episode
from .evidence import audit, integrity, record
from .grid import facts, number, table
from .markup import Markup, element, foreign, join
from .wording import UNKNOWN, Units, count, duration, percent, phrase, time_element

MOST_DAYS = 92
OF_A_DAY = ("Lowest", "Mean", "Highest", "MKT", "In range", "Out", "Coverage")
MOST_EPISODES = 200
NAMES = {"data": "nothing heard"}

DISCLAIMER = """\
This report is designed to help those who keep things at a temperature. It is no certificate: it claims no compliance
with any regulation, standard or guideline, and replaces neither a calibrated reference nor anybody's judgement of a
product.

The temperatures are those that the chamber's own probes reported. Whether a probe is right, stands in the right place
and is calibrated, this report cannot tell. What is unknown counts nowhere, neither as good nor as bad.

The hashes show accidental damage and careless changes. They do not protect from somebody who can write to the record
and calculate them anew.
"""


def excursions(account: Account, units: Units) -> Markup:
    """Each excursion with its acknowledgements."""
    if not account.excursions:
        return element("p", "None in this period.", class_="soft")
    columns = ("Limit", "From", "To", number("Out"), number("Peak"), number("Dose"), "Acknowledged")
    rows = [
        (
            join(_what(one), " ", _silent(one)),
            time_element(one.start, account.zone),
            _end(one, account),
            duration(one.out),
            units.temperature(one.peak),
            units.dose(one.degree_minutes),
            _acknowledged(one, account),
        )
        for one in account.excursions[:MOST_EPISODES]
    ]
    return join(table(columns, rows), _rest(len(account.excursions)))


def events(account: Account, units: Units) -> Markup | None:  # noqa: ARG001
    """Early warnings, faults and losses of data."""
    kinds = (
        ("Early warning", account.warnings),
        ("Fault", account.faults),
        ("Data", account.losses),
    )
    found = sorted(
        ((kind, one) for kind, several in kinds for one in several), key=lambda told: told[1].start
    )
    rows = [
        (
            kind,
            _event(one),
            time_element(one.start, account.zone),
            _end(one, account),
            duration(None if one.end is None else one.end - one.start),
        )
        for kind, one in found[:MOST_EPISODES]
    ]
    if not rows:
        return None
    headings = ("Kind", "What", "From", "To", number("Lasted"))
    return join(table(headings, rows), _rest(len(found)))


def days(account: Account, units: Units) -> Markup | None:
    """Each local day, where there is more than one."""
    if len(account.days) < 2:
        return None
    columns = ("Day", *(number(one) for one in OF_A_DAY))
    rows = [
        (
            f"{day:%a} {day}",
            units.temperature(figures.minimum and figures.minimum.value),
            units.temperature(figures.mean),
            units.temperature(figures.maximum and figures.maximum.value),
            units.temperature(figures.mean_kinetic_temperature),
            percent(figures.time_in_range),
            duration(figures.above + figures.below)
            if figures.time_in_range is not None
            else UNKNOWN,
            percent(figures.coverage),
        )
        for day, figures in account.days[-MOST_DAYS:]
    ]
    rest = len(account.days) - MOST_DAYS
    said = f"{count(rest, 'earlier day')} in the JSON export." if rest > 0 else None
    return join(table(columns, rows, "days"), said and element("p", said, class_="soft after"))


def settings(account: Account, units: Units) -> Markup:
    """What the chamber is, what it is held against, and what it did."""
    told, identity, figures = account.settings, account.identity, account.figures
    energy = None if figures.energy is None else f"{figures.energy:.3f} kWh"
    starts = None if figures.starts_per_hour is None else f"{figures.starts_per_hour:.2f}"
    model = " ".join(part for part in (identity.manufacturer, identity.model) if part) or None
    return join(
        facts(
            ("Profile", phrase(told.profile.value)),
            ("Judged on", phrase(account.judged_on)),
            ("Low limit", _limit(told.low, units)),
            (
                "Delay below",
                _delay(told.delay_low, told.low is not None or told.freeze is not None),
            ),
            ("High limit", _limit(told.high, units)),
            ("Delay above", _delay(told.delay_high, told.high is not None)),
            ("Freeze limit", _limit(told.freeze, units)),
            ("Early warning after", None if told.warning is None else duration(told.warning)),
            ("Deadband", units.difference(told.deadband)),
            ("Delays add up", "yes" if told.cumulative else "no, in one piece"),
            ("Heater duty", figures.heater_duty, percent),
            ("Cooler duty", figures.cooler_duty, percent),
            ("Starts per hour", starts),
            ("Energy", energy),
            ("Model", model and foreign(model)),
            ("Serial number", identity.serial and foreign(identity.serial)),
            ("Software", identity.software and foreign(identity.software)),
            ("Calibration due", identity.calibration_due and foreign(identity.calibration_due)),
        ),
        element(
            "p",
            "Limits are those in force when this report was made; the audit trail shows when they were changed.",
            class_="soft after",
        ),
    )


def disclaimer(account: Account, units: Units) -> Markup:  # noqa: ARG001
    """What nobody may read into it."""
    return join(*(element("p", said) for said in DISCLAIMER.split("\n\n")))


CONTENT: dict[str, Callable[[Account, Units], Markup | None]] = {
    "Excursions": excursions,
    "Warnings, faults, losses of data": events,
    "Day by day": days,
    "Chamber and limits": settings,
    "How complete this is": record,
    "Audit trail": audit,
    "Integrity": integrity,
    "What this is not": disclaimer,
}


def _what(episode: Episode) -> Markup:
    return element("b", phrase(episode.what))


def _event(episode: Episode) -> Markup:
    what = NAMES.get(episode.what, episode.what.removeprefix("warning_"))
    return join(phrase(what), " ", _silent(episode))


def _silent(episode: Episode) -> Markup | None:
    return element("span", "shelved", class_="mark wait") if episode.silent else None


def _end(episode: Episode, account: Account) -> Markup:
    if episode.end is None:
        return element("span", "goes on", class_="mark no")
    return time_element(episode.end, account.zone)


def _acknowledged(episode: Episode, account: Account) -> Markup:
    if not episode.acknowledged:
        return element("span", "not acknowledged", class_="mark no")
    return join(*(_acknowledgement(one, account) for one in episode.acknowledged))


def _acknowledgement(said: Acknowledgement, account: Account) -> Markup:
    return element(
        "div",
        element("b", foreign(said.by or "unknown user")),
        said.on_behalf_of and join(", said to be for ", foreign(said.on_behalf_of)),
        ", ",
        time_element(said.at, account.zone),
        said.comment and join(" ", element("q", foreign(said.comment))),
    )


def _rest(total: int) -> Markup | None:
    if total <= MOST_EPISODES:
        return None
    said = f"{count(total - MOST_EPISODES, 'more')} in the other exports."
    return element("p", said, class_="soft after")


def _limit(celsius: float | None, units: Units) -> str | None:
    return None if celsius is None else units.temperature(celsius)


def _delay(seconds: float, judged: bool) -> str | None:
    return (duration(seconds) if seconds else "none") if judged else None
