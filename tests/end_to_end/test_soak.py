"""The record has no gaps, whatever is cut and killed: a short soak; `scripts/soak` is a long one."""

import os
from pathlib import Path

import pytest

from end_to_end.parts import have
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.soak import report
from workshop.soak.course import Course, Plan

SEED = int(os.environ.get("CHAMBER_SOAK_SEED", "1"))
TROUBLES = 110.0
"""Seconds of troubles: two of each kind, one after the other."""


@pytest.mark.timeout(540, func_only=True)
def test_after_cuts_kills_and_restarts_the_record_is_that_of_an_uncut_run(tmp_path: Path) -> None:
    plan = Plan(HOME_ASSISTANT_VERSIONS[0], TROUBLES, SEED, "-24h")
    outcome = have(lambda: Course(plan, tmp_path, print).run())
    print("\n".join(report.lines(outcome)))
    assert outcome.differences == []
    assert outcome.cuts >= 12
    assert {"agent killed", "broker killed", "Home Assistant killed"} <= outcome.ends.keys()
    assert {"excursion_started", "excursion_ended", "lost"} <= outcome.audit.occurrences.keys()
    rows = sum(chamber.rows for chamber in outcome.audit.chambers)
    fetched = sum(chamber.fetched for chamber in outcome.audit.chambers)
    assert fetched > 20_000
    assert rows > fetched
    assert outcome.statistics.imported > 0
