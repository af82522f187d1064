"""The page for people: one file that needs nothing else, runs nothing and asks nobody for anything."""

from __future__ import annotations

from ..account import Account
from ..times import offset
from .markup import Markup, element, foreign, join, style
from .plot import plot
from .sections import CONTENT
from .sheet import POLICY, SHEET
from .summary import tiles, verdict
from .wording import UNKNOWN, Units, moment, time_element


def page(account: Account, units: Units) -> str:
    """The account as HTML. The same account makes the same page."""
    title = f"{account.identity.name} – {moment(account.period.start, account.zone)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        style(SHEET),
    )
    main = element(
        "main",
        _header(account),
        verdict(account),
        tiles(account, units),
        element("section", element("h2", "Temperature"), plot(account, units)),
        *(
            element("section", element("h2", heading), content)
            for heading, content in (
                (heading, make(account, units)) for heading, make in CONTENT.items()
            )
            if content
        ),
        _footer(account),
    )
    return "<!DOCTYPE html>\n" + element("html", head, element("body", main), lang="en") + "\n"


def _header(account: Account) -> Markup:
    start, end = account.period
    return element(
        "header",
        element("p", "Record of a temperature chamber", class_="over"),
        element("h1", foreign(account.identity.name)),
        element(
            "p",
            time_element(start, account.zone),
            " to ",
            time_element(end, account.zone),
            _zone(account),
            class_="period",
        ),
    )


def _zone(account: Account) -> Markup | None:
    """The time zone's name, where it has one, and a word where the clocks changed in the period."""
    before, after = (offset(at, account.zone) for at in account.period)
    name = str(account.zone)
    said = "" if name in (before, UNKNOWN) else f" · {name}"
    if before != after:
        said += f" · the clocks changed from {before} to {after}"
    return join(said) if said else None


def _footer(account: Account) -> Markup:
    return element(
        "footer",
        "Made ",
        time_element(account.made, account.zone),
        " by Chamber over WebSocket for Home Assistant, from the record of ",
        element("code", account.identity.label),
        ".",
    )
