import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ALARM, fakeHass, type Scenario } from "../dev/fake";
import { ChamberCard } from "../src/card/card";
import { anyChamber, form, suggestionFor, type CardConfig } from "../src/card/config";
import type { Hass } from "../src/hass";
import { ChamberTrend } from "../src/trend/element";

const CONFIG: CardConfig = { type: "custom:chamber-card", entity: "climate.carrier" };
const BEGIN = Date.UTC(2026, 10, 30, 12) / 1000;

beforeAll(() => {
  customElements.define("chamber-trend", ChamberTrend);
  customElements.define("chamber-card", ChamberCard);
});

beforeEach(() => vi.useFakeTimers({ now: BEGIN * 1000 }));

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));

interface Shown {
  card: ChamberCard;
  hass: Hass;
  calls: unknown[][];
  find(selector: string): HTMLElement | null;
  words(selector: string): string | undefined;
}

const show = async (scenario: Scenario = {}, unit = "°C", config: CardConfig = CONFIG): Promise<Shown> => {
  const card = new ChamberCard();
  const hass = fakeHass(scenario, unit);
  const calls: unknown[][] = [];
  const call = hass.callService.bind(hass);
  hass.callService = async (...parts) => {
    calls.push(parts);
    return call(...parts);
  };
  card.setConfig(config);
  card.hass = hass;
  document.body.append(card);
  await pass(100);
  const find = (selector: string): HTMLElement | null => card.renderRoot.querySelector<HTMLElement>(selector);
  return { card, hass, calls, find, words: (selector) => find(selector)?.textContent?.replace(/\s+/g, " ").trim() };
};

const press = (button: HTMLElement | null, times = 1): void => {
  for (let count = 0; count < times; count++) {
    button?.dispatchEvent(new PointerEvent("pointerdown"));
    button?.dispatchEvent(new PointerEvent("pointerup"));
  }
};

const more = '.round[aria-label="Higher"]';

describe("the card", () => {
  it("shows actual and desired temperature", async () => {
    const { words } = await show({ sample: { temperature: 4.96 } });
    expect(words('[data-role="actual"]')).toBe("5.0 °C");
    expect(words('[data-role="desired"]')).toBe("5.0 °C");
    expect(words("footer")).toBe("Last sample now Round trip 18 ms");
  });

  it("shows them in °F", async () => {
    const { words } = await show({ sample: { temperature: 5 } }, "°F");
    expect(words('[data-role="actual"]')).toBe("41.0 °F");
    expect(words('[data-role="desired"]')).toBe("41.0 °F");
  });

  it("shows no number as live that is not", async () => {
    const { words } = await show({ fresh: false, sample: { age: 185 } });
    expect(words('[data-role="actual"]')).toBe("–");
    expect(words('[data-role="desired"]')).toBe("–");
    expect(words(".actual .under")).toBe("Last sample 3 min. ago");
    expect(words("[aria-live]")).toContain("No live temperature");
  });

  it("takes its own clock where samples stop without a word", async () => {
    const { words } = await show({ every: 1e9 });
    expect(words('[data-role="actual"]')).not.toBe("–");
    await pass(40_000);
    expect(words('[data-role="actual"]')).toBe("–");
  });

  it("has only what exists", async () => {
    const nothing = { heaters: [], coolers: [], fans: [], probes: {}, door: false, power: false, modes: [] };
    const { find } = await show({
      described: nothing,
      alarm: { minimum: null, maximum: null, mean_kinetic_temperature: null, time_in_range: null },
    });
    expect(find(".details")).toBeNull();
    expect(find(".modes")).toBeNull();
    expect(find(".notice")).toBeNull();
  });

  it("calls a probe without a name by its id, as entities do", async () => {
    const unnamed = { name: null, role: null };
    const { words } = await show({ described: { probes: { "door-side": unnamed, product: unnamed } } });
    expect(words(".details")).toContain("Door side");
    expect(words(".details")).toContain("Product");
  });

  it("never makes markup of what a chamber is called", async () => {
    const { find, words } = await show({ described: { name: "<img src=x onerror=alert(1)>" } });
    expect(words("h2")).toBe("<img src=x onerror=alert(1)>");
    expect(find("h2 img")).toBeNull();
  });

  it("unsubscribes when it is taken away, and comes back with the page", async () => {
    const { card, words } = await show();
    card.remove();
    await pass(100);
    expect(vi.getTimerCount()).toBe(0);
    document.body.append(card);
    await pass(100);
    expect(words('[data-role="actual"]')).toMatch(/°C$/);
  });

  it("asks anew after the machine has slept, and shows nothing old meanwhile", async () => {
    const { hass, words, card } = await show({ every: 1e9 });
    const subscribe = vi.spyOn(hass.connection, "subscribeMessage").mockReturnValue(new Promise(() => undefined));
    vi.setSystemTime((BEGIN + 3600) * 1000);
    await pass(1000);
    expect(subscribe).toHaveBeenCalledOnce();
    expect(words('[data-role="actual"]')).toBe("–");
    card.remove();
  });

  it("asks for an entity where none was chosen yet", async () => {
    expect((await show({}, "°C", { ...CONFIG, entity: "" })).words(".message")).toBe("Choose an entity of a chamber.");
  });

  it("says what is wrong with its configuration", async () => {
    const card = new ChamberCard();
    expect(() => card.setConfig({ type: CONFIG.type })).toThrow("Choose an entity");
    expect(() => card.setConfig({ ...CONFIG, range: 17 })).toThrow("has to be one of");
    const { words } = await show({}, "°C", { ...CONFIG, entity: "climate.gone" });
    expect(words(".message")).toContain("There is no entity climate.gone");
  });
});

describe("the stepper", () => {
  it("sends the sum of all presses once, though samples come all the time", async () => {
    const { find, words, calls } = await show({ every: 100 });
    press(find(more), 3);
    await pass(500);
    expect(words('[data-role="desired"]')).toBe("5.3 °C");
    expect(calls).toEqual([]);
    await pass(200);
    expect(calls).toEqual([["climate", "set_temperature", { entity_id: "climate.carrier", temperature: 5.3 }]]);
    expect(words(".desired .status")).toBe("Waiting for the chamber");
    await pass(900);
    expect(words(".desired .status")).toBe("Confirmed");
    await pass(4000);
    expect(words(".desired .status")).toBe("");
    expect(words('[data-role="desired"]')).toBe("5.3 °C");
  });

  it("keeps presses during a call, and sends the newest after it", async () => {
    const { find, calls, words } = await show();
    press(find(more));
    await pass(700);
    press(find(more), 2);
    await pass(100);
    expect(words('[data-role="desired"]')).toBe("5.3 °C");
    await pass(3000);
    expect(calls.map(([, , data]) => (data as { temperature: number }).temperature)).toEqual([5.1, 5.3]);
  });

  it("tells why the chamber refused, and shows what is in force", async () => {
    const { find, words } = await show({ sample: { setpoint: 30, effective_setpoint: 30 } });
    press(find(more));
    await pass(1800);
    expect(words(".desired .status")).toBe("Vaccine carrier refused, because an interlock forbids it now: lid");
    expect(words('[data-role="desired"]')).toBe("30.0 °C");
  });

  it("begins at the temperature where the chamber has not said its setpoint", async () => {
    const { find, words, calls } = await show({ sample: { temperature: 6.63, setpoint: null, effective_setpoint: null } });
    expect(words('[data-role="desired"]')).toBe("–");
    press(find(more));
    await pass(10);
    expect(words('[data-role="desired"]')).toBe("6.7 °C");
    await pass(1800);
    expect(calls.map(([, , data]) => (data as { temperature: number }).temperature)).toEqual([6.7]);
  });

  it("calls nothing confirmed of a chamber that Home Assistant leaves out", async () => {
    const { find, words } = await show({ fresh: false });
    press(find(more));
    await pass(1800);
    expect(words(".desired .status")).toBe("Not confirmed: no samples come from this chamber");
    expect(words('[data-role="desired"]')).toBe("–");
    find(".modes .off")?.click();
    await pass(1800);
    expect(words('.under[role="alert"]')).toBe("Not confirmed: no samples come from this chamber");
  });

  it("obeys the keyboard, and clicks that no pointer made", async () => {
    const { find, words } = await show();
    const key = (name: string): unknown =>
      find('[data-role="desired"]')?.dispatchEvent(new KeyboardEvent("keydown", { key: name }));
    key("ArrowUp");
    key("PageUp");
    key("ArrowDown");
    find(more)?.click();
    await pass(10);
    expect(words('[data-role="desired"]')).toBe("6.0 °C");
  });

  it("goes on while a button is held, and faster after a while", async () => {
    const { find, words } = await show();
    find(more)?.dispatchEvent(new PointerEvent("pointerdown"));
    await pass(700);
    expect(words('[data-role="desired"]')).toBe("5.4 °C");
    await pass(2500);
    find(more)?.dispatchEvent(new PointerEvent("pointerup"));
    const held = words('[data-role="desired"]');
    expect(parseFloat(held ?? "")).toBeGreaterThan(10);
    await pass(300);
    expect(words('[data-role="desired"]')).toBe(held);
  });

  it("is not there for who may only look", async () => {
    const { find, words } = await show({ described: { controllable: false } });
    expect(find(".round")).toBeNull();
    expect(words('[data-role="desired"]')).toBe("5.0 °C");
    expect(find(".modes button")?.hasAttribute("disabled")).toBe(true);
  });
});

describe("an alarm", () => {
  const last_excursion = { what: "high", since: BEGIN - 1500, peak: 9.4, out: 1500 };
  const open = { alarm: { excursion: true, unacknowledged: true, last_excursion } };

  it("is told with how long it was once it is over", async () => {
    const over = { excursion: false, unacknowledged: true, last_excursion: { ...last_excursion, ended: BEGIN } };
    const { words } = await show({ alarm: over });
    expect(words(".notice p")).toContain("Peak 9.4 °C · Out for 25 min");
  });

  it("is told, with what waits for somebody to acknowledge it", async () => {
    const { words, find } = await show(open);
    expect(words(".notice strong")).toBe("Too warm");
    expect(words(".notice p")).toContain("Since 11:35 · Peak 9.4 °C");
    expect(find(".notice p")!.textContent).not.toContain("· ");
    expect(find(".acknowledge")).not.toBeNull();
    expect(words("[aria-live]")).toBe("Too warm");
  });

  it("is acknowledged with a comment", async () => {
    const { find, hass } = await show(open);
    const send = vi.spyOn(hass.connection, "sendMessagePromise");
    find(".plain")?.click();
    await pass(10);
    (find("input.comment") as HTMLInputElement).value = " door was open ";
    find(".acknowledge")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await pass(10);
    expect(send).toHaveBeenCalledWith({
      type: "chamber_ws/acknowledge",
      device_id: "device",
      comment: "door was open",
    });
    expect(find("input.comment")).toBeNull();
  });

  it("tells why it could not be acknowledged", async () => {
    const { find, hass, words } = await show(open);
    vi.spyOn(hass.connection, "sendMessagePromise").mockRejectedValue({
      code: "unauthorized",
      message: "Unauthorized",
    });
    find(".acknowledge")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await pass(10);
    expect(words('.acknowledge [role="alert"]')).toBe("Unauthorized");
  });

  it("cannot be acknowledged by who may only look", async () => {
    expect((await show({ ...open, described: { controllable: false } })).find(".acknowledge")).toBeNull();
  });

  it("names who has acknowledged it", async () => {
    const acknowledged = { acknowledged_by: "Ada", acknowledged_at: BEGIN - 60, comment: "seen" };
    const { words, find } = await show({
      alarm: { excursion: true, last_excursion: { ...last_excursion, ...acknowledged } },
    });
    expect(words(".notice p")).toMatch(/Acknowledged by Ada at \d\d:\d\d: seen$/);
    expect(find(".acknowledge")).toBeNull();
  });

  it("counts down", async () => {
    const { words } = await show({ alarm: { pending_until: BEGIN + 272.5 } });
    expect(words(".notice strong")).toBe("Out of limits, alarm in 4:33");
    await pass(10_000);
    expect(words(".notice strong")).toBe("Out of limits, alarm in 4:23");
  });
});

describe("what is judged", () => {
  it("is named, where it is another probe than the one that is shown", async () => {
    const { words, find } = await show({
      described: { probes: { product: { name: null, role: "product" } } },
      sample: { probes: { product: 7.08 } },
      alarm: { limit_high: 8, judged_on: "product", value: 7.08 },
    });
    expect(words(".actual .under")).toBe("Limits 2.0 °C to 8.0 °C · Product 7.1 °C");
    expect(find(".actual .under")!.textContent).toContain(" ·\u00a0Product");
  });

  it("is as new as the probe's own line, though what is found of it is told less often", async () => {
    const judged = {
      described: { probes: { product: { name: null, role: "product" } } },
      alarm: { limit_high: 8, judged_on: "product", value: 7.08 },
    };
    const { words, find } = await show({ ...judged, sample: { probes: { product: 8.41 } } });
    expect(words(".actual .under")).toContain("Product 8.4 °C");
    expect(find(".actual .under")!.classList).toContain("outside");
    const faulty = await show({ ...judged, sample: { probes: { product: null } } });
    expect(faulty.words(".actual .under")).toContain("Product –");
  });
});

describe("the editor", () => {
  it("has a name for every field", () => {
    const { localize } = fakeHass();
    const names = form.schema.flatMap(({ name, schema }) => schema?.map((inner) => inner.name) ?? [name]);
    expect(names).toContain("hide_trend");
    expect(names.filter((name) => !form.computeLabel({ name }, localize))).toEqual([]);
  });

  it("is not for a card that names a device", () => {
    expect(() => form.assertConfig({ type: CONFIG.type, device: "x" })).toThrow("YAML");
  });

  it("begins with a chamber, and suggests itself for one", () => {
    const hass = fakeHass();
    expect(anyChamber(hass)).toBe("climate.carrier");
    expect(suggestionFor(hass, "climate.carrier")?.config.entity).toBe("climate.carrier");
    expect(suggestionFor(hass, "light.kitchen")).toBeNull();
    expect(ALARM.profile).toBe("vaccine_2_8");
  });
});
