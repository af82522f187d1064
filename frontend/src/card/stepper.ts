import type { Described, Sample } from "../api";
import { html, nothing, type TemplateResult } from "../element";
import { number, unitOf } from "../format";
import type { Hass } from "../hass";
import { text } from "../strings";
import { decimalsOf, limitsIn, stepped, toUnit, type Limits } from "../units";
import type { Wish } from "./wish";

const HOLD_AFTER = 450;
const REPEAT_EVERY = 90;
/** After this many repeats a held button goes in larger steps. */
const FASTER_AFTER = 12;
const FASTER = 10;
const KEYS: Record<string, number> = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1,
  PageUp: FASTER,
  PageDown: -FASTER,
};

/** The desired temperature with its buttons; values in the user's unit. */
export class Stepper {
  #hold: ReturnType<typeof setTimeout> | undefined;
  #hass: Hass | undefined;
  #limits: Limits | undefined;
  /** From where a first press goes: the setpoint, or the temperature where the chamber has not said its setpoint. */
  #start: number | undefined;

  constructor(readonly wish: Wish<number>) {}

  /** Ends a held button, as when the card goes away under the finger. */
  release = (): void => {
    clearTimeout(this.#hold);
    this.#hold = undefined;
  };

  #press(count: number): void {
    const from = this.wish.value ?? this.#start;
    if (from !== undefined) this.wish.press(stepped(from, count, this.#limits!));
  }

  #hit(event: PointerEvent, direction: number): void {
    if (event.button) return;
    this.release();
    this.#press(direction);
    let repeats = 0;
    const again = (): void => {
      this.#press(direction * (++repeats > FASTER_AFTER ? FASTER : 1));
      this.#hold = setTimeout(again, repeats > FASTER_AFTER ? REPEAT_EVERY * 2 : REPEAT_EVERY);
    };
    this.#hold = setTimeout(again, HOLD_AFTER);
  }

  /** A click that no pointer made: by keyboard or assistive technology. */
  #click(event: MouseEvent, direction: number): void {
    if (event.detail === 0) this.#press(direction);
  }

  #key = (event: KeyboardEvent): void => {
    const count = KEYS[event.key];
    if (count === undefined) return;
    event.preventDefault();
    const rtl = getComputedStyle(event.currentTarget as Element).direction === "rtl";
    this.#press(rtl && (event.key === "ArrowRight" || event.key === "ArrowLeft") ? -count : count);
  };

  render(hass: Hass, described: Described, sample: Sample | null | undefined, live: boolean): TemplateResult {
    const unit = unitOf(hass);
    this.#hass = hass;
    this.#limits = limitsIn(described.limits, unit);
    const reported = sample?.setpoint ?? sample?.effective_setpoint;
    const from = reported ?? sample?.temperature;
    this.#start = typeof from === "number" ? toUnit(from, unit) : undefined;
    const shown = this.wish.value ?? (live && from === reported ? this.#start : undefined);
    const usable = described.controllable && described.entities["chamber"] !== undefined && this.#start !== undefined;
    return html`<div class="desired ${this.wish.phase}" role="group" aria-label=${text(hass, "card.desired")}>
      <span class="label" aria-hidden="true">${text(hass, "card.desired")}</span>
      <div class="stepper">
        ${usable ? this.#button(-1, "mdi:minus", "card.less") : nothing} ${this.#value(shown, usable)}
        ${usable ? this.#button(1, "mdi:plus", "card.more") : nothing}
      </div>
      ${this.#status(hass)}
    </div>`;
  }

  #value(shown: number | undefined, usable: boolean): TemplateResult {
    const hass = this.#hass!;
    const limits = this.#limits!;
    const spoken = shown === undefined ? "–" : `${number(hass.locale, shown, decimalsOf(limits.step))} ${unitOf(hass)}`;
    return usable
      ? html`<span
          data-role="desired"
          role="spinbutton"
          tabindex="0"
          aria-label=${text(hass, "card.desired")}
          aria-valuenow=${shown ?? this.#start}
          aria-valuemin=${limits.min}
          aria-valuemax=${limits.max}
          aria-valuetext=${spoken}
          @keydown=${this.#key}
          >${spoken}</span
        >`
      : html`<span data-role="desired">${spoken}</span>`;
  }

  #button(direction: number, icon: string, label: string): TemplateResult {
    return html`<button
      class="round"
      tabindex="-1"
      aria-label=${text(this.#hass, label)}
      @pointerdown=${(event: PointerEvent) => this.#hit(event, direction)}
      @pointerup=${this.release}
      @pointerleave=${this.release}
      @pointercancel=${this.release}
      @contextmenu=${(event: Event) => event.preventDefault()}
      @click=${(event: MouseEvent) => this.#click(event, direction)}
    >
      <ha-icon icon=${icon}></ha-icon>
    </button>`;
  }

  #status(hass: Hass): TemplateResult {
    const { phase, reason } = this.wish;
    const words = phase === "idle" || phase === "draft" ? nothing : (reason ?? text(hass, `card.${phase}`));
    return html`<span class="status" role="status">${words}</span>`;
  }
}
