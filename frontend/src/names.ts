import type { Described } from "./api";

/** What tells chambers of one name apart, the plainest first. */
const MARKS = ["gateway", "entry", "chamber"] as const;
const ORDER = ["name", ...MARKS, "device_id"] as const;

/** How `mapping/table.py` names each mapped chamber, whose gateway is an id that nobody knows. */
const MAPPED = "_mapped";

const marked = (one: Described, mark: (typeof MARKS)[number]): string =>
  one[mark === "gateway" && one.chamber === MAPPED ? "entry" : mark];

/** The order of chambers wherever all are shown: by name, large letters beside small ones, then by what tells them apart. */
export const byName = (one: Described, other: Described): number =>
  ORDER.reduce((order, key) => order || one[key].localeCompare(other[key]), 0);

/** What tells a chamber apart from those `among` which it is that have its name; empty where the name does. */
export const distinctionOf = (one: Described, among: Described[]): string => {
  let alike = among.filter(({ name, device_id }) => name === one.name && device_id !== one.device_id);
  const told = MARKS.filter((mark) => {
    const before = alike.length;
    alike = alike.filter((other) => marked(other, mark) === marked(one, mark));
    return alike.length < before;
  });
  return told.map((mark) => marked(one, mark)).join(" · ");
};

/** A chamber's name, with what tells it apart where others have the same. */
export const distinctly = (one: Described, among: Described[]): string => {
  const distinction = distinctionOf(one, among);
  return distinction ? `${one.name} (${distinction})` : one.name;
};
