import { expect, it } from "vitest";
import { decimalsOf, limitsIn, stepped, toUnit } from "../src/units";

const LIMITS = { min: -80, max: 180, step: 0.1 };

it("converts", () => {
  expect(toUnit(100, "°F")).toBe(212);
  expect(toUnit(-40, "°F")).toBe(-40);
  expect(toUnit(5, "°C")).toBe(5);
});

it("has steps in °F that read well, and limits that are never exceeded", () => {
  expect(limitsIn(LIMITS, "°C")).toEqual(LIMITS);
  expect(limitsIn(LIMITS, "°F").step).toBe(0.2);
  expect(limitsIn({ min: 0.3, max: 40.3, step: 0.5 }, "°F")).toEqual({ min: 33, max: 104, step: 1 });
});

it("goes by steps without leaving dust", () => {
  let value = 5;
  for (let count = 0; count < 1000; count++) value = stepped(value, 1, LIMITS);
  expect(value).toBe(105);
  expect(stepped(6.63, 1, { min: -5, max: 45, step: 0.1 })).toBe(6.7);
});

it("goes to the next step from between two", () => {
  const limits = { min: 0, max: 10, step: 0.5 };
  expect(stepped(5.2, 1, limits)).toBe(5.5);
  expect(stepped(5.2, -1, limits)).toBe(5);
});

it("stays within the limits", () => {
  expect(stepped(180, 1, LIMITS)).toBe(180);
  expect(stepped(-80, -10, LIMITS)).toBe(-80);
});

it("shows every step", () => {
  expect([1, 0.5, 0.1, 0.05, 0.01].map(decimalsOf)).toEqual([1, 1, 1, 2, 2]);
});
