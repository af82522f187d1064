"""Words of ours as people read them."""

import pytest

from custom_components.chamber_ws.chamber.analysis.settings import Profile
from custom_components.chamber_ws.record.report.page.wording import phrase


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("heater_not_responding", "Heater not responding"),
        (Profile.ROOM.value, "Room temperature"),
        (Profile.VACCINE.value, "Vaccines, 2 to 8 °C"),
    ],
)
def test_a_word_is_read_as_a_phrase(word: str, read: str) -> None:
    assert phrase(word) == read
