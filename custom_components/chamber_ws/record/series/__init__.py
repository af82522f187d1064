"""The past of a chamber as a dashboard draws it: as many points as there is room for, never more.

                 ┌─ samples ─┬─ spans, bands ─┐
store ─ source ──┤           └─ tables ───────┼─ curve ─ told
                 └─ condensed (minutes) ──────┘

Every reading of the record is a question that SQLite answers bucket by bucket, or passes over a bounded number of rows.
"""

from .told import Asked, Known, Series, told

__all__ = ["Asked", "Known", "Series", "told"]
