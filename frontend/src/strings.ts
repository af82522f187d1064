import { config_panel as english } from "../../custom_components/chamber_ws/translations/en.json";
import type { Hass } from "./hass";

/** The texts of the frontend: the category `config_panel` of the integration's translations. */
export type Values = Record<string, string | number>;

const filled = (text: string, values: Values): string =>
  text.replace(/{(\w+)}/g, (whole, name: string) => String(values[name] ?? whole));

const builtIn = (path: string): string | undefined => {
  const found = path
    .split(".")
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], english);
  return typeof found === "string" ? found : undefined;
};

/** The text at `path` (as `card.acknowledge`) in the user's language, else in English, else undefined. */
export const findText = (hass: Hass | undefined, path: string, values: Values = {}): string | undefined => {
  const text = hass?.localize?.(`component.chamber_ws.config_panel.${path}`, values);
  if (text) return text;
  const fallback = builtIn(path);
  return fallback === undefined ? undefined : filled(fallback, values);
};

/** The same, or the last part of the path where there is no text. */
export const text = (hass: Hass | undefined, path: string, values: Values = {}): string =>
  findText(hass, path, values) ?? path.slice(path.lastIndexOf(".") + 1);

/** Asks Home Assistant for the texts; it then hands out a new `hass`. */
export const loadTexts = async (hass: Hass): Promise<void> => {
  await hass.loadBackendTranslation?.("config_panel", "chamber_ws");
};
