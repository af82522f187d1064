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
    await vi.waitFor(() => expect(shown(".one > button")).toEqual(["Reload the page"]));
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

  it("tells chambers of one name apart, in an order that stays", async () => {
    const tell = (device_id: string, changes: object): void =>
      wire.tell(live({ device_id, described: described({ device_id, ...changes }) }));
    tell("d3", { gateway: "pi-2" });
    tell("d2", { name: "Box", gateway: "pi-3" });
    tell("d1", {});
    await drawn();
    expect(shown(".name")).toEqual(["Box", "Vaccine carrier", "Vaccine carrier"]);
    expect(shown(".distinction")).toEqual(["pi", "pi-2"]);
    panel.route = { prefix: "/chamber-ws", path: "/d3" };
    await drawn();
    expect(shown("h1")).toEqual(["Vaccine carrier (pi-2)"]);
    panel.route = { prefix: "/chamber-ws", path: "/d2" };
    await drawn();
    expect(shown("h1")).toEqual(["Box"]);
  });

  it("says since when there is no data of a chamber that is lost, as the user reads times", async () => {
    vi.setSystemTime("2026-06-01T20:55:00");
    const at = Date.parse("2026-06-01T20:50:00") / 1000;
    wire.tell(live({ fresh: false, alarm: { lost: true }, sample: { at, age: 300, temperature: 5 } }));
    await drawn();
    expect(shown(".state")).toEqual(["No data since 20:50"]);
    panel.hass = { ...panel.hass!, locale: { ...panel.hass!.locale, time_format: "12" } };
    await drawn();
    expect(shown(".state")[0]).toMatch(/^No data since 08:50\sPM$/);
    wire.tell({ device_id: "d1", sample: { at: at - 86_400, age: 86_700 } });
    await drawn();
    expect(shown(".state")[0]).toMatch(/^No data since May 31, 08:50\sPM$/);
    wire.tell({ device_id: "d1", sample: null });
    await drawn();
    expect(shown(".state")).toEqual(["No data"]);
    wire.tell({ device_id: "d1", alarm: { lost: true, lost_since: at } });
    await drawn();
    expect(shown(".state")[0]).toMatch(/^No data since 08:50\sPM$/);
  });

  it("shows no number as live that is not", async () => {
    wire.tell(live({ fresh: false }));
    await drawn();
    expect(shown("[data-role=actual]")).toEqual(["–"]);
    expect(shown(".state")[0]).toContain("No live value");
  });

  it("opens a chamber that only measures", async () => {
    wire.tell(live({ described: described({ entities: { temperature: "sensor.carrier_temperature" } }) }));
    panel.route = { prefix: "/chamber-ws", path: "/d1" };
    await drawn();
    expect(shown("h1")).toEqual(["Vaccine carrier"]);
    expect(shown(".notice")).not.toContain("This chamber does not exist any more, or you may not see it.");
    expect(panel.renderRoot.querySelector(".one")).not.toBeNull();
  });

  it("calls the wished temperature as the card does", async () => {
    wire.tell(live());
    await drawn();
    expect(shown("[data-role=desired]")).toEqual(["Desired 5.0 °C"]);
  });

  it("calls no chamber well that nobody watches", async () => {
    wire.tell(live({ alarm: { profile: "off" } }));
    await drawn();
    expect(shown(".summary")).toEqual(["Chambers: 1. None is watched: no limits are set."]);
    expect(shown(".unwatched .state")).toEqual(["Cooling · No limits set"]);
    wire.tell(live({ device_id: "d2", described: described({ device_id: "d2", name: "Box" }) }));
    await drawn();
    expect(shown(".summary")).toEqual(["Chambers: 2. Watched: 1, all of these are well."]);
    expect(shown(".none .state")).toEqual(["Cooling"]);
    wire.tell({ device_id: "d1", alarm: { excursion: true } });
    await drawn();
    expect(shown(".summary")).toEqual(["Chambers: 2. Need a look: 1."]);
  });

  it("says nothing of limits that it does not know yet", async () => {
    wire.tell(live({ alarm: null }));
    await drawn();
    expect(shown(".unwatched .state")).toEqual(["Cooling"]);
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
    expect(card.config).toEqual({ type: "custom:chamber-card", device: "d1" });
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
    [{ faults: ["probe_missing"], lost: true }, "lost"],
    [{ warning: true }, "warning"],
    [{ profile: "off" }, "unwatched"],
    [{}, "unwatched"],
    [{ limit_low: 0 }, "none"],
    [{ limit_high: 8 }, "none"],
    [{ freeze_limit: -0.5 }, "none"],
  ])("of %o is %s", (alarm, concern) => {
    expect(concernOf({ alarm, fresh: true, receivedAt: 0, sample: { at: 0, age: 0 } })).toBe(concern);
  });
});

describe("the report", () => {
  const saved: { name: string; type: string; content: string }[] = [];
  const PAGE = { name: "pi-carrier.html", media_type: "text/html", content: "<script>alert(1)</script>" };
  let made: (answer: unknown) => void;
  let failed: (reason: unknown) => void;

  const open = async (): Promise<void> => {
    wire.tell(live());
    panel.route = { prefix: "/chamber-ws", path: "/d1" };
    await drawn();
  };
  const button = (): HTMLButtonElement => panel.renderRoot.querySelector<HTMLButtonElement>(".report button")!;
  const ask = async (): Promise<Record<string, unknown>> => {
    wire.answer = () => new Promise((resolve, reject) => ([made, failed] = [resolve, reject]));
    panel.renderRoot.querySelector("form")!.requestSubmit();
    await drawn();
    return wire.sent.at(-1)! as Record<string, unknown>;
  };

  beforeEach(() => {
    saved.length = 0;
    const blobs: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${blobs.push(blob as Blob) - 1}`);
    vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      const blob = blobs[Number(this.href.split(":")[1])]!;
      void blob.text().then((content) => saved.push({ name: this.download, type: blob.type, content }));
    });
  });

  it("is asked for of the last day, week or month, and downloaded as it is", async () => {
    await open();
    expect(shown(".report option")).toEqual(["24 hours", "7 days", "30 days"]);
    panel.renderRoot.querySelector("select")!.value = String(7 * 86_400);
    const { start, ...message } = await ask();
    expect(message).toEqual({ type: "chamber_ws/report", device_id: "d1", format: "html" });
    expect(Math.abs(Number(start) + 7 * 86_400 - 0.1)).toBeLessThan(5);
    expect(shown(".report [role=status]")).toEqual(["Making the report …"]);
    expect(button().disabled).toBe(true);
    made({ files: [PAGE, { ...PAGE, name: "two.html" }] });
    await drawn();
    expect(saved.map(({ name }) => name)).toEqual(["pi-carrier.html", "two.html"]);
    expect(saved[0]).toMatchObject({ type: "text/html", content: PAGE.content });
    expect(shown(".report [role=status]")).toEqual(["The report is among your downloads."]);
    expect(panel.renderRoot.querySelector("script")).toBeNull();
    expect(button().disabled).toBe(false);
  });

  it("says in words why there is none, in the user's language where that is known", async () => {
    await open();
    const placeholders = { chamber: "Vaccine carrier" };
    await ask();
    failed({ code: "home_assistant_error", message: "Nothing is recorded", translation_key: "x", translation_placeholders: placeholders });
    await drawn();
    expect(shown(".report [role=alert]")).toEqual(["Nothing is recorded"]);
    const localize = (key: string, values?: object) =>
      key === "component.chamber_ws.exceptions.x.message" ? `Nichts von ${JSON.stringify(values)}` : "";
    panel.hass = { ...panel.hass!, loadBackendTranslation: async () => localize };
    await drawn();
    await ask();
    failed({ code: "home_assistant_error", message: "Nothing is recorded", translation_key: "x", translation_placeholders: placeholders });
    await drawn();
    expect(shown(".report [role=alert]")).toEqual([`Nichts von ${JSON.stringify(placeholders)}`]);
    expect(saved).toEqual([]);
    expect(button().disabled).toBe(false);
  });

  it("says that the connection was lost, for which there is but a number", async () => {
    await open();
    await ask();
    failed(3);
    await drawn();
    expect(shown(".report [role=alert]")[0]).toContain("The connection to Home Assistant was lost");
  });

  it("is told of that chamber alone", async () => {
    await open();
    await ask();
    made({ files: [] });
    wire.tell(live({ device_id: "d2", described: described({ device_id: "d2", name: "Box" }) }));
    panel.route = { prefix: "/chamber-ws", path: "/d2" };
    await drawn();
    expect(shown(".report [role=status]")).toEqual([""]);
  });

  it("cannot be asked for of who does not see the chamber", async () => {
    wire.tell({ device_id: "d1", gone: true });
    panel.route = { prefix: "/chamber-ws", path: "/d1" };
    await drawn();
    expect(button()).toBeNull();
  });
});
