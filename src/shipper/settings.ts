/** What a shipper is told, and what it says of itself. Plain data: it crosses threads. */
import type { ImportProgress } from "../domain/frame.ts";
import { GIB } from "../domain/limits.ts";
import type { Env } from "../domain/provider.ts";
import type { TokenPlaces } from "./token.ts";

/** What a shipper must know. */
export type ShipperSettings = {
  readonly url: string;
  readonly tokens: TokenPlaces;
  readonly env: Env;
  /** This machine's device, should the server not say it. */
  readonly device: string;
  readonly version: string;
  readonly times: {
    readonly rescan: number;
    readonly quiet: number;
    readonly roots: number;
    readonly backoff: number;
    readonly backoffMax: number;
    readonly request: number;
    /** What is not acknowledged after so long is taken into the spool. 1,500 unless said otherwise. */
    readonly take?: number;
    /** How often what waits in the spool is tried again. 30,000 unless said otherwise. */
    readonly replay?: number;
    /** How long a token that was not good is left alone. 30,000 unless said otherwise. */
    readonly pause?: number;
  };
  /** Most bytes that wait in the spool, as stored. 2 GiB unless said otherwise. */
  readonly spoolMax?: number;
  /** Look at all files every `poll` ms instead of having the system tell of changes (`connect --poll --interval`). */
  readonly poll?: number | null;
};

/** What a shipper says of itself. */
export type ShipProgress = {
  readonly state: "working" | "idle" | "later" | "paused";
  /** Why nothing moves; null = it does. */
  readonly reason: string | null;
  readonly import: ImportProgress | null;
  /** Acknowledged since it started. */
  readonly bytes: number;
  /** Why files are looked at again and again: "asked", or what the system says to file events; null = it tells of changes. */
  readonly polling: string | null;
};

/** What holds unless the settings say otherwise. Taking is promised after 2 s, and takes its time. */
export const DEFAULTS = { take: 1_500, replay: 30_000, pause: 30_000, spoolMax: 2 * GIB } as const;
