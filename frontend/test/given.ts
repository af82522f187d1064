import { config_panel as english } from "../../custom_components/chamber_ws/translations/en.json";
import type { Described, StreamEvent } from "../src/api";
import type { Connection, Hass } from "../src/hass";

/** A chamber with what most of them have. */
export const described = (changes: Partial<Described> = {}): Described => ({
  device_id: "d1",
  name: "Vaccine carrier",
  gateway: "pi",
  chamber: "carrier",
  entry: "broker",
  area_id: null,
  controllable: true,
  limits: { min: -5, max: 45, step: 0.1 },
  modes: ["off", "heat", "cool", "heat_cool"],
  heaters: ["Heater"],
  coolers: ["Cooler 1"],
  fans: [],
  probes: {},
  door: true,
  power: false,
  heartbeat: 10,
  entities: {
    chamber: "climate.carrier",
    temperature: "sensor.carrier_temperature",
    setpoint: "sensor.carrier_setpoint",
    excursion: "binary_sensor.carrier_excursion",
    alarm: "event.carrier_alarm",
    alarm_profile: "select.carrier_alarm_profile",
    online: "binary_sensor.carrier_online",
  },
  parts: { heater: ["binary_sensor.carrier_heater"], cooler: [null], fan: [] },
  probe_entities: {},
  ...changes,
});

/** A live event of that chamber. */
export const live = (changes: Partial<StreamEvent> = {}): StreamEvent => ({
  device_id: "d1",
  described: described(),
  sample: { at: 0, age: 0.1, temperature: 5.04, setpoint: 5, action: "cooling" },
  fresh: true,
  link: { connected: true },
  alarm: { profile: "vaccine_2_8", limit_low: 2, limit_high: 8 },
  ...changes,
});

type Answer = (message: { type: string; id?: number }) => unknown;

/** A connection that a test speaks through. */
export class Wire implements Connection {
  connected = true;
  tell: (event: unknown) => void = () => undefined;
  readonly sent: { type: string }[] = [];

  constructor(public answer: Answer = () => ({})) {}

  async subscribeMessage<T>(callback: (event: T) => void, message: { type: string; id?: number }) {
    this.sent.push(message);
    await this.answer(message);
    this.tell = callback as (event: unknown) => void;
    message.id = this.sent.length;
    return () => undefined;
  }

  async sendMessagePromise<T>(message: { type: string }): Promise<T> {
    this.sent.push(message);
    return (await this.answer(message)) as T;
  }

  addEventListener(): void {}
  removeEventListener(): void {}
}

/** The English texts. */
const localize = (key: string, values: Record<string, string | number> = {}): string => {
  const [part, name] = key.replace("component.chamber_ws.config_panel.", "").split(".");
  const found = (english as Record<string, Record<string, string>>)[part!]?.[name!] ?? "";
  return found.replace(/{(\w+)}/g, (_whole, value: string) => String(values[value]));
};

export const home = (connection: Connection): Hass => ({
  connection,
  entities: {},
  locale: { language: "en", number_format: "comma_decimal", time_format: "24", time_zone: "local" },
  config: { unit_system: { temperature: "°C" }, time_zone: "Europe/London" },
  localize,
  callService: async () => undefined,
});
