import { answered, called, dueIn, nothing, phaseOf, pressed, settled, type Draft, type Phase } from "../draft";
import { codeOf, reasonOf } from "../hass";

/** Code of a call that ended because the socket was lost. */
const CONNECTION_LOST = 3;

/** One wish of the user, brought to the chamber: sends it, tells how it went, and draws the card anew when that changes. */
export class Wish<T> {
  #draft: Draft<T> = nothing;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` ends when the chamber has confirmed, or fails with the reason. */
  constructor(
    readonly host: { requestUpdate(): void },
    readonly send: (value: T) => Promise<unknown>,
    readonly lostText: () => string,
  ) {}

  get value(): T | undefined {
    return this.#draft.wish;
  }

  get phase(): Phase {
    return phaseOf(this.#draft);
  }

  get reason(): string | undefined {
    return this.#draft.outcome?.reason;
  }

  /** Sends at once what waits, as when the card is taken away by another view. */
  flush(): void {
    if (this.#draft.wish !== undefined && !this.#draft.calling && !this.#draft.outcome) void this.#call();
  }

  press(value: T, now = performance.now()): void {
    this.#become(pressed(this.#draft, value, now));
  }

  #become(draft: Draft<T>): void {
    this.#draft = draft;
    this.host.requestUpdate();
    clearTimeout(this.#timer);
    const now = performance.now();
    const due = dueIn(draft, now);
    if (due !== undefined) this.#timer = setTimeout(() => void this.#call(), due);
    else if (draft.outcome) this.#timer = setTimeout(() => this.#settle(), 250);
  }

  #settle(): void {
    this.#become(settled(this.#draft, performance.now()));
  }

  async #call(): Promise<void> {
    const wish = this.#draft.wish;
    if (wish === undefined || this.#draft.calling) return;
    this.#become(called(this.#draft));
    try {
      await this.send(wish);
      this.#become(answered(this.#draft, performance.now()));
    } catch (error) {
      const reason = codeOf(error) === CONNECTION_LOST ? this.lostText() : reasonOf(error);
      this.#become(answered(this.#draft, performance.now(), reason));
    }
  }
}
