import type { Described } from "../api";
import { clock } from "../clock";
import { BaseElement, html, nothing, type Changed, type TemplateResult } from "../element";
import { ago, number, temperature } from "../format";
import type { Connection, Hass } from "../hass";
import { ageOf, Stream, timeOf, type ChamberState, type StreamStatus } from "../stream";
import { findText, loadTexts, text } from "../strings";
import { colours } from "../theme";
import type { ChamberTrend } from "../trend/element";
import { DEFAULT_RANGE } from "../trend/ranges";
import { isOutdated } from "../upgrade";
import { Acknowledge } from "./acknowledge";
import { anyChamber, deviceOf, form, problemOf, type CardConfig } from "./config";
import { detailsOf, type Detail } from "./details";
import { isLive, SHORTLY } from "./live";
import { noticesOf, profileText, spokenOf, type Notice } from "./notices";
import { Stepper } from "./stepper";
import { style } from "./style";
import { Wish } from "./wish";

/** ms unseen, by a hidden page or a sleeping machine, after which all is asked anew. */
const LONG_ASLEEP = 20_000;
const ASK_FOR_UPGRADE_AFTER = 3_000;
const MODE_ICONS: Record<string, string> = {
  heating: "mdi:fire",
  cooling: "mdi:snowflake",
  idle: "mdi:circle-outline",
  off: "mdi:power",
  fault: "mdi:alert",
};
const TONES: Record<string, string> = { heat: "heat", cool: "cool" };

/** Whether the temperature lies within the limits, as the colour of a dot; empty where that cannot be said. */
const standing = ({ alarm, sample }: ChamberState, live: boolean): string => {
  const value = alarm?.value ?? sample?.temperature;
  const [low, high] = [alarm?.limit_low ?? null, alarm?.limit_high ?? null];
  if (!live || typeof value !== "number" || (low === null && high === null)) return "";
  return value < (low ?? -Infinity) || value > (high ?? Infinity) ? "outside" : "inside";
};

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
  readonly #setpoint = new Wish<number>(
    this,
    (value) => this.#act("set_temperature", { temperature: value }),
    () => text(this.hass, "card.connection_lost"),
  );
  readonly #mode = new Wish<string>(
    this,
    (value) => this.#act("set_hvac_mode", { hvac_mode: value }),
    () => text(this.hass, "card.connection_lost"),
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
      if (this._status === "lost" || this._status === "missing") this.#trend?.reload();
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

  async #act(service: string, data: Record<string, unknown>): Promise<unknown> {
    const entity = this.#state?.described?.entities["chamber"];
    if (!entity || !this.hass) throw new Error(text(this.hass, "card.no_thermostat"));
    return this.hass.callService("climate", service, { entity_id: entity, ...data });
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
    return html`
      ${this.#renderHeader(hass, config.name ?? described.name, state, live)}
      ${notices.map((notice) => this.#renderNotice(hass, notice, described))}
      <div class=${state.alarm?.excursion ? "main alarming" : "main"}>
        <div class="actual">
          <span class="label">${text(hass, "card.actual")}</span>
          <span class="number" data-role="actual">${temperature(hass, live ? state.sample?.temperature : null)}</span>
          <span class="under ${standing(state, live)}">${this.#renderUnder(hass, state, live, now)}</span>
        </div>
        ${this.#hasSetpoint(state, described) ? this.#stepper.render(hass, described, state.sample, live) : nothing}
      </div>
      ${config.hide_modes ? nothing : this.#renderModes(hass, state, described, live)}
      ${config.hide_trend
        ? nothing
        : html`<chamber-trend
            .hass=${hass}
            .described=${described}
            .alarm=${state.alarm}
            .range=${Number(config.range ?? DEFAULT_RANGE)}
          ></chamber-trend>`}
      ${config.hide_details ? nothing : this.#renderDetails(detailsOf(hass, described, state, live))}
      ${config.hide_link ? nothing : this.#renderFooter(hass, state, now)}
      ${this._outdated ? this.#renderOutdated(hass) : nothing}
      <div class="hidden" aria-live="polite">
        ${[live ? "" : text(hass, "card.not_live"), spokenOf(notices)].filter(Boolean).join(". ")}
      </div>
    `;
  }

  #hasSetpoint(state: ChamberState, described: Described): boolean {
    return described.entities["chamber"] !== undefined || typeof state.sample?.setpoint === "number";
  }

  #renderHeader(hass: Hass, name: string, { sample }: ChamberState, live: boolean): TemplateResult {
    const action = live ? sample?.action : undefined;
    const reason = sample?.reason ? (findText(hass, `card.reason_${sample.reason}`) ?? sample.reason) : undefined;
    return html`<header>
      <h2>${name}</h2>
      ${action
        ? html`<span class="action ${MODE_ICONS[action] ? action : ""}" title=${reason ?? nothing}>
            <ha-icon icon=${MODE_ICONS[action] ?? "mdi:circle-outline"}></ha-icon>${findText(
              hass,
              `card.action_${action}`,
            ) ?? action}</span
          >`
        : nothing}
    </header>`;
  }

  #renderUnder(hass: Hass, state: ChamberState, live: boolean, now: number): string {
    const age = ageOf(state, now);
    if (!live) return age === null ? text(hass, "card.no_sample") : text(hass, "card.last_sample", { ago: ago(hass.locale, age) });
    const { limit_low: low, limit_high: high, judged_on: judged, value } = state.alarm ?? {};
    const words: string[] = [];
    if (typeof low === "number" || typeof high === "number") {
      const limits = { low: temperature(hass, low), high: temperature(hass, high) };
      const key = typeof low !== "number" ? "limit_high" : typeof high !== "number" ? "limit_low" : "limits";
      words.push(text(hass, `card.${key}`, limits));
    } else if (state.alarm?.profile && state.alarm.profile !== "off") {
      words.push(profileText(hass, state.alarm.profile));
    }
    if (judged === "virtual_vial" && typeof value === "number") {
      words.push(text(hass, "card.vial", { value: temperature(hass, value) }));
    }
    return words.join(" · ");
  }

  #renderNotice(hass: Hass, notice: Notice, described: Described): TemplateResult {
    return html`<section class="notice ${notice.severity}" aria-label=${notice.title}>
      <ha-icon icon=${notice.icon}></ha-icon>
      <div class="words">
        <strong>${notice.title}</strong>
        ${notice.details.length ? html`<p>${notice.details.join(" · ")}</p>` : nothing}
        ${notice.waits && described.controllable ? this.#acknowledge.render(hass, described.device_id) : nothing}
      </div>
    </section>`;
  }

  #renderModes(hass: Hass, state: ChamberState, described: Described, live: boolean): TemplateResult | typeof nothing {
    const { modes, controllable, entities } = described;
    if (modes.length < 2) return nothing;
    const now = this.#mode.value ?? (live ? state.sample?.mode : undefined);
    const usable = controllable && entities["chamber"] !== undefined;
    const problem = this.#mode.reason;
    return html`<div class="modes" role="group" aria-label=${text(hass, "card.mode")}>
        ${modes.map(
          (mode) =>
            html`<button
              class="${TONES[mode] ?? ""} ${mode === now && this.#mode.phase !== "idle" ? "waiting" : ""}"
              aria-pressed=${mode === now}
              ?disabled=${!usable}
              @click=${() => this.#mode.press(mode)}
            >
              ${findText(hass, `card.mode_${mode}`) ?? mode}
            </button>`,
        )}
      </div>
      ${problem ? html`<p class="under" role="alert">${problem}</p>` : nothing}`;
  }

  #renderDetails(details: Detail[]): TemplateResult | typeof nothing {
    if (!details.length) return nothing;
    return html`<ul class="details">
      ${details.map((detail) => html`<li class="${detail.on ? "on" : ""} ${detail.tone ?? ""}">${this.#renderDetail(detail)}</li>`)}
    </ul>`;
  }

  #renderDetail({ icon, name, value, entity }: Detail): TemplateResult {
    const inside = html`<ha-icon icon=${icon}></ha-icon
      ><span class="words"><span class="value">${value}</span><span class="label">${name}</span></span>`;
    return entity
      ? html`<button @click=${() => this.#moreInfo(entity)}>${inside}</button>`
      : html`<div class="plainly">${inside}</div>`;
  }

  #moreInfo(entityId: string): void {
    const detail = { entityId };
    this.dispatchEvent(new CustomEvent("hass-more-info", { detail, bubbles: true, composed: true }));
  }

  #renderFooter(hass: Hass, state: ChamberState, now: number): TemplateResult {
    const age = ageOf(state, now);
    const { link } = state;
    const trip = link?.round_trip;
    const connected = this._status === "live" ? link?.connected !== false : this._status === "connecting";
    return html`<footer>
      <span>${age === null ? text(hass, "card.no_sample") : text(hass, "card.last_sample", { ago: ago(hass.locale, age) })}</span>
      <span>
        ${!connected
          ? text(hass, this._status === "live" ? "card.not_connected" : "card.no_home_assistant")
          : typeof trip === "number"
            ? text(hass, "card.round_trip", { ms: number(hass.locale, trip, trip < 10 ? 1 : 0) })
            : text(hass, "card.connected")}
      </span>
    </footer>`;
  }

  #renderOutdated(hass: Hass): TemplateResult {
    return html`<section class="notice info" aria-label=${text(hass, "card.outdated")}>
      <ha-icon icon="mdi:update"></ha-icon>
      <div class="words">
        <strong>${text(hass, "card.outdated")}</strong>
        <button class="plain" @click=${() => location.reload()}>${text(hass, "card.reload")}</button>
      </div>
    </section>`;
  }

  static override readonly styles = [colours, style];
}
