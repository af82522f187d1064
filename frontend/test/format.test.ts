import { expect, it } from "vitest";
import { fakeHass } from "../dev/fake";
import { ago, countdown, duration, moment, momentOf, number, offsetOf, temperature } from "../src/format";
import type { Hass, Locale } from "../src/hass";

const locale = (changes: Partial<Locale> = {}): Locale => ({ ...fakeHass().locale, ...changes });
const hass = (changes: Partial<Locale> = {}, zone = "UTC", unit = "°C"): Hass => ({
  ...fakeHass({}, unit),
  locale: locale(changes),
  config: { unit_system: { temperature: unit }, time_zone: zone },
});
const NOON = Date.UTC(2026, 10, 30, 12, 0, 5) / 1000;

it.each([
  ["language", "en", "1,234.5"],
  ["language", "de", "1.234,5"],
  ["comma_decimal", "de", "1,234.5"],
  ["decimal_comma", "en", "1.234,5"],
  ["none", "en", "1234.5"],
])("writes numbers as %s in %s", (number_format, language, written) => {
  expect(number(locale({ number_format, language }), 1234.5, 1)).toBe(written);
});

it("writes temperatures in the user's unit", () => {
  expect(temperature(hass(), 30)).toBe("30.0 °C");
  expect(temperature(hass({}, "UTC", "°F"), 30)).toBe("86.0 °F");
  expect(temperature(hass(), -0.04)).toBe("0.0 °C");
  expect(temperature(hass(), null)).toBe("–");
});

it("tells how long ago something was", () => {
  expect(ago(locale(), 185)).toBe("3 min. ago");
  expect(ago(locale(), 0.4)).toBe("now");
  expect(ago(locale({ language: "de" }), 7300)).toBe("vor 2 Std.");
});

it("writes durations and countdowns", () => {
  expect(duration(locale(), 1500)).toBe("25 min");
  expect(countdown(271.2)).toBe("4:32");
  expect(countdown(3872)).toBe("1:04:32");
  expect(countdown(-1)).toBe("0:00");
});

it("writes moments in the house's time zone where the user wants so", () => {
  const tokyo = hass({ time_zone: "server" }, "Asia/Tokyo");
  expect(moment(tokyo, NOON, "seconds")).toBe("21:00:05");
  expect(moment(hass({ time_zone: "server", time_format: "12" }, "Asia/Tokyo"), NOON, "minutes")).toMatch(
    /^09:00\sPM$/,
  );
  expect(offsetOf(tokyo, NOON)).toBe(9 * 3600);
  expect(offsetOf(hass({ time_zone: "server" }, "America/St_Johns"), NOON)).toBe(-3.5 * 3600);
  expect(offsetOf(hass({ time_zone: "server" }, "UTC"), NOON)).toBe(0);
});

it("names the day of what was not today", () => {
  const utc = hass({ time_zone: "server" });
  expect(momentOf(utc, NOON, NOON + 60)).toBe("12:00");
  expect(momentOf(utc, NOON - 86_400, NOON)).toContain("Nov 29");
});
