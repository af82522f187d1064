import { describe, expect, it } from "vitest";
import type { Described } from "../src/api";
import { byName, distinctly, distinctionOf } from "../src/names";
import { described } from "./given";

const one = (changes: Partial<Described>): Described => described({ device_id: "d1", gateway: "pi", entry: "Home", ...changes });
const distinctions = (...chambers: Described[]): string[] => chambers.map((chamber) => distinctionOf(chamber, chambers));

describe("what tells chambers of one name apart", () => {
  it("is nothing where the name does", () => {
    expect(distinctions(one({}), one({ device_id: "d2", name: "Box" }))).toEqual(["", ""]);
    expect(distinctly(one({}), [one({})])).toBe("Vaccine carrier");
  });

  it("is the gateway", () => {
    const chambers = [one({}), one({ device_id: "d2", gateway: "pi-2" }), one({ device_id: "d3", name: "Box" })];
    expect(distinctions(...chambers)).toEqual(["pi", "pi-2", ""]);
    expect(distinctly(chambers[1]!, chambers)).toBe("Vaccine carrier (pi-2)");
  });

  it("is the title of the entry, where the gateways are called the same", () => {
    expect(distinctions(one({}), one({ device_id: "d2", entry: "Ward" }))).toEqual(["Home", "Ward"]);
  });

  it("is both, where either alone is not enough", () => {
    const chambers = [one({}), one({ device_id: "d2", entry: "Ward" }), one({ device_id: "d3", gateway: "pi-2" })];
    expect(distinctions(...chambers)).toEqual(["pi · Home", "pi · Ward", "pi-2"]);
  });

  it("is the title of the entry for a mapped one, whose gateway nobody knows", () => {
    const mapped = one({ device_id: "d2", gateway: "01KAB", chamber: "_mapped" });
    expect(distinctions(one({}), mapped)).toEqual(["pi", "Home"]);
  });

  it("is the chamber's id, where all else is the same", () => {
    expect(distinctions(one({}), one({ device_id: "d2", chamber: "carrier-2" }))).toEqual(["carrier", "carrier-2"]);
  });
});

describe("the order of chambers", () => {
  it("is that of what tells them apart, however they came", () => {
    const chambers = [
      one({ device_id: "d6" }),
      one({ device_id: "d5", entry: "Ward" }),
      one({ device_id: "d4", gateway: "pi-2", entry: "Attic" }),
      one({ device_id: "d3", name: "Box", gateway: "pi-3" }),
      one({ device_id: "d2", chamber: "carrier-2" }),
      one({ device_id: "d7" }),
    ];
    const wanted = ["d3", "d6", "d7", "d2", "d5", "d4"];
    const order = (all: Described[]): string[] => all.toSorted(byName).map(({ device_id }) => device_id);
    expect(order(chambers)).toEqual(wanted);
    expect(order(chambers.toReversed())).toEqual(wanted);
  });
});
