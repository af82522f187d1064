import { expect, it } from "vitest";
import { sleeplessClock } from "../src/clock";

it("goes on while the machine sleeps, and never back", () => {
  let [monotonic, wall] = [100, 1_000_000];
  const clock = sleeplessClock(
    () => monotonic,
    () => wall,
  );
  [monotonic, wall] = [200, 1_000_100];
  expect(clock()).toBe(200);
  [monotonic, wall] = [210, 4_600_100];
  expect(clock()).toBe(3_600_200);
  [monotonic, wall] = [310, 500_000];
  expect(clock()).toBe(3_600_300);
});
