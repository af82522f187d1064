"""Extremes and metrics as users see them, over days of samples."""

from datetime import UTC, datetime
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM

from custom_components.chamber_ws.chamber.analysis.kinetic import exposure
from integration.house import Clock, FakeLink, House
from integration.living import Life

HOUR = 60


def at(life: Life) -> datetime:
    """Now, as attributes say it."""
    return datetime.fromtimestamp(life.now, UTC)


async def test_extremes_have_their_times_and_begin_anew_when_told(life: Life, house: House) -> None:
    await life.go_on(5.0)
    await life.go_on(3.456, minutes=1)
    coldest = at(life)
    await life.go_on(6.0, minutes=1)
    warmest = at(life)
    await life.go_on(5.0, minutes=1)
    assert [house.value(key) for key in ("minimum", "maximum")] == ["3.46", "6.0"]
    assert [house.attribute(key, "at") for key in ("minimum", "maximum")] == [coldest, warmest]
    assert house.attribute("minimum", "reset_at") is None
    await life.press("reset_extremes")
    reset = at(life)
    assert [house.value(key) for key in ("minimum", "maximum")] == ["unknown", "unknown"]
    assert house.attribute("maximum", "reset_at") == reset
    await life.go_on(5.5, minutes=1)
    assert [house.value(key) for key in ("minimum", "maximum")] == ["5.5", "5.5"]


async def test_every_metric_says_of_which_temperature_it_is(life: Life, house: House) -> None:
    metrics = (
        "minimum",
        "maximum",
        "mean_kinetic_temperature",
        "time_in_range",
        "time_out_of_range",
        "time_to_breach",
    )
    await life.go_on(5.0)
    assert {house.attribute(key, "judged_on") for key in metrics} == {"product"}


@pytest.mark.lasting
async def test_a_day_with_an_hour_out_of_range(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    await life.go_on(5.0, minutes=12 * HOUR, every=300)
    await life.go_on(10.0, minutes=HOUR, every=300, coolers=[100, 50])
    await life.go_on(5.0, minutes=12 * HOUR, every=300)
    assert house.attribute("time_in_range", "coverage") == pytest.approx(100, abs=0.5)
    beyond = house.attribute("time_in_range", "time_above")
    assert beyond == pytest.approx(3600, abs=200)
    share: Any = house.value("time_in_range")
    assert float(share) == pytest.approx(100 * (1 - beyond / 86400), abs=0.3)
    dose = house.attribute("time_in_range", "degree_minutes_above")
    assert dose == pytest.approx(60 * 2, rel=0.1)
    mean = house.attribute("mean_kinetic_temperature", "mean")
    assert mean == pytest.approx(5 + 5 / 24, abs=0.03)
    rate = (23 * exposure(5.0) + exposure(10.0)) / 24
    kinetic: Any = house.value("mean_kinetic_temperature")
    assert exposure(float(kinetic)) == pytest.approx(rate, rel=0.02)
    assert float(kinetic) > mean
    assert house.attribute("time_in_range", "cooler_duty") == pytest.approx(51, abs=1)
    assert house.attribute("time_in_range", "energy") == pytest.approx(23.8 * 24 / 1000, rel=0.02)


@pytest.mark.lasting
async def test_what_is_a_day_past_counts_no_more(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    await life.go_on(20.0, minutes=4 * HOUR, every=300)
    worse: Any = house.value("time_in_range")
    await life.go_on(5.0, minutes=25 * HOUR, every=300)
    assert float(worse) < 60
    assert house.value("time_in_range") == "100.0"
    assert house.value("mean_kinetic_temperature") == "5.0"
    assert house.value("maximum") == "20.0"


@pytest.mark.lasting
async def test_an_hour_without_samples_is_no_part_of_what_is_known(
    life: Life, house: House
) -> None:
    await life.choose("vaccine_2_8")
    await life.go_on(5.0, minutes=2 * HOUR, every=300)
    await life.clock.advance(3600)
    await life.go_on(5.0)
    await life.go_on(5.0, minutes=HOUR, every=300)
    assert house.value("time_in_range") == "100.0"
    expected = 100 * 3 / 24
    assert house.attribute("time_in_range", "coverage") == pytest.approx(expected, abs=0.5)


async def test_without_limits_there_is_no_range(life: Life, house: House) -> None:
    await life.go_on(5.0, minutes=HOUR)
    assert house.value("time_in_range") == "unknown"
    assert house.value("mean_kinetic_temperature") == "5.0"
    assert house.value("time_out_of_range") == "unknown"


async def test_the_time_out_of_range_is_that_of_the_last_excursion(
    life: Life, house: House
) -> None:
    await life.set("limit_high", 8.0)
    await life.go_on(5.0)
    await life.go_on(9.0, minutes=10)
    assert house.value("time_out_of_range") == "540"
    await life.go_on(5.0, minutes=30)
    assert house.value("excursion") == "off"
    assert house.value("time_out_of_range") == "600"
    await life.go_on(9.0, minutes=1)
    assert house.value("time_out_of_range") == "0"


async def test_of_a_chamber_that_reports_too_seldom_they_are_unknown(
    life: Life, house: House
) -> None:
    life.link.describe(heartbeat=600)
    await life.set("limit_high", 8.0)
    await life.go_on(20.0, minutes=HOUR, every=600)
    assert house.value("excursion") == "on"
    assert house.value("maximum") == "20.0"
    for key in ("mean_kinetic_temperature", "time_in_range", "time_out_of_range"):
        assert house.value(key) == "unknown"
    shown = house.state("excursion").attributes
    assert {"out", "degree_minutes"}.isdisjoint(shown)
    assert shown["peak"] == 20.0
    window = house.state("time_in_range").attributes
    assert {"time_above", "degree_minutes_above"}.isdisjoint(window)
    assert window["coverage"] == 0.0


async def test_they_are_converted_for_those_who_use_fahrenheit(
    hass: HomeAssistant, link: FakeLink, links: list[FakeLink], house: House, clock: Clock
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    link.describe()
    await Life(links, house, clock).go_on(5.0)
    for key in ("minimum", "maximum"):
        assert (house.value(key), house.attribute(key, "unit_of_measurement")) == ("41.0", "°F")


@pytest.mark.parametrize(
    ("key", "unit", "device_class"),
    [
        ("minimum", "°C", "temperature"),
        ("maximum", "°C", "temperature"),
        ("mean_kinetic_temperature", "°C", "temperature"),
        ("time_in_range", "%", None),
        ("time_out_of_range", "s", "duration"),
        ("time_to_breach", "s", "duration"),
    ],
)
async def test_none_of_them_is_a_measurement(
    life: Life, house: House, key: str, unit: str, device_class: str | None
) -> None:
    shown = house.state(key).attributes
    assert (shown["unit_of_measurement"], shown.get("device_class")) == (unit, device_class)
    assert "state_class" not in shown


@pytest.mark.lasting
async def test_they_stay_when_the_chamber_is_silent(life: Life, house: House) -> None:
    await life.choose("vaccine_2_8")
    await life.go_on(5.0, minutes=HOUR)
    await life.clock.advance(600)
    assert house.value("temperature") == "unavailable"
    keys = ("minimum", "maximum", "mean_kinetic_temperature", "time_in_range")
    assert [house.value(key) for key in keys] == ["5.0", "5.0", "5.0", "100.0"]
    assert house.attribute("time_in_range", "coverage") == pytest.approx(100 / 24, abs=0.1)
