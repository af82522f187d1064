import type { Described } from "../api";
import { clock } from "../clock";
import { BaseElement, html, nothing, type Changed, type TemplateResult } from "../element";
import { temperature } from "../format";
import type { Connection, Hass } from "../hass";
import { Stream, timeOf, type ChamberState, type StreamStatus } from "../stream";
import { loadTexts, text } from "../strings";
import { colours } from "../theme";
import type { ChamberTrend } from "../trend/element";
import { DEFAULT_RANGE } from "../trend/ranges";
import { isOutdated } from "../upgrade";
import { Acknowledge } from "./acknowledge";
import { anyChamber, deviceOf, form, problemOf, type CardConfig } from "./config";
import { detailsOf } from "./details";
import { isLive, SHORTLY } from "./live";
import { noticesOf, spokenOf, type Notice } from "./notices";
import { Stepper } from "./stepper";
import { style } from "./style";
import { parts } from "./style-parts";
import { banner, detailList, footer, header, modeChips, outdated, standing, underActual } from "./views";
import { Wish } from "./wish";

/** ms unseen, by a hidden page or a sleeping machine, after which all is asked anew. */
const LONG_ASLEEP = 20_000;
const ASK_FOR_UPGRADE_AFTER = 3_000;

/** One chamber: its temperature now, as wished and over time, its alarms, parts and link. */
export class ChamberCard extends BaseElement {
  static override readonly properties = ["hass", "_config", "_status", "_outdated"];

  declare hass: Hass | undefined;
  declare _config: CardConfig | undefined;
  declare _status: StreamStatus;
  declare _outdated: boolean;

  #stream: Stream | undefined;
  #connection: Connection | undefined;
  #device: string | undefined;
  #lostAt = 0;
  #seenAt = clock();
  #tick: ReturnType<typeof setInterval> | undefined;
  #upgrade: ReturnType<typeof setTimeout> | undefined;
  #language = "";
  readonly #lostText = (): string => text(this.hass, "card.connection_lost");
  readonly #setpoint = new Wish<number>(
    this,
    (value) => this.#act("set_temperature", { temperature: value }),
    this.#lostText,
  );
  readonly #mode = new Wish<string>(
    this,
    (value) => this.#act("set_hvac_mode", { hvac_mode: value }),
    this.#lostText,
  );
  readonly #stepper = new Stepper(this.#setpoint);
  readonly #acknowledge = new Acknowledge(this);

  constructor() {
    super();
    this._status = "connecting";
    this._outdated = false;
  }

  static getConfigForm(): typeof form {
    return form;
  }

  static getStubConfig(hass: Hass): Partial<CardConfig> {
    return { entity: anyChamber(hass) ?? "", range: String(DEFAULT_RANGE) };
  }

  setConfig(config: CardConfig): void {
    const problem = problemOf(config);
    if (problem) throw new Error(problem);
    this._config = config;
  }

  getCardSize(): number {
    return this._config?.hide_trend ? 4 : 8;
  }

  getGridOptions(): Record<string, number | string> {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#look);
    this.#tick = setInterval(this.#look, 1000);
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#look);
    clearInterval(this.#tick);
    clearTimeout(this.#upgrade);
    this.#stepper.release();
    this.#setpoint.flush();
    this.#mode.flush();
    this.#leave();
  }

  /** Home Assistant hands out a new `hass` with every state anywhere: only what matters here draws the card anew. */
  protected override shouldUpdate(changed: Changed): boolean {
    const before = changed.get("hass") as Hass | undefined;
    if (changed.size > 1 || !before || !this.hass) return true;
    const keys = ["locale", "config", "localize", "entities", "connection"] as const;
    return keys.some((key) => before[key] !== this.hass![key]);
  }

  protected override willUpdate(): void {
    const hass = this.hass;
    if (!hass) return;
    if (hass.locale.language !== this.#language) {
      this.#language = hass.locale.language;
      void loadTexts(hass).catch(() => undefined);
    }
    this.#follow();
  }

  protected override updated(): void {
    const state = this.#state;
    if (state) this.#trend?.take(state);
  }

  /** Listens to the chamber that the configuration names, on the connection that Home Assistant has. */
  #follow(): void {
    const [hass, config] = [this.hass, this._config];
    if (!hass || !config || !this.isConnected) return;
    const device = deviceOf(hass, config);
    if (device === this.#device && hass.connection === this.#connection) return;
    this.#leave();
    if (!device) return;
    [this.#device, this.#connection] = [device, hass.connection];
    this.#stream = new Stream(hass.connection, {
      devices: [device],
      onChange: () => this.requestUpdate(),
      onStatus: (status) => this.#told(status),
    });
    this._status = "connecting";
    this.#stream.start();
  }

  #leave(): void {
    this.#stream?.stop();
    this.#stream = this.#device = this.#connection = undefined;
  }

  get #state(): ChamberState | undefined {
    return this.#device === undefined ? undefined : this.#stream?.chambers.get(this.#device);
  }

  get #trend(): ChamberTrend | null {
    return this.renderRoot.querySelector<ChamberTrend>("chamber-trend");
  }

  #told(status: StreamStatus): void {
    if (status === "live") {
      clearTimeout(this.#upgrade);
      this.#upgrade = setTimeout(() => void this.#askForUpgrade(), ASK_FOR_UPGRADE_AFTER);
    } else if (this._status === "live") {
      this.#lostAt = clock();
      setTimeout(() => this.requestUpdate(), SHORTLY);
    }
    this._status = status;
  }

  async #askForUpgrade(): Promise<void> {
    if (this.hass) this._outdated = await isOutdated(this.hass.connection, import.meta.url);
  }

  #look = (): void => {
    if (document.hidden) return;
    const now = clock();
    if (now - this.#seenAt > LONG_ASLEEP) {
      this.#stream?.refresh();
      this.#trend?.reload();
    }
    this.#seenAt = now;
    this.requestUpdate();
  };

  async #act(service: string, data: Record<string, unknown>): Promise<void> {
    const entity_id = this.#state?.described?.entities["chamber"];
    if (!entity_id || !this.hass) throw new Error(text(this.hass, "card.no_thermostat"));
    await this.hass.callService("climate", service, { entity_id, ...data });
    // Home Assistant leaves out a thermostat that is unavailable, and calls that a success.
    if (!this.#state?.fresh) throw new Error(text(this.hass, "card.not_confirmed"));
  }

  protected override render(): TemplateResult | typeof nothing {
    const [hass, config] = [this.hass, this._config];
    if (!hass || !config) return nothing;
    const state = this.#state;
    return html`<ha-card>
      <div class="body">${state?.described ? this.#renderChamber(hass, config, state, state.described) : this.#renderNone(hass, config)}</div>
    </ha-card>`;
  }

  #renderNone(hass: Hass, config: CardConfig): TemplateResult {
    const missing = config.entity ? "no_entity" : "choose";
    const words = deviceOf(hass, config) === undefined ? missing : `status_${this._status}`;
    return html`<p class="message" role="status">${text(hass, `card.${words}`, { entity: config.entity ?? "" })}</p>`;
  }

  #renderChamber(hass: Hass, config: CardConfig, state: ChamberState, described: Described): TemplateResult {
    const now = clock();
    const live = isLive(state, this._status, now, this.#lostAt);
    const notices = noticesOf(hass, state.alarm, timeOf(state, now));
    const actual = temperature(hass, live ? state.sample?.temperature : null);
    return html`
      ${header(hass, config.name ?? described.name, state, live)}
      ${notices.map((notice) => banner(notice, this.#remedy(hass, notice, described)))}
      <div class=${state.alarm?.excursion ? "main alarming" : "main"}>
        <div class="actual">
          <span class="label">${text(hass, "card.actual")}</span>
          <span class="number" data-role="actual" style="inline-size:${0.8 * actual.length}ch">${actual}</span>
          <span class="under ${standing(state, live)}">${underActual(hass, state, live, now)}</span>
        </div>
        ${this.#hasSetpoint(state, described) ? this.#stepper.render(hass, described, state.sample, live) : nothing}
      </div>
      ${config.hide_modes ? nothing : modeChips(hass, state, described, live, this.#mode)}
      ${
        config.hide_trend
          ? nothing
          : html`<chamber-trend
            .hass=${hass}
            .described=${described}
            .alarm=${state.alarm}
            .range=${Number(config.range ?? DEFAULT_RANGE)}
          ></chamber-trend>`
      }
      ${config.hide_details ? nothing : detailList(detailsOf(hass, described, state, live), this.#open)}
      ${config.hide_link ? nothing : footer(hass, state, this._status, now)}
      ${this._outdated ? outdated(hass) : nothing}
      <div class="hidden" aria-live="polite">
        ${[live ? "" : text(hass, "card.not_live"), spokenOf(notices)].filter(Boolean).join(". ")}
      </div>
    `;
  }

  #remedy(hass: Hass, { waits }: Notice, { controllable, device_id }: Described): TemplateResult | typeof nothing {
    return waits && controllable ? this.#acknowledge.render(hass, device_id) : nothing;
  }

  #hasSetpoint(state: ChamberState, described: Described): boolean {
    return described.entities["chamber"] !== undefined || typeof state.sample?.setpoint === "number";
  }

  #open = (entityId: string): void => {
    const detail = { entityId };
    this.dispatchEvent(new CustomEvent("hass-more-info", { detail, bubbles: true, composed: true }));
  };

  static override readonly styles = [colours, style, parts];
}
