import { moment, momentOf, temperature } from "../format";
import type { Hass } from "../hass";
import { text } from "../strings";
import { nearest } from "./scale";
import { extremesOf, type Series } from "./series";

/** A spread (K) that is too small to be told. */
const SPREAD = 0.05;
const DAY = 86_400;

/** The picture in words, for those who do not see it; `now` in Unix s. */
export const summaryOf = (hass: Hass, series: Series, now: number): string => {
  const found = extremesOf(series.buckets);
  if (!found) return text(hass, "card.trend_empty");
  return text(hass, "card.trend_summary", {
    min: temperature(hass, found.min),
    min_at: momentOf(hass, found.minAt, now),
    max: temperature(hass, found.max),
    max_at: momentOf(hass, found.maxAt, now),
    mean: temperature(hass, found.mean),
    excursions: series.excursions.length,
    gaps: series.gaps.length,
  });
};

/** What is known of the moment that is pointed at; empty where none is. */
export const readoutOf = (hass: Hass, series: Series | undefined, cursor: number | undefined): string => {
  const bucket = cursor === undefined ? undefined : series?.buckets[nearest(series.buckets, cursor)];
  if (!series || !bucket) return "";
  const [at, mean, min, max] = bucket;
  const parts = [moment(hass, at, series.range > DAY ? "full" : "exact"), temperature(hass, mean)];
  if (max - min >= SPREAD) parts.push(`${temperature(hass, min)} … ${temperature(hass, max)}`);
  const setpoint = series.setpointAt(at);
  if (setpoint !== null) parts.push(text(hass, "card.trend_setpoint", { value: temperature(hass, setpoint) }));
  if (series.backfilled.some(([from, to]) => from <= at && at <= to)) parts.push(text(hass, "card.backfilled"));
  return parts.map((part) => part.replaceAll(" ", "\u00a0")).join(" ·\u00a0");
};
