import { ChamberCard } from "./card";

/** The elements of this module; the panel and the strategies join here. */
const ELEMENTS: Record<string, CustomElementConstructor> = {
  "chamber-card": ChamberCard,
};

/** Home Assistant's app replaces the registry of elements while it starts: what is defined before is lost. */
const define = async (): Promise<void> => {
  await customElements.whenDefined("home-assistant");
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
};

void define();
