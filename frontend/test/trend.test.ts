import { describe, expect, it } from "vitest";
import type { History, Sample } from "../src/api";
import { sampleAt } from "../dev/fake";
import { columnsOf, stretches } from "../src/trend/draw";
import { domainOf, lastBefore, nearest, niceStep, ticks, timeTicks } from "../src/trend/scale";
import { extremesOf, Series } from "../src/trend/series";

const sample = (at: number, temperature: number | null, more: Partial<Sample> = {}): Sample => ({
  ...sampleAt(at),
  temperature,
  ...more,
});
const history = (more: Partial<History> = {}): History => ({
  start: 0,
  end: 100,
  source: "samples",
  step: 10,
  temperature: [0, 10, 20, 80, 90].map((at) => [at, 5, 4, 6]),
  setpoint: [[0, 5]],
  bands: { heaters: [[[0, 20, 40]]], coolers: [[]], fans: [] },
  gaps: [[25, 75]],
  backfilled: [[0, 10]],
  excursions: [],
  limits: { low: 2, high: 8 },
  ...more,
});

describe("scales", () => {
  it("have round marks", () => {
    expect(niceStep(0, 10, 5)).toBe(2);
    expect(niceStep(4.1, 4.4, 4)).toBeCloseTo(0.1);
    expect(ticks(1.9, 8.1, 2)).toEqual([2, 4, 6, 8]);
  });

  it("show limits that are near, and not those that are far", () => {
    const near = domainOf([4.8, 5.2], [2, 8]);
    expect(near.min).toBeLessThanOrEqual(2);
    expect(near.max).toBeGreaterThanOrEqual(8);
    expect(domainOf([4.8, 5.2], [-80]).min).toBeGreaterThan(0);
  });

  it("do not blow noise up, and need no values", () => {
    const { min, max } = domainOf([5, 5.01], []);
    expect(max - min).toBeGreaterThanOrEqual(1);
    const none = domainOf([], []);
    expect(none.max).toBeGreaterThan(none.min);
  });

  it("mark round moments of the time zone", () => {
    const offset = 5.5 * 3600;
    const { at, step } = timeTicks(0, 86_400, 4, offset);
    expect(step).toBe(21_600);
    expect(at.every((moment) => (moment + offset) % step === 0)).toBe(true);
    expect(at).toHaveLength(4);
  });

  it("find moments", () => {
    const items: [number][] = [[0], [10], [20]];
    expect([-1, 0, 9, 10, 25].map((at) => lastBefore(items, at))).toEqual([-1, 0, 0, 1, 2]);
    expect([-5, 4, 6, 99].map((at) => nearest(items, at))).toEqual([0, 0, 1, 2]);
    expect(nearest([], 3)).toBe(-1);
  });
});

describe("a lane", () => {
  const columns = (bands: [number, number, number | null][]): number[] => [...columnsOf(bands, (at) => at / 10, 5)];

  it("shows every run, however short, and the hardest of several", () => {
    expect(columns([])).toEqual([0, 0, 0, 0, 0]);
    expect(
      columns([
        [12, 13, 40],
        [14, 15, 60],
      ]),
    ).toEqual([0, 61, 0, 0, 0]);
    expect(columns([[0, 20, null]])).toEqual([101, 101, 0, 0, 0]);
  });

  it("leaves out what lies outside", () => {
    expect(
      columns([
        [-50, 10, 10],
        [45, 900, 20],
      ]),
    ).toEqual([11, 0, 0, 0, 21]);
    expect(columns([[-50, -20, 10]])).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("a series", () => {
  it("goes on from the record with live samples", () => {
    const series = new Series(100, 100, 30);
    series.load(history());
    expect(series.add(sample(101, 7), 101)).toBe(true);
    expect(series.buckets.at(-1)).toEqual([101, 7, 7, 7]);
    expect(series.gaps).toEqual([[25, 75]]);
  });

  it("takes no sample twice, nor one from before", () => {
    const series = new Series(100, 100, 30);
    series.add(sample(10, 5), 10);
    expect(series.add(sample(10, 6), 10)).toBe(false);
    expect(series.add(sample(9, 6), 9)).toBe(false);
    expect(series.buckets).toEqual([[10, 5, 5, 5]]);
  });

  it("puts samples together that one pixel cannot tell apart", () => {
    const series = new Series(600, 60, 60);
    for (const [index, value] of [4, 5, 9].entries()) series.add(sample(index, value), index);
    expect(series.buckets).toEqual([[0, 6, 4, 9]]);
    expect(series.buckets).toHaveLength(1);
  });

  it("stays bounded at 10 Hz", () => {
    const series = new Series(60, 300, 30);
    for (let at = 0; at < 600; at += 0.1) {
      series.add(sample(at, 5), at);
      series.trim(at - 60);
    }
    expect(series.buckets.length).toBeLessThan(320);
  });

  it("has a gap where nothing came for longer than was promised", () => {
    const series = new Series(100, 100, 30);
    for (const at of [0, 29, 60]) series.add({ ...sample(at, 5), setpoint: 5 }, at);
    expect(series.gaps).toEqual([[29, 60]]);
    expect(series.setpoint).toEqual([
      [0, 5],
      [29, null],
      [60, 5],
    ]);
    expect(stretches(series)).toEqual([
      [0, 1],
      [2, 2],
    ]);
  });

  it("keeps live samples that are newer than a record that comes late", () => {
    const series = new Series(100, 100, 30);
    series.add(sample(95, 7), 95);
    series.load(history());
    expect(series.buckets.at(-1)).toEqual([95, 7, 7, 7]);
    expect(series.buckets).toHaveLength(6);
  });

  it("does not break the line where the record has no gap", () => {
    expect(
      stretches({
        buckets: [
          [0, 1, 1, 1],
          [500, 1, 1, 1],
        ],
        gaps: [],
      }),
    ).toEqual([[0, 1]]);
    expect(stretches({ buckets: [], gaps: [[1, 2]] })).toEqual([]);
  });

  it("lengthens a band while its part runs, and ends it when it stops", () => {
    const series = new Series(100, 100, 30);
    const run = (at: number, on: boolean): unknown => series.add(sample(at, 5, { heaters: [{ on, duty: 41 }] }), at);
    [run(1, true), run(2, true), run(3, false), run(4, false), run(5, true)];
    expect(series.bands.heaters).toEqual([
      [1, 3, 40],
      [5, 5, 40],
    ]);
  });

  it("takes the record's bands of every part, and the shares of minutes", () => {
    const series = new Series(100, 100, 30);
    series.load(history());
    expect(series.bands.heaters).toEqual([[0, 20, 40]]);
    series.load(history({ source: "minutes", bands: { heater: [[0, 12]] } }));
    expect(series.shares.heaters).toEqual([[0, 12]]);
  });

  it("forgets what is past, but for the setpoint in force", () => {
    const series = new Series(100, 100, 30);
    series.load(
      history({
        setpoint: [
          [0, 5],
          [30, 6],
          [90, 7],
        ],
      }),
    );
    series.trim(80);
    expect(series.buckets.map(([at]) => at)).toEqual([80, 90]);
    expect(series.setpoint).toEqual([
      [30, 6],
      [90, 7],
    ]);
    expect(series.setpointAt(85)).toBe(6);
    expect(series.gaps).toEqual([]);
  });

  it("tells its extremes", () => {
    expect(
      extremesOf([
        [0, 5, 4, 6],
        [10, 7, 3, 9],
      ]),
    ).toEqual({ min: 3, minAt: 10, max: 9, maxAt: 10, mean: 6 });
    expect(extremesOf([])).toBeNull();
  });
});
