"""The export as an action: files and figures that agree, for those who may read, and errors that help."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.chamber_ws.const import DOMAIN
from custom_components.chamber_ws.record import report
from custom_components.chamber_ws.record.errors import RecordFull
from custom_components.chamber_ws.record.report import Format
from integration.house import FULL_META, Clock, FakeLink, House, act

HOSTILE = "<script>alert(1)</script>\"'=1+1"


def on(house: House) -> dict[str, Any]:
    device = house.device()
    assert device is not None
    return {"device_id": device.id}


@pytest.fixture
async def told(hass: HomeAssistant, carrier: FakeLink, house: House, clock: Clock) -> FakeLink:
    """The carrier was at 30.01 °C, is held below 8 °C since, and was at 5, 9 and 5 °C for five minutes each."""
    await act(hass, "configure_alarm", on(house), high=8, comment="=SUM(A1)")
    for temperature in (5.0, 9.0, 5.0):
        for _minute in range(5):
            await clock.advance(60)
            carrier.sample(probes={"product": temperature})
            await house.judged()
    await clock.advance(30)
    return carrier


async def export(hass: HomeAssistant, house: House, **data: Any) -> dict[str, Any]:
    """What is said of the carrier."""
    [said] = await act(hass, "export_record", on(house), **data)
    return said


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline="")))


@pytest.mark.parametrize(
    ("kind", "endings", "media_type"),
    [
        ("html", [".html"], "text/html"),
        ("csv", [".csv", "_events.csv", "_audit.csv"], "text/csv"),
        ("json", [".json"], "application/json"),
    ],
)
async def test_the_files_of_a_format(
    hass: HomeAssistant,
    told: FakeLink,
    house: House,
    kind: str,
    endings: list[str],
    media_type: str,
) -> None:
    said = await export(hass, house, format=kind)
    names = [file["name"] for file in said["files"]]
    stem = names[0].removesuffix(endings[0])
    assert stem.startswith("pi-box_")
    assert names == [stem + ending for ending in endings]
    assert all(file["media_type"].startswith(media_type) for file in said["files"])
    assert all(isinstance(file["content"], str) for file in said["files"])


async def test_a_page_is_made_where_no_format_is_named(
    hass: HomeAssistant, told: FakeLink, house: House
) -> None:
    said = await export(hass, house)
    [file] = said["files"]
    assert file["content"].startswith("<!DOCTYPE html>")
    assert "Vaccine carrier" in file["content"]


async def test_the_figures_are_those_of_the_rows(
    hass: HomeAssistant, told: FakeLink, house: House, clock: Clock
) -> None:
    since = datetime.fromtimestamp(clock.utc, UTC) - timedelta(minutes=15)
    said = await export(hass, house, format="csv", start=since.isoformat())
    values = [float(row["probe_product"]) for row in rows(said["files"][0]["content"])]
    assert values == [5.0] * 5 + [9.0] * 5 + [5.0] * 5
    summary = said["summary"]
    assert (summary["minimum"], summary["maximum"]) == (5.0, 9.0)
    assert summary["unit_of_measurement"] == "°C"
    assert summary["mean"] == pytest.approx(5 + 4 * 5 / 14, abs=0.01)
    assert summary["mean_kinetic_temperature"] > summary["mean"]
    assert summary["rows"] == 15
    assert summary["seconds_above"] == 240 + 2 * 15
    assert summary["seconds_in_range"] == 14 * 60 - 270
    assert summary["seconds_below"] == 0
    assert summary["time_in_range"] == pytest.approx(100 * (840 - 270) / 840, abs=0.01)
    assert summary["coverage"] == pytest.approx(100 * 14 / 15, abs=0.01)
    assert (summary["excursions"], summary["unacknowledged"]) == (1, 1)
    assert summary["audit_intact"] is True
    assert (summary["verdict"], summary["headline"]) == ("bad", "1 excursion, not acknowledged")
    hottest = dt_util.parse_datetime(summary["maximum_at"])
    assert hottest is not None
    assert hottest.timestamp() == int(clock.utc - 30) - 9 * 60


async def test_of_what_nothing_is_judged_no_seconds_are_told(
    hass: HomeAssistant, told: FakeLink, house: House, clock: Clock
) -> None:
    start = datetime.fromtimestamp(clock.utc, UTC) - timedelta(seconds=45)
    summary = (await export(hass, house, start=start.isoformat()))["summary"]
    assert summary["rows"] == 1
    seconds = [summary[f"seconds_{which}"] for which in ("in_range", "above", "below")]
    assert (seconds, summary["time_in_range"]) == ([None] * 3, None)


async def test_the_hash_is_that_of_the_file(
    hass: HomeAssistant, told: FakeLink, house: House
) -> None:
    end = dt_util.utcnow().isoformat()
    table, page = [await export(hass, house, format=kind, end=end) for kind in ("csv", "html")]
    digest = hashlib.sha256(table["files"][0]["content"].encode()).hexdigest()
    assert table["summary"]["sha256"] == page["summary"]["sha256"] == digest
    assert digest in page["files"][0]["content"]


async def test_an_acknowledgement_is_in_the_export_at_once(
    hass: HomeAssistant, told: FakeLink, house: House, clock: Clock, hass_admin_user: User
) -> None:
    """Though nothing came since, by which it could be settled."""
    told.sample(probes={"product": 9.5})
    await house.judged()
    await act(hass, "acknowledge", on(house), user=hass_admin_user, comment="seen")
    await clock.advance(1)
    summary = (await export(hass, house))["summary"]
    assert (summary["excursions"], summary["unacknowledged"]) == (2, 1)


async def test_the_journal_comes_with_it(hass: HomeAssistant, told: FakeLink, house: House) -> None:
    said = await export(hass, house, format="json")
    document = json.loads(said["files"][0]["content"])
    [entry] = [one for one in document["audit"]["entries"] if one["act"] == "settings"]
    assert entry["new"]["high"] == 8.0
    assert entry["why"] == "=SUM(A1)"
    chained = hashlib.sha256(f"{entry['previous']}\n{entry['content']}".encode()).hexdigest()
    assert chained == entry["hash"]
    audit = rows((await export(hass, house, format="csv"))["files"][2]["content"])
    assert [row["why"] for row in audit if row["act"] == "settings"] == ["'=SUM(A1)"]


async def test_without_a_period_it_is_the_last_day(
    hass: HomeAssistant, told: FakeLink, house: House, clock: Clock
) -> None:
    response: Any = await hass.services.async_call(
        DOMAIN, "export_record", target=on(house), blocking=True, return_response=True
    )
    start, end = (dt_util.parse_datetime(response[name]) for name in ("start", "end"))
    assert start is not None
    assert end is not None
    assert end.timestamp() == int(clock.utc)
    assert end - start == timedelta(days=1)
    assert start.utcoffset() == dt_util.now().utcoffset()


async def test_a_time_without_a_zone_is_local(
    hass: HomeAssistant, told: FakeLink, house: House, clock: Clock
) -> None:
    await hass.config.async_set_time_zone("Asia/Kolkata")
    local = dt_util.as_local(datetime.fromtimestamp(clock.utc, UTC))
    start = (local - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S")
    assert (await export(hass, house, start=start))["summary"]["rows"] == 5
    assert "Asia/Kolkata" in (await export(hass, house))["files"][0]["content"]


async def test_the_page_and_the_figures_are_in_the_user_s_unit_and_the_files_in_celsius(
    hass: HomeAssistant, told: FakeLink, house: House
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    said = await export(hass, house)
    assert said["summary"]["unit_of_measurement"] == "°F"
    assert said["summary"]["minimum"] == 41.0
    assert "°C" not in said["files"][0]["content"]
    document = json.loads((await export(hass, house, format="json"))["files"][0]["content"])
    assert document["figures"]["minimum"]["value"] == 5.0


async def test_a_name_cannot_break_out(
    hass: HomeAssistant, told: FakeLink, house: House, hass_admin_user: User
) -> None:
    dr.async_get(hass).async_update_device(on(house)["device_id"], name_by_user=HOSTILE)
    hass_admin_user.name = HOSTILE
    await act(hass, "shelve", on(house), user=hass_admin_user, duration=60, comment=HOSTILE)
    page = (await export(hass, house))["files"][0]["content"]
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page
    document = json.loads((await export(hass, house, format="json"))["files"][0]["content"])
    assert document["chamber"]["name"] == HOSTILE


async def test_several_chambers_are_told_and_one_that_is_silent_spoils_nothing(
    hass: HomeAssistant, told: FakeLink, house: House, clock: Clock
) -> None:
    start = dt_util.utcnow().isoformat()
    other = "chamber/v1/pi/other"
    told.deliver(f"{other}/meta", {**FULL_META, "name": "Another"}, retained=True)
    told.deliver(f"{other}/state", {"temperature": 5.0, "setpoint": 5.0})
    await house.judged()
    await clock.advance(1)
    another, carrier = await act(hass, "export_record", {"entity_id": "all"}, start=start)
    assert another["summary"]["rows"] == 1
    assert (carrier["summary"], carrier["files"]) == (None, [])
    assert "nothing was recorded of Vaccine carrier" in carrier["error"]


# What cannot be

BAD: dict[str, tuple[Callable[[datetime], dict[str, Any]], str]] = {
    "a period that ends before it begins": (
        lambda now: {"start": now.isoformat(), "end": (now - timedelta(hours=1)).isoformat()},
        "bad_range",
    ),
    "a period of no length": (
        lambda now: {"start": now.isoformat(), "end": now.isoformat()},
        "bad_range",
    ),
    "a period to come": (
        lambda now: {"start": (now + timedelta(hours=1)).isoformat()},
        "bad_range",
    ),
    "a period without a sample": (
        lambda now: {"end": (now - timedelta(days=2)).isoformat()},
        "nothing_recorded",
    ),
    "a period since Rome was founded": (
        lambda _now: {"start": "0001-01-02 00:00:00"},
        "period_too_long",
    ),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_period_that_cannot_be_is_an_error_that_says_so(
    hass: HomeAssistant, told: FakeLink, house: House, case: str
) -> None:
    data, key = BAD[case]
    with pytest.raises(ServiceValidationError) as caught:
        await export(hass, house, **data(dt_util.utcnow()))
    assert caught.value.translation_key == key


@pytest.mark.parametrize(
    "data",
    [
        {"start": "yesterday"},
        {"end": 5},
        {"start": None},
        {"start": "0001-01-01 00:00:00+14:00"},
        {"format": "pdf"},
        {"format": None},
        {"path": "/config/www/x.html"},
    ],
    ids=str,
)
async def test_what_is_malformed_is_an_error(
    hass: HomeAssistant, told: FakeLink, house: House, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await export(hass, house, **data)


@pytest.mark.parametrize("kind", list(Format))
async def test_too_many_rows_are_an_error_that_names_the_remedy(
    hass: HomeAssistant,
    told: FakeLink,
    house: House,
    kind: Format,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(report.MOST, kind, 10)
    with pytest.raises(ServiceValidationError, match="shorter period") as caught:
        await export(hass, house, format=kind.value)
    assert caught.value.translation_placeholders == {"chamber": "Vaccine carrier", "most": "10"}


async def test_a_file_that_fails_is_an_error_and_not_half_a_report(
    hass: HomeAssistant, told: FakeLink, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.coordinator.clerk._duty, "problem", RecordFull("the disk is full"))
    with pytest.raises(HomeAssistantError, match="the disk is full") as caught:
        await export(hass, house)
    assert caught.value.translation_key == "record_failed"


async def test_it_has_no_use_without_a_response(
    hass: HomeAssistant, told: FakeLink, house: House
) -> None:
    with pytest.raises(ServiceValidationError):
        await act(hass, "export_record", on(house), silently=True)


# Who may


async def test_who_may_read_may_have_it(
    hass: HomeAssistant, told: FakeLink, house: House, hass_read_only_user: User
) -> None:
    [said] = await act(hass, "export_record", on(house), user=hass_read_only_user)
    assert said["summary"]["rows"] == 16
    with pytest.raises(Unauthorized):
        await act(hass, "acknowledge", on(house), user=hass_read_only_user)


async def test_who_may_not_read_may_not(hass: HomeAssistant, told: FakeLink, house: House) -> None:
    stranger = MockUser().add_to_hass(hass)
    stranger.mock_policy({"entities": {"domains": {"light": {"read": True}}}})
    with pytest.raises(Unauthorized):
        await act(hass, "export_record", on(house), user=stranger)


async def test_a_dashboard_gets_it_over_its_websocket(
    hass: HomeAssistant, told: FakeLink, house: House, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    for action, data in (("export_record", {}), ("configure_alarm", {"low": 2})):
        await client.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": action,
                "service_data": data,
                "target": on(house),
                "return_response": True,
            }
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        assert answer["result"]["response"]["chambers"][0]["name"] == "Vaccine carrier"
