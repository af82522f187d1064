"""Bounds of coverage: read from pyproject.toml, and held against what suites measured."""

from pathlib import Path

import pytest

from workshop.checks import coverage
from workshop.places import ROOT
from workshop.progress import WorkshopError


def test_all_that_is_delivered_is_bounded_and_the_pure_part_wholly() -> None:
    bounds = {
        folder: bound
        for bound in coverage.bounds()
        for folder in bound.of
        if not folder.endswith(".py")
    }
    integration = "custom_components/chamber_ws"
    shared = [f"{integration}/{name}" for name in ("chamber", "link")]
    assert set(bounds) == {integration, *shared, "agent/src/chamber_agent"}
    assert [bounds[folder].least for folder in shared] == [100, 100]
    assert bounds[integration].without == tuple(shared)
    assert min(bound.least for bound in bounds.values()) >= 95
    assert all((ROOT / folder).is_dir() for folder in bounds)


def test_each_module_of_the_shared_code_is_held_wholly_by_its_own_tests() -> None:
    singly = [bound for bound in coverage.bounds() if bound.of[0].endswith(".py")]
    assert "custom_components/chamber_ws/chamber/alarm.py" in {bound.of[0] for bound in singly}
    assert {bound.least for bound in singly} == {100}
    for bound in singly:
        (module,), (suite,) = bound.of, bound.by
        assert suite.split(".")[-1] == Path(module).stem
        _options, paths = coverage.OF_ONE_MODULE[suite]
        assert all(Path(path).stem.startswith(f"test_{Path(module).stem}") for path in paths)
        assert bound.report() == [f"--include={module}", "--fail-under=100"]


def test_what_is_measured_singly_is_each_module_but_for_those_left_out() -> None:
    link, bound = ROOT / "custom_components/chamber_ws/link", coverage.Bound(("a",), ("agent",), 95)
    assert coverage.singly(bound) == [bound]
    own = coverage.Bound(
        ("custom_components/chamber_ws/link",),
        (coverage.OWN,),
        90,
        without=("custom_components/chamber_ws/link/link.py",),
    )
    modules = {path.stem for path in link.glob("*.py")} - {"__init__", "link"}
    assert {one.by for one in coverage.singly(own)} == {(f"own.link.{name}",) for name in modules}


def test_a_module_without_tests_of_its_own_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(coverage.OF_ONE_MODULE, "own.chamber.new", ((), ()))
    with pytest.raises(WorkshopError, match=r"no tests of a module's own: own\.chamber\.new"):
        coverage.checks(["shared", "own.chamber.new"])


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
    suites = [suite for bound in coverage.bounds() for suite in bound.by]
    runs = coverage.checks(dict.fromkeys(suites))
    assert all((ROOT / path).exists() for run in runs for path in run.paths)
    assert len({run.arguments for run in runs}) == len(set(suites)) > len(coverage.SUITES)
    assert not any(run.is_pytest for run in runs)
