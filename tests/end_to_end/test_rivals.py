"""Two gateways with one id; what comes of it takes half a minute, during which other tests go on."""

import time

from end_to_end.conftest import Rivals
from end_to_end.parts import TIMEOUT

pytestmark = TIMEOUT

QUIET = 5.5
"""Longer than the pause between two corrections (contract, status), s."""


def test_two_gateways_with_one_id_are_told_and_stop_fighting(rivals: Rivals) -> None:
    deadline = time.monotonic() + 50
    while not rivals.told() or time.monotonic() - rivals.said()[-1].at < QUIET:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    corrections = [said for said in rivals.said() if said.content["state"] == "online"]
    assert 5 <= len(corrections) <= 14
