import { describe, expect, it } from "vitest";
import {
  answered,
  called,
  CONFIRMED_FOR,
  dueIn,
  nothing,
  phaseOf,
  pressed,
  QUIET,
  REJECTED_FOR,
  settled,
  type Draft,
} from "../src/draft";

const idle: Draft<number> = nothing;

describe("a draft", () => {
  it("waits for quiet after the last press", () => {
    const first = pressed(idle, 5.1, 1000);
    expect(dueIn(first, 1000)).toBe(QUIET);
    const second = pressed(first, 5.2, 1500);
    expect(dueIn(second, 1600)).toBe(QUIET - 100);
    expect(dueIn(second, 9000)).toBe(0);
    expect(phaseOf(second)).toBe("draft");
  });

  it("asks for nothing while there is no wish", () => {
    expect(dueIn(idle, 0)).toBeUndefined();
    expect(phaseOf(idle)).toBe("idle");
  });

  it("is pending while its call is under way, and asks no second time", () => {
    const calling = called(pressed(idle, 5.1, 0));
    expect(phaseOf(calling)).toBe("pending");
    expect(calling.asked).toBe(5.1);
    expect(dueIn(calling, 9000)).toBeUndefined();
  });

  it("keeps a press that comes during a call, and sends the newest after it", () => {
    let draft = called(pressed(idle, 5.1, 0));
    draft = pressed(pressed(draft, 5.2, 700), 5.3, 800);
    expect(phaseOf(draft)).toBe("draft");
    expect(dueIn(draft, 900)).toBeUndefined();
    draft = answered(draft, 1000);
    expect(draft.wish).toBe(5.3);
    expect(dueIn(draft, 1000)).toBe(400);
    expect(called(draft).asked).toBe(5.3);
  });

  it("keeps a newer wish though the call before it failed", () => {
    const draft = answered(pressed(called(pressed(idle, 99, 0)), 6, 700), 900, "out of range");
    expect(phaseOf(draft)).toBe("draft");
    expect(draft.wish).toBe(6);
  });

  it("shows what was wished until the confirmation has been seen", () => {
    const draft = answered(called(pressed(idle, 5.1, 0)), 2000);
    expect(phaseOf(draft)).toBe("confirmed");
    expect(draft.wish).toBe(5.1);
    expect(settled(draft, 2000 + CONFIRMED_FOR - 1)).toBe(draft);
    expect(settled(draft, 2000 + CONFIRMED_FOR)).toBe(nothing);
  });

  it("gives the wish up when it is rejected, and tells the reason", () => {
    const draft = answered(called(pressed(idle, 99, 0)), 2000, "out of range");
    expect(phaseOf(draft)).toBe("rejected");
    expect(draft.wish).toBeUndefined();
    expect(draft.outcome?.reason).toBe("out of range");
    expect(settled(draft, 2000 + REJECTED_FOR)).toBe(nothing);
  });

  it("begins anew with a press after an outcome", () => {
    const draft = pressed(answered(called(pressed(idle, 99, 0)), 2000, "no"), 6, 2100);
    expect(phaseOf(draft)).toBe("draft");
    expect(dueIn(draft, 2100)).toBe(QUIET);
  });
});
