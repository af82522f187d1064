import { ChamberCard } from "./card";
import { ChamberPanel } from "./panel";
import { ChamberDashboard, ChamberView, STRATEGIES } from "./strategy";

/** The elements of this module. */
const ELEMENTS: Record<string, CustomElementConstructor> = {
  "chamber-card": ChamberCard,
  "chamber-panel": ChamberPanel,
  "ll-strategy-dashboard-chamber-dashboard": ChamberDashboard,
  "ll-strategy-view-chamber-view": ChamberView,
};

const offered = window as unknown as { customStrategies?: object[] };
(offered.customStrategies ??= []).push(...STRATEGIES);

/** Home Assistant's app replaces the registry of elements while it starts: what is defined before is lost. */
const define = async (): Promise<void> => {
  await customElements.whenDefined("home-assistant");
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
};

void define();
