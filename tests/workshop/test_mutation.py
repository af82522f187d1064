"""How many mutants may survive is said in docs/mutation.md, of every module that is mutated."""

import pytest

from source import CHAMBER
from workshop import mutation
from workshop.own_tests import own_tests
from workshop.progress import WorkshopError

TABLE = "| module | mutants | survive | what |\n|---|---|---|---|\n| `fold` | 300 | 2 | slower |\n"


def test_the_document_says_how_many_may_survive() -> None:
    assert mutation.allowed(TABLE) == {"fold": 2}


def test_more_than_that_fail(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"a": True, "b": False, "c": False}
    assert mutation.judged({"fold": told}, {"fold": 2}) == 0
    assert mutation.judged({"fold": told}, {"fold": 1}) == 1
    assert mutation.judged({"new": told}, {}) == 1
    assert "says: new" in capsys.readouterr().err


def test_every_module_has_its_row_and_its_tests() -> None:
    assert mutation.allowed(mutation.DOCUMENT.read_text()).keys() == set(mutation.MODULES)
    for name in mutation.MODULES:
        assert (CHAMBER / f"{name}.py").is_file()
        assert own_tests(CHAMBER / f"{name}.py")


def test_a_module_without_tests_is_named() -> None:
    with pytest.raises(WorkshopError, match="there are no tests for nothing"):
        mutation.main(["nothing"])
