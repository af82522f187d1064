import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ChamberPanel, concernOf } from "../src/panel";
import { described, home, live, Wire } from "./given";

class Card extends HTMLElement {
  config: unknown;
  setConfig(config: unknown): void {
    this.config = config;
  }
}

beforeAll(() => {
  customElements.define("chamber-panel", ChamberPanel);
});

/** A card's module, as the integration would serve it. */
const moduleOf = (name: string): string => `data:text/javascript,globalThis.brought(${JSON.stringify(name)})`;

let panel: ChamberPanel;
let wire: Wire;

const shown = (selector: string): string[] =>
  [...panel.renderRoot.querySelectorAll(selector)].map((element) => element.textContent!.trim());

/** Events are drawn with the next frame. */
const drawn = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(50);
  await panel.updateComplete;
};

beforeEach(async () => {
  vi.useFakeTimers();
  document.body.innerHTML = "";
  wire = new Wire();
  panel = new ChamberPanel();
  panel.hass = home(wire);
  document.body.append(panel);
  await drawn();
});

describe("the panel", () => {
  it("says what to do where the card's module cannot be had", async () => {
    vi.useRealTimers();
    wire.tell(live());
    panel.route = { prefix: "/chamber-ws", path: "/d1" };
    panel.panel = { config: { card: "data:text/javascript,throw Error()" } };
    await vi.waitFor(() => expect(shown("button")).toEqual(["Reload the page"]));
  });

  it("shows all chambers by name, live", async () => {
    wire.tell(live());
    wire.tell(live({ device_id: "d2", described: described({ device_id: "d2", name: "Box" }) }));
    await drawn();
    expect(shown(".name")).toEqual(["Box", "Vaccine carrier"]);
    expect(shown("[data-role=actual]")).toEqual(["5.0 °C", "5.0 °C"]);
    wire.tell({ device_id: "d1", sample: { at: 1, age: 0, temperature: 6.5, setpoint: 5 } });
    await drawn();
    expect(shown("[data-role=actual]")[1]).toBe("6.5 °C");
  });

  it("shows no number as live that is not", async () => {
    wire.tell(live({ fresh: false }));
    await drawn();
    expect(shown("[data-role=actual]")).toEqual(["–"]);
    expect(shown(".state")[0]).toContain("No live value");
  });

  it("counts who needs a look", async () => {
    wire.tell(live());
    await drawn();
    expect(shown(".summary")).toEqual(["Chambers: 1. All are well."]);
    wire.tell({ device_id: "d1", alarm: { excursion: true } });
    await drawn();
    expect(shown(".summary")).toEqual(["Chambers: 1. Need a look: 1."]);
    expect(shown(".excursion .state")).toEqual(["Outside its limits"]);
  });

  it("says what to do next where there is no chamber, and not too soon", async () => {
    expect(shown(".empty h2")).toEqual([]);
    await vi.advanceTimersByTimeAsync(3_000);
    await panel.updateComplete;
    expect(shown(".empty h2")).toEqual(["No chamber yet"]);
    expect(panel.renderRoot.querySelector<HTMLAnchorElement>(".empty a")!.getAttribute("href")).toContain("chamber_ws");
  });

  it("brings the card's module, by the address that it was told", async () => {
    vi.useRealTimers();
    const brought = vi.fn((name: string) => customElements.define(name, Card));
    vi.stubGlobal("brought", brought);
    wire.tell(live());
    panel.route = { prefix: "/chamber-ws", path: "/d1" };
    await vi.waitFor(() => expect(shown(".notice")).toEqual(["Waiting for the chambers …"]));
    panel.panel = { config: { card: moduleOf("chamber-card") } };
    await vi.waitFor(() => expect(panel.renderRoot.querySelector("chamber-card")).not.toBeNull());
    expect(brought).toHaveBeenCalledOnce();
  });

  it("opens one chamber's card, and keeps it while values come", async () => {
    wire.tell(live());
    panel.route = { prefix: "/chamber-ws", path: "/d1" };
    await drawn();
    const card = panel.renderRoot.querySelector<Card>("chamber-card")!;
    expect(card.config).toEqual({ type: "custom:chamber-card", entity: "climate.carrier" });
    wire.tell({ device_id: "d1", sample: { at: 1, age: 0, temperature: 6.5 } });
    await drawn();
    expect(panel.renderRoot.querySelector("chamber-card")).toBe(card);
    expect(shown("h1")).toEqual(["Vaccine carrier"]);
  });

  it("takes names as text", async () => {
    wire.tell(live({ described: described({ name: "<img src=x>" }) }));
    await drawn();
    expect(shown(".name")).toEqual(["<img src=x>"]);
    expect(panel.renderRoot.querySelector("img")).toBeNull();
  });

  it("forgets a chamber that is gone", async () => {
    wire.tell(live());
    wire.tell({ device_id: "d1", gone: true });
    await drawn();
    expect(shown(".name")).toEqual([]);
  });
});

describe("what needs care", () => {
  it.each([
    [{ excursion: true, warning: true }, "excursion"],
    [{ unacknowledged: true }, "returned"],
    [{ faults: ["door_left_open"] }, "fault"],
    [{ lost: true }, "lost"],
    [{ warning: true }, "warning"],
    [{}, "none"],
  ])("of %o is %s", (alarm, concern) => {
    expect(concernOf({ alarm, fresh: true, receivedAt: 0, sample: { at: 0, age: 0 } })).toBe(concern);
  });
});
