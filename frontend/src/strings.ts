import type { Hass } from "./hass";

/** The texts of the frontend: the category `config_panel` of the integration's translations. */
export type Values = Record<string, string | number>;

export type Localize = Pick<Hass, "localize">;

/** Texts are dear to look up, and asked for with every sample; another language has another `localize`. */
let known: Record<string, string | undefined> = {};
let knownBy: Hass["localize"];

/** The integration's text of a key (as `entity.sensor.power.name`); undefined when there is none. */
export const textOf = (hass: Localize | undefined, key: string, values?: Values): string | undefined => {
  if (hass?.localize !== knownBy) known = {};
  knownBy = hass?.localize;
  return (!values && known[key]) || (known[key] = knownBy?.(`component.chamber_ws.${key}`, values) || undefined);
};

/** The text at `path` (as `card.acknowledge`) in the user's language, else in English; undefined when there is none. */
export const findText = (hass: Localize | undefined, path: string, values?: Values): string | undefined =>
  textOf(hass, `config_panel.${path}`, values);

/** The same; empty until Home Assistant has loaded the texts. */
export const text = (hass: Localize | undefined, path: string, values?: Values): string =>
  findText(hass, path, values) ?? "";

/** Asks Home Assistant for the texts, and returns what has them; it hands out a new `hass` with them, too. */
export const loadTexts = async (hass: Hass): Promise<Localize> => {
  const localize = (await hass.loadBackendTranslation?.("config_panel", "chamber_ws")) as Hass["localize"];
  return localize ? { localize } : hass;
};
