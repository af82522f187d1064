"""What the registries know of vulnerabilities is read right, and silence is not taken for good news."""

import re

import pytest

from workshop.audit import Answer, judged, of_npm, of_pip_audit
from workshop.machine.locking import LOCKS, Lock
from workshop.progress import MissingPartError

GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {
    "name": "bad",
    "version": "2",
    "vulns": [{"id": "X-1", "fix_versions": ["2.1", "3"]}, {"id": "X-2", "fix_versions": []}],
}
SILENT = {"name": "silent", "skip_reason": "not found"}


def test_what_is_known_of_a_package_says_where_it_is_mended() -> None:
    answer = of_pip_audit("a.txt", {"dependencies": [GOOD, BAD, SILENT]}, ours=True)
    known = ("bad 2: X-1 (mended in 2.1, 3)", "bad 2: X-2 (mended in nothing)")
    assert answer == Answer("a.txt", known, asked=2, unanswered=1)
    assert answer.line().endswith("; 1 could not be asked about")


def test_what_npm_knows_is_named_with_how_bad_it_is() -> None:
    told = {"vulnerabilities": {"left": {"severity": "high"}}}
    assert of_npm("lock", told, 7) == Answer("lock", ("left: high",), asked=7, unanswered=0)


def test_a_registry_that_refuses_has_not_answered() -> None:
    answer = of_npm("lock", {"message": "405 Method Not Allowed"}, 7)
    assert answer == Answer("lock", (), asked=0, unanswered=7)
    assert "no answer" in answer.line()


def test_what_is_vulnerable_of_ours_fails_and_what_home_assistant_pins_is_told() -> None:
    def answer(*, ours: bool) -> Answer:
        return Answer("a.txt", ("bad 2: X-1",), asked=1, unanswered=0, ours=ours)

    assert judged([answer(ours=True)]) == 1
    assert judged([answer(ours=False)]) == 0
    assert "pinned by Home Assistant" in answer(ours=False).line()


def test_where_nobody_answers_nothing_is_known() -> None:
    with pytest.raises(MissingPartError, match="none of the registries"):
        judged([Answer("a.txt", (), asked=0, unanswered=3)])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.name))
def test_every_package_is_pinned_with_hashes(lock: Lock) -> None:
    text = lock.target.read_text()
    packages = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert packages
    assert all(re.match(r"\S+==\S+", one) and "--hash=sha256:" in one for one in packages)
