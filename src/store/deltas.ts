/** Older generations of files that are rewritten whole, kept as differences from newer ones. `readBytes` knows them. */
import type { Database } from "bun:sqlite";
import { delta } from "../lib/delta.ts";
import { appendBytes, dropBlocks, readRange } from "./bytes.ts";

type Held = { readonly id: number; readonly through: number };

/** The source that a source is kept as the difference from; null when its bytes stand in blocks. */
export function deltaBase(db: Database, source: number): number | null {
  return db.query<{ base: number }, [number]>("SELECT base FROM deltas WHERE source = ?").get(source)?.base ?? null;
}

/** Keeps `source` as the difference from `base`, a newer generation of it. Both stay byte for byte what they are. */
export function putDelta(db: Database, source: Held, base: Held): void {
  const z = delta(readRange(db, source.id, 0, source.through), readRange(db, base.id, 0, base.through));
  db.query("INSERT OR REPLACE INTO deltas VALUES (?, ?, ?, ?)").run(source.id, base.id, base.through, z);
  dropBlocks(db, source.id);
}

/** Puts a source's bytes back into blocks: more is to be appended. */
export function thaw(db: Database, source: number): void {
  if (deltaBase(db, source) === null) return;
  const bytes = readRange(db, source, 0, Number.MAX_SAFE_INTEGER);
  db.query("DELETE FROM deltas WHERE source = ?").run(source);
  appendBytes(db, source, 0, bytes);
}
