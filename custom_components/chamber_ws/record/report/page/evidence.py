"""The sections about the record itself: how complete it is, who did what, and how it can be checked."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..account import Account, Audited
from .grid import facts, table
from .markup import Markup, element, foreign, join
from .wording import UNKNOWN, Units, count, duration, percent, phrase, time_element

MOST_GAPS = 12
MOST_AUDITED = 500
TEMPERATURES = ("setpoint", "low", "high", "freeze")
MOMENTS = ("until", "since")
DURATIONS = ("delay_low", "delay_high", "off_delay", "warning", "realarm", "time_constant")


def record(account: Account, units: Units) -> Markup:  # noqa: ARG001
    """How many samples there are, how they came, and what is missing."""
    tally = account.tally
    return join(
        facts(
            ("Coverage", percent(account.figures.coverage)),
            ("Samples", count(tally.rows, "row")),
            ("Fetched later", count(tally.fetched, "row")),
            ("Still to be fetched", count(tally.awaited, "sample")),
            ("Lost for good", count(tally.lost, "sample")),
            ("Of unknown time, left out", count(tally.unplaced, "row")),
            ("Timed by a doubtful clock", count(tally.estimated, "row")),
            ("Known by minute means alone", duration(tally.condensed) if tally.condensed else None),
            ("Gaps", count(account.gap_count, "gap")),
            ("Without data in all", duration(account.gap_seconds)),
        ),
        _gaps(account) if account.gaps else None,
    )


def _gaps(account: Account) -> Markup:
    longest = sorted(account.gaps, key=lambda gap: gap.seconds, reverse=True)[:MOST_GAPS]
    rows = [
        (
            time_element(gap.start, account.zone),
            time_element(gap.end, account.zone),
            duration(gap.seconds),
        )
        for gap in sorted(longest)
    ]
    heading = "Gaps" if account.gap_count <= MOST_GAPS else f"The {MOST_GAPS} longest gaps"
    return join(
        element("p", f"{heading}, longer than 5 min:", class_="soft after"),
        table(("From", "To", "Without data"), rows),
    )


def audit(account: Account, units: Units) -> Markup:
    """Who changed what, and whether the chain of hashes holds."""
    if account.intact:
        verified = element("span", "chain of hashes intact", class_="mark yes")
    else:
        verified = element("span", "chain of hashes broken", class_="mark no")
    rows = [
        (
            time_element(entry.at, account.zone),
            _who(entry),
            phrase(entry.act),
            _change(entry, account, units),
            element("q", foreign(entry.why)) if entry.why else "",
            element("code", f"{entry.id} · {entry.hash[:12]}"),
        )
        for entry in account.audit[-MOST_AUDITED:]
    ]
    entries = table(("When", "Who", "What", "From → to", "Why", "Entry"), rows, "audit")
    rest = len(account.audit) - MOST_AUDITED
    return join(
        element("p", "Verified when this report was made: ", verified),
        *(element("p", foreign(broken)) for broken in account.breaks[:MOST_GAPS]),
        entries if rows else element("p", "Nobody changed anything in this period.", class_="soft"),
        element("p", f"{count(rest, 'earlier entry', 'earlier entries')} in the other exports.", class_="soft after")
        if rest > 0
        else None,
    )  # fmt: skip


def integrity(account: Account, units: Units) -> Markup:  # noqa: ARG001
    """The hash, and how anybody can check it."""
    return join(
        element("p", f"SHA-256 of the {count(account.tally.rows, 'row')} of this period:"),
        element("code", account.tally.sha256, class_="hash"),
        element(
            "p",
            "It is the hash of the CSV export of the same chamber and period, byte by byte: ",
            element("code", "sha256sum"),
            " of that file must show the same digits, now and for as long as the rows are kept in full. "
            "Samples that are fetched or dated after this report was made change it.",
        ),
    )


def _who(entry: Audited) -> Markup:
    by = entry.name or entry.user
    return join(
        foreign(by) if by else element("span", "Home Assistant", class_="soft"),
        entry.on_behalf_of and join(", said to be for ", foreign(entry.on_behalf_of)),
    )


def _change(entry: Audited, account: Account, units: Units) -> Markup:
    told = _Values(account, units)
    changes = (
        join(
            f"{phrase(name)}: ",
            told.say(name, entry.old[name]) if name in entry.old else None,
            " → " if name in entry.old else None,
            told.say(name, entry.new.get(name)),
        )
        for name in sorted({*entry.old, *entry.new})
    )
    return join(*(element("div", change) for change in changes))


class _Values:
    """How a value of the journal is said, by its name."""

    def __init__(self, account: Account, units: Units) -> None:
        self._zone = account.zone
        temperatures = dict.fromkeys(TEMPERATURES, units.temperature)
        self._numbers: dict[str, Callable[[float], str]] = {
            **temperatures,
            **dict.fromkeys(DURATIONS, duration),
            "deadband": units.difference,
        }

    def say(self, name: str, value: object) -> Markup:
        """One value; what is not known by its name stands there as it is kept."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if name in MOMENTS:
                return time_element(value, self._zone)
            if (say := self._numbers.get(name)) is not None:
                return join(say(value))
        if value is None:
            return join(UNKNOWN)
        return foreign(value if isinstance(value, str) else json.dumps(value))
