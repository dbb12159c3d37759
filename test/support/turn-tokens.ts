/** Tokens of turns, which no list shows. */
import { Database } from "bun:sqlite";
import { join } from "node:path";

/** How many there ever were in the archive of a LONGHOUSE_HOME, and how many of them are not ended. */
export function turnTokens(data: string): { readonly made: number; readonly good: number } {
  const db = new Database(join(data, "longhouse.db"), { readonly: true });
  try {
    const count =
      "SELECT count(*) AS made, count(*) - count(revoked_at) AS good FROM device_tokens WHERE scope = 'tools'";
    return db.query<{ made: number; good: number }, []>(count).get()!;
  } finally {
    db.close();
  }
}
