"""When a soak takes its course to be in peace: everybody was heard since, and nothing is missing."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from custom_components.chamber_ws.chamber.past.ranges import Ranges
from record.given import BOX, NOON, Filled, dated
from workshop.soak import waiting

YEAR = 365 * 24 * 3600.0


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "CHAMBERS", (SimpleNamespace(id=BOX.chamber),))


def missing(box: Filled, before: waiting.Newest) -> int | None:
    box.store.save(box.stretch)
    box.store.commit()
    return waiting.missing(box.store.path, before)


def newest(box: Filled) -> waiting.Newest:
    box.store.commit()
    return waiting.newest(box.store.path)


def test_whoever_was_not_heard_since_is_waited_for_whatever_its_clock_says(box: Filled) -> None:
    box.add(range(1, 5))
    box.store.add([dated(box.stretch.id, 5, NOON + YEAR)])
    before = newest(box)
    assert before == {BOX.chamber: (box.stretch.id, 5)}
    assert missing(box, before) is None
    box.add([6])
    assert missing(box, before) == 1, "the fifth is not said to be covered"


def test_a_chamber_of_which_there_is_nothing_is_waited_for(box: Filled) -> None:
    assert missing(box, newest(box)) is None
    box.add([1])
    assert missing(box, {}) == 0


def test_numbers_between_and_before_are_missing_until_they_are_there_or_lost(box: Filled) -> None:
    box.add([3, 4, 8])
    assert missing(box, {}) == 5
    box.stretch.lost = Ranges.of([(1, 2)])
    assert missing(box, {}) == 3
    box.add([5, 6, 7])
    assert missing(box, {}) == 0


def test_numbers_that_a_gateway_gave_before_another_epoch_are_missing(box: Filled) -> None:
    box.add([1, 2])
    box.stretch.ended = 4
    assert missing(box, {}) == 2


def test_an_epoch_begun_anew_is_news(box: Filled) -> None:
    box.add([1, 2])
    before = newest(box)
    box.stretch = box.store.begin(box.chamber, "another")
    box.add([1])
    assert missing(box, before) == 0


def test_a_record_that_cannot_be_read_now_is_waited_for(box: Filled, tmp_path: Path) -> None:
    box.add([1, 2])
    before = newest(box)
    assert waiting.missing(tmp_path / "none.db", before) is None
