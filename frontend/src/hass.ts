/** The part of Home Assistant's frontend that is used here. */

export type Unsubscribe = () => Promise<void> | void;

export interface Connection {
  readonly connected: boolean;
  subscribeMessage<T>(
    callback: (event: T) => void,
    message: { type: string; id?: number; [key: string]: unknown },
    options?: { resubscribe?: boolean },
  ): Promise<Unsubscribe>;
  sendMessagePromise<T>(message: { type: string; [key: string]: unknown }): Promise<T>;
  addEventListener(event: "ready" | "disconnected", listener: () => void): void;
  removeEventListener(event: "ready" | "disconnected", listener: () => void): void;
}

export interface Locale {
  language: string;
  number_format: string;
  time_format: string;
  time_zone: string;
}

export interface EntityEntry {
  entity_id: string;
  device_id?: string | null;
  platform?: string;
  translation_key?: string;
}

export interface Hass {
  connection: Connection;
  entities: Record<string, EntityEntry | undefined>;
  devices?: Record<string, { id: string; name: string | null; name_by_user?: string | null } | undefined>;
  states?: Record<string, { state: string } | undefined>;
  locale: Locale;
  language?: string;
  config: { unit_system: { temperature: string }; time_zone: string };
  localize?: (key: string, values?: Record<string, string | number>) => string;
  loadBackendTranslation?: (category: string, integration?: string) => Promise<unknown>;
  callService(domain: string, service: string, data: Record<string, unknown>): Promise<unknown>;
}

/** What went wrong, in the words that the backend sent with it; Home Assistant puts its own before a refusal's. */
export const reasonOf = (error: unknown): string =>
  String((error as { message?: unknown } | null)?.message ?? error).replace("Validation error: ", "");

/** The code of a websocket error, where it has one. */
export const codeOf = (error: unknown): string | number | undefined =>
  (error as { code?: string | number } | null)?.code ?? (typeof error === "number" ? error : undefined);
