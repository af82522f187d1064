"""A gateway announces its broker by real multicast, and Home Assistant offers it by itself."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from end_to_end.announced import ADDRESS
from end_to_end.parts import have
from workshop.checks.outcome import MISSING
from workshop.machine.environments import HOME_ASSISTANT_VERSIONS, ready
from workshop.parts import brokers

NAMESPACE = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--net")


def _namespace() -> None:
    """A network of one's own, or the reason why there is none."""
    tried = shutil.which("ip") and shutil.which("unshare")
    makes = ["ip", "link", "set", "lo", "up"]
    if (
        not tried
        or subprocess.run([*NAMESPACE, *makes], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"{MISSING} this machine gives no network namespace (unshare, ip)")


@pytest.mark.timeout(180)
def test_home_assistant_offers_what_a_gateway_announces(tmp_path: Path) -> None:
    _namespace()
    have(lambda: brokers.available("mosquitto"))
    have(lambda: ready("agent"))
    have(lambda: ready(f"home-assistant-{HOME_ASSISTANT_VERSIONS[0]}"))
    inside = Path(__file__).with_name("announced.py")
    path = os.pathsep.join(filter(None, sys.path))
    played = subprocess.run(
        [*NAMESPACE, sys.executable, str(inside), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert played.returncode == 0, played.stderr[-3000:]
    told = json.loads(played.stdout.splitlines()[-1])
    assert told["url"].startswith(f"ws://{ADDRESS}:")
    assert (told["source"], told["prefix"], told["result"]) == ("zeroconf", "lab", "create_entry")
    assert told["title"].startswith("pi on ")
    assert told["chamber"] == "Announced box"
