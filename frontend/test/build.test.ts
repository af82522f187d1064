// @vitest-environment node
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { beforeAll, expect, it, vi } from "vitest";

const MOST = 66_000;
const MOST_ON_THE_WAY = 24_000;

let code: string;

beforeAll(async () => {
  vi.stubEnv("NODE_ENV", "production");
  const built = (await build({
    logLevel: "silent",
    mode: "production",
    build: { write: false },
  })) as Rolldown.RolldownOutput;
  const parts = built.output.filter((part) => part.type === "chunk");
  expect(parts.map(({ fileName }) => fileName)).toEqual(["chamber-card.js"]);
  code = parts[0]!.code;
});

it("is what is committed", () => {
  expect(readFileSync("../custom_components/chamber_ws/www/chamber-card.js", "utf8") === code).toBe(true);
});

it("is small", () => {
  expect(code.length).toBeLessThan(MOST);
  expect(gzipSync(code).length).toBeLessThan(MOST_ON_THE_WAY);
});

it("knows its own address, by which it notices a newer one", () => {
  expect(code).toContain("import.meta.url");
});
