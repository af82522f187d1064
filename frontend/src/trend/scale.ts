/** Where values and times lie on the drawing, and which of them are written at its edges. */

const STEPS = [1, 2, 5, 10];
const TIME_STEPS = [
  5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000,
];
/** A drawing of less than this many degrees would show noise as if it mattered. */
const LEAST_SPAN = 1;
/** Limits further away than this many times what is seen are left out of sight. */
const REACH = 4;
const DUST = 1e-9;

export interface Domain {
  min: number;
  max: number;
}

/** The step of at most `count` round marks between `min` and `max`. */
export const niceStep = (min: number, max: number, count: number): number => {
  const rough = Math.max(max - min, DUST) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * power >= rough - DUST) ?? 10) * power;
};

/** The multiples of `step` from `min` to `max`. */
export const ticks = (min: number, max: number, step: number): number[] => {
  const first = Math.ceil(min / step - DUST);
  const last = Math.floor(max / step + DUST);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
};

/** Round edges around all `values`, and around the `limits` that are not far away. */
export const domainOf = (values: number[], limits: number[], count = 4): Domain => {
  const seen = values.filter(Number.isFinite);
  if (!seen.length) seen.push(...(limits.length ? limits : [0, 10]));
  let [min, max] = [Math.min(...seen), Math.max(...seen)];
  const reach = Math.max(max - min, LEAST_SPAN) * REACH + 5;
  for (const limit of limits) {
    if (limit >= min - reach && limit <= max + reach) [min, max] = [Math.min(min, limit), Math.max(max, limit)];
  }
  const lacking = Math.max(0, LEAST_SPAN - (max - min)) / 2;
  const margin = (max - min) * 0.06 + lacking;
  const step = niceStep(min - margin, max + margin, count);
  const half = step / 2;
  return { min: Math.floor((min - margin) / half) * half, max: Math.ceil((max + margin) / half) * half };
};

/** Round moments between `start` and `end`, at most `count`; `offset` is the time zone's, in seconds. */
export const timeTicks = (
  start: number,
  end: number,
  count: number,
  offset: number,
): { at: number[]; step: number } => {
  const rough = (end - start) / Math.max(1, count);
  const step = TIME_STEPS.find((size) => size >= rough) ?? 864_000;
  return { at: ticks(start + offset, end + offset, step).map((at) => at - offset), step };
};

/** The index of the last of `sorted` whose `at` is not after the moment; -1 when there is none. */
export const lastBefore = (sorted: readonly (readonly [number, ...unknown[]])[], at: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]![0] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

/** The index of the one that is nearest to the moment; -1 when there is none. */
export const nearest = (sorted: readonly (readonly [number, ...unknown[]])[], at: number): number => {
  const before = lastBefore(sorted, at);
  const after = before + 1;
  if (after >= sorted.length) return before;
  return before < 0 || sorted[after]![0] - at < at - sorted[before]![0] ? after : before;
};
