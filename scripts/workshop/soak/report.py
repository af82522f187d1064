"""What a soak came to, in a few lines."""

from collections.abc import Iterator

from .course import Outcome


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield the figures, then what differs."""
    audit, statistics = outcome.audit, outcome.statistics
    rows, fetched, lost, rescued, heard, epochs = (
        sum(getattr(one, name) for one in audit.chambers)
        for name in ("rows", "fetched", "lost", "rescued", "witnessed", "epochs")
    )
    ends = ", ".join(f"{count} × {name}" for name, count in sorted(outcome.ends.items()))
    kinds = ", ".join(f"{count} {name}" for name, count in audit.occurrences.most_common())
    yield f"seed {outcome.plan.seed}, {outcome.seconds:.0f} s"
    yield f"connections cut: {outcome.cuts}; {ends}"
    yield f"troubles: {sum(outcome.troubles.values())}; peace after {outcome.peace:.1f} s"
    yield f"samples compared, field by field: {rows} ({fetched} fetched, {rescued} lost by the killed agent)"
    yield f"epochs: {epochs}; numbers that nobody has: {lost}; compared with what a witness heard: {heard}"
    yield f"occurrences compared with an uncut run: {audit.occurrences.total()} ({kinds})"
    yield f"what was done: {audit.deeds}; minutes compared: {audit.minutes}"
    yield f"backfill in the first seconds, beside troubles: {outcome.backfilled:.0f} rows/s"
    yield f"statistics: {statistics.foreign} rows of a foreign entity whole, {statistics.imported} hours imported"
    yield from (f"DIFFERS  {difference}" for difference in outcome.differences)
    if not outcome.differences:
        yield "the record is that of an uncut run"
