"""A store in a real file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from custom_components.chamber_ws.record.store import Store
from record.given import Filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the record is to be."""
    return tmp_path / "record.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A new store."""
    opened = Store.open(path)
    yield opened
    opened.close()


@pytest.fixture
def box(store: Store) -> Filled:
    """A chamber in it, with one stretch that is empty."""
    return Filled(store)
