/** Settings: one text (usually JSON) a key. */
import type { Database } from "bun:sqlite";

/** null when it was never set. */
export function readSetting(db: Database, key: string): string | null {
  return db.query<{ value: string }, [string]>("SELECT value FROM settings WHERE key = ?").get(key)?.value ?? null;
}

/** Command: sets a key, or forgets it when `value` is null. */
export function putSetting(db: Database, { key, value }: { key: string; value: string | null }): void {
  if (value === null) db.query("DELETE FROM settings WHERE key = ?").run(key);
  else db.query("INSERT INTO settings VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2").run(key, value);
}
