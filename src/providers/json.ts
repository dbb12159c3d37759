/** Reading values that other programs wrote: nothing is assumed, nothing throws. */
import { parseTime } from "../lib/utc.ts";

/** A JSON object of unknown shape. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; null for arrays and everything else. */
export function object(value: unknown): Json | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  // A parse boundary: an object's fields stay unknown.
  return value as Json;
}

/** The value as a list; empty for everything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a string that says something; undefined for "" and everything else. */
export function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value as a count: a finite number, at least 0; 0 for everything else. */
export function count(value: unknown): number {
  return typeof value === "number" && value > 0 && Number.isFinite(value) ? Math.round(value) : 0;
}

/** A point in time, milliseconds UTC, from ISO 8601 or from a number of seconds or milliseconds; undefined when it is none. */
export function millis(value: unknown): number | undefined {
  if (typeof value === "string") return whole(parseTime(value));
  if (typeof value !== "number") return undefined;
  // Seconds since 1970 stay below 10^11 until the year 5138; milliseconds passed it in 1973.
  return whole(value < 1e11 ? value * 1000 : value);
}

/** 9999-12-31: later times are nonsense and would not fit an ISO date of four digits. */
const LATEST = 253_402_300_799_999;

function whole(at: number): number | undefined {
  return at > 0 && at <= LATEST ? Math.round(at) : undefined;
}
