"""Times as programs and files spell them, and local time's distance from UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

MINUTE, HOUR, DAY = 60, 3600, 86400
LONGEST = 200
"""Bytes of a label; file systems take 255 with times and ending."""


def timestamp(at: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def offset(at: float, zone: tzinfo) -> str:
    """The difference from UTC in force at a time: `UTC+5:30`."""
    ahead = datetime.fromtimestamp(at, zone).utcoffset() or timedelta()
    minutes = round(ahead.total_seconds() / MINUTE)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), MINUTE)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def filename(label: str, start: float, end: float, zone: tzinfo) -> str:
    """A name for a file, of characters that every file system takes, whatever the label has."""
    words = re.sub(r"[^\w-]+", "-", label).strip("-") or "chamber"
    stem = words.encode()[:LONGEST].decode(errors="ignore")
    first, last = (f"{datetime.fromtimestamp(at, zone):%Y%m%dT%H%M}" for at in (start, end))
    return f"{stem}_{first}_{last}"
