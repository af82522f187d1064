import type { Alarm } from "./api";
import { isLive } from "./card/live";
import { clock } from "./clock";
import { BaseElement, css, html, nothing, type Changed, type TemplateResult } from "./element";
import { ago, temperature } from "./format";
import type { Connection, Hass } from "./hass";
import { ageOf, type ChamberState, Stream, type StreamStatus } from "./stream";
import { findText, loadTexts, text } from "./strings";
import { colours } from "./theme";

/** The page in the sidebar: all chambers at a glance, live; a click opens one. */

const PATH = "/chamber-ws";
const CARD = "chamber-card";
const INTEGRATION = "/config/integrations/integration/chamber_ws";
/** ms after which no chamber means that there is none, and between two looks at the clock. */
const PATIENCE = 1_500;
const TICK = 1_000;

interface LovelaceCard extends HTMLElement {
  hass?: Hass;
  setConfig(config: object): void;
}

export type Concern = "excursion" | "returned" | "fault" | "lost" | "warning" | "stale" | "none";

/** What most needs somebody's care. */
export const concernOf = ({ alarm, fresh, sample }: ChamberState): Concern => {
  const { excursion, unacknowledged, faults, lost, warning }: Alarm = alarm ?? {};
  if (excursion) return "excursion";
  if (unacknowledged) return "returned";
  if (faults?.length) return "fault";
  if (lost) return "lost";
  if (warning) return "warning";
  return fresh && sample ? "none" : "stale";
};

const byName = ([, one]: [string, ChamberState], [, other]: [string, ChamberState]): number =>
  (one.described?.name ?? "").localeCompare(other.described?.name ?? "");

export class ChamberPanel extends BaseElement {
  static override readonly properties = ["hass", "narrow", "route", "panel"];

  declare hass: Hass | undefined;
  declare narrow: boolean | undefined;
  declare route: { prefix: string; path: string } | undefined;
  /** `card` is the address of the card's module, as pages load it. */
  declare panel: { config?: { card?: string } | null } | undefined;

  #stream: Stream | undefined;
  #connection: Connection | undefined;
  #status: StreamStatus = "connecting";
  #since = clock();
  #language = "";
  #ticker: ReturnType<typeof setInterval> | undefined;
  #broken = false;
  #card: { entity: string; element: LovelaceCard } | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ticker = setInterval(() => this.requestUpdate(), TICK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticker);
    this.#stream?.stop();
    this.#stream = this.#connection = undefined;
  }

  protected override willUpdate(changed: Changed): void {
    if (changed.has("panel")) void this.#bring(this.panel?.config?.card);
    if (this.hass && this.hass.locale.language !== this.#language) {
      this.#language = this.hass.locale.language;
      void loadTexts(this.hass).catch(() => undefined);
    }
    const connection = this.hass?.connection;
    if (!connection || connection === this.#connection) return;
    this.#stream?.stop();
    this.#connection = connection;
    this.#stream = new Stream(connection, {
      onChange: () => this.requestUpdate(),
      onStatus: (status) => {
        this.#status = status;
        this.#since = clock();
        this.requestUpdate();
      },
    });
    this.#stream.start();
  }

  /** A page that was open before the first entry was added has no card yet. */
  async #bring(card: string | undefined): Promise<void> {
    try {
      if (card) await import(/* @vite-ignore */ card);
      await customElements.whenDefined(CARD);
      this.requestUpdate();
    } catch {
      this.#broken = true;
      this.requestUpdate();
    }
  }

  protected override render(): TemplateResult {
    const device = this.route?.path.split("/")[1];
    const opened = device ? this.#stream?.chambers.get(decodeURIComponent(device)) : undefined;
    const title = opened?.described?.name ?? this.#text("title");
    return html`
      <header>
        ${device
          ? html`<a class="icon" href=${PATH} aria-label=${this.#text("back")}><ha-icon icon="mdi:arrow-left"></ha-icon></a>`
          : html`<ha-menu-button .hass=${this.hass} .narrow=${this.narrow}></ha-menu-button>`}
        <h1>${title}</h1>
      </header>
      <main>${device ? this.#renderOne(opened) : this.#renderAll()}</main>
    `;
  }

  #text(part: string, values: Record<string, string | number> = {}): string {
    return text(this.hass, `panel.${part}`, values);
  }

  #notice(part: string): TemplateResult {
    return html`<p class="notice" role="status">${this.#text(part)}</p>`;
  }

  #isLive(state: ChamberState): boolean {
    return isLive(state, this.#status, clock(), this.#since);
  }

  #renderStatus(): TemplateResult | typeof nothing {
    return this.#status === "live" ? nothing : this.#notice(`status_${this.#status}`);
  }

  #renderAll(): TemplateResult {
    const chambers = [...(this.#stream?.chambers ?? [])].filter(([, state]) => state.described).sort(byName);
    if (!chambers.length) return this.#renderNone();
    const concerned = chambers.filter(([, state]) => concernOf({ ...state, fresh: this.#isLive(state) }) !== "none").length;
    const summary = concerned ? "concerned" : "well";
    return html`
      ${this.#renderStatus()}
      <p class="summary" role="status">${this.#text(summary, { count: chambers.length, concerned })}</p>
      <ul>${chambers.map(([device, state]) => html`<li>${this.#renderTile(device, state)}</li>`)}</ul>
    `;
  }

  #renderNone(): TemplateResult {
    if (this.#status !== "live") return html`${this.#renderStatus()}`;
    if (clock() - this.#since < PATIENCE) return this.#notice("status_connecting");
    return html`
      <section class="empty">
        <ha-icon icon="mdi:thermometer-off"></ha-icon>
        <h2>${this.#text("none")}</h2>
        <p>${this.#text("none_hint")}</p>
        <a class="action" href=${INTEGRATION}>${this.#text("none_action")}</a>
      </section>
    `;
  }

  #renderTile(device: string, state: ChamberState): TemplateResult {
    const { described, sample } = state;
    const live = this.#isLive(state);
    const concern = concernOf({ ...state, fresh: live });
    const action = live && sample?.action ? this.#wordOf(sample.action) : "";
    return html`
      <a class="tile ${concern}" href="${PATH}/${encodeURIComponent(device)}">
        <span class="name">${described?.name}</span>
        <span class="actual" data-role="actual">${temperature(this.hass!, live ? sample?.temperature : null)}</span>
        <span class="desired" data-role="desired">
          ${live && typeof sample?.setpoint === "number" ? this.#text("setpoint", { value: temperature(this.hass!, sample.setpoint) }) : nothing}
        </span>
        <span class="state">${concern === "none" ? action || this.#text("live") : this.#concern(state, concern)}</span>
      </a>
    `;
  }

  #concern(state: ChamberState, concern: Concern): string {
    const age = ageOf(state, clock());
    if (concern !== "stale" || age === null) return this.#text(concern);
    return this.#text("stale_since", { ago: ago(this.hass!.locale, age) });
  }

  #wordOf(action: string): string {
    return findText(this.hass, `card.action_${action}`) ?? action;
  }

  #renderOne(state: ChamberState | undefined): TemplateResult {
    const entity = state?.described?.entities.chamber;
    if (!entity) {
      const known = this.#status !== "live" || clock() - this.#since < PATIENCE;
      return known ? html`${this.#renderStatus()}` : this.#notice("gone");
    }
    return html`${this.#renderStatus()}<div class="one">${this.#cardFor(entity)}</div>`;
  }

  /** A browser does not ask again for a module that it failed to get. */
  #renderReload(): TemplateResult {
    const reload = (): void => location.reload();
    return html`<button class="action" @click=${reload}>${text(this.hass, "card.reload")}</button>`;
  }

  #cardFor(entity: string): LovelaceCard | TemplateResult {
    if (!customElements.get(CARD)) return this.#broken ? this.#renderReload() : this.#notice("status_connecting");
    if (this.#card?.entity !== entity) {
      const element = document.createElement(CARD) as LovelaceCard;
      element.setConfig({ type: `custom:${CARD}`, entity });
      this.#card = { entity, element };
    }
    const { element } = this.#card;
    if (this.hass) element.hass = this.hass;
    return element;
  }

  static override readonly styles = [
    colours,
    css`
      :host {
        display: block;
        min-block-size: 100%;
        background: var(--primary-background-color, #fafafa);
        color: var(--chamber-text);
      }
      header {
        display: flex;
        align-items: center;
        gap: 8px;
        block-size: var(--header-height, 56px);
        padding-inline: 12px;
        background: var(--app-header-background-color, var(--chamber-accent));
        color: var(--app-header-text-color, #fff);
        position: sticky;
        inset-block-start: 0;
        z-index: 2;
      }
      h1 {
        font-size: 20px;
        font-weight: 400;
        margin: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .icon {
        display: inline-flex;
        align-items: center;
        justify-content: center;
        inline-size: 48px;
        block-size: 48px;
        color: inherit;
      }
      main {
        padding: 16px;
        max-inline-size: 1200px;
        margin-inline: auto;
      }
      .one {
        max-inline-size: 640px;
        margin-inline: auto;
      }
      .summary,
      .notice {
        margin: 0 0 16px;
        color: var(--chamber-quiet);
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        gap: 12px;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr));
      }
      .tile {
        box-sizing: border-box;
        block-size: 100%;
        display: grid;
        gap: 4px;
        padding: 16px;
        background: var(--chamber-card);
        border: 1px solid var(--chamber-line);
        border-inline-start: 6px solid var(--chamber-success);
        border-radius: var(--ha-card-border-radius, 12px);
        color: inherit;
        text-decoration: none;
      }
      .tile.stale,
      .tile.lost {
        border-inline-start-color: var(--chamber-quiet);
      }
      .tile.warning {
        border-inline-start-color: var(--chamber-warning);
      }
      .tile.excursion,
      .tile.returned,
      .tile.fault {
        border-color: var(--chamber-error);
      }
      .name {
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .actual {
        font-size: 32px;
        line-height: 40px;
        font-variant-numeric: tabular-nums;
      }
      .desired {
        min-block-size: 1.2em;
      }
      .desired,
      .state {
        color: var(--chamber-quiet);
      }
      .excursion .state,
      .returned .state,
      .fault .state {
        color: var(--chamber-text);
        font-weight: 600;
      }
      .empty {
        text-align: center;
        padding-block: 48px;
        --mdc-icon-size: 64px;
      }
      .action {
        display: inline-block;
        padding: 12px 20px;
        border-radius: 24px;
        border: 2px solid var(--chamber-accent);
        color: var(--chamber-text);
        text-decoration: none;
      }
    `,
  ];
}
