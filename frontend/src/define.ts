/** Home Assistant's app replaces the registry of elements while it starts: what is defined before is lost. */
export const define = async (elements: Record<string, CustomElementConstructor>): Promise<void> => {
  await customElements.whenDefined("home-assistant");
  for (const [name, element] of Object.entries(elements)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
};
