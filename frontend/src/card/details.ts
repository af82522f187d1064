import type { Described, Kind, Part } from "../api";
import { duration, number, temperature } from "../format";
import type { Hass } from "../hass";
import type { ChamberState } from "../stream";
import { findText, text } from "../strings";
import { nameOf } from "./notices";

/** One small fact with its name; `entity` is what a press on it opens. */
export interface Detail {
  id: string;
  icon: string;
  name: string;
  value: string;
  on?: boolean;
  tone?: string;
  entity?: string | undefined;
}

const PARTS: { kind: Kind; key: string; icon: string; tone: string }[] = [
  { kind: "heaters", key: "heater", icon: "mdi:radiator", tone: "heat" },
  { kind: "coolers", key: "cooler", icon: "mdi:snowflake", tone: "cool" },
  { kind: "fans", key: "fan", icon: "mdi:fan", tone: "fan" },
];

const partValue = (hass: Hass, part: Part | null | undefined): string =>
  !part
    ? "–"
    : typeof part.duty === "number"
      ? `${number(hass.locale, part.duty, 0)} %`
      : text(hass, part.on ? "card.on" : "card.off");

/** Heaters, coolers and fans. */
const partsOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] =>
  PARTS.flatMap(({ kind, key, icon, tone }) =>
    described[kind].map((name, index, all): Detail => {
      const part = live ? state.sample?.[kind]?.[index] : undefined;
      const ownName = name ?? nameOf(hass, `binary_sensor.${key}`, key) + (all.length > 1 ? ` ${index + 1}` : "");
      return {
        id: `${key}${index}`,
        icon,
        name: ownName,
        value: partValue(hass, part),
        on: part?.on === true,
        tone,
        entity: described.parts[key]?.[index] ?? undefined,
      };
    }),
  );

const probesOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] =>
  Object.entries(described.probes).map(([id, { name }]) => {
    const quality = state.sample?.quality?.[id];
    const doubt = live && quality && quality !== "ok" ? (findText(hass, `card.quality_${quality}`) ?? quality) : undefined;
    const value = temperature(hass, live ? state.sample?.probes?.[id] : null);
    return {
      id: `probe-${id}`,
      icon: doubt ? "mdi:thermometer-alert" : "mdi:thermometer",
      name: name ?? id,
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
    found.push({ id: "door", icon, name: nameOf(hass, "binary_sensor.door", "door"), value, on: open === true, tone: "warning", entity: entities["door"] });
  }
  if (power) {
    const watts = sample?.power;
    const value = typeof watts === "number" ? `${number(hass.locale, watts, watts < 100 ? 1 : 0)} W` : "–";
    found.push({ id: "power", icon: "mdi:flash", name: nameOf(hass, "sensor.power", "power"), value, entity: entities["power"] });
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
  const value = words.filter(Boolean).join(" · ") || (profile.state ?? "–");
  return [{ id: "profile", icon: "mdi:stairs", name: profile.name ?? text(hass, "card.profile"), value }];
};

const EXTREMES = ["minimum", "maximum"] as const;

/** What is reckoned from the record. */
const metricsOf = (hass: Hass, described: Described, { alarm }: ChamberState): Detail[] => {
  const found: Detail[] = [];
  for (const key of EXTREMES) {
    const extreme = alarm?.[key];
    if (!extreme) continue;
    const icon = key === "minimum" ? "mdi:arrow-collapse-down" : "mdi:arrow-collapse-up";
    found.push({ id: key, icon, name: nameOf(hass, `sensor.${key}`, key), value: temperature(hass, extreme.value), entity: described.entities[key] });
  }
  const kinetic = alarm?.mean_kinetic_temperature;
  if (typeof kinetic === "number") {
    const key = "mean_kinetic_temperature";
    found.push({ id: key, icon: "mdi:sigma", name: text(hass, "card.mkt"), value: temperature(hass, kinetic), entity: described.entities[key] });
  }
  const share = alarm?.time_in_range;
  if (typeof share === "number") {
    const key = "time_in_range";
    found.push({ id: key, icon: "mdi:check-circle-outline", name: nameOf(hass, `sensor.${key}`, key), value: `${number(hass.locale, share, 1)} %`, entity: described.entities[key] });
  }
  return found;
};

/** Everything small that exists. */
export const detailsOf = (hass: Hass, described: Described, state: ChamberState, live: boolean): Detail[] => [
  ...partsOf(hass, described, state, live),
  ...othersOf(hass, described, state, live),
  ...probesOf(hass, described, state, live),
  ...profileOf(hass, state, live),
  ...metricsOf(hass, described, state),
];
