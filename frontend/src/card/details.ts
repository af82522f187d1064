import type { Described, Kind, Part } from "../api";
import { duration, number, temperature } from "../format";
import type { Hass } from "../hass";
import type { ChamberState } from "../stream";
import { findText, text } from "../strings";
import { singular } from "../trend/series";
import { nameOf, spelt } from "./notices";

/** One small fact with its name; `entity` is what a press on it opens. */
export interface Detail {
  icon: string;
  name: string;
  value: string;
  on?: boolean;
  tone?: string;
  entity?: string | undefined;
}

const PARTS: { kind: Kind; icon: string; tone: string }[] = [
  { kind: "heaters", icon: "mdi:radiator", tone: "heat" },
  { kind: "coolers", icon: "mdi:snowflake", tone: "cool" },
  { kind: "fans", icon: "mdi:fan", tone: "fan" },
];

const partValue = (hass: Hass, part: Part | null | undefined): string =>
  !part
    ? "–"
    : typeof part.duty === "number"
      ? percent(hass, part.duty, 0)
      : text(hass, part.on ? "card.on" : "card.off");

/** Heaters, coolers and fans. */
const partsOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] =>
  PARTS.flatMap(({ kind, icon, tone }) =>
    described[kind].map((name, index, all): Detail => {
      const part = live ? state.sample?.[kind]?.[index] : undefined;
      const ownName = name ?? nameOf(hass, `binary_sensor.${singular(kind)}`) + (all.length > 1 ? ` ${index + 1}` : "");
      return {
        icon,
        name: ownName,
        value: partValue(hass, part),
        on: part?.on === true,
        tone,
        entity: described.parts[singular(kind)]?.[index] ?? undefined,
      };
    }),
  );

const probesOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] =>
  Object.entries(described.probes).map(([id, { name }]) => {
    const quality = state.sample?.quality?.[id];
    const doubt =
      live && quality && quality !== "ok" ? (findText(hass, `card.quality_${quality}`) ?? quality) : undefined;
    const value = temperature(hass, live ? state.sample?.probes?.[id] : null);
    return {
      icon: doubt ? "mdi:thermometer-alert" : "mdi:thermometer",
      name: name ?? spelt(id),
      value: doubt ? `${value} (${doubt})` : value,
      entity: described.probe_entities[id],
    };
  });

const othersOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] => {
  const { entities, door, power } = described;
  const sample = live ? state.sample : undefined;
  const found: Detail[] = [];
  if (door) {
    const open = sample?.door;
    const value = typeof open === "boolean" ? text(hass, open ? "card.open" : "card.closed") : "–";
    const icon = open ? "mdi:door-open" : "mdi:door-closed";
    found.push({
      icon,
      name: nameOf(hass, "binary_sensor.door"),
      value,
      on: open === true,
      tone: "warning",
      entity: entities["door"],
    });
  }
  if (power) {
    const watts = sample?.power;
    const value = typeof watts === "number" ? `${number(hass.locale, watts, watts < 100 ? 1 : 0)} W` : "–";
    found.push({ icon: "mdi:flash", name: nameOf(hass, "sensor.power"), value, entity: entities["power"] });
  }
  return found;
};

const profileOf = (hass: Hass, state: ChamberState, live: boolean): Detail[] => {
  const profile = live ? state.sample?.profile : undefined;
  if (!profile) return [];
  const words = [
    typeof profile.step === "number" ? `${profile.step}/${profile.steps ?? "?"}` : undefined,
    typeof profile.remaining === "number" ? duration(hass.locale, profile.remaining) : undefined,
  ];
  const value = words.filter(Boolean).join(" ·\u00a0") || (profile.state ?? "–");
  return [{ icon: "mdi:stairs", name: profile.name ?? text(hass, "card.profile"), value }];
};

const percent = (hass: Hass, value: number, decimals = 1): string => `${number(hass.locale, value, decimals)} %`;

type Metric = "minimum" | "maximum" | "mean_kinetic_temperature" | "time_in_range";

/** What is reckoned from the record, each with how it is written. */
const METRICS: [key: Metric, icon: string, write: (hass: Hass, value: number) => string][] = [
  ["minimum", "mdi:arrow-collapse-down", temperature],
  ["maximum", "mdi:arrow-collapse-up", temperature],
  ["mean_kinetic_temperature", "mdi:sigma", temperature],
  ["time_in_range", "mdi:check-circle-outline", percent],
];

const metricsOf = (hass: Hass, { entities }: Described, { alarm }: ChamberState): Detail[] =>
  METRICS.flatMap(([key, icon, write]) => {
    const told = alarm?.[key];
    const value = typeof told === "object" ? told?.value : told;
    if (typeof value !== "number") return [];
    return [{ icon, name: nameOf(hass, `sensor.${key}`), value: write(hass, value), entity: entities[key] }];
  });

/** Everything small that exists. */
export const detailsOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] => [
  ...partsOf(hass, described, state, live),
  ...othersOf(hass, described, state, live),
  ...probesOf(hass, described, state, live),
  ...profileOf(hass, state, live),
  ...metricsOf(hass, described, state),
];
