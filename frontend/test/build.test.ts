// @vitest-environment node
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { beforeAll, describe, expect, it, vi } from "vitest";

/** Bytes of each module at most, as they are and on their way. */
const MOST: Record<string, [plain: number, compressed: number]> = {
  "chamber-card.js": [60_000, 20_000],
  "chamber-dashboard.js": [10_000, 4_000],
  "chamber-panel.js": [45_000, 15_000],
};

const built = new Map<string, string>();

beforeAll(async () => {
  vi.stubEnv("NODE_ENV", "production");
  const { output } = (await build({
    logLevel: "silent",
    mode: "production",
    build: { write: false },
  })) as Rolldown.RolldownOutput;
  for (const part of output) built.set(part.fileName, String(part.type === "chunk" ? part.code : part.source));
});

it("makes these files", () => {
  expect([...built.keys()].sort()).toEqual(["LICENSE-lit", ...Object.keys(MOST)]);
});

describe.each(Object.entries(MOST))("%s", (name, [plain, compressed]) => {
  it("is what is committed", () => {
    expect(readFileSync(`../custom_components/chamber_ws/www/${name}`, "utf8") === built.get(name)).toBe(true);
  });

  it("is small", () => {
    expect(Buffer.byteLength(built.get(name)!)).toBeLessThanOrEqual(plain);
    expect(gzipSync(built.get(name)!, { level: 9 }).length).toBeLessThanOrEqual(compressed);
  });
});

it("knows its own address, by which it notices a newer one", () => {
  expect(built.get("chamber-card.js")).toContain("import.meta.url");
});
