import { render, type TemplateResult } from "lit/html.js";

export { html, nothing, type TemplateResult } from "lit/html.js";

/**
 * The base of all elements: Lit's templates, drawn anew once after any number of changes.
 * Lit's own base can do more, at the price of a sixth of this module.
 */

/** Which properties have changed, with what they were before. */
export type Changed = ReadonlyMap<string, unknown>;

/** A style sheet, shared by all elements of a kind. */
export const css = (strings: TemplateStringsArray): CSSStyleSheet => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(strings.join(""));
  return sheet;
};

export abstract class BaseElement extends HTMLElement {
  /** Names of the properties that draw the element anew; each is to be declared, too. */
  static readonly properties: readonly string[] = [];
  static readonly styles: readonly CSSStyleSheet[] = [];

  readonly renderRoot: ShadowRoot;
  #changed = new Map<string, unknown>();
  #pending: Promise<void> | undefined;
  #asked = false;

  constructor() {
    super();
    const { properties, styles } = this.constructor as typeof BaseElement;
    this.renderRoot = this.attachShadow({ mode: "open" });
    this.renderRoot.adoptedStyleSheets = [...styles];
    for (const name of properties) this.#observe(name);
  }

  /** Also takes over what was set before the element was defined. */
  #observe(name: string): void {
    let value: unknown = (this as unknown as Record<string, unknown>)[name];
    Object.defineProperty(this, name, {
      get: () => value,
      set: (next: unknown) => {
        if (Object.is(value, next)) return;
        if (!this.#changed.has(name)) this.#changed.set(name, value);
        value = next;
        this.#schedule();
      },
    });
  }

  connectedCallback(): void {
    this.requestUpdate();
  }

  disconnectedCallback(): void {
    return;
  }

  /** Ends when what is asked for has been drawn. */
  get updateComplete(): Promise<void> {
    return this.#pending ?? Promise.resolve();
  }

  /** Asks to be drawn anew, whatever has changed. */
  requestUpdate(): void {
    this.#asked = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.isConnected) this.#pending ??= Promise.resolve().then(() => this.#update());
  }

  #update(): void {
    if (!this.isConnected || !(this.#asked || this.shouldUpdate(this.#changed))) {
      this.#pending = undefined;
      if (this.isConnected) this.#changed = new Map();
      return;
    }
    this.#asked = false;
    this.willUpdate(this.#changed);
    const changed = this.#changed;
    this.#changed = new Map();
    this.#pending = undefined;
    render(this.render(), this.renderRoot, { host: this });
    this.updated(changed);
  }

  /** Whether a change of properties matters, where nobody has asked for a drawing. */
  protected shouldUpdate(_changed: Changed): boolean {
    return true;
  }

  /** Comes before drawing; what is changed here is drawn with it. */
  protected willUpdate(_changed: Changed): void {
    return;
  }

  /** Comes after drawing. */
  protected updated(_changed: Changed): void {
    return;
  }

  protected abstract render(): TemplateResult | symbol;
}
