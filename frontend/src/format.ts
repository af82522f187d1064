import type { Hass, Locale } from "./hass";
import { toUnit } from "./units";

/** Numbers, times and durations as the user has chosen them in Home Assistant. */

const LOCALES: Record<string, string> = {
  comma_decimal: "en-US",
  decimal_comma: "de",
  space_comma: "fr",
  quote_decimal: "de-CH",
  none: "en-US",
};

const cached = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

/** Formats are dear to make, and asked for with every sample. */
const once = <T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  key: string,
  make: () => T,
): T => {
  const found = cached.get(key) ?? make();
  cached.set(key, found);
  return found as T;
};

const localesOf = (locale: Locale): string | undefined =>
  locale.number_format === "system" ? undefined : (LOCALES[locale.number_format] ?? locale.language);

export const number = (locale: Locale, value: number, decimals: number): string => {
  const key = `n/${locale.number_format}/${locale.language}/${decimals}`;
  const format = once(key, () => {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(localesOf(locale), { ...digits, useGrouping: locale.number_format !== "none" });
  });
  return format.format(Math.abs(value) < 0.5 / 10 ** decimals ? 0 : value);
};

export const unitOf = (hass: Hass): string => hass.config.unit_system.temperature;

/** `celsius` as the user reads it, as "30.0 °C"; a dash where it is unknown. */
export const temperature = (hass: Hass, celsius: number | null | undefined, decimals = 1): string =>
  typeof celsius === "number" ? `${number(hass.locale, toUnit(celsius, unitOf(hass)), decimals)} ${unitOf(hass)}` : "–";

const UNITS: [unit: Intl.RelativeTimeFormatUnit & string, seconds: number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const largest = (seconds: number): [unit: string, count: number] => {
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  return [unit, Math.floor(seconds / length)];
};

/** As "3 min. ago"; `seconds` in the past. */
export const ago = (locale: Locale, seconds: number): string => {
  const [unit, count] = largest(Math.max(0, seconds));
  const format = once(
    `r/${locale.language}`,
    () => new Intl.RelativeTimeFormat(locale.language, { numeric: "auto", style: "short" }),
  );
  return format.format(-count, unit as Intl.RelativeTimeFormatUnit);
};

/** One unit of time, as "12 min" or, `narrow`, "12m". */
export const unitOfTime = (
  locale: Locale,
  count: number,
  unit: string,
  unitDisplay: "short" | "narrow" | "long" = "short",
): string =>
  once(
    `u/${locale.language}/${unit}/${unitDisplay}`,
    () => new Intl.NumberFormat(locale.language, { style: "unit", unit, unitDisplay }),
  ).format(count);

/** A duration in its largest unit, as "12 min". */
export const duration = (locale: Locale, seconds: number, display: "short" | "narrow" | "long" = "short"): string => {
  const [unit, count] = largest(Math.max(0, seconds));
  return unitOfTime(locale, count, unit, display);
};

/** A countdown, as "4:32" or "1:04:32". */
export const countdown = (seconds: number): string => {
  const left = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

const hourCycle = (locale: Locale): { hourCycle?: "h12" | "h23" } =>
  locale.time_format === "12" ? { hourCycle: "h12" } : locale.time_format === "24" ? { hourCycle: "h23" } : {};

const zone = (hass: Hass): { timeZone?: string } =>
  hass.locale.time_zone === "server" ? { timeZone: hass.config.time_zone } : {};

const SHAPES = {
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  minutes: { hour: "2-digit", minute: "2-digit" },
  day: { month: "short", day: "numeric" },
  full: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  exact: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type Shape = keyof typeof SHAPES;

/** A moment (Unix s) in the user's or the house's time zone. */
export const moment = (hass: Hass, at: number, shape: Shape): string => {
  const { language, time_format, time_zone } = hass.locale;
  const locale = time_format === "system" ? undefined : language;
  const key = `t/${locale}/${time_format}/${time_zone}/${hass.config.time_zone}/${shape}`;
  return once(key, () => {
    const options = { ...SHAPES[shape], ...zone(hass), ...("hour" in SHAPES[shape] ? hourCycle(hass.locale) : {}) };
    return new Intl.DateTimeFormat(locale, options);
  }).format(at * 1000);
};

/** The same, with its day unless that is today (`now` in Unix s). */
export const momentOf = (hass: Hass, at: number, now: number): string =>
  moment(hass, at, moment(hass, at, "day") === moment(hass, now, "day") ? "minutes" : "full");

/** How far the time zone of the shown times is ahead of UTC at a moment, in s. */
export const offsetOf = (hass: Hass, at: number): number => {
  if (hass.locale.time_zone !== "server") return -new Date(at * 1000).getTimezoneOffset() * 60;
  const timeZone = hass.config.time_zone;
  const format = once(
    `o/${timeZone}`,
    () => new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }),
  );
  const name = format.formatToParts(at * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /([+-])(\d+):(\d+)/.exec(name) ?? [];
  return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60) : 0;
};
