"""The export of the record: an account of a chamber and a period, as CSV, JSON or a page for people.

store ─ reader ─┬─ gauge ─ sums ─────┐
                ├─ trace ── curve ───┼─ account ─┬─ table (CSV)
                └─ columns ─ layout ─┘           ├─ document (JSON)
                                                 └─ page (HTML, with a plot)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from ..store import Store
from . import document, page, table
from .account import Account, Span
from .errors import ExportTooLarge
from .gather import MOST_READ, Context, gather
from .page.wording import Units
from .times import filename

MOST_ROWS = 200_000
"""More rows than this go into no CSV or JSON; the page shows none."""

__all__ = [
    "MOST",
    "Account",
    "Context",
    "Document",
    "Format",
    "Span",
    "Units",
    "documents",
    "gather",
]


class Format(StrEnum):
    """What an export can be."""

    CSV = "csv"
    JSON = "json"
    HTML = "html"


MOST = {Format.CSV: MOST_ROWS, Format.JSON: MOST_ROWS, Format.HTML: MOST_READ}
"""How many rows each can carry; for `Context.most`, so that more are not even read."""


class Document(NamedTuple):
    """A file: its name, its media type, and its bytes."""

    name: str
    media_type: str
    content: bytes


def documents(
    store: Store,
    account: Account,
    format_: Format,
    units: Units = Units(),  # noqa: B008  (frozen)
) -> tuple[Document, ...]:
    """The account as files; CSV makes three: samples, what happened, and the journal. `units` are for the page alone.

    The rows are read from `store` once more. Raises `ExportTooLarge`.
    """
    if account.tally.rows > MOST[format_]:
        raise ExportTooLarge(MOST[format_])
    stem = filename(account.identity.label, *account.period, account.zone)
    return tuple(
        Document(f"{stem}{suffix}.{format_}", MEDIA_TYPES[format_], b"".join(pieces))
        for suffix, pieces in MAKERS[format_](store, account, units)
    )


Named = Iterator[tuple[str, Iterator[bytes]]]


def _csv(store: Store, account: Account, _units: Units) -> Named:
    rows = store.between(store.addresses()[account.identity.address], *account.period)
    yield "", table.samples(account.layout.columns(), rows)
    yield "_events", table.episodes(account)
    yield "_audit", table.journal(account)


def _json(store: Store, account: Account, _units: Units) -> Named:
    rows = store.between(store.addresses()[account.identity.address], *account.period)
    yield "", document.document(account, account.layout.columns(), rows)


def _html(_store: Store, account: Account, units: Units) -> Named:
    yield "", iter((page.page(account, units).encode(),))


MAKERS: dict[Format, Callable[[Store, Account, Units], Named]] = {
    Format.CSV: _csv,
    Format.JSON: _json,
    Format.HTML: _html,
}
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSON: "application/json",
    Format.HTML: "text/html; charset=utf-8",
}
