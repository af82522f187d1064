import type { Hass } from "./hass";
import type * as Strategy from "./strategy";

/** What Home Assistant knows strategies by; how they are made is fetched when a dashboard asks for it. */

/** The address of a module that is served beside this one, in the same version. */
export const beside = (name: string, url: string): string => new URL(name + new URL(url).search, url).href;

const strategy = (): Promise<typeof Strategy> =>
  import(/* @vite-ignore */ beside("chamber-dashboard.js", import.meta.url)) as Promise<typeof Strategy>;

/** `custom:chamber-dashboard` */
export class ChamberDashboard extends HTMLElement {
  /** Registries whose changes make it generate anew. */
  static readonly registryDependencies = ["devices", "entities"];

  static async generate(_config: unknown, hass: Hass): Promise<Strategy.Dashboard> {
    return (await strategy()).generateDashboard(hass);
  }
}

/** `custom:chamber-view` with `device_id` */
export class ChamberView extends HTMLElement {
  static readonly registryDependencies = ["devices", "entities"];

  static async generate(config: { device_id?: string }, hass: Hass): Promise<Strategy.View> {
    return (await strategy()).generateView(hass, config.device_id);
  }
}

/** What the dialog for a new dashboard lists. */
export const STRATEGIES = [
  {
    type: "chamber-dashboard",
    strategyType: "dashboard",
    name: "Chambers",
    description: "All chambers at a glance, and a view for each: live, record, alarms, control, diagnostics.",
    documentationURL: "https://github.com/chamber-ws/chamber_ws/blob/main/docs/dashboard.md",
  },
];
