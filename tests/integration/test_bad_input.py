"""Whatever arrives: nothing false is shown, garbage refreshes nothing, and all of it is counted."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant

from integration.house import META, STATE, Clock, FakeLink, House

FALSE_TEMPERATURES = [
    b'{"temperature": NaN}',
    b'{"temperature": Infinity}',
    b'{"temperature": -Infinity}',
    b'{"temperature": 1e400}',
    b'{"temperature": -1e400}',
    b'{"temperature": "21.5"}',
    '{"temperature": "٢١"}'.encode(),
    b'{"temperature": 21,5}',
    b'{"temperature": ' + b"9" * 400 + b"}",
    b'{"temperature": ' + b"9" * 5000 + b"}",
    b'{"temperature": true}',
    b'{"temperature": [21]}',
    b'{"temperature": {"value": 21}}',
    b'{"temperature": -273.16}',
    b'{"temperature": 2000.1}',
    b'{"setpoint": 4.0}',
    b'{"temperature": 21',
    b'{"temperature": 21} {}',
    b"[" * 50_000,
    b'{"temperature": 21, "x": ' + b"[" * 17 + b"]" * 17 + b"}",
    b'{"temperature": 21, "x": "' + b"x" * 65_536 + b'"}',
    b'{"temperature": 21, "x": "\xff"}',
    b"\xef\xbb\xbf" + b'{"temperature": 21}',
    b"21",
    b"null",
    b"[]",
    b"nan",
    b"on",
]
FOREIGN_TOPICS = [
    "chamber/v1/pi/box/state/",
    "chamber/v1/pi//state",
    "chamber/v1/Pi/box/state",
    "chamber/v1/pi/b+x/state",
    "chamber/v1/pi/#/state",
    "chamber/v1/pi/<script>/state",
    "chamber/v1/pi/" + "x" * 65 + "/state",
    "chamber/v2/pi/box/state",
    "chamber/v1/pi/box/State",
    "other/v1/pi/box/state",
    "chamber/v1/pi/../state",
    "chamber/v1/bøx/box/state",
]
SIDE_FIELDS: list[tuple[str, Any]] = [
    ("setpoint", "4"),
    ("setpoint", float("1e300")),
    ("mode", "boil"),
    ("action", "boiling"),
    ("heaters", [101]),
    ("heaters", ["maybe"]),
    ("coolers", "all"),
    ("fans", [-1]),
    ("probes", {"temperature": 3}),
    ("probes", {"<b>": 3}),
    ("quality", {"product": "splendid"}),
    ("door", "open"),
    ("power", -1),
    ("profile", "bake"),
    ("clock", "sundial"),
    ("time", -1),
    ("uptime", "long"),
]


@pytest.fixture
async def box(hass: HomeAssistant, link: FakeLink, clock: Clock) -> FakeLink:
    """A chamber that was fresh a while ago."""
    link.deliver(META, {"heartbeat": 10, "heaters": ["H"]})
    link.deliver(STATE, {"temperature": 5.0, "setpoint": 4.0, "heaters": [0]})
    await hass.async_block_till_done()
    await clock.advance(25)
    return link


@pytest.mark.parametrize(
    "payload", FALSE_TEMPERATURES, ids=lambda raw: raw[:30].decode(errors="replace")
)
async def test_garbage_is_not_shown_and_refreshes_nothing(
    box: FakeLink, house: House, clock: Clock, payload: bytes
) -> None:
    box.deliver(STATE, payload)
    assert house.value("temperature") == "5.0"
    await clock.advance(6)
    assert house.value("temperature") == "unavailable"
    counted = house.coordinator.census.tally
    assert counted["received"] == 3
    assert sum(counted.values()) - counted["received"] == 1


@pytest.mark.parametrize("topic", FOREIGN_TOPICS)
async def test_foreign_topics_are_ignored(
    hass: HomeAssistant, link: FakeLink, house: House, clock: Clock, topic: str
) -> None:
    link.deliver(topic, {"temperature": 21.0})
    await clock.advance(3)
    assert house.coordinator.census.chambers == {}
    assert house.coordinator.census.tally["not_ours"] == 1


@pytest.mark.parametrize(("field", "value"), SIDE_FIELDS)
async def test_a_bad_field_costs_only_itself(
    box: FakeLink, house: House, hass: HomeAssistant, field: str, value: Any
) -> None:
    box.deliver(STATE, {"temperature": 6.0, field: value})
    await hass.async_block_till_done()
    assert house.value("temperature") == "6.0"
    aside = dict(house.coordinator.census.set_aside(house.address))
    assert [name.partition("[")[0] for name in aside] == [field]


async def test_unknown_keys_are_ignored(box: FakeLink, house: House, hass: HomeAssistant) -> None:
    box.deliver(STATE, {"temperature": 6.0, "humidity": 40, "v": {"x": [1, {"y": 2}]}})
    await hass.async_block_till_done()
    assert house.value("temperature") == "6.0"
    assert dict(house.coordinator.census.set_aside(house.address)) == {}


async def test_null_is_a_sign_of_life_without_a_value(
    box: FakeLink, house: House, clock: Clock, hass: HomeAssistant
) -> None:
    box.deliver(STATE, {"temperature": None})
    await clock.advance(6)
    assert house.value("temperature") == "unknown"
    assert house.value("fault") == "on"
    assert house.value("online") == "on"


async def test_late_and_replayed_samples_are_not_shown(
    box: FakeLink, house: House, hass: HomeAssistant
) -> None:
    for seq, temperature in [(7, 1.0), (8, 2.0), (7, 1.0), (6, 0.0), (8, 9.0)]:
        box.deliver(STATE, {"temperature": temperature, "seq": seq, "epoch": "e"})
    await hass.async_block_till_done()
    assert house.value("temperature") == "2.0"
    assert house.coordinator.census.tally["copy"] == 3


async def test_an_epoch_once_left_is_not_shown(
    box: FakeLink, house: House, hass: HomeAssistant
) -> None:
    for epoch, temperature in [("a", 1.0), ("b", 2.0), ("a", 9.0)]:
        box.deliver(STATE, {"temperature": temperature, "seq": 1, "epoch": epoch})
    await hass.async_block_till_done()
    assert house.value("temperature") == "2.0"


async def test_names_from_the_wire_are_text(
    link: FakeLink, house: House, hass: HomeAssistant
) -> None:
    link.deliver(META, {"name": "A\u0000B\nC" + "x" * 500, "coolers": ["C\u202e1", "C2"]})
    link.deliver(STATE, {"temperature": 1.0})
    await hass.async_block_till_done()
    device = house.device()
    assert device is not None
    assert device.name is not None
    assert device.name.isprintable()
    assert len(device.name) <= 128
