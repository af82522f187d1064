/** Conversions between the wire's °C and the unit that the user reads. */

export type Unit = "°C" | "°F" | "K";

export interface Limits {
  min: number;
  max: number;
  step: number;
}

const NICE_STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const FAHRENHEIT_PER_KELVIN = 1.8;
const GRAIN = 1e-6;

/** `celsius` in `unit`. */
export const toUnit = (celsius: number, unit: string): number =>
  unit === "°F" ? celsius * FAHRENHEIT_PER_KELVIN + 32 : unit === "K" ? celsius + 273.15 : celsius;

/** Without the dust that floating point leaves. */
export const clean = (value: number): number => Number(value.toFixed(6)) || 0;

/** The limits in `unit`; in °F the step is the next one that reads well, and the limits lie on it. */
export const limitsIn = (limits: Limits, unit: string): Limits => {
  const wished = limits.step > 0 ? limits.step : 0.1;
  if (unit !== "°F") {
    return { min: clean(toUnit(limits.min, unit)), max: clean(toUnit(limits.max, unit)), step: wished };
  }
  const least = wished * FAHRENHEIT_PER_KELVIN;
  const step = NICE_STEPS.find((nice) => nice >= least - GRAIN) ?? least;
  return {
    min: clean(Math.ceil(toUnit(limits.min, unit) / step - GRAIN) * step),
    max: clean(Math.floor(toUnit(limits.max, unit) / step + GRAIN) * step),
    step,
  };
};

/** Decimals that show every multiple of `step`, at least one and at most two. */
export const decimalsOf = (step: number): number => (Math.abs(step * 10 - Math.round(step * 10)) < GRAIN ? 1 : 2);

/** The multiple of `count` steps (from `min`) that follows `value` in the direction of `count`, within the limits. */
export const stepped = (value: number, count: number, { min, max, step }: Limits): number => {
  const stride = Math.abs(count) * step;
  const position = (value - min) / stride;
  const next = count > 0 ? Math.floor(position + GRAIN) + 1 : Math.ceil(position - GRAIN) - 1;
  return Math.min(max, Math.max(min, clean(min + next * stride)));
};
