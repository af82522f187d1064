"""The past of the demo's chambers, judged as the record judges it: what happens in it, and that it ends well."""

from pathlib import Path

import pytest

from chamber_agent.state_folder import StateFolder
from custom_components.chamber_ws.chamber.analysis.deeds import Act, Deed, Signature
from custom_components.chamber_ws.chamber.model import Address, Sample
from custom_components.chamber_ws.chamber.past.timeline import Placed
from custom_components.chamber_ws.record.rows import Row
from custom_components.chamber_ws.record.store import Store
from record.given import NOON
from workshop.demo import past, prelude, story
from workshop.demo.stage import GATEWAY
from workshop.soak import agent_log
from workshop.soak.replay import Replay, replay

pytestmark = pytest.mark.lasting
DESCRIBED = Deed(act=Act.DESCRIBED, at=NOON - story.SINCE, new={"roles": {"product": "product"}})


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Sample]]:
    """What the agent has of each chamber."""
    folder = tmp_path_factory.mktemp("agent")
    past.main(StateFolder(folder), NOON)
    found = {}
    for chamber in ("lecture-box", story.CARRIER):
        (epoch,) = agent_log.read(folder / "samples.db", chamber)
        found[chamber] = list(epoch.samples.values())
    return found


@pytest.fixture
def judged(samples: dict[str, list[Sample]], tmp_path: Path) -> Replay:
    """What a record with the demo's journal makes of the carrier's past."""
    address = Address(GATEWAY, story.CARRIER)
    deeds = prelude.deeds(NOON, Signature("1", "demo"))
    prelude.enter(tmp_path / "record.db", address, (*deeds[:1], DESCRIBED, *deeds[1:]))
    store = Store.open(tmp_path / "record.db")
    entries = store.deeds(store.chamber(address), 0)
    store.close()
    rows = [
        Row(1, sample.seq or 0, sample.time, Placed.OWN, True, sample)
        for sample in samples[story.CARRIER]
    ]
    return replay(rows, entries)


def test_its_excursion_is_found_acknowledged_and_over(judged: Replay) -> None:
    told = [(one.happened.value, one.what) for one in judged.occurrences]
    assert told == [
        ("warning_started", "warning_low"),
        ("excursion_started", "freeze"),
        ("acknowledged", "freeze"),
        ("excursion_ended", "freeze"),
        ("warning_ended", "warning_low"),
        ("fault_started", "door_left_open"),
        ("fault_ended", "door_left_open"),
    ]


def test_it_ends_well(judged: Replay, samples: dict[str, list[Sample]]) -> None:
    found = judged.watch.findings(NOON)
    assert [found.excursion, found.unacknowledged, found.warning] == [False] * 3
    assert not found.faults
    assert found.settings.profile.value == story.PROFILE
    assert found.value == pytest.approx(5.0, abs=0.5)
    for chamber, setpoint in (("lecture-box", 30.0), (story.CARRIER, 5.0)):
        last = [sample.temperature for sample in samples[chamber][-30:]]
        assert last == pytest.approx([setpoint] * 30, abs=0.5)


def test_the_goods_hardly_feel_the_open_door(samples: dict[str, list[Sample]]) -> None:
    since = NOON - story.INCIDENTS[2].ago
    late = [sample for sample in samples[story.CARRIER] if (sample.time or 0.0) > since]
    air = max(sample.temperature or 0.0 for sample in late)
    goods = max(sample.probes["product"] or 0.0 for sample in late)
    assert air > 14.0
    assert goods < 10.0
