import { ChamberCard } from "./card/card";
import { suggestionFor } from "./card/config";
import { ChamberPanel } from "./panel";
import { ChamberDashboard, ChamberView, STRATEGIES } from "./strategy";
import { ChamberTrend } from "./trend/element";

/** The elements of this module. */
const ELEMENTS: Record<string, CustomElementConstructor> = {
  "chamber-trend": ChamberTrend,
  "chamber-card": ChamberCard,
  "chamber-panel": ChamberPanel,
  "ll-strategy-dashboard-chamber-dashboard": ChamberDashboard,
  "ll-strategy-view-chamber-view": ChamberView,
};

const offered = window as unknown as { customCards?: object[]; customStrategies?: object[] };
(offered.customCards ??= []).push({
  type: "chamber-card",
  name: "Chamber",
  description: "The live temperature of a chamber with its setpoint, trend, alarms, parts and link.",
  preview: true,
  documentationURL: "https://github.com/chamber-ws/chamber_ws/blob/main/docs/card.md",
  getEntitySuggestion: suggestionFor,
});
(offered.customStrategies ??= []).push(...STRATEGIES);

/** Home Assistant's app replaces the registry of elements while it starts: what is defined before is lost. */
const define = async (): Promise<void> => {
  await customElements.whenDefined("home-assistant");
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
};

void define();
