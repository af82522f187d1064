import type { Described } from "./api";

/** The order of chambers wherever all are shown: by name, large letters beside small ones. */
export const byName = (one: Described, other: Described): number => one.name.localeCompare(other.name);
