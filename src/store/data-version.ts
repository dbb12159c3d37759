/** Whether anything was written since. */
import type { Database } from "bun:sqlite";

/** A number that is another one after any other connection has written; of this connection alone. */
export function dataVersion(db: Database): number {
  return db.query<{ data_version: number }, []>("PRAGMA data_version").get()!.data_version;
}
