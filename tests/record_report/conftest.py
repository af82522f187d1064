"""A record for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from record_report.given import START, Kept, story


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """An empty record."""
    made = Kept.at(tmp_path / "record.db")
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The record of the story; tests read it only."""
    made = Kept.at(tmp_path_factory.mktemp("record") / "record.db")
    story(made)
    made.account(START, START + 1)
    yield made
    made.store.close()
