import { ChamberCard } from "../src/card/card";
import type { CardConfig } from "../src/card/config";
import { ChamberTrend } from "../src/trend/element";
import { fakeHass, type Scenario } from "./fake";

const asked = new URLSearchParams(location.search);
const now = Date.now() / 1000;

const SCENARIOS: Record<string, Scenario> = {
  good: {},
  alarm: {
    sample: { temperature: 9.3, door: true },
    alarm: {
      excursion: true,
      unacknowledged: true,
      last_excursion: { what: "high", since: now - 1500, ended: null, out: 1500, peak: 9.4 },
      faults: ["door_left_open"],
    },
  },
  acknowledged: {
    alarm: {
      excursion: true,
      last_excursion: {
        what: "low",
        since: now - 1500,
        peak: 1.2,
        out: 900,
        acknowledged_by: "Ada <b>Lovelace</b>",
        acknowledged_at: now - 300,
        comment: "door was open",
      },
      shelved_until: now + 3000,
    },
  },
  warning: { alarm: { warning: true, breach: { seconds: 720, limit: 8, confident: true }, pending_until: now + 272 } },
  stale: { fresh: false, connected: false, sample: { age: 190 }, alarm: { lost: true } },
  plain: {
    described: {
      name: "Incubator 3",
      heaters: [],
      coolers: [],
      fans: [],
      probes: {},
      door: false,
      power: false,
      modes: [],
      controllable: false,
      heartbeat: null,
    },
    alarm: {
      profile: "off",
      limit_low: null,
      limit_high: null,
      minimum: null,
      maximum: null,
      mean_kinetic_temperature: null,
      time_in_range: null,
    },
  },
};

/** What all of Home Assistant's themes have. */
const COLOURS: Record<string, string> = {
  "primary-color": "#03a9f4",
  "error-color": "#db4437",
  "warning-color": "#ffa600",
  "success-color": "#43a047",
  "info-color": "#039be5",
  "state-climate-heat-color": "#ff8100",
  "state-climate-cool-color": "#2b9af9",
  "state-fan-active-color": "#00a8a8",
};

const THEMES: Record<string, Record<string, string>> = {
  light: {
    "primary-background-color": "#fafafa",
    "card-background-color": "#fff",
    "primary-text-color": "#141414",
    "secondary-text-color": "#5e5e5e",
    "divider-color": "rgba(0,0,0,.12)",
  },
  dark: {
    "primary-background-color": "#111",
    "card-background-color": "#1c1c1c",
    "primary-text-color": "#e1e1e1",
    "secondary-text-color": "#9b9b9b",
    "divider-color": "rgba(225,225,225,.12)",
  },
};

for (const [name, value] of Object.entries({ ...COLOURS, ...THEMES[asked.get("theme") ?? "light"] })) {
  document.documentElement.style.setProperty(`--${name}`, value);
}
document.documentElement.dir = asked.get("dir") ?? "ltr";

class Surface extends HTMLElement {
  connectedCallback(): void {
    Object.assign(this.style, {
      background: "var(--card-background-color)",
      borderRadius: "12px",
      border: "1px solid var(--divider-color)",
    });
  }
}

customElements.define("ha-card", Surface);
customElements.define("chamber-trend", ChamberTrend);
customElements.define("chamber-card", ChamberCard);

const wanted = asked.get("scenario")?.split(",") ?? Object.keys(SCENARIOS);
for (const name of wanted) {
  const card = new ChamberCard();
  const config: CardConfig = { type: "custom:chamber-card", entity: "climate.carrier" };
  card.setConfig({ ...config, range: Number(asked.get("range") ?? 3600) });
  card.hass = fakeHass(
    { ...SCENARIOS[name], every: Number(asked.get("every") ?? 1000) },
    asked.get("unit") ?? "°C",
    asked.get("language") ?? "en",
  );
  document.querySelector("main")?.append(card);
}
