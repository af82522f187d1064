import { ageOf, type ChamberState, type StreamStatus } from "../stream";

/** ms for which a lost socket does not yet take the numbers away. */
export const SHORTLY = 3_000;
const HEARTBEATS_MISSED = 3;
/** s that a sample may be late on its way without being called old. */
const ON_THE_WAY = 5;

/** Whether the numbers may be shown as those of now. */
export const isLive = (state: ChamberState, status: StreamStatus, now: number, lostAt: number): boolean => {
  const age = ageOf(state, now);
  if (!state.fresh || age === null) return false;
  const heartbeat = state.described?.heartbeat;
  if (heartbeat && age > heartbeat * HEARTBEATS_MISSED + ON_THE_WAY) return false;
  return status === "live" || status === "connecting" || now - lostAt < SHORTLY;
};
