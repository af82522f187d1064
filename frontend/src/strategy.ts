import type { Chambers, Described } from "./api";
import { codeOf, type Hass } from "./hass";
import { byName, distinctly } from "./names";
import { loadTexts, text, type Localize } from "./strings";

/** What Home Assistant asks a strategy for; only what is made here is described. */
export interface Card {
  type: string;
  [option: string]: unknown;
}

export interface Section {
  type: "grid";
  cards: Card[];
  column_span?: number;
}

export interface View {
  type: "sections";
  title?: string;
  path?: string;
  icon?: string;
  max_columns?: number;
  sections: Section[];
}

export interface Dashboard {
  title: string;
  views: View[];
}

/** ms between two questions, and how many are asked while Home Assistant is still starting. */
const PAUSE = 1_000;
const TRIES = 20;
const FULL = { columns: "full" } as const;
/** h, and ms. */
const DAY = 24;
const HOUR = 3_600_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The chambers that the user may read, by name; none where there is no entry that is loaded. */
export const askChambers = async (hass: Hass, wait = pause): Promise<Described[]> => {
  for (let left = TRIES; ; left--) {
    try {
      const message = { type: "chamber_ws/chambers" };
      return (await hass.connection.sendMessagePromise<Chambers>(message)).chambers.sort(byName);
    } catch (error) {
      if (codeOf(error) !== "unknown_command") throw error;
      if (left === 1) return [];
      await wait(PAUSE);
    }
  }
};

/** A section with a heading; without a card there is none. */
const section = (heading: string, icon: string, cards: (Card | undefined)[]): Section[] => {
  const shown = cards.filter((card) => card !== undefined);
  return shown.length ? [{ type: "grid", cards: [{ type: "heading", heading, icon }, ...shown] }] : [];
};

/** What the card is of: an entity, as its editor asks for one; the device where there is none. */
const named = (chamber: Described): object => {
  const { chamber: thermostat, temperature } = chamber.entities;
  const others = [...Object.values(chamber.entities), ...parts(chamber), ...Object.values(chamber.probe_entities)];
  const entity = thermostat ?? temperature ?? others[0];
  return entity ? { entity } : { device: chamber.device_id };
};

/** A chamber under the name that the dashboard gives it, which the card is told where it is another. */
const chamberCard = (chamber: Described, title: string, options: object = {}): Card => ({
  type: "custom:chamber-card",
  ...named(chamber),
  ...(title === chamber.name ? {} : { name: title }),
  grid_options: FULL,
  ...options,
});

const tile = (entity: string | null | undefined, options: object = {}): Card | undefined =>
  entity ? { type: "tile", entity, name: { type: "entity" }, ...options } : undefined;

const present = (entities: (string | null | undefined)[]): string[] =>
  entities.filter((entity): entity is string => Boolean(entity));

const list = (entities: string[]): Card | undefined =>
  entities.length
    ? { type: "entities", entities: entities.map((entity) => ({ entity, name: { type: "entity" } })), grid_options: FULL }
    : undefined;

const parts = (chamber: Described): string[] => present(Object.values(chamber.parts).flat());

/** Days of the past by the statistics that have them. */
type Recorded = Record<string, unknown[] | undefined>;

/** What the hours tell of the last week but its last day. */
const askRecorded = async (hass: Hass, chambers: Described[], now = Date.now()): Promise<Recorded> => {
  const [start_time, end_time] = [7, 1].map((days) => new Date(now - days * DAY * HOUR).toISOString());
  const statistic_ids = present(chambers.map(({ entities }) => entities.temperature));
  const message = { type: "recorder/statistics_during_period", start_time, end_time, statistic_ids, period: "day", types: ["mean"] };
  try {
    return statistic_ids.length ? await hass.connection.sendMessagePromise<Recorded>(message) : {};
  } catch {
    return {};
  }
};

const record = (chamber: Described, recorded: Recorded): (Card | undefined)[] => {
  const { temperature, setpoint } = chamber.entities;
  const curves = present([temperature, setpoint]);
  const options = { grid_options: FULL };
  return [
    curves.length ? { type: "history-graph", entities: curves, hours_to_show: DAY, ...options } : undefined,
    temperature
      ? {
          type: "statistics-graph",
          entities: [temperature],
          // Hours are completed after an outage and kept for ever; at first there are none, and nothing would be shown.
          period: recorded[temperature]?.length ? "hour" : "5minute",
          days_to_show: 7,
          stat_types: ["min", "mean", "max"],
          ...options,
        }
      : undefined,
  ];
};

/** A button's state is when it was last pressed. */
const ALARMS: [key: string, options?: object][] = [
  ["excursion"],
  ["acknowledge", { hide_state: true }],
  ["time_out_of_range"],
  ["time_to_breach"],
];
const RECORDED = ["minimum", "maximum", "mean_kinetic_temperature", "time_in_range"];
const SETTINGS = ["alarm_profile", "limit_low", "limit_high", "delay_low", "delay_high"];
const HEALTH = ["online", "fault", "door", "last_sample", "power", "energy"];

const of = (chamber: Described, keys: string[]): string[] => present(keys.map((key) => chamber.entities[key]));

const alarms = (chamber: Described): (Card | undefined)[] => {
  const { alarm } = chamber.entities;
  return [
    ...ALARMS.map(([key, options]) => tile(chamber.entities[key], options)),
    alarm ? { type: "logbook", target: { entity_id: [alarm] }, hours_to_show: 7 * DAY, grid_options: FULL } : undefined,
  ];
};

/** What can be done to a ramp and soak profile while one runs; it is started by an action, which takes its steps. */
const PROFILE = { pause: "mdi:pause", resume: "mdi:play", stop: "mdi:stop" };

const profile = (texts: Localize, chamber: Described): Card[] => {
  const { profile_step: step } = chamber.entities;
  if (!step || !chamber.controllable) return [];
  return Object.entries(PROFILE).map(([verb, icon]) => ({
    type: "button",
    name: text(texts, `strategy.${verb}`),
    icon,
    tap_action: {
      action: "perform-action",
      perform_action: `chamber_ws.${verb}_profile`,
      target: { device_id: chamber.device_id },
    },
    visibility: [{ condition: "state", entity: step, state_not: ["unavailable", "unknown"] }],
    grid_options: { columns: 4, rows: 2 },
  }));
};

const control = (texts: Localize, chamber: Described): (Card | undefined)[] => [
  tile(chamber.entities.chamber, {
    features: [{ type: "climate-hvac-modes" }, { type: "target-temperature" }],
    grid_options: FULL,
  }),
  ...profile(texts, chamber),
  list(of(chamber, SETTINGS)),
];

const diagnostics = (chamber: Described): (Card | undefined)[] => [
  ...parts(chamber).map((entity) => tile(entity)),
  list([...of(chamber, HEALTH), ...present(Object.values(chamber.probe_entities))]),
];

/** One chamber, from what it does now to what it is made of; `all` are those from which its title tells it apart. */
export const chamberView = (texts: Localize, chamber: Described, all = [chamber], recorded: Recorded = {}): View => {
  const title = distinctly(chamber, all);
  const name = (part: string): string => text(texts, `strategy.${part}`);
  return {
    type: "sections",
    title,
    path: chamber.device_id,
    max_columns: 3,
    sections: [
      ...section(name("live"), "mdi:pulse", [chamberCard(chamber, title)]),
      ...section(name("record"), "mdi:chart-line", [...record(chamber, recorded), ...of(chamber, RECORDED).map((entity) => tile(entity))]),
      ...section(name("alarms"), "mdi:bell-outline", alarms(chamber)),
      ...section(name("control"), "mdi:tune", control(texts, chamber)),
      ...section(name("diagnostics"), "mdi:stethoscope", diagnostics(chamber)),
    ],
  };
};

/** What to do where there is nothing to show. */
const emptySection = (texts: Localize): Section => ({
  type: "grid",
  cards: [{ type: "markdown", title: text(texts, "panel.none"), content: text(texts, "panel.none_hint"), grid_options: FULL }],
});

const overview = (texts: Localize, chambers: Described[]): View => ({
  type: "sections",
  title: text(texts, "strategy.overview"),
  path: "overview",
  icon: "mdi:view-dashboard-outline",
  max_columns: Math.min(4, Math.max(1, chambers.length)),
  sections: chambers.length
    ? chambers.map((chamber): Section => ({ type: "grid", cards: [chamberCard(chamber, distinctly(chamber, chambers), { hide_details: true })] }))
    : [emptySection(texts)],
});

/**
 * Chambers by name, but those that come while the page is open behind those that were there: Home Assistant shows the
 * view of a number, whichever chamber has that number after the dashboard was made anew.
 */
const inOrder = (chambers: Described[], shown: Map<string, number>): Described[] => {
  for (const { device_id } of chambers) if (!shown.has(device_id)) shown.set(device_id, shown.size);
  return chambers.toSorted((one, other) => shown.get(one.device_id)! - shown.get(other.device_id)!);
};

/** The places of the views that this page has shown. */
const SHOWN = new Map<string, number>();

/** All chambers at a glance, then each on a view of its own. */
export const generateDashboard = async (hass: Hass, shown = SHOWN): Promise<Dashboard> => {
  const [chambers, texts] = await Promise.all([askChambers(hass), loadTexts(hass)]);
  const recorded = await askRecorded(hass, chambers);
  const views = inOrder(chambers, shown).map((chamber) => chamberView(texts, chamber, chambers, recorded));
  return { title: text(texts, "panel.title"), views: [overview(texts, chambers), ...views] };
};

/** One chamber on a view of a dashboard of one's own. */
export const generateView = async (hass: Hass, device: string | undefined): Promise<View> => {
  const [chambers, texts] = await Promise.all([askChambers(hass), loadTexts(hass)]);
  const chamber = chambers.find(({ device_id }) => device_id === device);
  return chamber ? chamberView(texts, chamber, chambers, await askRecorded(hass, [chamber])) : { type: "sections", sections: [emptySection(texts)] };
};
