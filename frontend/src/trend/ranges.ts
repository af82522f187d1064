/** The stretches of time that can be shown. */

export interface Range {
  readonly seconds: number;
  readonly unit: "minute" | "hour" | "day";
  readonly count: number;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

export const RANGES: readonly Range[] = [
  { seconds: MINUTE, unit: "minute", count: 1 },
  { seconds: 10 * MINUTE, unit: "minute", count: 10 },
  { seconds: HOUR, unit: "hour", count: 1 },
  { seconds: 6 * HOUR, unit: "hour", count: 6 },
  { seconds: DAY, unit: "hour", count: 24 },
  { seconds: 7 * DAY, unit: "day", count: 7 },
  { seconds: 30 * DAY, unit: "day", count: 30 },
];

export const DEFAULT_RANGE = HOUR;

/** ms between two drawings: no more often than the picture moves by a pixel, but soon enough to look alive. */
export const drawEvery = (range: number, width: number): number =>
  Math.min(2_000, Math.max(100, (range * 1000) / Math.max(1, width)));

/** ms after which the record is asked again, for what was judged and fetched since. */
export const reloadEvery = (range: number): number => Math.min(600, Math.max(60, range / 20)) * 1000;

/** The shape of the text at a mark of the time axis. */
export const shapeOf = (step: number): "seconds" | "minutes" | "day" =>
  step < MINUTE ? "seconds" : step < DAY ? "minutes" : "day";
