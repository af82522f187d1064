"""docs/report.md: what it says of an export is so, and its programs check one."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from custom_components.chamber_ws.chamber.analysis.deeds import Act
from custom_components.chamber_ws.record.report import MOST, Format, documents
from custom_components.chamber_ws.record.report.gather import LONGEST_PERIOD
from custom_components.chamber_ws.record.report.page.evidence import MOST_AUDITED
from custom_components.chamber_ws.record.report.trace import MOST_GAPS
from record_report.given import DAY, HOUR, START, Kept
from source import ROOT

TEXT = (ROOT / "docs" / "report.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def programs() -> dict[str, Any]:
    """What the document's programs define."""
    defined: dict[str, Any] = {}
    for program in PROGRAMS:
        exec(program, defined)
    return defined


def exported(kept: Kept, end: float = START + 3 * DAY) -> dict[str, Any]:
    account = kept.account(START, end)
    [document] = documents(kept.store, account, Format.JSON)
    read: dict[str, Any] = json.loads(document.content)
    return read


def keys(node: Any) -> Iterator[str]:
    """All keys of an export; what people set is theirs."""
    if isinstance(node, list):
        for one in node:
            yield from keys(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            if key not in {"old", "new"}:
                yield from keys(value)


def test_every_key_is_described(told: Kept) -> None:
    document = exported(told)
    document["gaps"]["listed"] = document["gaps"]["listed"][:1]
    assert set(keys(document)) - {"utc", "unix"} <= set(re.findall(r"`(\w+)`", TEXT))


def test_the_columns_are_described(told: Kept) -> None:
    named = set(re.findall(r"`(\w+)…?`", TEXT))
    columns = {re.sub(r"^(probe_|quality_|profile_).*", r"\1", name) for name in exported(told)["columns"]}  # fmt: skip
    assert {name for name in columns if not re.match(r"(heater|cooler|fan)_\d", name)} <= named


def test_the_bounds_are_those_in_force() -> None:
    [row] = re.findall(r"\| at most \|(.*)\|\n", TEXT)
    most = [int(re.sub(r"\D", "", cell)) for cell in row.split("|")]
    assert most == [MOST[Format.HTML], MOST[Format.CSV], MOST[Format.JSON]]
    assert f"at most {LONGEST_PERIOD} days" in TEXT
    assert f"the first {MOST_GAPS} `listed`" in TEXT
    assert f"the last {MOST_AUDITED} entries" in TEXT


def test_its_program_makes_the_hash_of_the_json(kept: Kept, programs: dict[str, Any]) -> None:
    texts = (
        "=1+1",
        "-5",
        "-5.25",
        "'quoted",
        'a "quoted", line\r\nbreak',
        "－1",
    )
    for index, text in enumerate(texts):
        kept.sample(START + index, 5.0 + index / 3, reason=text, door=index % 2 == 0)
    kept.sample(START + 60, None)
    document = exported(kept, START + DAY)
    assert programs["sha256_of_rows"](document) == document["tally"]["sha256"]
    document["rows"][0][2] += 0.01
    assert programs["sha256_of_rows"](document) != document["tally"]["sha256"]


def test_its_program_finds_what_was_changed_in_the_journal(
    kept: Kept, programs: dict[str, Any]
) -> None:
    kept.constant(START, START + HOUR, 5.0)
    for index in range(5):
        kept.deed(Act.SHELVE, START + 60 * index, new={"until": START + HOUR}, why=f"no. {index}")
    entries = exported(kept, START + DAY)["audit"]["entries"]

    def broken(changed: list[dict[str, Any]]) -> list[int]:
        return list(programs["broken_entries"](changed))

    assert broken(entries) == []
    assert broken(entries[2:]) == []
    other = {**entries[1], "content": entries[1]["content"].replace("no. 1", "no. 7")}
    assert broken([entries[0], other, *entries[2:]]) == [2]
    forged = {**entries[1], "hash": "0" * 64}
    assert broken([entries[0], forged, *entries[2:]]) == [2, 3]
