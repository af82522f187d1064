import { findText, text, type Localize } from "../strings";
import type { Hass } from "../hass";
import { RANGES } from "../trend/ranges";

export interface CardConfig {
  type: string;
  entity?: string;
  device?: string;
  name?: string;
  range?: number | string;
  hide_trend?: boolean;
  hide_modes?: boolean;
  hide_details?: boolean;
  hide_link?: boolean;
}

const NEEDS_ENTITY = "Choose an entity of a chamber (entity), or give its device (device).";

/** What keeps the configuration from being used, in words; undefined when nothing does. */
export const problemOf = (config: Partial<CardConfig> | null | undefined): string | undefined => {
  if (typeof (config?.entity ?? config?.device) !== "string") return NEEDS_ENTITY;
  const range = config?.range;
  if (range !== undefined && !RANGES.some(({ seconds }) => seconds === Number(range))) {
    return `The period (range) has to be one of ${RANGES.map(({ seconds }) => seconds).join(", ")} seconds.`;
  }
  return undefined;
};

/** The device whose chamber the card is of. */
export const deviceOf = (hass: Hass, config: CardConfig): string | undefined =>
  config.device ?? (config.entity ? (hass.entities[config.entity]?.device_id ?? undefined) : undefined);

/** Whether an entity stands for its chamber as a whole: its thermostat or its temperature. */
const stands = (hass: Hass, id: string): boolean => {
  const entity = hass.entities[id];
  return entity?.platform === "chamber_ws" && (isClimate(id) || entity.translation_key === "temperature");
};

const isClimate = (id: string): boolean => id.startsWith("climate.");

/** An entity of a chamber to begin with: a thermostat, else any temperature. */
export const anyChamber = (hass: Hass): string | undefined => {
  const found = Object.keys(hass.entities).filter((id) => stands(hass, id));
  return found.find(isClimate) ?? found[0];
};

/** The card for an entity that is looked at in "Add card"; null where another card suits it better. */
export const suggestionFor = (hass: Hass, id: string): { config: CardConfig } | null =>
  stands(hass, id) ? { config: { type: "custom:chamber-card", entity: id } } : null;

const HIDEABLE = ["hide_trend", "hide_modes", "hide_details", "hide_link"];
const mode = "dropdown";

const by = (localize: Hass["localize"]): Localize | undefined => localize && { localize };

interface Field {
  name: string;
}

/** The form of the visual editor. */
export const form = {
  schema: [
    { name: "entity", required: true, selector: { entity: { filter: [{ integration: "chamber_ws" }] } } },
    { name: "name", selector: { text: {} } },
    {
      name: "range",
      selector: {
        select: {
          mode,
          options: RANGES.map(({ seconds, unit, count }) => ({
            value: String(seconds),
            label: new Intl.NumberFormat(undefined, { style: "unit", unit, unitDisplay: "long" }).format(count),
          })),
        },
      },
    },
    { name: "", type: "grid", schema: HIDEABLE.map((name) => ({ name, selector: { boolean: {} } })) },
  ],
  computeLabel: ({ name }: Field, localize?: Hass["localize"]): string =>
    text(by(localize), `card_editor.${name}`),
  computeHelper: ({ name }: Field, localize?: Hass["localize"]): string | undefined =>
    findText(by(localize), `card_editor.${name}_helper`),
  assertConfig: (config: CardConfig): void => {
    if (config.device) throw new Error("A card that names a device can only be edited in YAML.");
  },
};
