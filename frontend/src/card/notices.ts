import type { Alarm } from "../api";
import { countdown, duration, momentOf, temperature } from "../format";
import type { Hass } from "../hass";
import { text, textOf, type Values } from "../strings";

export type Severity = "error" | "warning" | "info";

/** One thing that needs attention. */
export interface Notice {
  id: string;
  severity: Severity;
  icon: string;
  title: string;
  details: string[];
  /** Whether it waits for somebody to acknowledge it. */
  waits?: boolean;
}

const ICONS: Record<Severity, string> = {
  error: "mdi:alert",
  warning: "mdi:alert-outline",
  info: "mdi:information-outline",
};

const entityText = (hass: Hass, path: string, fallback: string): string =>
  textOf(hass, `entity.${path}`) ?? fallback;

/** An id as a word, where there is no name. */
export const spelt = (id: string): string => id.replace(/[_-]/g, " ").replace(/^./, (first) => first.toUpperCase());

/** "Too warm", "Too cold" … */
export const whatText = (hass: Hass, what: string): string =>
  entityText(hass, `binary_sensor.excursion.state_attributes.what.state.${what}`, spelt(what));

/** The fault in words. */
export const faultText = (hass: Hass, fault: string): string =>
  entityText(hass, `binary_sensor.fault.state_attributes.reasons.state.${fault}`, spelt(fault));

/** The alarm profile in words. */
export const profileText = (hass: Hass, profile: string): string =>
  entityText(hass, `select.alarm_profile.state.${profile}`, spelt(profile));

const notice = (hass: Hass, id: string, severity: Severity, values?: Values, details: string[] = []): Notice => ({
  id,
  severity,
  icon: ICONS[severity],
  title: text(hass, `card.${id}`, values),
  details,
});

/** The excursion in progress, or the last one while nobody has acknowledged it. */
const ofExcursion = (hass: Hass, alarm: Alarm, now: number): Notice[] => {
  const { last_excursion: last, excursion, unacknowledged } = alarm;
  if (!excursion && !unacknowledged) return [];
  const what = last ? whatText(hass, last.what) : text(hass, "card.excursion");
  const details: string[] = [];
  if (last) {
    details.push(text(hass, "card.since", { time: momentOf(hass, last.since, now) }));
    if (last.ended)
      details.push(text(hass, "card.ended", { time: momentOf(hass, last.ended, now) }));
    if (typeof last.peak === "number") details.push(text(hass, "card.peak", { value: temperature(hass, last.peak) }));
    if (last.ended && last.out) {
      details.push(text(hass, "card.out", { duration: duration(hass.locale, last.out) }));
    }
    details.push(...acknowledgement(hass, alarm, now));
  }
  const id = excursion ? "excursion_now" : "excursion_over";
  return [{ ...notice(hass, id, "error", { what }, details), waits: unacknowledged === true }];
};

/** Who has acknowledged, when, and what they wrote. */
export const acknowledgement = (hass: Hass, { last_excursion: last }: Alarm, now: number): string[] => {
  if (!last || typeof last.acknowledged_at !== "number") return [];
  const values = { who: last.acknowledged_by ?? "–", time: momentOf(hass, last.acknowledged_at, now) };
  const said = text(hass, "card.acknowledged_by", values);
  return [last.comment ? `${said}: ${last.comment}` : said];
};

const ofWarnings = (hass: Hass, alarm: Alarm, now: number): Notice[] => {
  const found: Notice[] = [];
  const { pending_until: pending, breach, warning } = alarm;
  if (alarm.excursion) return found;
  if (typeof pending === "number" && pending > now) {
    found.push(notice(hass, "pending_alarm", "warning", { time: countdown(pending - now) }));
  }
  if (breach) {
    const values = { limit: temperature(hass, breach.limit), duration: duration(hass.locale, breach.seconds) };
    found.push(notice(hass, breach.confident ? "breach" : "breach_perhaps", "warning", values));
  } else if (warning) {
    found.push(notice(hass, "warning", "warning"));
  }
  return found;
};

/** All that needs attention, the worst first; `now` in Unix s. */
export const noticesOf = (hass: Hass, alarm: Alarm | null | undefined, now: number): Notice[] => {
  if (!alarm) return [];
  const found = ofExcursion(hass, alarm, now);
  if (alarm.faults?.length) {
    const names = alarm.faults.map((fault) => faultText(hass, fault));
    found.push(notice(hass, "fault", "error", undefined, names));
  }
  if (alarm.lost) found.push(notice(hass, "lost", "error"));
  found.push(...ofWarnings(hass, alarm, now));
  if (typeof alarm.shelved_until === "number" && alarm.shelved_until > now) {
    found.push(notice(hass, "shelved", "info", { time: momentOf(hass, alarm.shelved_until, now) }));
  }
  if (found.length && !found.some(({ waits }) => waits) && alarm.unacknowledged) found[0]!.waits = true;
  return found;
};

/** What a screen reader is told when it changes; without what runs, as countdowns. */
export const spokenOf = (notices: readonly Notice[]): string =>
  notices
    .filter(({ id }) => id !== "pending_alarm" && !id.startsWith("breach"))
    .map(({ title }) => title)
    .join(". ");

/** The name of an entity, as of `sensor.minimum`. */
export const nameOf = (hass: Hass, path: string): string =>
  entityText(hass, `${path}.name`, spelt(path.slice(path.indexOf(".") + 1)));
