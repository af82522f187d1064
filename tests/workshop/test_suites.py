"""A path given to scripts/test chooses the checks that look at it, and nothing else."""

from collections import Counter
from pathlib import Path

import pytest

from workshop.checks import scheduler, testing
from workshop.checks.outcome import (
    MISSING,
    Outcome,
    State,
    Tally,
    after_second_look,
    read_junit,
)
from workshop.checks.suites import CHECKS, NIGHTLY, Check, chosen, normal
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS
from workshop.parts import brokers
from workshop.places import ROOT
from workshop.progress import WorkshopError


def names(*paths: str) -> list[str]:
    return [check.name for check in chosen(paths)]


ON_BOTH = ["pure", "agent", "workshop"]
OLDER, NEWER = ([f"{suite} {version}" for suite in ON_BOTH] for version in ("3.11", "3.14"))


def test_everything_is_chosen_where_that_is_asked_for() -> None:
    assert chosen([], everything=True) == list(CHECKS)


def test_without_a_path_what_takes_long_is_left_out() -> None:
    left = {check.name for check in CHECKS} - set(names())
    assert left == {*OLDER, "lasting 3.11", "lasting 3.14", "end to end", "browser"}
    hasty = {check.name for check in chosen([]) if "--hypothesis-profile=hasty" in check.arguments}
    assert hasty == {"integration", "record", *NEWER}


def test_what_lasts_is_run_once_by_all_and_on_each_python_by_night() -> None:
    paths = {path for check in CHECKS if "lasting" in check.arguments for path in check.paths}
    marked = {
        path.relative_to(ROOT).as_posix()
        for folder in ("agent", "chamber", "contract", "link", "workshop")
        for path in (ROOT / "tests" / folder).glob("*.py")
        if path != Path(__file__) and "pytest.mark.lasting" in path.read_text()
    }
    assert marked
    assert {path for path in marked if not path.startswith(tuple(paths))} == set()
    assert [check.environment for check in NIGHTLY["pythons"]] == ["pure-3.11", "pure-3.14"]


def test_a_path_is_run_whole() -> None:
    for check in chosen(["tests/integration/test_event.py", "tests/record"]):
        assert not {"-m", "--hypothesis-profile=hasty"} & set(check.arguments)


def test_the_longest_check_starts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    class Recording(scheduler.Scheduler):
        def run(self) -> dict[str, Outcome]:
            started.extend(check.name for check in self._waiting)
            return {check.name: Outcome(check.name, State.PASSED) for check in self._waiting}

    monkeypatch.setattr(testing, "Scheduler", Recording)
    monkeypatch.setattr(testing, "ready", lambda _name: None)
    testing.run(CHECKS, everything=True)
    assert started[:3] == ["end to end", "integration", "browser"]


def test_of_what_takes_long_it_is_said_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Lasting:
        def __init__(self, name: str, *_rest: object, **_more: object) -> None:
            self.name, self.looks = name, 0

        def exit_code(self) -> int | None:
            self.looks += 1
            return None if self.looks < 2 else 0

        def output(self) -> str:
            return "tests/a.py ... [  7%]\ntests/b.py ..... [ 12%]\n"

    monkeypatch.setattr(scheduler, "Process", Lasting)
    monkeypatch.setattr(scheduler, "_TELL_EVERY", 0.0)
    monkeypatch.setattr(Check, "log", tmp_path / "log")
    scheduler.Scheduler([CHECKS[-1], CHECKS[0]], {}).run()
    assert f"· {CHECKS[-1].name} 12%, {CHECKS[0].name} 0 s\n" in capsys.readouterr().out


def test_the_nightly_matrix_has_every_broker_and_every_home_assistant_once_at_least() -> None:
    runs = [check.name.split()[1:] for check in NIGHTLY["matrix"]]
    assert {broker for _version, broker in runs} == set(brokers.KINDS)
    assert {version for version, _broker in runs} == set(HOME_ASSISTANT_VERSIONS)
    assert len(runs) < len(brokers.KINDS) * len(HOME_ASSISTANT_VERSIONS)


def test_a_file_of_tests_runs_in_its_suites_alone() -> None:
    checks = chosen(["tests/workshop/test_suites.py"])
    assert [check.name for check in checks] == ["workshop 3.11", "workshop 3.14"]
    assert {check.paths for check in checks} == {("tests/workshop/test_suites.py",)}


def test_a_single_test_keeps_its_name() -> None:
    path = "tests/workshop/test_suites.py::test_a_single_test_keeps_its_name"
    assert chosen([path])[0].paths == (path,)


def test_a_folder_above_stands_for_all_suites_below() -> None:
    lasting = ["lasting 3.11", "lasting 3.14"]
    suites = ["integration", "record", *OLDER, *NEWER, *lasting, "end to end", "browser"]
    assert names("tests") == suites
    assert "tests/chamber" in chosen(["tests"])[2].paths


def test_sources_choose_the_linter_and_their_types() -> None:
    assert names("scripts/workshop/checks/suites.py") == ["lint", "format", "types 3.14"]
    assert names("agent/src") == ["lint", "format", "types 3.11"]
    shared = "custom_components/chamber_ws/chamber"
    assert names(shared) == ["lint", "format", "types 3.14", "types 3.11"]


def test_the_frontend_s_source_chooses_its_own_check() -> None:
    assert names("frontend") == ["frontend"]
    assert "frontend" in names("custom_components/chamber_ws/www/chamber-card.js")


def test_types_are_checked_as_a_whole() -> None:
    narrowed = {check.name: check for check in chosen(["scripts/workshop/checks/suites.py"])}
    assert narrowed["lint"].paths == ("scripts/workshop/checks/suites.py",)
    assert "custom_components/chamber_ws" in narrowed["types 3.14"].paths


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("tests/nowhere", "there is no tests/nowhere"),
        ("/", "outside of the project"),
        ("LICENSE", "no check looks at LICENSE"),
    ],
)
def test_a_path_without_a_check_is_refused(path: str, reason: str) -> None:
    with pytest.raises(WorkshopError, match=reason):
        chosen([path])


def test_paths_may_be_absolute() -> None:
    assert normal(str(Path(__file__).resolve())) == "tests/workshop/test_suites.py"


def test_options_after_two_dashes_are_for_pytest() -> None:
    options, extra = testing.parse(["tests/chamber", "--all", "--", "-k", "fold"])
    assert (options.paths, options.all, extra) == (["tests/chamber"], True, ["-k", "fold"])


def test_an_unknown_nightly_run_is_refused() -> None:
    with pytest.raises(WorkshopError, match="no nightly run moon"):
        testing.main(["--nightly", "moon"])


def test_a_missing_real_part_fails_only_when_all_is_asked_for() -> None:
    skipped = Outcome("x", State.SKIPPED, reason="no compiler")
    partly = Outcome("x", State.PASSED, tests=Tally(3, 0, Counter([f"{MISSING} Mosquitto"])))
    harmless = Outcome("x", State.PASSED, tests=Tally(3, 0, Counter(["only on Windows"])))
    for outcome in (skipped, partly):
        assert not outcome.failed(everything=False)
        assert outcome.failed(everything=True)
    assert not harmless.failed(everything=True)
    assert Outcome("x", State.FAILED).failed(everything=False)


def test_a_few_tests_that_pass_alone_do_not_fail_the_whole_and_are_told_of() -> None:
    first = Outcome("x", State.FAILED, 200.0, tests=Tally(500, 2))
    passed, failed = (Outcome("x", state, 9.0) for state in (State.PASSED, State.FAILED))
    unsteady = after_second_look(first, passed)
    assert unsteady.state is State.UNSTEADY
    assert not unsteady.failed(everything=True)
    assert unsteady.reason == "2 failed among the others, and passed alone"
    assert after_second_look(first, failed).failed(everything=False)


def test_what_is_looked_at_twice_is_what_failed_alone() -> None:
    (again,) = [check.second_look() for check in CHECKS if check.name == "end to end"]
    assert "--last-failed" in again.arguments
    assert again.paths == ("tests/end_to_end",)


def test_results_are_read_from_what_pytest_wrote(tmp_path: Path) -> None:
    path = tmp_path / "results.xml"
    path.write_text(
        '<testsuites><testsuite tests="6" failures="1" errors="1" skipped="3">'
        '<testcase name="a"><skipped message="missing: Mosquitto"/></testcase>'
        '<testcase name="b"><skipped message="missing: Mosquitto"/></testcase>'
        '<testcase><skipped message="collection skipped">'
        "('test_a.py', 14, 'Skipped: only on 3.14')</skipped></testcase>"
        "</testsuite></testsuites>"
    )
    assert read_junit(path) == Tally(3, 2, Counter({"missing: Mosquitto": 2, "only on 3.14": 1}))
    path.write_text("<testsuites>")
    assert read_junit(path) is None


def test_of_a_passed_check_only_the_closing_lines_are_shown() -> None:
    assert scheduler._closing("1\n2\n== 3 passed ==") == "== 3 passed =="
    summary = "= short test summary info =\nSKIPPED [1] why\n== 3 passed =="
    assert scheduler._closing(f"1\n2\n{summary}") == summary
