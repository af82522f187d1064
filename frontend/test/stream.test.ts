import { beforeEach, describe, expect, it } from "vitest";
import { DESCRIBED, sampleAt } from "../dev/fake";
import type { StreamEvent } from "../src/api";
import type { Connection } from "../src/hass";
import { ageOf, fold, SILENCE, Stream, timeOf, WINDOW, type StreamStatus } from "../src/stream";

type Listener = () => void;

/** A connection that answers as told, with a clock, frames and timers that go on by hand. */
class Fake implements Connection {
  connected = true;
  now = 0;
  sent: { type: string; [key: string]: unknown }[] = [];
  failing: unknown;
  /** Whether it has forgotten the subscription. */
  forgetful = false;
  unsubscribed: number[] = [];
  emit: ((event: StreamEvent) => void) | undefined;
  #id = 0;
  #listeners = { ready: new Set<Listener>(), disconnected: new Set<Listener>() };
  frames: Listener[] = [];
  timers = new Map<number, { at: number; task: Listener }>();

  async subscribeMessage<T>(callback: (event: T) => void, message: { type: string; id?: number }): Promise<() => void> {
    const id = (message.id = ++this.#id);
    this.sent.push(message);
    if (this.failing !== undefined) throw this.failing;
    this.emit = callback as (event: StreamEvent) => void;
    return () => void this.unsubscribed.push(id);
  }
  async sendMessagePromise<T>(message: { type: string }): Promise<T> {
    this.sent.push(message);
    if (this.forgetful) throw { code: "not_found" };
    return {} as T;
  }
  addEventListener(event: "ready" | "disconnected", listener: Listener): void {
    this.#listeners[event].add(listener);
  }
  removeEventListener(event: "ready" | "disconnected", listener: Listener): void {
    this.#listeners[event].delete(listener);
  }
  get listeners(): number {
    return this.#listeners.ready.size + this.#listeners.disconnected.size;
  }
  fire(event: "ready" | "disconnected"): void {
    this.connected = event === "ready";
    for (const listener of this.#listeners[event]) listener();
  }
  draw(): void {
    for (const task of this.frames.splice(0)) task();
  }
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, one], [, other]) => one.at - other.at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].task();
      await settle();
    }
    this.now = end;
  }
  get subscriptions(): number {
    return this.sent.filter(({ type }) => type === "chamber_ws/subscribe").length;
  }
  get confirmations(): unknown[] {
    return this.sent
      .filter(({ type }) => type === "chamber_ws/received")
      .map(({ subscription, count }) => [subscription, count]);
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

let fake: Fake;
let changes: string[][];
let told: StreamStatus[];
let timer = 0;

const stream = (): Stream =>
  new Stream(fake, {
    devices: ["device"],
    onChange: (changed) => changes.push([...changed]),
    onStatus: (status) => told.push(status),
    now: () => fake.now,
    frame: (task) => void fake.frames.push(task),
    later: (task, ms) => {
      fake.timers.set(++timer, { at: fake.now + ms, task });
      return timer;
    },
    cancel: (id) => void fake.timers.delete(id as number),
  });

const event = (more: Partial<StreamEvent> = {}): StreamEvent => ({ device_id: "device", sample: sampleAt(0), ...more });

beforeEach(() => {
  fake = new Fake();
  changes = [];
  told = [];
});

describe("a stream", () => {
  it("subscribes with a window and confirms once a frame", async () => {
    const live = stream();
    live.start();
    await settle();
    expect(fake.sent[0]).toMatchObject({ type: "chamber_ws/subscribe", device_id: ["device"], window: WINDOW });
    expect(told).toEqual(["live"]);
    fake.emit?.(event({ described: DESCRIBED, fresh: true }));
    fake.emit?.(event());
    expect(fake.confirmations).toEqual([]);
    fake.draw();
    expect(fake.confirmations).toEqual([[1, 2]]);
    fake.emit?.(event());
    fake.draw();
    expect(fake.confirmations).toEqual([
      [1, 2],
      [1, 3],
    ]);
    expect(live.chambers.get("device")?.described?.name).toBe(DESCRIBED.name);
  });

  it("shows a change at once, and what follows before the next frame with that one", async () => {
    stream().start();
    await settle();
    fake.emit?.(event({ described: DESCRIBED, fresh: true }));
    expect(changes).toEqual([["device"]]);
    fake.emit?.(event());
    fake.emit?.(event());
    expect(changes).toHaveLength(1);
    fake.draw();
    expect(changes).toHaveLength(2);
    fake.draw();
    expect(changes).toHaveLength(2);
  });

  it("comes back after the socket was lost, and leaves the old subscription alone", async () => {
    stream().start();
    await settle();
    fake.fire("disconnected");
    expect(told.at(-1)).toBe("lost");
    await fake.pass(SILENCE * 2);
    expect(fake.subscriptions).toBe(1);
    fake.fire("ready");
    await settle();
    expect(told.at(-1)).toBe("live");
    expect(fake.subscriptions).toBe(2);
    expect(fake.unsubscribed).toEqual([]);
  });

  it("calls nothing live after the socket was lost until it is told anew", async () => {
    const live = stream();
    const fresh = (): boolean | undefined => live.chambers.get("device")?.fresh;
    live.start();
    await settle();
    fake.emit?.(event({ described: DESCRIBED, fresh: true }));
    fake.fire("disconnected");
    expect(fresh()).toBe(true);
    fake.fire("ready");
    await settle();
    expect([told.at(-1), fresh()]).toEqual(["live", false]);
    fake.emit?.(event({ fresh: true }));
    expect(fresh()).toBe(true);
  });

  it("asks again, ever more rarely, while the command is not known yet", async () => {
    fake.failing = { code: "unknown_command", message: "Unknown command." };
    stream().start();
    await settle();
    expect(told.at(-1)).toBe("missing");
    await fake.pass(500);
    await fake.pass(1000);
    expect(fake.subscriptions).toBe(3);
    await fake.pass(1000);
    expect(fake.subscriptions).toBe(3);
    fake.failing = undefined;
    await fake.pass(1000);
    expect(told.at(-1)).toBe("live");
    expect(fake.subscriptions).toBe(4);
  });

  it("tells when it is not allowed", async () => {
    fake.failing = { code: "unauthorized", message: "Unauthorized" };
    stream().start();
    await settle();
    expect(told.at(-1)).toBe("denied");
  });

  it("asks whether it is still subscribed when all is silent, and goes on where it is", async () => {
    stream().start();
    await settle();
    await fake.pass(SILENCE - 1);
    expect(fake.confirmations).toEqual([]);
    await fake.pass(SILENCE * 2);
    expect(fake.confirmations).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(fake.subscriptions).toBe(1);
  });

  it("subscribes anew, and tells of no trouble, where somebody has ended its subscription", async () => {
    stream().start();
    await settle();
    fake.emit?.(event());
    fake.forgetful = true;
    fake.draw();
    await settle();
    await fake.pass(500);
    expect(fake.subscriptions).toBe(2);
    fake.forgetful = false;
    await fake.pass(SILENCE * 3);
    expect(fake.subscriptions).toBe(2);
    expect(told).toEqual(["live"]);
  });

  it("confirms nothing more while nothing is drawn", async () => {
    stream().start();
    await settle();
    fake.emit?.(event());
    await fake.pass(SILENCE);
    expect(fake.confirmations).toEqual([[1, 0]]);
  });

  it("asks again after the chamber was gone", async () => {
    const live = stream();
    live.start();
    await settle();
    fake.emit?.(event());
    fake.emit?.({ device_id: "device", gone: true });
    fake.draw();
    expect(live.chambers.size).toBe(0);
    expect(told.at(-1)).toBe("missing");
    await fake.pass(1000);
    expect(fake.subscriptions).toBe(2);
  });

  it("leaves nothing behind", async () => {
    const live = stream();
    live.start();
    await settle();
    live.stop();
    await settle();
    expect(fake.listeners).toBe(0);
    expect(fake.unsubscribed).toEqual([1]);
    expect(fake.timers.size).toBe(0);
    fake.emit?.(event());
    fake.draw();
    expect(changes).toEqual([]);
  });

  it("ends a subscription that is answered after it was stopped", async () => {
    const live = stream();
    live.start();
    live.stop();
    await settle();
    expect(fake.unsubscribed).toEqual([1]);
  });

  it("waits for a connection that is not there yet", async () => {
    fake.connected = false;
    stream().start();
    expect(told).toEqual(["lost"]);
    fake.fire("ready");
    await settle();
    expect(told).toEqual(["lost", "live"]);
  });
});

describe("a chamber's state", () => {
  it("keeps the sections that an event does not bring", () => {
    const first = fold(undefined, event({ fresh: true, link: { connected: true } }), 0);
    const second = fold(first, { device_id: "device", fresh: false }, 5000);
    expect(second.link).toEqual({ connected: true });
    expect(second.fresh).toBe(false);
    expect(second.receivedAt).toBe(0);
  });

  it("tells the time by its samples, whatever the browser's clock shows", () => {
    const state = fold(undefined, event({ sample: { ...sampleAt(1_000_000), age: 2 } }), 1000);
    expect(timeOf(state, 4000)).toBe(1_000_005);
    expect(Math.abs(timeOf(undefined, 0) - Date.now() / 1000)).toBeLessThan(1);
  });

  it("grows older", () => {
    const state = fold(undefined, event({ sample: { ...sampleAt(0), age: 2 } }), 1000);
    expect(ageOf(state, 4000)).toBe(5);
    expect(ageOf({ receivedAt: 0, fresh: false }, 0)).toBeNull();
  });
});
