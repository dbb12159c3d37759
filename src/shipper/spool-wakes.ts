/** How a one-shot asks the shipper that holds the lock to work for it, and sees how far it is: rows in the spool. */
import type { Spool } from "./spool.ts";

/** What is to be shipped; all of it when nothing is said. */
export type Scope = {
  readonly providers?: readonly string[];
  /** Changed at or after this, ms UTC. */
  readonly since?: number;
  /** One file, or all below a folder; absolute. */
  readonly file?: string;
  /** Files whose path names this session. */
  readonly session?: string;
  /** Left by an agent's hook: nobody waits for the answer. */
  readonly hook?: true;
};

/** How far it is. Bytes are those acknowledged for this request. */
export type WakeProgress = {
  readonly sources: number;
  readonly total: number;
  readonly bytes: number;
  readonly events: number;
  readonly lagging: number;
  readonly failed: number;
  /** Bytes that wait in the spool. */
  readonly spooled?: number;
  /** Why nothing moves; null = it does. */
  readonly trouble: { readonly kind: "later" | "paused"; readonly reason: string } | null;
};

/** Leaves a wake for the holder; gives its number. */
export function askHolder(spool: Spool, scope: Scope): number {
  const made = spool.db.query("INSERT INTO wakes (request) VALUES (?)").run(JSON.stringify(scope));
  return Number(made.lastInsertRowid);
}

/** How far the holder is with a wake; `progress` null until it has begun. */
export function wakeState(
  spool: Spool,
  id: number,
): { readonly progress: WakeProgress | null; readonly done: boolean } {
  const row = spool.db
    .query<{ progress: string | null; done: number }, [number]>("SELECT progress, done FROM wakes WHERE id = ?")
    .get(id);
  // Written by tellWake only.
  return { progress: row?.progress ? (JSON.parse(row.progress) as WakeProgress) : null, done: row?.done === 1 };
}

/** Takes a wake back: nobody waits for it. */
export function dropWake(spool: Spool, id: number): void {
  spool.db.query("DELETE FROM wakes WHERE id = ?").run(id);
}

/** The wakes that the holder has not answered, oldest first. */
export function openWakes(spool: Spool): readonly { readonly id: number; readonly scope: Scope }[] {
  const rows = spool.db.query<{ id: number; request: string }, []>(
    "SELECT id, request FROM wakes WHERE done = 0 ORDER BY id",
  );
  return rows.all().map(({ id, request }) => ({ id, scope: JSON.parse(request) as Scope }));
}

/** Says how far a wake is; forgets answered ones that nobody took back. */
export function tellWake(spool: Spool, id: number, progress: WakeProgress, done: boolean): void {
  spool.db
    .query("UPDATE wakes SET progress = ?, done = ? WHERE id = ?")
    .run(JSON.stringify(progress), Number(done), id);
  if (done) spool.db.query("DELETE FROM wakes WHERE done = 1 AND id < ?").run(id - 50);
}

/** A number that grows when another process wrote into the spool. Costs no read of the disk. */
export function spoolVersion(spool: Spool): number {
  return spool.db.query<{ data_version: number }, []>("PRAGMA data_version").get()!.data_version;
}
