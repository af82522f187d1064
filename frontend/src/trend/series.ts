import type { Band, Bucket, Excursion, History, Kind, Part, Sample, Span } from "../api";

export const KINDS: readonly Kind[] = ["heaters", "coolers", "fans"];

/** A share of time for which a kind of part ran, from that moment on, in percent. */
export type Share = [at: number, duty: number | null];

/** The kind of a single part, by which shares are told. */
export const singular = (kind: Kind): string => kind.slice(0, -1);

/** Duties are drawn in steps of this many percent. */
const DUTY_GRAIN = 5;

/** The last minute, hour, day … of a chamber: what was recorded, and the live samples that have come since. */
export class Series {
  buckets: Bucket[] = [];
  setpoint: [at: number, value: number | null][] = [];
  bands: Record<Kind, Band[]> = { heaters: [], coolers: [], fans: [] };
  shares: Record<Kind, Share[]> = { heaters: [], coolers: [], fans: [] };
  gaps: Span[] = [];
  backfilled: Span[] = [];
  excursions: Excursion[] = [];
  limits: { low?: number | null; high?: number | null } = {};
  /** Seconds that one bucket covers at least. */
  step: number;
  loaded = false;
  /** How many samples the last bucket holds; unknown for a recorded one. */
  #inLast = 1;
  #lastAt = -Infinity;
  /** Whether parts ran at the last live sample. */
  readonly #on: Partial<Record<Kind, boolean>> = {};

  /** `range` in s, drawn with about `points` points; without a sample for `patience` s there is a gap. */
  constructor(
    readonly range: number,
    readonly points: number,
    public patience: number,
  ) {
    this.step = range / points;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  /** Takes what was recorded, and keeps the live samples that are newer than it. */
  load(history: History): void {
    const last = history.temperature.at(-1)?.[0] ?? history.start;
    this.step = Math.max(history.step ?? 0, this.range / this.points);
    this.buckets = [...history.temperature, ...this.buckets.filter(([at]) => at > last)];
    this.setpoint = [...history.setpoint, ...this.setpoint.filter(([at]) => at > history.end)];
    for (const kind of KINDS) this.#loadKind(kind, history);
    this.gaps = [...(history.gaps ?? []), ...this.gaps.filter(([from]) => from > history.end)];
    this.backfilled = history.backfilled ?? [];
    this.excursions = history.excursions ?? [];
    this.limits = history.limits ?? {};
    this.#lastAt = Math.max(this.#lastAt, last);
    this.loaded = true;
  }

  #loadKind(kind: Kind, history: History): void {
    const told = history.bands?.[kind] ?? history.bands?.[singular(kind)] ?? [];
    if (history.source === "minutes") {
      this.shares[kind] = told as Share[];
      return;
    }
    const recorded = (told as Band[][]).flat().sort((one, other) => one[0] - other[0]);
    this.bands[kind] = [...recorded, ...this.bands[kind].filter(([from]) => from >= history.end)];
  }

  /** Takes a live sample that was taken at `at`; one that is not newer than the last is left out. */
  add(sample: Sample, at: number): boolean {
    if (at <= this.#lastAt) return false;
    const silent = at - this.#lastAt > this.patience;
    if (silent && this.#lastAt >= 0) {
      this.gaps.push([this.#lastAt, at]);
      this.setpoint.push([this.#lastAt, null]);
    }
    if (typeof sample.temperature === "number") this.#addValue(at, sample.temperature, silent);
    const setpoint = sample.effective_setpoint ?? sample.setpoint ?? null;
    if (this.setpoint.at(-1)?.[1] !== setpoint) this.setpoint.push([at, setpoint]);
    for (const kind of KINDS) this.#addParts(kind, sample[kind], at, silent);
    this.#lastAt = at;
    return true;
  }

  #addValue(at: number, value: number, silent: boolean): void {
    const last = this.buckets.at(-1);
    if (!last || silent || at - last[0] >= this.step) {
      this.buckets.push([at, value, value, value]);
      this.#inLast = 1;
      return;
    }
    this.#inLast++;
    last[1] += (value - last[1]) / this.#inLast;
    last[2] = Math.min(last[2], value);
    last[3] = Math.max(last[3], value);
  }

  #addParts(kind: Kind, parts: (Part | null)[] | null | undefined, at: number, silent: boolean): void {
    const running = parts?.filter((part) => part?.on) ?? [];
    const bands = this.bands[kind];
    const last = bands.at(-1);
    const wasOn = !silent && (this.#on[kind] ?? (last !== undefined && last[1] >= this.#lastAt - this.step));
    const goesOn = wasOn && last !== undefined;
    if (goesOn) last[1] = at;
    this.#on[kind] = running.length > 0;
    if (!running.length) return;
    const duties = running.map((part) => part?.duty).filter((duty) => typeof duty === "number");
    const duty = duties.length ? Math.round(Math.max(...duties) / DUTY_GRAIN) * DUTY_GRAIN : null;
    if (!goesOn || last[2] !== duty) bands.push([at, at, duty]);
  }

  /** Forgets what lies before `start`, but for the one value that reaches into the range. */
  trim(start: number): void {
    drop(this.buckets, ([at]) => at < start - this.step * 2);
    drop(this.gaps, ([, to]) => to < start);
    drop(this.backfilled, ([, to]) => to < start);
    drop(this.excursions, ({ ended }) => typeof ended === "number" && ended < start);
    for (const kind of KINDS) {
      drop(this.bands[kind], ([, to]) => to < start);
      drop(this.shares[kind], ([at]) => at < start - this.step);
    }
    while (this.setpoint.length > 1 && this.setpoint[1]![0] <= start) this.setpoint.shift();
  }

  /** The setpoint in force at a moment. */
  setpointAt(at: number): number | null {
    return this.setpoint.findLast(([since]) => since <= at)?.[1] ?? null;
  }
}

const drop = <T>(items: T[], old: (item: T) => boolean): void => {
  const keep = items.findIndex((item) => !old(item));
  if (keep) items.splice(0, keep < 0 ? items.length : keep);
};

/** What a listener is told instead of seeing it; null where nothing is known. */
export const extremesOf = (
  buckets: readonly Bucket[],
): { min: number; minAt: number; max: number; maxAt: number; mean: number } | null => {
  const first = buckets[0];
  if (!first) return null;
  const found = { min: first[2], minAt: first[0], max: first[3], maxAt: first[0], mean: 0 };
  for (const [at, mean, min, max] of buckets) {
    if (min < found.min) [found.min, found.minAt] = [min, at];
    if (max > found.max) [found.max, found.maxAt] = [max, at];
    found.mean += mean / buckets.length;
  }
  return found;
};
