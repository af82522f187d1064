import * as english from "../../custom_components/chamber_ws/translations/en.json";
import type { Alarm, Described, History, Sample, StreamEvent } from "../src/api";
import type { Connection, Hass, Unsubscribe } from "../src/hass";

/** A Home Assistant that exists only in this page, with one chamber that behaves as told. */

const flat = new Map<string, string>();
const flatten = (node: unknown, path: string): void => {
  if (typeof node === "string") flat.set(path, node);
  else for (const [key, value] of Object.entries(node as object)) flatten(value, `${path}.${key}`);
};
flatten(english, "component.chamber_ws");

export const localize = (key: string, values: Record<string, string | number> = {}): string =>
  (flat.get(key) ?? "").replace(/{(\w+)}/g, (_, name: string) => String(values[name] ?? ""));

export const DESCRIBED: Described = {
  device_id: "device",
  name: "Vaccine carrier",
  gateway: "gateway",
  chamber: "carrier",
  entry: "Broker",
  area_id: null,
  controllable: true,
  limits: { min: -10, max: 40, step: 0.1 },
  modes: ["off", "heat", "cool", "heat_cool"],
  heaters: [null],
  coolers: ["Peltier"],
  fans: [null],
  probes: { product: { name: "Product", role: "product" }, ambient: { name: "Ambient", role: "ambient" } },
  door: true,
  power: true,
  heartbeat: 10,
  entities: { chamber: "climate.carrier", door: "binary_sensor.door", minimum: "sensor.minimum" },
  parts: { heater: ["binary_sensor.heater"], cooler: ["binary_sensor.peltier"], fan: [null] },
  probe_entities: { product: "sensor.product" },
};

/** A day in the life: the temperature (°C) at a moment. */
const course = (at: number): number =>
  5 +
  0.7 * Math.sin(at / 240) +
  0.35 * Math.sin(at / 37) +
  (Math.sin(at / 5400) > 0.93 ? 3.6 : 0) +
  0.05 * Math.sin(at * 7);

export const sampleAt = (at: number, setpoint = 5): Sample => {
  const temperature = course(at);
  const cooling = temperature > setpoint;
  return {
    at,
    age: 0.05,
    seq: Math.round(at),
    temperature,
    setpoint,
    effective_setpoint: setpoint,
    mode: "heat_cool",
    action: cooling ? "cooling" : "heating",
    reason: null,
    heaters: [{ on: !cooling, duty: cooling ? 0 : 40 }],
    coolers: [{ on: cooling, duty: cooling ? 65 : 0 }],
    fans: [{ on: true }],
    probes: { product: temperature - 0.2, ambient: 24.1 },
    quality: { product: "ok", ambient: "suspect" },
    door: false,
    power: 23.8,
  };
};

export const ALARM: Alarm = {
  profile: "vaccine_2_8",
  limit_low: 2,
  limit_high: 8,
  judged_on: "temperature",
  excursion: false,
  unacknowledged: false,
  minimum: { value: 3.9, at: 1 },
  maximum: { value: 6.2, at: 1 },
  mean_kinetic_temperature: 5.1,
  time_in_range: 99.4,
  faults: [],
};

export const historyOf = (start: number, end: number, points: number): History => {
  const step = (end - start) / points;
  const times = Array.from({ length: points }, (_, index) => start + index * step);
  const gap: [number, number] = [start + (end - start) * 0.3, start + (end - start) * 0.36];
  const temperature = times
    .filter((at) => at < gap[0] || at > gap[1])
    .map((at): [number, number, number, number] => [at, course(at), course(at) - 0.15, course(at) + 0.2]);
  const on = times.map((at) => course(at) > 5);
  const cooler = times.flatMap((at, index): [number, number, number | null][] =>
    on[index] ? [[at, at + step, 65]] : [],
  );
  const heater = times.flatMap((at, index): [number, number, number | null][] =>
    on[index] ? [] : [[at, at + step, 40]],
  );
  return {
    start,
    end,
    source: "samples",
    step,
    temperature,
    setpoint: [[start, 5]],
    bands: { heaters: [heater], coolers: [cooler], fans: [[[start, end, null]]] },
    gaps: [gap],
    backfilled: [[start + (end - start) * 0.5, start + (end - start) * 0.6]],
    excursions: [],
    limits: { low: 2, high: 8 },
  };
};

export interface Scenario {
  described?: Partial<Described>;
  sample?: Partial<Sample>;
  alarm?: Partial<Alarm>;
  fresh?: boolean;
  connected?: boolean;
  /** ms between samples. */
  every?: number;
}

/** A connection that streams the scenario. */
export const fakeConnection = (scenario: Scenario): Connection & { setpoint: number } => {
  const connection = {
    connected: true,
    setpoint: 5,
    async subscribeMessage<T>(callback: (event: T) => void, message: { id?: number }): Promise<Unsubscribe> {
      message.id = 7;
      const now = (): number => Date.now() / 1000;
      const sample = (): Sample => ({ ...sampleAt(now(), connection.setpoint), ...scenario.sample });
      const first: StreamEvent = {
        device_id: "device",
        described: { ...DESCRIBED, ...scenario.described },
        sample: sample(),
        fresh: scenario.fresh ?? true,
        link: { connected: scenario.connected ?? true, round_trip: 18.4 },
        alarm: { ...ALARM, ...scenario.alarm },
      };
      setTimeout(() => callback(first as T));
      const timer = setInterval(
        () => scenario.fresh === false || callback({ device_id: "device", sample: sample() } as T),
        scenario.every ?? 1000,
      );
      return () => clearInterval(timer);
    },
    async sendMessagePromise<T>(message: { type: string; [key: string]: unknown }): Promise<T> {
      if (message.type !== "chamber_ws/history") return {} as T;
      return historyOf(message["start"] as number, Date.now() / 1000, message["points"] as number) as T;
    },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  return connection;
};

export const fakeHass = (scenario: Scenario = {}, unit = "°C", language = "en"): Hass => {
  const connection = fakeConnection(scenario);
  return {
    connection,
    entities: {
      "climate.carrier": { entity_id: "climate.carrier", device_id: "device", platform: "chamber_ws" },
    },
    locale: { language, number_format: "language", time_format: "24", time_zone: "local" },
    config: { unit_system: { temperature: unit }, time_zone: "UTC" },
    localize,
    callService: async (_domain, _service, data) => {
      await new Promise((resolve) => setTimeout(resolve, 800));
      const wished = Number(data["temperature"]);
      if (wished > 30) throw new Error("Validation error: Vaccine carrier refused, because an interlock forbids it now: lid");
      if (Number.isFinite(wished)) connection.setpoint = unit === "°F" ? (wished - 32) / 1.8 : wished;
      return undefined;
    },
  };
};
