"""A chamber's past and its report over a real WebSocket."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.record.errors import RecordFull
from integration.dashboard import Dashboard, id_of
from integration.house import STATUS, Clock, FakeLink, House
from integration.living import Life


@pytest.fixture
async def dashboard(
    hass: HomeAssistant, life: Life, hass_ws_client: WebSocketGenerator
) -> Dashboard:
    """The browser of somebody who looks at a chamber whose days go by."""
    return Dashboard(await hass_ws_client(hass))


async def history(dashboard: Dashboard, house: House, **more: Any) -> dict[str, Any]:
    """The last ten minutes, unless another period is named."""
    now = (await house.coordinator.clerk.run(lambda store: store.period()))[1]  # type: ignore[index]
    asked = {"start": now - 600, "end": now + 1, **more}
    return await dashboard.ask("history", device_id=id_of(house), **asked)


async def test_the_past_is_told(dashboard: Dashboard, life: Life, house: House) -> None:
    for temperature in (5.0, 6.0, 7.0):
        await life.go_on(temperature, minutes=5 / 60, every=5)
    said = await history(dashboard, house)
    assert set(said) == {
        "start", "end", "source", "step", "temperature", "setpoint", "probes", "judged", "bands",
        "gaps", "backfilled", "excursions", "limits",
    }  # fmt: skip
    assert (said["source"], said["step"]) == ("samples", None)
    assert [values[1] for values in said["temperature"]][-3:] == [5.0, 6.0, 7.0]
    assert said["gaps"] == []


async def test_of_a_chamber_that_is_lost_nothing_is_told_since_its_last_sample(
    dashboard: Dashboard, life: Life, house: House, carrier: FakeLink, clock: Clock
) -> None:
    carrier.describe(heartbeat=300)
    await life.go_on(5.0)
    last = life.now
    await clock.advance(120)
    asked = {"start": last - 600, "end": last + 110}
    assert (await history(dashboard, house, **asked))["gaps"] == []
    carrier.deliver(STATUS, {"state": "lost"})
    assert (await history(dashboard, house, **asked))["gaps"] == [[last, last + 110]]


async def test_limits_and_excursions_are_told(
    dashboard: Dashboard, life: Life, house: House, hass: HomeAssistant
) -> None:
    await house.hand().configure(house.address, profile="custom", high=8.0)
    for temperature in (5.0, 9.5, 9.0):
        await life.go_on(temperature)
    await dashboard.ask("acknowledge", device_id=id_of(house))
    said = await history(dashboard, house)
    assert said["limits"] == {"low": None, "high": 8.0}
    [excursion] = said["excursions"]
    assert (excursion["what"], excursion["ended"], excursion["peak"]) == ("high", None, 9.5)
    assert excursion["acknowledged_by"] == "Mock User"


@pytest.mark.parametrize("command", ["history", "report"])
async def test_a_period_that_cannot_be_is_refused_in_words(
    dashboard: Dashboard, house: House, command: str
) -> None:
    more = {} if command == "history" else {"format": "json"}
    error = await dashboard.refused(command, device_id=id_of(house), start=100, end=100, **more)
    assert (error["code"], error["translation_key"]) == ("home_assistant_error", "bad_range")
    assert "must begin before it ends" in error["message"]
    error = await dashboard.refused(command, device_id=id_of(house), start=0, end=1e9, **more)
    assert error["translation_key"] == "period_too_long"


async def test_a_record_that_fails_is_no_empty_past(
    dashboard: Dashboard, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.coordinator.clerk._duty, "problem", RecordFull("the disk is full"))
    for command, more in (("history", {}), ("report", {"format": "csv"})):
        error = await dashboard.refused(command, device_id=id_of(house), start=0, end=10, **more)
        assert error["translation_key"] == "record_failed"


@pytest.mark.parametrize(("kind", "files"), [("html", 1), ("json", 1), ("csv", 3)])
async def test_the_report_comes_as_files(
    dashboard: Dashboard, life: Life, house: House, kind: str, files: int
) -> None:
    await life.go_on(5.0)
    end = (await history(dashboard, house))["end"]
    asked = {"device_id": id_of(house), "start": end - 600, "end": end, "format": kind}
    said = await dashboard.ask("report", **asked)
    assert set(said) == {"files"}
    assert len(said["files"]) == files
    assert set(said["files"][0]) == {"name", "media_type", "content"}


async def test_a_period_of_which_nothing_is_known_is_empty(
    dashboard: Dashboard, house: House
) -> None:
    said = await dashboard.ask("history", device_id=id_of(house), start=1000, end=2000)
    assert (said["temperature"], said["gaps"], said["source"]) == ([], [], "samples")
    error = await dashboard.refused(
        "report", device_id=id_of(house), start=1000, end=2000, format="csv"
    )
    assert error["translation_key"] == "nothing_recorded"


async def test_nothing_to_acknowledge_is_no_error(
    dashboard: Dashboard, house: House, carrier: FakeLink
) -> None:
    assert await dashboard.ask("acknowledge", device_id=id_of(house)) == {"acknowledged": False}
