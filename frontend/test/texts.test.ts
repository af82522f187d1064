import { expect, it } from "vitest";
import { config_panel as english } from "../../custom_components/chamber_ws/translations/en.json";

const sources = Object.values(
  import.meta.glob<string>("../src/**/*.ts", { query: "?raw", import: "default", eager: true }),
).join("\n");
const texts: Record<string, Record<string, string>> = english;
const asked = new Set(
  [...sources.matchAll(/"(card|panel|strategy)\.(\w+)"/g)].map(([, part, key]) => `${part}.${key}`),
);

it("has every text that is asked for by its name", () => {
  const known = Object.entries(texts).flatMap(([part, own]) => Object.keys(own).map((key) => `${part}.${key}`));
  expect([...asked].filter((path) => !known.includes(path))).toEqual([]);
  expect(asked.size).toBeGreaterThan(30);
});

it("asks for every text of the card", () => {
  const begins = [...sources.matchAll(/[`.](\w+_)\${/g)].map(([, begin]) => begin!);
  const bare = new Set([...sources.matchAll(/"(\w+)"/g)].map(([, word]) => word!));
  const left = Object.keys(texts["card"]!).filter(
    (key) => !asked.has(`card.${key}`) && !bare.has(key) && !begins.some((begin) => key.startsWith(begin)),
  );
  expect(left).toEqual([]);
});
