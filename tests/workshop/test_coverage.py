"""Bounds of coverage: read from pyproject.toml, and held against what suites measured."""

from pathlib import Path

import pytest

from workshop.checks import coverage
from workshop.places import ROOT
from workshop.progress import WorkshopError


def test_all_that_is_delivered_is_bounded_and_the_pure_part_wholly() -> None:
    bounds = {folder: bound for bound in coverage.bounds() for folder in bound.of}
    integration = "custom_components/chamber_ws"
    shared = [f"{integration}/{name}" for name in ("chamber", "link")]
    assert set(bounds) == {integration, *shared, "agent/src/chamber_agent"}
    assert [bounds[folder].least for folder in shared] == [100, 100]
    assert bounds[integration].without == tuple(shared)
    assert min(bound.least for bound in bounds.values()) >= 95
    assert all((ROOT / folder).is_dir() for folder in bounds)


def test_a_bound_by_a_suite_that_there_is_not_is_refused(tmp_path: Path) -> None:
    settings = tmp_path / "pyproject.toml"
    settings.write_text('[[tool.chamber_ws.coverage]]\nof = ["a"]\nby = ["moon"]\nleast = 95\n')
    with pytest.raises(WorkshopError, match="coverage by moon; there are: integration"):
        coverage.bounds(settings)


def test_what_is_not_meant_is_left_out_of_the_report() -> None:
    bound = coverage.Bound(("a",), ("agent",), 95, without=("a/b", "a/c"))
    assert bound.report() == ["--include=a/*", "--omit=a/b/*,a/c/*", "--fail-under=95"]
    assert coverage.Bound(("a",), ("agent",), 95).report() == ["--include=a/*", "--fail-under=95"]


def test_every_suite_is_measured_in_a_run_of_its_own() -> None:
    runs = coverage.checks(coverage.SUITES)
    assert all((ROOT / path).exists() for run in runs for path in run.paths)
    assert len({run.arguments for run in runs}) == len(coverage.SUITES)
    assert not any(run.is_pytest for run in runs)
