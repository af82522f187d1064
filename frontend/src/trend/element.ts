import type { Alarm, Described, History } from "../api";
import { clock } from "../clock";
import { BaseElement, html, nothing, type Changed, type TemplateResult } from "../element";
import { moment, number, offsetOf, unitOf, unitOfTime } from "../format";
import type { Hass } from "../hass";
import { timeOf, type ChamberState } from "../stream";
import { text } from "../strings";
import { colours } from "../theme";
import { toUnit } from "../units";
import { draw, frameOf, kindsOf, LEFT, RIGHT, type Frame, type Palette, type Picture } from "./draw";
import { DEFAULT_RANGE, drawEvery, RANGES, reloadEvery, shapeOf } from "./ranges";
import { domainOf, nearest } from "./scale";
import { extremesOf, Series } from "./series";
import { style } from "./style";
import { readoutOf, summaryOf } from "./words";

const HEIGHT = 190;
const PATIENCE = 900;
const PALETTE_FOR = 5_000;
const RETRY = 5_000;

/** Which excursion was the last, whether it is over, and whether the chamber is lost: what the record draws anew. */
const happened = (alarm: Alarm | null | undefined): string =>
  `${alarm?.last_excursion?.since}/${alarm?.last_excursion?.ended}/${alarm?.lost}`;

/** The temperature of one chamber over time; the card hands it every state that the stream brings. */
export class ChamberTrend extends BaseElement {
  static override readonly properties = [
    "hass",
    "described",
    "alarm",
    "range",
    "_cursor",
    "_width",
    "_problem",
    "_summary",
  ];

  declare hass: Hass | undefined;
  declare described: Described | undefined;
  declare alarm: Alarm | null | undefined;
  declare range: number;
  declare _cursor: number | undefined;
  declare _width: number;
  declare _problem: boolean;
  declare _summary: string;

  #series: Series | undefined;
  #state: ChamberState | undefined;
  #request = 0;
  #drawnAt = 0;
  #drawTimer: ReturnType<typeof setTimeout> | undefined;
  #reloadTimer: ReturnType<typeof setTimeout> | undefined;
  #moveTimer: ReturnType<typeof setInterval> | undefined;
  #palette: Palette | undefined;
  #paletteAt = 0;
  #frame: Frame | undefined;
  #resize: ResizeObserver | undefined;

  constructor() {
    super();
    this.range = DEFAULT_RANGE;
    this._width = 0;
    this._problem = false;
    this._summary = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(([entry]) => (this._width = Math.round(entry?.contentRect.width ?? 0)));
    this.#resize.observe(this);
    this.#moveTimer = setInterval(() => this.#drawSoon(), 1000);
    document.addEventListener("visibilitychange", this.#reloadIfSeen);
    this.reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
    clearInterval(this.#moveTimer);
    clearTimeout(this.#reloadTimer);
    clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    this.#request++;
    document.removeEventListener("visibilitychange", this.#reloadIfSeen);
  }

  get #now(): number {
    return timeOf(this.#state, clock());
  }

  /** Takes what the stream tells. */
  take(state: ChamberState): void {
    if (state.fresh !== this.#state?.fresh) this.reload();
    this.#state = state;
    if (!this.#series || !state.sample || !state.fresh) return;
    if (this.#series.add(state.sample, state.sample.at ?? this.#now - state.sample.age)) this.#drawSoon();
  }

  /** Asks the record again, as after the stream was away. */
  reload(): void {
    if (this.isConnected && this.#series) void this.#load();
  }

  protected override willUpdate(changed: Changed): void {
    const before = changed.get("described") as Described | undefined;
    const other = changed.has("described") && before?.device_id !== this.described?.device_id;
    const narrow = changed.has("_width") && !this.#series;
    if (this.described && this._width > 0 && (other || changed.has("range") || narrow)) this.#begin();
    else if (changed.has("alarm") && happened(changed.get("alarm") as Alarm | undefined) !== happened(this.alarm))
      this.reload();
  }

  protected override updated(): void {
    this.#drawSoon();
  }

  #begin(): void {
    const heartbeat = this.described?.heartbeat;
    const points = Math.max(120, Math.min(700, this._width));
    this.#series = new Series(this.range, points, heartbeat ? heartbeat * 3 : PATIENCE);
    this._cursor = undefined;
    this._summary = "";
    void this.#load();
  }

  async #load(): Promise<void> {
    const [request, series, device, hass] = [++this.#request, this.#series, this.described?.device_id, this.hass];
    if (!series || !device || !hass) return;
    clearTimeout(this.#reloadTimer);
    const message = {
      type: "chamber_ws/history",
      device_id: device,
      start: this.#now - series.range,
      points: series.points,
    };
    try {
      const history = await hass.connection.sendMessagePromise<History>(message);
      if (request !== this.#request) return;
      series.load(history);
      this._problem = false;
      this._summary = summaryOf(hass, series, this.#now);
    } catch {
      if (request !== this.#request) return;
      this._problem = true;
    }
    this.#reloadTimer = setTimeout(this.#reloadIfSeen, this._problem ? RETRY : reloadEvery(series.range));
    this.#drawSoon();
  }

  #reloadIfSeen = (): void => {
    if (!document.hidden) this.reload();
  };

  #drawSoon(): void {
    if (this.#drawTimer !== undefined || document.hidden) return;
    const wait = this.#drawnAt + drawEvery(this.range, this._width) - performance.now();
    this.#drawTimer = setTimeout(() => requestAnimationFrame(() => this.#draw()), Math.max(0, wait));
  }

  #draw(): void {
    this.#drawTimer = undefined;
    this.#drawnAt = performance.now();
    const canvas = this.renderRoot.querySelector("canvas");
    const context = canvas?.getContext("2d");
    const picture = this.#picture();
    if (!canvas || !context || !picture || !this.isConnected) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(picture.width * ratio), Math.round(picture.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context, picture);
    this.#frame = frameOf(picture);
  }

  #picture(): Picture | undefined {
    const [hass, described, series] = [this.hass, this.described, this.#series];
    if (!hass || !described || !series || this._width < 80) return undefined;
    const end = Math.max(this.#now, series.lastAt);
    const start = end - series.range;
    series.trim(start);
    const unit = unitOf(hass);
    const value = (celsius: number): number => toUnit(celsius, unit);
    const limits = this.alarm
      ? { low: this.alarm.limit_low ?? null, high: this.alarm.limit_high ?? null }
      : series.limits;
    return {
      width: this._width,
      height: HEIGHT,
      start,
      end,
      domain: this.#domain(series, limits, value),
      series,
      kinds: kindsOf({
        heaters: described.heaters.length,
        coolers: described.coolers.length,
        fans: described.fans.length,
      }),
      limits,
      palette: this.#colours(),
      offset: offsetOf(hass, end),
      value,
      valueText: (at, step) => number(hass.locale, at, step < 0.1 ? 2 : step < 1 ? 1 : 0),
      timeText: (at, step) => moment(hass, at, shapeOf(step)),
    };
  }

  #domain(series: Series, limits: Picture["limits"], value: (celsius: number) => number): Picture["domain"] {
    const found = extremesOf(series.buckets);
    const values = found ? [found.min, found.max] : [];
    values.push(...series.setpoint.map(([, setpoint]) => setpoint).filter((setpoint) => setpoint !== null));
    const lines = [limits.low, limits.high].filter((limit) => typeof limit === "number");
    return domainOf(values.map(value), lines.map(value), HEIGHT / 34);
  }

  #colours(): Palette {
    const now = performance.now();
    if (this.#palette && now - this.#paletteAt < PALETTE_FOR) return this.#palette;
    const style = getComputedStyle(this);
    const of = (name: string): string => style.getPropertyValue(`--chamber-${name}`).trim() || "gray";
    this.#paletteAt = now;
    this.#palette = {
      text: of("quiet"),
      grid: of("line"),
      line: of("accent"),
      setpoint: of("text"),
      limit: of("error"),
      excursion: of("error"),
      good: of("success"),
      heaters: of("heat"),
      coolers: of("cool"),
      fans: of("fan"),
      font: `11px ${style.fontFamily || "sans-serif"}`,
    };
    return this.#palette;
  }

  #pointed = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const [frame, picture] = [this.#frame, this.#picture()];
    if (!frame || !picture) return;
    const share = (event.clientX - box.left - frame.left) / (frame.right - frame.left);
    const { start, end, series } = picture;
    this._cursor = series.buckets[nearest(series.buckets, start + share * (end - start))]?.[0];
  };

  #left = (): void => {
    this._cursor = undefined;
  };

  #keyed = (event: KeyboardEvent): void => {
    const buckets = this.#series?.buckets ?? [];
    const moves: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      PageUp: -20,
      PageDown: 20,
      Home: -1e9,
      End: 1e9,
    };
    const move = moves[event.key];
    if (event.key === "Escape") this._cursor = undefined;
    if (move === undefined || !buckets.length) return;
    event.preventDefault();
    const here = this._cursor === undefined ? buckets.length : nearest(buckets, this._cursor);
    this._cursor = buckets[Math.min(buckets.length - 1, Math.max(0, here + move))]?.[0];
  };

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass) return nothing;
    const readout = readoutOf(this.hass, this.#series, this._cursor);
    return html`
      <div
        class="plot"
        dir="ltr"
        tabindex="0"
        role="slider"
        aria-label=${text(this.hass, "card.trend")}
        aria-valuemin="0"
        aria-valuemax=${this.range}
        aria-valuenow=${this.#valueNow()}
        aria-valuetext=${readout || this._summary || text(this.hass, "card.trend_empty")}
        @pointermove=${this.#pointed}
        @pointerdown=${this.#pointed}
        @pointerleave=${this.#left}
        @keydown=${this.#keyed}
        @blur=${this.#left}
      >
        <canvas style="block-size:${HEIGHT}px" aria-hidden="true"></canvas>
        ${readout ? this.#renderCursor(readout) : nothing}
        ${
          this._problem && !this.#series?.loaded
            ? html`<span class="problem">${text(this.hass, "card.no_history")}</span>`
            : nothing
        }
      </div>
      <p class="hidden">${this._summary}</p>
      ${this.#renderRanges(this.hass)}
    `;
  }

  #valueNow(): number {
    return this._cursor === undefined
      ? this.range
      : Math.min(this.range, Math.max(0, Math.round(this.range - (this.#now - this._cursor))));
  }

  #renderCursor(readout: string): TemplateResult {
    const place = Math.max(LEFT, Math.min(this._width - RIGHT, this.#frame?.x(this._cursor ?? 0) ?? 0));
    return html`<div class="cursor" style="transform:translateX(${place}px)"></div>
      <output class=${place > this._width / 2 ? "readout start" : "readout"}>${readout}</output>`;
  }

  #renderRanges(hass: Hass): TemplateResult {
    return html`<div class="ranges" role="group" aria-label=${text(hass, "card.range")}>
      ${RANGES.map(
        ({ seconds, unit, count }) =>
          html`<button
            aria-pressed=${seconds === this.range}
            title=${unitOfTime(hass.locale, count, unit, "long")}
            @click=${() => (this.range = seconds)}
          >
            ${unitOfTime(hass.locale, count, unit, "narrow")}
          </button>`,
      )}
    </div>`;
  }

  static override readonly styles = [colours, style];
}
