import { describe, expect, it } from "vitest";
import { beside } from "../src/strategies";
import { askChambers, chamberView, generateDashboard, generateView, type Card } from "../src/strategy";
import { described, home, Wire } from "./given";

const answering = (...chambers: object[]) => home(new Wire(() => ({ module: "0", chambers })));
const entitiesOf = (cards: Card[]): string[] => JSON.stringify(cards).match(/\w+\.carrier\w*/g) ?? [];

describe("the dashboard", () => {
  it("has an overview of all chambers and a view for each", async () => {
    const other = described({ device_id: "d2", name: "Incubator" });
    const { views } = await generateDashboard(answering(described(), other));
    expect(views.map(({ title }) => title)).toEqual(["Overview", "Vaccine carrier", "Incubator"]);
    expect(views[0]!.sections.map(({ cards }) => cards[0]!.type)).toEqual(["custom:chamber-card", "custom:chamber-card"]);
    expect(new Set(views.map(({ path }) => path)).size).toBe(3);
  });

  it("says what to do next where there is no chamber", async () => {
    const { views } = await generateDashboard(answering());
    expect(views).toHaveLength(1);
    expect(views[0]!.sections[0]!.cards[0]).toMatchObject({ type: "markdown", title: "No chamber yet" });
  });

  it("shows only what the user may see: entities that are there", () => {
    const view = chamberView(answering(), described());
    const shown = entitiesOf(view.sections.flatMap(({ cards }) => cards));
    expect(new Set(shown)).toEqual(
      new Set([...Object.values(described().entities), "binary_sensor.carrier_heater"]),
    );
  });

  it("pauses, resumes and stops a profile while one runs, where that is allowed", () => {
    const entities = { chamber: "climate.carrier", profile_step: "sensor.carrier_profile_step" };
    const buttons = (controllable: boolean): Card[] =>
      chamberView(answering(), described({ entities, controllable }))
        .sections.flatMap(({ cards }) => cards)
        .filter(({ type }) => type === "button");
    expect(buttons(true).map((card) => (card.tap_action as { perform_action: string }).perform_action)).toEqual([
      "chamber_ws.pause_profile",
      "chamber_ws.resume_profile",
      "chamber_ws.stop_profile",
    ]);
    expect(JSON.stringify(buttons(true)[0])).toContain(described().device_id);
    expect(buttons(false)).toEqual([]);
  });

  it("has no section without a card", () => {
    const view = chamberView(answering(), described({ entities: { chamber: "climate.carrier" }, parts: {} }));
    const headings = view.sections.map(({ cards }) => cards[0]!.heading);
    expect(headings).toEqual(["Live", "Control"]);
  });

  it("waits for a Home Assistant that is still starting, and not for ever", async () => {
    let times = 0;
    const refuse = () => {
      if (++times < 4) throw { code: "unknown_command" };
      return { chambers: [described()] };
    };
    expect(await askChambers(home(new Wire(refuse)), async () => undefined)).toHaveLength(1);
    const never = () => {
      throw { code: "unknown_command" };
    };
    expect(await askChambers(home(new Wire(never)), async () => undefined)).toEqual([]);
  });
});

describe("a view of one chamber", () => {
  it("is that of its device", async () => {
    const view = await generateView(answering(described()), "d1");
    expect(view.title).toBe("Vaccine carrier");
    const unknown = await generateView(answering(described()), "d9");
    expect(unknown.sections[0]!.cards[0]!.type).toBe("markdown");
  });
});

describe("what makes it", () => {
  it("is fetched from beside the card, in the same version", () => {
    const card = "http://home:8123/chamber_ws/chamber-card.js?v=12ab34cd";
    expect(beside("chamber-dashboard.js", card)).toBe("http://home:8123/chamber_ws/chamber-dashboard.js?v=12ab34cd");
  });
});
