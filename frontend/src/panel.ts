import type { Alarm, Described } from "./api";
import { isLive } from "./card/live";
import { clock } from "./clock";
import { BaseElement, html, nothing, type Changed, type TemplateResult } from "./element";
import { ago, momentOf, temperature } from "./format";
import type { Connection, Hass } from "./hass";
import { byName, distinctionOf, distinctly } from "./names";
import { style } from "./panel-style";
import { Reporter } from "./report";
import { ageOf, type ChamberState, Stream, type StreamStatus, timeOf } from "./stream";
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

export type Concern = "excursion" | "returned" | "lost" | "fault" | "warning" | "stale" | "unwatched" | "none";

/** Whether there is a temperature at which it alarms. */
const isWatched = ({ limit_low: low, limit_high: high, freeze_limit: freeze }: Alarm): boolean =>
  [low, high, freeze].some((limit) => typeof limit === "number");

/** What most needs somebody's care. */
export const concernOf = ({ alarm, fresh, sample }: ChamberState): Concern => {
  const { excursion, unacknowledged, faults, lost, warning }: Alarm = alarm ?? {};
  if (excursion) return "excursion";
  if (unacknowledged) return "returned";
  if (lost) return "lost";
  if (faults?.length) return "fault";
  if (warning) return "warning";
  if (!fresh || !sample) return "stale";
  return alarm && isWatched(alarm) ? "none" : "unwatched";
};

type Known = ChamberState & { described: Described };

const isKnown = (state: ChamberState): state is Known => state.described !== undefined;

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
  readonly #reporter = new Reporter(this);
  #card: { device: string; element: LovelaceCard } | undefined;

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
    const title = opened?.described ? distinctly(opened.described, this.#described) : this.#text("title");
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

  get #chambers(): Known[] {
    return [...(this.#stream?.chambers.values() ?? [])].filter(isKnown);
  }

  get #described(): Described[] {
    return this.#chambers.map(({ described }) => described);
  }

  #renderAll(): TemplateResult {
    const chambers = this.#chambers;
    if (!chambers.length) return this.#renderNone();
    chambers.sort((one, other) => byName(one.described, other.described));
    const namesakes = new Map<string, Described[]>(chambers.map(({ described }) => [described.name, []]));
    for (const described of this.#described) namesakes.get(described.name)!.push(described);
    return html`
      ${this.#renderStatus()}
      <p class="summary" role="status">${this.#summary(chambers)}</p>
      <ul>${chambers.map((state) => html`<li>${this.#renderTile(state, namesakes.get(state.described.name)!)}</li>`)}</ul>
    `;
  }

  /** Whom nobody watches is not called well. */
  #summary(chambers: Known[]): string {
    const concerns = chambers.map((state) => this.#concernOf(state));
    const of = (wanted: Concern): number => concerns.filter((concern) => concern === wanted).length;
    const [count, watched, unwatched] = [chambers.length, of("none"), of("unwatched")];
    const concerned = count - watched - unwatched;
    const key = concerned ? "concerned" : !unwatched ? "well" : watched ? "watched_well" : "none_watched";
    return this.#text(key, { count, concerned, watched });
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

  #renderTile(state: Known, namesakes: Described[]): TemplateResult {
    const { described, sample } = state;
    const distinction = distinctionOf(described, namesakes);
    const live = this.#isLive(state);
    const concern = this.#concernOf(state);
    return html`
      <a class="tile ${concern}" href="${PATH}/${encodeURIComponent(described.device_id)}">
        <span class="name">${described.name}</span>
        ${distinction ? html`<span class="distinction">${distinction}</span>` : nothing}
        <span class="actual" data-role="actual">${temperature(this.hass!, live ? sample?.temperature : null)}</span>
        <span class="desired" data-role="desired">
          ${live && typeof sample?.setpoint === "number" ? text(this.hass, "card.trend_setpoint", { value: temperature(this.hass!, sample.setpoint) }) : nothing}
        </span>
        <span class="state">${this.#wordsOf(state, concern)}</span>
      </a>
    `;
  }

  #concernOf(state: ChamberState): Concern {
    return concernOf({ ...state, fresh: this.#isLive(state) });
  }

  /** What it does now, or what is to be cared for. */
  #wordsOf(state: ChamberState, concern: Concern): string {
    const { alarm, sample } = state;
    const now = clock();
    const age = ageOf(state, now);
    if (concern === "stale" && age !== null) return this.#text("stale_since", { ago: ago(this.hass!.locale, age) });
    const time = timeOf(state, now);
    const since = age === null ? alarm?.lost_since : time - age;
    if (concern === "lost" && typeof since === "number")
      return this.#text("lost_since", { time: momentOf(this.hass!, since, time) });
    if (concern !== "none" && concern !== "unwatched") return this.#text(concern);
    const doing = sample?.action ? this.#wordOf(sample.action) : this.#text("live");
    return concern === "unwatched" && alarm ? `${doing} · ${this.#text("unwatched")}` : doing;
  }

  #wordOf(action: string): string {
    return findText(this.hass, `card.action_${action}`) ?? action;
  }

  #renderOne(state: ChamberState | undefined): TemplateResult {
    const device = state?.described?.device_id;
    if (!state || !device) {
      const known = this.#status !== "live" || clock() - this.#since < PATIENCE;
      return known ? html`${this.#renderStatus()}` : this.#notice("gone");
    }
    return html`
      ${this.#renderStatus()}
      <div class="one">
        ${this.#reporter.render(this.hass!, device, state, this.#status === "live")} ${this.#cardFor(device)}
      </div>
    `;
  }

  /** A browser does not ask again for a module that it failed to get. */
  #renderReload(): TemplateResult {
    const reload = (): void => location.reload();
    return html`<button class="action" @click=${reload}>${text(this.hass, "card.reload")}</button>`;
  }

  #cardFor(device: string): LovelaceCard | TemplateResult {
    if (!customElements.get(CARD)) return this.#broken ? this.#renderReload() : this.#notice("status_connecting");
    if (this.#card?.device !== device) {
      const element = document.createElement(CARD) as LovelaceCard;
      element.setConfig({ type: `custom:${CARD}`, device });
      this.#card = { device, element };
    }
    const { element } = this.#card;
    if (this.hass) element.hass = this.hass;
    return element;
  }

  static override readonly styles = [colours, style];
}
