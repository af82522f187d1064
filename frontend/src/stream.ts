import type { Alarm, Described, Link, Sample, StreamEvent } from "./api";
import { clock } from "./clock";
import { codeOf, type Connection, type Unsubscribe } from "./hass";

/** All that is known of one chamber; `receivedAt` in ms of `now()`, when the sample came. */
export interface ChamberState {
  described?: Described;
  sample?: Sample | null;
  receivedAt: number;
  fresh: boolean;
  link?: Link;
  alarm?: Alarm | null;
}

/** Why no events come: `connecting`, `live`, `lost` (socket), `missing` (not loaded, unknown), `denied`. */
export type StreamStatus = "connecting" | "live" | "lost" | "missing" | "denied";

export interface StreamOptions {
  /** Of these chambers; of all that may be read, when left out. */
  devices?: string[] | undefined;
  onChange(changed: ReadonlySet<string>): void;
  onStatus?(status: StreamStatus): void;
  /** ms, monotonic. */
  now?(): number;
  /** Runs `task` before the next frame is drawn. */
  frame?(task: () => void): void;
  /** Runs `task` after `ms`. */
  later?(task: () => void, ms: number): unknown;
  cancel?(timer: unknown): void;
}

/** Events that may be under way unconfirmed. */
export const WINDOW = 20;
/** ms for which an answer is waited for. */
export const ANSWER_WITHIN = 10_000;
/** ms without an event after which it is asked whether the subscription is still there. */
export const SILENCE = 4_000;
const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

/** `known` with the sections that `event` brings. */
export const fold = (known: ChamberState | undefined, event: StreamEvent, now: number): ChamberState => {
  const { device_id: _, gone: _gone, ...sections } = event;
  const state = { fresh: false, receivedAt: now, ...known, ...sections };
  if (event.sample) state.receivedAt = now;
  return state;
};

/** Seconds since the sample was taken. */
export const ageOf = (state: ChamberState, now: number): number | null =>
  state.sample ? state.sample.age + Math.max(0, now - state.receivedAt) / 1000 : null;

/** What time it is (Unix s) by the clock that dates the samples: a browser's own may be wrong. */
export const timeOf = (state: ChamberState | undefined, now: number): number => {
  const age = state && ageOf(state, now);
  const at = state?.sample?.at;
  return typeof at === "number" && typeof age === "number" ? at + age : Date.now() / 1000;
};

/**
 * The live chambers: subscribes, confirms once per frame, and comes back after everything that ends a subscription.
 * While a page is hidden no frames are drawn, so nothing is confirmed and the integration holds back all but the newest.
 */
export class Stream {
  readonly chambers = new Map<string, ChamberState>();
  status: StreamStatus = "connecting";
  readonly #connection: Connection;
  readonly #options: Required<Omit<StreamOptions, "devices">> & Pick<StreamOptions, "devices">;
  readonly #changed = new Set<string>();
  #attempt = 0;
  #retries = 0;
  #running = false;
  #subscription: number | undefined;
  #unsubscribe: Unsubscribe | undefined;
  #handled = 0;
  #confirmed = 0;
  #framePending = false;
  #timer: unknown;

  constructor(connection: Connection, options: StreamOptions) {
    this.#connection = connection;
    this.#options = {
      onStatus: () => undefined,
      now: clock,
      frame: (task) => void requestAnimationFrame(task),
      later: (task, ms) => setTimeout(task, ms),
      cancel: (timer) => clearTimeout(timer as number),
      ...options,
    };
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connection.addEventListener("ready", this.#onReady);
    this.#connection.addEventListener("disconnected", this.#onDisconnected);
    if (this.#connection.connected) this.#subscribe();
    else this.#tell("lost");
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#connection.removeEventListener("ready", this.#onReady);
    this.#connection.removeEventListener("disconnected", this.#onDisconnected);
    this.#leave();
  }

  /** Asks anew at once, as after a page was long asleep. */
  refresh(): void {
    if (!this.#running || !this.#connection.connected) return;
    this.#leave();
    this.#subscribe();
  }

  /** What was known before may be long untrue, as when Home Assistant was restarted. */
  #onReady = (): void => {
    for (const state of this.chambers.values()) state.fresh = false;
    this.#forget();
    this.#retries = 0;
    this.#subscribe();
  };

  #onDisconnected = (): void => {
    this.#forget();
    this.#tell("lost");
  };

  /** Ends what is under way; its subscription belongs to a socket that is no more. */
  #forget(): void {
    this.#attempt++;
    this.#options.cancel(this.#timer);
    this.#subscription = undefined;
    this.#unsubscribe = undefined;
  }

  #leave(): void {
    const unsubscribe = this.#unsubscribe;
    this.#forget();
    if (unsubscribe) void quietly(unsubscribe);
  }

  async #subscribe(): Promise<void> {
    const attempt = ++this.#attempt;
    const { devices, later, cancel } = this.#options;
    this.#handled = this.#confirmed = 0;
    cancel(this.#timer);
    this.#timer = later(() => this.#retry(attempt, undefined), ANSWER_WITHIN);
    const message: { type: string; id?: number; [key: string]: unknown } = {
      type: "chamber_ws/subscribe",
      window: WINDOW,
      ...(devices ? { device_id: devices } : {}),
    };
    try {
      const unsubscribe = await this.#connection.subscribeMessage<StreamEvent>(
        (event) => attempt === this.#attempt && this.#take(event),
        message,
        { resubscribe: false },
      );
      if (attempt !== this.#attempt) return void quietly(unsubscribe);
      this.#unsubscribe = unsubscribe;
      this.#subscription = message.id;
      this.#retries = 0;
      this.#tell("live");
      this.#listen();
      if (this.#handled) this.#schedule();
    } catch (error) {
      this.#retry(attempt, error);
    }
  }

  #retry(attempt: number, error: unknown): void {
    if (attempt !== this.#attempt || !this.#running) return;
    this.#leave();
    const code = codeOf(error);
    if (code === "unauthorized") this.#tell("denied");
    else if (error !== undefined) this.#tell(this.#connection.connected ? "missing" : "lost");
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#retries++);
    this.#timer = this.#options.later(() => {
      if (this.#connection.connected) void this.#subscribe();
    }, wait);
  }

  /**
   * A subscription can end without a word: Home Assistant's frontend ends those of a socket that was lost by their old
   * numbers, one of which may be ours now.
   */
  #listen(): void {
    this.#options.cancel(this.#timer);
    this.#timer = this.#options.later(() => {
      void this.#ask();
      this.#listen();
    }, SILENCE);
  }

  #take(event: StreamEvent): void {
    this.#handled++;
    const { device_id: device } = event;
    if (event.gone) this.chambers.delete(device);
    else this.chambers.set(device, fold(this.chambers.get(device), event, this.#options.now()));
    this.#changed.add(device);
    this.#schedule();
    if (event.gone && this.#options.devices) this.#retry(this.#attempt, { code: "not_found" });
  }

  /** A change is shown at once, what comes before the next frame with that one; a hidden page has none. */
  #schedule(): void {
    if (this.#framePending) return;
    this.#framePending = true;
    this.#deliver();
    this.#options.frame(() => {
      this.#framePending = false;
      this.#confirm();
      this.#deliver();
    });
  }

  #deliver(): void {
    const changed = new Set(this.#changed);
    this.#changed.clear();
    if (this.#running && changed.size) this.#options.onChange(changed);
  }

  #confirm(): void {
    if (this.#subscription === undefined || this.#handled === this.#confirmed) return;
    this.#confirmed = this.#handled;
    this.#listen();
    void this.#ask();
  }

  /** Says what is confirmed; where nobody knows the subscription any more it is made anew. */
  async #ask(): Promise<void> {
    const attempt = this.#attempt;
    const message = { type: "chamber_ws/received", subscription: this.#subscription, count: this.#confirmed };
    try {
      await this.#connection.sendMessagePromise(message);
    } catch (error) {
      if (codeOf(error) === "not_found") this.#retry(attempt, undefined);
    }
  }

  #tell(status: StreamStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.#options.onStatus(status);
  }
}

/** What fails here has failed because the socket is gone, which is told elsewhere. */
const quietly = async (task: () => unknown): Promise<void> => {
  try {
    await task();
  } catch {
    return;
  }
};
