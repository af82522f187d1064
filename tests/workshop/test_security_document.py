"""docs/security.md claims nothing without a test, and every test that it names exists."""

import re

import pytest

from source import ROOT, proofs_in

FOLDER = ROOT / "docs"
TEXT = (FOLDER / "security.md").read_text()
PROOF = re.compile(r"\[(test_\w+)\]\(([\w./]+\.py)\)")
ROWS = re.findall(r"^\| (?!claim )(.+) \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[:50])
def test_every_claim_names_tests_that_exist(row: str) -> None:
    claim, _bar, proofs = row.rpartition(" | ")
    named = PROOF.findall(proofs)
    assert claim
    assert named
    assert PROOF.sub("", proofs).strip(" ,") == ""
    for name, path in named:
        assert name in proofs_in((FOLDER / path).resolve()), name


def test_there_are_claims_about_everybody() -> None:
    sections = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert len(ROWS) > 25
    assert sections[-1] == "What is not defended"
    assert TEXT.count("| claim | proof |") == len(sections) - 1


def test_the_policy_points_to_it() -> None:
    policy = (ROOT / "SECURITY.md").read_text()
    assert "(docs/security.md)" in policy
    assert "(docs/security.md#what-is-not-defended)" in policy
