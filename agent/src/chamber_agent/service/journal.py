"""Log lines as the journal reads their level: `<N>` before each line, as sd-daemon(3) says."""

import logging
import os
from collections.abc import Mapping
from types import MappingProxyType

LEVELS: Mapping[int, int] = MappingProxyType(
    {
        logging.CRITICAL: 2,
        logging.ERROR: 3,
        logging.WARNING: 4,
        logging.INFO: 6,
        logging.DEBUG: 7,
    }
)
"""The syslog levels of syslog(3)."""


class Formatter(logging.Formatter):
    """Says each line of a record with its level; the journal stamps the time by itself."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's lines."""
        level = LEVELS.get(record.levelno, 6)
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())


def formatter() -> logging.Formatter:
    """Return what suits standard error: the journal, or people."""
    if os.environ.get("JOURNAL_STREAM"):
        return Formatter("%(message)s")
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s")
