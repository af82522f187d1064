import type { Hass } from "./hass";

/** The texts of the frontend: the category `config_panel` of the integration's translations. */
export type Values = Record<string, string | number>;

export type Localize = Pick<Hass, "localize">;

/** The text at `path` (as `card.acknowledge`) in the user's language, else in English; undefined when there is none. */
export const findText = (hass: Localize | undefined, path: string, values: Values = {}): string | undefined =>
  hass?.localize?.(`component.chamber_ws.config_panel.${path}`, values) || undefined;

/** The same; empty until Home Assistant has loaded the texts. */
export const text = (hass: Localize | undefined, path: string, values: Values = {}): string =>
  findText(hass, path, values) ?? "";

/** Asks Home Assistant for the texts, and returns what has them; it hands out a new `hass` with them, too. */
export const loadTexts = async (hass: Hass): Promise<Localize> => {
  const localize = (await hass.loadBackendTranslation?.("config_panel", "chamber_ws")) as Hass["localize"];
  return localize ? { localize } : hass;
};
