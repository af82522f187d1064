"""A day is told."""

from datetime import timedelta
from typing import Any

import pytest
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from integration.automating import Chamber
from integration.blueprints.given import Phone, asked, here, use
from integration.house import Clock

SUMMARY = {
    "unit_of_measurement": "°C",
    "minimum": 5.0,
    "maximum": 9.0,
    "mean": 7.0,
    "mean_kinetic_temperature": 7.2,
    "coverage": 99.5,
    "seconds_above": 120,
    "seconds_below": 0,
    "excursions": 1,
}


def reported(chamber: Chamber, **summary: Any) -> dict[str, Any]:
    """What the export answers, as far as a report needs it."""
    told: Any = {"error": None, "summary": {**SUMMARY, **summary}, "files": []}
    return {"chambers": [{"device_id": chamber.device_id, "name": "Vaccine carrier", **told}]}


def recording(
    hass: HomeAssistant, response: dict[str, Any], error: Exception | None = None
) -> None:
    """Let the record's export answer this, or fail."""
    async_mock_service(
        hass,
        "chamber_ws",
        "export_record",
        response=response,
        supports_response="only",  # type: ignore[arg-type]
        raise_exception=error,
    )


async def report(hass: HomeAssistant, clock: Clock, chamber: Chamber, **inputs: Any) -> None:
    """Use the blueprint, and let it be time."""
    then = dt_util.now() + timedelta(minutes=1)
    at = then.strftime("%H:%M:%S")
    await use(hass, "daily_report", chambers=here(chamber), time=at, **inputs)
    await clock.advance(61)


async def test_a_report_tells_what_matters_of_the_last_day(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, ada: Phone, mail: list[ServiceCall]
) -> None:
    exported = asked(hass, "export_record")
    await chamber.watch()
    for temperature in (5.0, 9.0, 9.0, 5.0):
        await clock.advance(60)
        await chamber.holds(temperature, time=clock.utc, clock="ntp")
    await report(hass, clock, chamber, phones=[ada.device_id], notifiers=["notify.mail"])
    assert [one["device_id"] for one in exported] == [[chamber.device_id]]
    start, end = (dt_util.parse_datetime(exported[0][key]) for key in ("start", "end"))
    assert start is not None
    assert end is not None
    assert end - start == timedelta(days=1)
    assert ada.titles == ["Vaccine carrier: look at this"]
    message = mail[0].data["message"]
    assert message == ada.sent[0].data["message"]
    assert message.startswith("! Vaccine carrier: 5.0 to ")
    for fact in ("mean kinetic", "min out of range", "1 excursion,", "% known"):
        assert fact in message


async def test_a_good_day_is_told_as_such_or_not_at_all(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    recording(hass, reported(chamber, excursions=0, seconds_above=0, maximum=7.5))
    await report(hass, clock, chamber, notifiers=["notify.mail"])
    assert mail[0].data["title"] == "Vaccine carrier: all well"
    assert mail[0].data["message"] == (
        "Vaccine carrier: 5.0 to 7.5 °C, mean kinetic 7.2 °C, 0 min out of range, 0 excursions, 99.5 % known"
    )


@pytest.mark.parametrize(("coverage", "told"), [(94.0, 1), (96.0, 0)])
async def test_only_trouble_can_be_told(
    hass: HomeAssistant,
    chamber: Chamber,
    clock: Clock,
    mail: list[ServiceCall],
    coverage: float,
    told: int,
) -> None:
    recording(hass, reported(chamber, excursions=0, coverage=coverage))
    await report(hass, clock, chamber, notifiers=["notify.mail"], only_trouble=True)
    assert len(mail) == told


async def test_of_what_nothing_is_known_that_is_told(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    nothing: Any = {"name": "Box", "error": "nothing is recorded", "summary": None, "files": []}
    seconds = ("seconds_above", "seconds_below")
    none = dict.fromkeys(("minimum", "maximum", "mean_kinetic_temperature", *seconds))
    unknown: Any = {"name": "New", "error": None, "summary": {**SUMMARY, **none, "coverage": 0.0}}
    recording(hass, {"chambers": [nothing, unknown]})
    await report(hass, clock, chamber, notifiers=["notify.mail"])
    assert mail[0].data["title"] == "Chambers: look at this"
    first, second = mail[0].data["message"].splitlines()
    assert first == "! Box: nothing is recorded"
    assert second == "! New: no temperature, 1 excursion, 0.0 % known"


async def test_a_report_that_cannot_be_made_is_told(
    hass: HomeAssistant, chamber: Chamber, clock: Clock, mail: list[ServiceCall]
) -> None:
    recording(hass, {}, error=dr.HomeAssistantError("the record cannot be read"))
    await report(hass, clock, chamber, notifiers=["notify.mail"], only_trouble=True)
    assert mail[0].data["message"].startswith("The report on the chambers could not be made.")
