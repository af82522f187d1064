/**
 * What the user wishes the chamber to do, apart from what the chamber reports: no report resets it and no press is lost.
 * Times in ms; a value is sent `QUIET` after the last press, one call at a time, the newest wish last.
 */

export type Phase = "idle" | "draft" | "pending" | "confirmed" | "rejected";

export interface Draft<T> {
  /** What is wished and not yet known to be reached. */
  readonly wish?: T;
  /** When the last press was. */
  readonly pressedAt: number;
  /** What the call that is under way asks for. */
  readonly asked?: T;
  readonly calling: boolean;
  /** How the last call ended, and when. */
  readonly outcome?: { readonly ok: boolean; readonly reason?: string | undefined; readonly at: number };
}

export const QUIET = 600;
/** How long an outcome is shown. */
export const CONFIRMED_FOR = 2_500;
export const REJECTED_FOR = 12_000;

export const nothing: Draft<never> = { pressedAt: 0, calling: false };

export const pressed = <T>({ outcome: _, ...rest }: Draft<T>, wish: T, now: number): Draft<T> => ({
  ...rest,
  pressedAt: now,
  wish,
});

/** ms until the wish has to be sent; undefined when there is nothing to send now. */
export const dueIn = <T>(draft: Draft<T>, now: number): number | undefined =>
  draft.wish === undefined || draft.calling || draft.outcome ? undefined : Math.max(0, draft.pressedAt + QUIET - now);

/** The call for the wish begins. */
export const called = <T>(draft: Draft<T>): Draft<T> => {
  const { outcome: _, ...rest } = draft;
  return draft.wish === undefined ? rest : { ...rest, asked: draft.wish, calling: true };
};

/** The call has ended; a wish that is newer than it stays to be sent. */
export const answered = <T>(draft: Draft<T>, now: number, reason?: string): Draft<T> => {
  const { asked, wish, pressedAt } = draft;
  const ok = reason === undefined;
  const kept = { pressedAt, calling: false, ...(wish !== undefined && (ok || wish !== asked) && { wish }) };
  return wish !== undefined && wish !== asked ? kept : { ...kept, outcome: { ok, reason, at: now } };
};

/** What is left of the draft at `now`: outcomes are told for a while. */
export const settled = <T>(draft: Draft<T>, now: number): Draft<T> =>
  draft.outcome && now - draft.outcome.at >= (draft.outcome.ok ? CONFIRMED_FOR : REJECTED_FOR) ? nothing : draft;

export const phaseOf = <T>(draft: Draft<T>): Phase =>
  draft.outcome
    ? draft.outcome.ok
      ? "confirmed"
      : "rejected"
    : draft.wish === undefined
      ? "idle"
      : draft.calling && draft.wish === draft.asked
        ? "pending"
        : "draft";
