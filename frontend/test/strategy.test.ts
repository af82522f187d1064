import { describe, expect, it } from "vitest";
import { beside } from "../src/strategies";
import { askChambers, chamberView, generateDashboard, generateView, type Card } from "../src/strategy";
import { described, home, Wire } from "./given";

const answering = (...chambers: object[]) => home(new Wire(() => ({ module: "0", chambers })));
const entitiesOf = (cards: Card[]): string[] => JSON.stringify(cards).match(/\w+\.carrier\w*/g) ?? [];

describe("the dashboard", () => {
  it("has an overview of all chambers and a view for each", async () => {
    const other = described({ device_id: "d2", name: "Incubator" });
    const { views } = await generateDashboard(answering(described(), other), new Map());
    expect(views.map(({ title }) => title)).toEqual(["Overview", "Incubator", "Vaccine carrier"]);
    expect(views[0]!.sections.map(({ cards }) => cards[0]!.type)).toEqual(["custom:chamber-card", "custom:chamber-card"]);
    expect(new Set(views.map(({ path }) => path)).size).toBe(3);
  });

  it("says what to do next where there is no chamber", async () => {
    const { views } = await generateDashboard(answering(), new Map());
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

  it("shows a chamber that only measures, with nothing to control", async () => {
    const measuring = { temperature: "sensor.carrier_temperature", alarm_profile: "select.carrier_alarm_profile" };
    const { views } = await generateDashboard(answering(described({ entities: measuring, parts: {}, modes: [] })), new Map());
    const [overview, view] = views.map(({ sections }) => sections.flatMap(({ cards }) => cards));
    expect(overview).toMatchObject([{ type: "custom:chamber-card", entity: "sensor.carrier_temperature" }]);
    expect(view).toContainEqual(expect.objectContaining({ type: "custom:chamber-card", entity: "sensor.carrier_temperature" }));
    expect(view!.filter(({ features, type }) => features || type === "button")).toEqual([]);
  });

  it.each([
    [{ last_sample: "sensor.carrier_last_sample" }, {}, { entity: "sensor.carrier_last_sample" }],
    [{}, { p: "sensor.carrier_probe" }, { entity: "sensor.carrier_probe" }],
    [{}, {}, { device: "d1" }],
  ])("shows a chamber of which there is only %o %o", async (entities, probe_entities, named) => {
    const only = described({ entities: entities as Record<string, string>, probe_entities: probe_entities as Record<string, string>, parts: {} });
    const { views } = await generateDashboard(answering(only), new Map());
    expect(views.map(({ sections }) => sections[0]!.cards.at(-1))).toEqual([
      expect.objectContaining(named),
      expect.objectContaining(named),
    ]);
  });

  it("has chambers in the order of their names, as the page in the sidebar", async () => {
    const names = ["incubator", "Zebra", "Älteste", "Box"];
    const chambers = names.map((name, place) => described({ name, device_id: `d${place}` }));
    const { views } = await generateDashboard(answering(...chambers), new Map());
    expect(views.slice(1).map(({ title }) => title)).toEqual(["Älteste", "Box", "incubator", "Zebra"]);
    expect(views[0]!.sections).toHaveLength(4);
  });

  it("keeps the place of each view while the page is open: Home Assistant shows views by number", async () => {
    const shown = new Map<string, number>();
    const titles = async (...names: string[]): Promise<(string | undefined)[]> => {
      const chambers = names.map((name) => described({ name, device_id: name }));
      return (await generateDashboard(answering(...chambers), shown)).views.slice(1).map(({ title }) => title);
    };
    expect(await titles("Cellar", "Freezer")).toEqual(["Cellar", "Freezer"]);
    expect(await titles("Attic", "Cellar", "Freezer")).toEqual(["Cellar", "Freezer", "Attic"]);
    expect(await titles("Attic", "Freezer")).toEqual(["Freezer", "Attic"]);
  });

  it("tells chambers of one name apart on the overview and on their tabs, in one order", async () => {
    const [one, other] = [described(), described({ device_id: "d0", gateway: "pi-2" })];
    const box = described({ device_id: "d9", name: "Box" });
    for (const chambers of [[one, other, box], [box, other, one]]) {
      const { views } = await generateDashboard(answering(...chambers), new Map());
      expect(views.slice(1).map(({ title }) => title)).toEqual(["Box", "Vaccine carrier (pi)", "Vaccine carrier (pi-2)"]);
      const cards = views.flatMap(({ sections }) => sections.flatMap(({ cards }) => cards));
      const names = cards.filter(({ type }) => type === "custom:chamber-card").map(({ name }) => name);
      const [, ...distinct] = views.map(({ title }) => title);
      expect(names).toEqual([undefined, ...distinct.slice(1), undefined, ...distinct.slice(1)]);
    }
  });

  it("has no state on the button that acknowledges: it would be when it was last pressed", () => {
    const entities = { acknowledge: "button.carrier_acknowledge", excursion: "binary_sensor.carrier_excursion" };
    const cards = chamberView(answering(), described({ entities })).sections.flatMap(({ cards }) => cards);
    const hidden = cards.filter(({ hide_state }) => hide_state).map(({ entity }) => entity);
    expect(hidden).toEqual(["button.carrier_acknowledge"]);
  });

  it("shows statistics as soon as there are any, and hours once there is more than a day of them", async () => {
    const periods = async (recorded: object): Promise<unknown[]> => {
      const young = described({ device_id: "d2", name: "Young", entities: { temperature: "sensor.young" } });
      const answer = ({ type }: { type: string }) => (type === "chamber_ws/chambers" ? { chambers: [young, described()] } : recorded);
      const { views } = await generateDashboard(home(new Wire(answer)), new Map());
      const cards = views.flatMap(({ sections }) => sections.flatMap(({ cards }) => cards));
      return cards.filter(({ type }) => type === "statistics-graph").map(({ period, days_to_show }) => [period, days_to_show]);
    };
    expect(await periods({ "sensor.carrier_temperature": [{ mean: 5 }] })).toEqual([["hour", 7], ["5minute", 7]]);
    expect(await periods({})).toEqual([["5minute", 7], ["5minute", 7]]);
  });

  it("asks which hours are kept by the temperatures there are, and does without an answer", async () => {
    const wire = new Wire(({ type }) => {
      if (type !== "chamber_ws/chambers") throw { code: "unknown_command" };
      return { chambers: [described(), described({ device_id: "d2", entities: {} })] };
    });
    expect((await generateDashboard(home(wire), new Map())).views).toHaveLength(3);
    const [, asked] = wire.sent as { type: string; start_time?: string; end_time?: string; statistic_ids?: string[] }[];
    expect(asked!.statistic_ids).toEqual(["sensor.carrier_temperature"]);
    expect(Date.parse(asked!.end_time!) - Date.parse(asked!.start_time!)).toBe(6 * 86_400_000);
  });

  it("lists the alarm's events, which tell an excursion's begin and end, and no states of it beside them", () => {
    const cards = chamberView(answering(), described()).sections.flatMap(({ cards }) => cards);
    expect(cards.find(({ type }) => type === "logbook")!.target).toEqual({ entity_id: ["event.carrier_alarm"] });
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
    const beside = await generateView(answering(described(), described({ device_id: "d2", gateway: "pi-2" })), "d1");
    expect(beside.title).toBe("Vaccine carrier (pi)");
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
