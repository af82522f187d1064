import type { Chambers } from "./api";
import type { Connection } from "./hass";

/** The content hash that this module was loaded with; empty when it has none. */
export const ownModule = (url: string): string => new URL(url).searchParams.get("v") ?? "";

const asked = new WeakMap<Connection, { at: number; chambers: Promise<Chambers> }>();
const KEPT = 10_000;

/** The list of chambers, asked for once by all cards of a page. */
export const chambersOf = (connection: Connection, now = performance.now()): Promise<Chambers> => {
  const known = asked.get(connection);
  if (known && now - known.at < KEPT) return known.chambers;
  const chambers = connection.sendMessagePromise<Chambers>({ type: "chamber_ws/chambers" });
  asked.set(connection, { at: now, chambers });
  chambers.catch(() => asked.delete(connection));
  return chambers;
};

/** Whether the integration serves another module than the one whose URL is `url`. */
export const isOutdated = async (connection: Connection, url: string): Promise<boolean> => {
  const own = ownModule(url);
  if (!own) return false;
  try {
    const { module } = await chambersOf(connection);
    return Boolean(module) && module !== own;
  } catch {
    return false;
  }
};
