import type { Described } from "../api";
import { html, nothing, type TemplateResult } from "../element";
import { ago, number, temperature } from "../format";
import type { Hass } from "../hass";
import { ageOf, type ChamberState, type StreamStatus } from "../stream";
import { findText, text } from "../strings";
import type { Detail } from "./details";
import { profileText, spelt, type Notice } from "./notices";
import type { Wish } from "./wish";

/** The pieces of the card that keep nothing in mind. */

const ACTION_ICONS: Record<string, string> = {
  heating: "mdi:fire",
  cooling: "mdi:snowflake",
  idle: "mdi:circle-outline",
  off: "mdi:power",
  fault: "mdi:alert",
};

/** The name, and what the chamber does now. */
export const header = (hass: Hass, name: string, { sample }: ChamberState, live: boolean): TemplateResult => {
  const action = live ? sample?.action : undefined;
  const reason = sample?.reason ? (findText(hass, `card.reason_${sample.reason}`) ?? sample.reason) : undefined;
  return html`<header>
    <h2>${name}</h2>
    ${
      action
        ? html`<span class="action ${ACTION_ICONS[action] ? action : ""}" title=${reason ?? nothing}>
          <ha-icon icon=${ACTION_ICONS[action] ?? "mdi:circle-outline"}></ha-icon>${
            findText(hass, `card.action_${action}`) ?? action
          }</span
        >`
        : nothing
    }
  </header>`;
};

/** How long ago the newest sample was taken. */
const lastSample = (hass: Hass, state: ChamberState, now: number): string => {
  const age = ageOf(state, now);
  return age === null ? text(hass, "card.no_sample") : text(hass, "card.last_sample", { ago: ago(hass.locale, age) });
};

/** What the limits are for: the probe that is judged as the newest sample has it, else what is found now and then. */
const judgedValue = ({ alarm, sample }: ChamberState): number | null | undefined => {
  const newest = sample?.probes?.[alarm?.judged_on ?? ""];
  return newest === undefined ? alarm?.value : newest;
};

/** What the number is measured by: the limits; or how old it is, where it is not shown. */
export const underActual = (hass: Hass, state: ChamberState, live: boolean, now: number): string => {
  if (!live) return lastSample(hass, state, now);
  const { limit_low: low, limit_high: high, judged_on: judged, profile } = state.alarm ?? {};
  const words: string[] = [];
  if (typeof low === "number" || typeof high === "number") {
    const limits = { low: temperature(hass, low), high: temperature(hass, high) };
    const key = typeof low !== "number" ? "limit_high" : typeof high !== "number" ? "limit_low" : "limits";
    words.push(text(hass, `card.${key}`, limits));
  } else if (profile && profile !== "off") {
    words.push(profileText(hass, profile));
  }
  const value = temperature(hass, judgedValue(state));
  const probe = state.described?.probes[judged ?? ""];
  if (probe) words.push(`${probe.name ?? spelt(judged!)} ${value}`);
  else if (judged === "virtual_vial") words.push(text(hass, "card.vial", { value }));
  return words.join(" ·\u00a0");
};

/** Whether the temperature lies within the limits, as the class of a dot; empty where that cannot be said. */
export const standing = (state: ChamberState, live: boolean): string => {
  const value = judgedValue(state) ?? state.sample?.temperature;
  const { limit_low: low, limit_high: high } = state.alarm ?? {};
  if (!live || typeof value !== "number" || (low ?? high ?? null) === null) return "";
  return value < (low ?? -Infinity) || value > (high ?? Infinity) ? "outside" : "inside";
};

/** One thing that needs attention; `action` is what can be done about it. */
export const banner = (notice: Omit<Notice, "id">, action: TemplateResult | typeof nothing): TemplateResult =>
  html`<section class="notice ${notice.severity}" aria-label=${notice.title}>
    <ha-icon icon=${notice.icon}></ha-icon>
    <div class="words">
      <strong>${notice.title}</strong>
      ${notice.details.length ? html`<p>${notice.details.join(" ·\u00a0")}</p>` : nothing}
      ${action}
    </div>
  </section>`;

/** The modes of which one can be chosen. */
export const modeChips = (
  hass: Hass,
  state: ChamberState,
  described: Described,
  live: boolean,
  wish: Wish<string>,
): TemplateResult | typeof nothing => {
  const { modes, controllable, entities } = described;
  if (modes.length < 2) return nothing;
  const now = wish.value ?? (live ? state.sample?.mode : undefined);
  const usable = controllable && entities["chamber"] !== undefined;
  const problem = wish.reason;
  return html`<div class="modes" role="group" aria-label=${text(hass, "card.mode")}>
      ${modes.map(
        (mode) =>
          html`<button
            class="${mode} ${mode === now && wish.phase !== "idle" ? "waiting" : ""}"
            aria-pressed=${mode === now}
            ?disabled=${!usable}
            @click=${() => wish.press(mode)}
          >
            ${findText(hass, `card.mode_${mode}`) ?? mode}
          </button>`,
      )}
    </div>
    ${problem ? html`<p class="under" role="alert">${problem}</p>` : nothing}`;
};

/** One small fact; a press opens its entity. */
const detailOf = ({ icon, name, value, entity }: Detail, open: (entity: string) => void): TemplateResult => {
  const inside = html`<ha-icon icon=${icon}></ha-icon
    ><span class="words"><span class="value">${value}</span><span class="label">${name}</span></span>`;
  return entity
    ? html`<button @click=${() => open(entity)}>${inside}</button>`
    : html`<div class="plainly">${inside}</div>`;
};

/** All small facts. */
export const detailList = (details: Detail[], open: (entity: string) => void): TemplateResult | typeof nothing => {
  if (!details.length) return nothing;
  return html`<ul class="details">
    ${details.map((detail) => html`<li class="${detail.on ? "on" : ""} ${detail.tone ?? ""}">${detailOf(detail, open)}</li>`)}
  </ul>`;
};

/** How the link is. */
const linkText = (hass: Hass, { link }: ChamberState, status: StreamStatus): string => {
  if (status !== "live") return text(hass, `card.status_${status}`);
  if (link?.connected === false) return text(hass, "card.not_connected");
  const trip = link?.round_trip;
  if (typeof trip !== "number") return text(hass, "card.connected");
  return text(hass, "card.round_trip", { ms: number(hass.locale, trip, trip < 10 ? 1 : 0) });
};

/** How old the newest sample is, and how the link is. */
export const footer = (hass: Hass, state: ChamberState, status: StreamStatus, now: number): TemplateResult =>
  html`<footer><span>${lastSample(hass, state, now)}</span> <span>${linkText(hass, state, status)}</span></footer>`;

/** That the page runs an older module than the integration serves. */
export const outdated = (hass: Hass): TemplateResult => {
  const reload = html`<button class="plain" @click=${() => location.reload()}>${text(hass, "card.reload")}</button>`;
  return banner({ severity: "info", icon: "mdi:update", title: text(hass, "card.outdated"), details: [] }, reload);
};
