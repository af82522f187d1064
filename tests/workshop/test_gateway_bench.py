"""What `scripts/bench gateway` and `fleet` show, without measuring."""

from __future__ import annotations

import re

from bench.fleet import chambers
from bench.gateway import command
from bench.gateway.stand import Row
from workshop.places import ROOT


def test_a_row_is_shown_as_the_document_shows_it() -> None:
    (*head, line) = command.table([Row(500, 1.0, 1999.4, 500.2, 0.236, 47.6, 26.7, 52.6, 0)])
    assert line == "| 500 × 1/s | 1999 | 500 | 24 % | 48 | 27 ms | 53 ms | 0 |"
    document = (ROOT / "docs" / "gateway.md").read_text()
    assert "\n".join(head) in document


def test_the_documents_have_their_tables() -> None:
    for name, mark in (("gateway", "gateway"), ("scale", "fleet")):
        text = (ROOT / "docs" / f"{name}.md").read_text()
        found = re.search(rf"<!-- measured: {mark} -->(.+?)<!-- /measured -->", text, re.DOTALL)
        assert found is not None
        assert found[1].count("|---") > 5


def test_a_state_of_the_fleet_tells_when_it_was_said() -> None:
    said = chambers.state(2).decode()
    assert re.search(r'"temperature": \d+\.?\d*', said)
    assert chambers.topic(3, 250, "state") == "fleet3/v1/pi2/box0250/state"
