/** Where hooks tell what went wrong: the shipper's log, or the server's folder of logs; else nowhere, the agent comes first. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { HookPlaces } from "../config.ts";

/** Writes a line. Never throws. */
export function logHook({ shipperDir, home }: HookPlaces, message: string, fields: Readonly<Record<string, unknown>>) {
  const said = Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? String(value) : value]);
  const line = `${JSON.stringify({ at: new Date().toISOString(), level: "warn", message, ...Object.fromEntries(said) })}\n`;
  for (const dir of [shipperDir, join(home, "logs")]) {
    try {
      return appendFileSync(join(dir, "shipper.log"), line, { mode: 0o600 });
    } catch {
      // The next place.
    }
  }
}
