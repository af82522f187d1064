/** What travels between the integration and the browser. Temperatures °C, durations s, times Unix s, duties percent. */

export type Kind = "heaters" | "coolers" | "fans";

/** What a chamber is and has. */
export interface Described {
  device_id: string;
  name: string;
  gateway: string;
  chamber: string;
  /** The title of the integration's entry that it came by. */
  entry: string;
  area_id: string | null;
  controllable: boolean;
  limits: { min: number; max: number; step: number };
  modes: string[];
  heaters: (string | null)[];
  coolers: (string | null)[];
  fans: (string | null)[];
  probes: Record<string, { name: string | null; role: string | null }>;
  door: boolean;
  power: boolean;
  heartbeat: number | null;
  entities: Record<string, string>;
  parts: Record<string, (string | null)[]>;
  probe_entities: Record<string, string>;
}

export interface Part {
  on: boolean;
  duty?: number | null;
}

export interface Sample {
  at: number | null;
  age: number;
  seq?: number | null;
  epoch?: string | number | null;
  temperature?: number | null;
  setpoint?: number | null;
  effective_setpoint?: number | null;
  mode?: string | null;
  action?: string | null;
  reason?: string | null;
  heaters?: (Part | null)[] | null;
  coolers?: (Part | null)[] | null;
  fans?: (Part | null)[] | null;
  probes?: Record<string, number | null>;
  quality?: Record<string, string>;
  door?: boolean | null;
  power?: number | null;
  energy?: number | null;
  profile?: {
    name?: string | null;
    step?: number | null;
    steps?: number | null;
    remaining?: number | null;
    state?: string | null;
  } | null;
  faults?: string[];
}

export interface Excursion {
  what: string;
  stage?: string;
  since: number;
  ended?: number | null;
  out?: number | null;
  peak?: number | null;
  acknowledged_by?: string | null;
  acknowledged_at?: number | null;
  comment?: string | null;
}

export interface Extreme {
  value: number;
  at: number;
}

export interface Alarm {
  profile?: string | null;
  limit_low?: number | null;
  limit_high?: number | null;
  freeze_limit?: number | null;
  judged_on?: string | null;
  value?: number | null;
  excursion?: boolean;
  unacknowledged?: boolean;
  warning?: boolean;
  pending_until?: number | null;
  shelved_until?: number | null;
  lost?: boolean;
  lost_since?: number | null;
  faults?: string[];
  last_excursion?: Excursion | null;
  minimum?: Extreme | null;
  maximum?: Extreme | null;
  coverage?: number | null;
  mean_kinetic_temperature?: number | null;
  time_in_range?: number | null;
  breach?: { seconds: number; limit: number; confident: boolean } | null;
  provisional?: boolean;
}

export interface Link {
  connected: boolean;
  round_trip?: number | null;
}

/** One event of `chamber_ws/subscribe`: only the sections that changed. */
export interface StreamEvent {
  device_id: string;
  described?: Described;
  sample?: Sample | null;
  fresh?: boolean;
  link?: Link;
  alarm?: Alarm | null;
  gone?: boolean;
}

export interface Chambers {
  module: string;
  chambers: Described[];
}

export type Bucket = [at: number, mean: number, min: number, max: number];
export type Span = [from: number, to: number];
export type Band = [from: number, to: number, duty: number | null];

/** The result of `chamber_ws/history`. */
export interface History {
  start: number;
  end: number;
  source: "samples" | "minutes";
  step: number | null;
  temperature: Bucket[];
  setpoint: [at: number, value: number | null][];
  probes?: Record<string, Bucket[]>;
  judged?: string | null;
  bands?: Record<string, Band[][] | [at: number, duty: number | null][]>;
  gaps?: Span[];
  backfilled?: Span[];
  excursions?: Excursion[];
  limits?: { low?: number | null; high?: number | null };
}

export interface Report {
  files: { name: string; media_type: string; content: string }[];
}
