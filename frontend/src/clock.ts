/** A clock for ages, in ms: it never goes back, and it goes on while the machine sleeps, which `performance.now()` does not everywhere. */
export const sleeplessClock = (monotonic: () => number, wall: () => number): (() => number) => {
  let [lastMonotonic, lastWall, time] = [monotonic(), wall(), monotonic()];
  return () => {
    const [nowMonotonic, nowWall] = [monotonic(), wall()];
    time += Math.max(nowMonotonic - lastMonotonic, nowWall - lastWall, 0);
    [lastMonotonic, lastWall] = [nowMonotonic, nowWall];
    return time;
  };
};

/** The page's clock. A wall clock that is set forward makes numbers old for a moment, never young. */
export const clock = sleeplessClock(
  () => performance.now(),
  () => Date.now(),
);
