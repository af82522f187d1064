import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ALARM, DESCRIBED, fakeHass, historyOf, sampleAt } from "../dev/fake";
import type { Hass } from "../src/hass";
import { ChamberTrend } from "../src/trend/element";

const BEGIN = Date.UTC(2026, 10, 30, 12) / 1000;

let trend: ChamberTrend;
let hass: Hass;
let asked: { start: number; points: number }[];

beforeAll(() => customElements.define("chamber-trend", ChamberTrend));

beforeEach(async () => {
  vi.useFakeTimers({ now: BEGIN * 1000 });
  hass = fakeHass();
  asked = [];
  hass.connection.sendMessagePromise = async <T>(message: object): Promise<T> => {
    const { start, points } = message as { start: number; points: number };
    asked.push({ start, points });
    return historyOf(start, BEGIN, points) as T;
  };
  trend = new ChamberTrend();
  Object.assign(trend, { hass, described: DESCRIBED, alarm: ALARM, range: 600 });
  document.body.append(trend);
  trend._width = 340;
  await pass(200);
});

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));
const find = (selector: string): HTMLElement | null => trend.renderRoot.querySelector<HTMLElement>(selector);
const key = async (name: string): Promise<void> => {
  find(".plot")?.dispatchEvent(new KeyboardEvent("keydown", { key: name }));
  await pass(10);
};

it("asks the record for its range, with a point for a pixel", () => {
  expect(asked).toEqual([{ start: BEGIN - 600, points: 340 }]);
});

it("tells in words what it draws", () => {
  expect(find(".hidden")?.textContent).toMatch(/^Lowest \d\.\d °C at .* Excursions: 0\. Gaps: 1\.$/);
  expect(find(".plot")?.getAttribute("aria-valuetext")).toBe(find(".hidden")?.textContent);
});

it("asks anew for another range", async () => {
  const buttons = [...trend.renderRoot.querySelectorAll("button")];
  expect(buttons.map((button) => button.textContent?.trim())).toEqual(["1m", "10m", "1h", "6h", "24h", "7d", "30d"]);
  buttons[4]?.click();
  await pass(50);
  expect(asked.at(-1)?.start).toBeCloseTo(BEGIN - 86_400, 0);
  expect(find('[aria-pressed="true"]')?.textContent?.trim()).toBe("24h");
});

it("is read by the keyboard", async () => {
  await key("End");
  const last = find(".readout")?.textContent;
  expect(last).toMatch(/^Nov\s30,\s.*°C/);
  await key("ArrowLeft");
  expect(find(".readout")?.textContent).not.toBe(last);
  expect(find(".plot")?.getAttribute("aria-valuetext")).toBe(find(".readout")?.textContent);
  await key("Escape");
  expect(find(".readout")).toBeNull();
});

it("marks in words what was fetched later", async () => {
  await key("End");
  expect(find(".readout")?.textContent).not.toContain("Fetched");
  for (let count = 0; count < 8; count++) await key("PageUp");
  expect(find(".readout")?.textContent).toContain("Fetched");
});

it("asks anew when an excursion begins or ends, and not for other news of the alarm", async () => {
  trend.alarm = { ...ALARM, value: 7 };
  await pass(10);
  expect(asked).toHaveLength(1);
  trend.alarm = { ...ALARM, excursion: true, last_excursion: { what: "high", since: BEGIN } };
  await pass(10);
  expect(asked).toHaveLength(2);
});

it("asks anew when the chamber falls silent or speaks again, and not with every sample", async () => {
  const told = { sample: sampleAt(BEGIN), receivedAt: 0 };
  for (const [fresh, times] of [
    [true, 2],
    [true, 2],
    [false, 3],
    [true, 4],
  ] as const) {
    trend.take({ ...told, fresh });
    await pass(10);
    expect(asked).toHaveLength(times);
  }
});

it("asks again where the record could not be read, and says so", async () => {
  const good = hass.connection.sendMessagePromise;
  hass.connection.sendMessagePromise = () => Promise.reject(new Error("busy"));
  trend.range = 60;
  await pass(100);
  expect(find(".problem")?.textContent).toBe("The record cannot be read now");
  hass.connection.sendMessagePromise = good;
  await pass(6000);
  expect(find(".problem")).toBeNull();
});

it("leaves no timer behind", async () => {
  trend.take({ sample: sampleAt(BEGIN), receivedAt: 0, fresh: true });
  trend.remove();
  await pass(50);
  expect(vi.getTimerCount()).toBe(0);
});
