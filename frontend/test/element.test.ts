import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { BaseElement, html, type Changed, type TemplateResult } from "../src/element";

class Probe extends BaseElement {
  static override readonly properties = ["name", "other"];
  declare name: string;
  declare other: number;
  drawings: string[][] = [];

  protected override shouldUpdate(changed: Changed): boolean {
    return !changed.has("name") || changed.get("name") !== "same";
  }
  protected override willUpdate(): void {
    this.other = 1;
  }
  protected override updated(changed: Changed): void {
    this.drawings.push([...changed.keys()]);
  }
  protected override render(): TemplateResult {
    return html`<p>${this.name}</p>`;
  }
}

beforeAll(() => customElements.define("test-probe", Probe));

let probe: Probe;

beforeEach(async () => {
  probe = document.createElement("test-probe") as Probe;
  probe.name = "a";
  document.body.append(probe);
  await probe.updateComplete;
});

afterEach(() => document.body.replaceChildren());

const words = (): string | null | undefined => probe.renderRoot.querySelector("p")?.textContent;

it("draws when it is put on a page, once for all that changed", () => {
  expect(words()).toBe("a");
  expect(probe.drawings).toEqual([["name", "other"]]);
});

it("draws anew once after several changes, and not for none", async () => {
  probe.name = "b";
  probe.name = "c";
  await probe.updateComplete;
  expect(words()).toBe("c");
  probe.name = "c";
  await probe.updateComplete;
  expect(probe.drawings).toHaveLength(2);
});

it("does not draw what does not matter, but all that is asked for", async () => {
  probe.name = "same";
  await probe.updateComplete;
  probe.name = "d";
  await probe.updateComplete;
  expect(words()).toBe("same");
  probe.requestUpdate();
  await probe.updateComplete;
  expect(words()).toBe("d");
});

it("does not draw while it is on no page, and catches up", async () => {
  probe.remove();
  probe.name = "e";
  await probe.updateComplete;
  expect(words()).toBe("a");
  document.body.append(probe);
  await probe.updateComplete;
  expect(words()).toBe("e");
});

it("takes over what was set before it was defined", async () => {
  class Late extends Probe {}
  const late = document.createElement("test-late") as Late;
  late.name = "early";
  document.body.append(late);
  customElements.define("test-late", Late);
  await Promise.resolve();
  await late.updateComplete;
  expect(late.renderRoot.querySelector("p")?.textContent).toBe("early");
});
