/**
 * Usage of model calls, counted once however often a call is recorded, also in copies of its session.
 *
 * A call's key is a hash: an index over all keys would dirty one random page a row (63 % of all pages written in an
 * import, measured). So rows are clustered by session, and the index that finds a key's owner across sessions is filled
 * in sorted batches; what is not in it yet is held in memory and read again at start (rows after `usage_through`).
 */
import type { Database } from "bun:sqlite";
import type { Tokens } from "../domain/event.ts";
import type { Hash60 } from "../lib/id.ts";

/** `nameId`: the model's row in names. `replayed`: 1 = the record that says so is a copy. */
export type UsageRow = Tokens & {
  readonly session: number;
  readonly nameId: number | null;
  readonly at: number | null;
  readonly replayed: number;
};

/** Who a call is charged to, and by which record. */
export type Holder = Pick<UsageRow, "session" | "at" | "replayed">;

/**
 * What a record added, and to which session: the owner of the call, whose record names its model (null when nobody knows
 * it). `moved`: what another session was charged for it until now, and is not any more. Models by their names.
 */
export type Raised = {
  readonly session: number;
  readonly added: Tokens;
  readonly changed: boolean;
  readonly model: string | null;
  readonly moved: { readonly from: number; readonly tokens: Tokens; readonly model: string | null } | null;
};

export type UsageStore = ReturnType<typeof createUsage>;

/** Keys held in memory before they go to the index: sorting this many costs a few milliseconds. */
const BATCH = 8192;

type Held = { readonly hi: number; readonly lo: number; readonly session: number };

/** On the writer's connection. `forget` after a rollback or a deletion. */
export function createUsage(db: Database) {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO usage (session, key, model, at, input, output, cache_read, cache_write, reasoning, replayed)
     VALUES (?, (? << 30) | ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const owner = db.prepare<{ session: number }, [number, number]>(
    "SELECT session FROM usage_owners WHERE key = (? << 30) | ?",
  );
  let held: Map<string, Held> | null = null;
  let seen: ReturnType<typeof createSeen> | null = null;
  /** A call is one record for each of its blocks, one after another, mostly with the same figures. */
  let last: { readonly key: Hash60; readonly row: UsageRow } | null = null;

  /** The session that the call is charged to; null when nobody has it yet. */
  const ownerOf = (key: Hash60): number | null => {
    held ??= unindexed(db);
    seen ??= createSeen(db);
    const found = held.get(name(key))?.session;
    if (found !== undefined) return found;
    return seen.maybe(key.lo) ? (owner.get(key.hi, key.lo)?.session ?? null) : null;
  };

  const add = (key: Hash60, row: UsageRow) => {
    const { session, nameId, at, input, output, cache_read, cache_write, reasoning, replayed } = row;
    insert.run(session, key.hi, key.lo, nameId, at, input, output, cache_read, cache_write, reasoning, replayed);
    held!.set(name(key), { ...key, session });
    last = { key, row };
    if (held!.size < BATCH) return;
    indexOwners(db, [...held!.values()]);
    for (const each of held!.values()) seen!.add(each.lo);
    held!.clear();
  };

  return {
    /** Raises a call's figures to the maximum seen. `isRather`: it is to be charged to the row's session, not to this one. */
    raise(key: Hash60, row: UsageRow, isRather: (holder: Holder) => boolean): Raised {
      if (last && isRepeat(last, key, row)) return nothing(row.session);
      last = null;
      const known = ownerOf(key);
      if (known === row.session) last = { key, row };
      if (known === null) {
        add(key, row);
        return { session: row.session, added: row, changed: true, model: null, moved: null };
      }
      const holder = known === row.session ? null : holderOf(db, key, known);
      if (holder && !isRather(holder)) return raiseKnown(db, key, known, { ...row, at: null, replayed: 1 });
      const moved = known === row.session ? null : move(db, key, { from: known, to: row });
      if (moved && held!.has(name(key))) held!.set(name(key), { ...key, session: row.session });
      return { ...raiseKnown(db, key, row.session, row), moved };
    },
    forget(): void {
      held = last = null;
    },
  };
}

const NONE: Tokens = { input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0 };

const nothing = (session: number): Raised => ({ session, added: NONE, changed: false, model: null, moved: null });

/** It is the same call of the same session, and says nothing more. */
function isRepeat(last: { key: Hash60; row: UsageRow }, key: Hash60, row: UsageRow): boolean {
  return (
    last.key.hi === key.hi &&
    last.key.lo === key.lo &&
    last.row.session === row.session &&
    last.row.input >= row.input &&
    last.row.output >= row.output &&
    last.row.cache_read >= row.cache_read &&
    last.row.cache_write >= row.cache_write &&
    last.row.reasoning >= row.reasoning
  );
}

/** Which keys the index may hold, one bit each of 22 bits of the key: spares most calls a page read at random. */
function createSeen(db: Database) {
  const bits = new Uint32Array(1 << 17);
  const place = (lo: number) => (lo >> 5) & 0x1ffff;
  const add = (lo: number) => void (bits[place(lo)]! |= 1 << (lo & 31));
  const rows = db.query<{ lo: number }, []>("SELECT key & 1073741823 AS lo FROM usage_owners");
  for (const { lo } of rows.iterate()) add(lo);
  return { add, maybe: (lo: number) => (bits[place(lo)]! & (1 << (lo & 31))) !== 0 };
}

const name = ({ hi, lo }: Hash60) => `${hi}:${lo}`;

function unindexed(db: Database): Map<string, Held> {
  const rows = db
    .query<Held, []>(
      `SELECT key >> 30 AS hi, key & 1073741823 AS lo, session FROM usage
       WHERE id > (SELECT usage_through FROM archive)`,
    )
    .all();
  return new Map(rows.map((row) => [name(row), row]));
}

/** Sorted, so that each page of the index is written once a batch. */
function indexOwners(db: Database, rows: readonly Held[]) {
  const put = db.query("INSERT OR REPLACE INTO usage_owners VALUES ((? << 30) | ?, ?)");
  for (const { hi, lo, session } of rows.toSorted((a, b) => a.hi - b.hi || a.lo - b.lo)) put.run(hi, lo, session);
  db.run("UPDATE archive SET usage_through = (SELECT coalesce(max(id), 0) FROM usage)");
}

/** null when its session was forgotten. */
function holderOf(db: Database, key: Hash60, session: number): Holder | null {
  return db
    .query<Holder, [number, number, number]>(
      "SELECT session, at, replayed FROM usage WHERE session = ? AND key = (? << 30) | ?",
    )
    .get(session, key.hi, key.lo);
}

type Known = Tokens & { readonly at: number | null; readonly replayed: number; readonly model: string | null };

function raiseKnown(db: Database, key: Hash60, session: number, row: UsageRow): Raised {
  const before = db
    .query<Known, [number, number, number]>(
      `SELECT input, output, cache_read, cache_write, reasoning, at, replayed, (SELECT name FROM names WHERE id = model) AS model
       FROM usage WHERE session = ? AND key = (? << 30) | ?`,
    )
    .get(session, key.hi, key.lo);
  if (!before) return nothing(session);
  const more = (figure: keyof Tokens) => Math.max(0, row[figure] - before[figure]);
  const added: Tokens = {
    input: more("input"),
    output: more("output"),
    cache_read: more("cache_read"),
    cache_write: more("cache_write"),
    reasoning: more("reasoning"),
  };
  const changed = Object.values(added).some((n) => n > 0);
  const earlier = row.replayed < before.replayed || (row.at !== null && row.at < (before.at ?? Infinity));
  if (changed || earlier)
    db.query(
      `UPDATE usage SET input = input + ?, output = output + ?, cache_read = cache_read + ?,
       cache_write = cache_write + ?, reasoning = reasoning + ?, at = coalesce(min(at, ?6), at, ?6), replayed = min(replayed, ?)
       WHERE session = ? AND key = (? << 30) | ?`,
    ).run(
      added.input,
      added.output,
      added.cache_read,
      added.cache_write,
      added.reasoning,
      row.at,
      row.replayed,
      session,
      key.hi,
      key.lo,
    );
  return { session, added, changed, model: before.model, moved: null };
}

/** Charges a call to another session. Gives what it held; null when it held nothing (its session was forgotten). */
function move(db: Database, key: Hash60, { from, to }: { from: number; to: UsageRow }): Raised["moved"] {
  const held = db
    .query<Tokens & { id: number; model: string | null }, [number, number, number]>(
      `SELECT id, input, output, cache_read, cache_write, reasoning, (SELECT name FROM names WHERE id = model) AS model
       FROM usage WHERE session = ?3 AND key = (?1 << 30) | ?2`,
    )
    .get(key.hi, key.lo, from);
  db.query("UPDATE usage_owners SET session = ?3 WHERE key = (?1 << 30) | ?2").run(key.hi, key.lo, to.session);
  if (!held) return null;
  const { id, model, ...tokens } = held;
  db.query("UPDATE usage SET session = ?, model = coalesce(?, model), at = ?, replayed = ? WHERE id = ?").run(
    to.session,
    to.nameId,
    to.at,
    to.replayed,
    id,
  );
  return { from, tokens, model };
}

/** Forgets a session's calls. Copies in other sessions are charged when they are derived again. */
export function dropUsage(db: Database, session: number): void {
  // By their keys: owners have no index by session, and looking through all of them took 20 ms a session.
  db.query("DELETE FROM usage_owners WHERE key IN (SELECT key FROM usage WHERE session = ?)").run(session);
  db.query("DELETE FROM usage WHERE session = ?").run(session);
  // Row numbers after the last one are given again.
  db.run("UPDATE archive SET usage_through = min(usage_through, (SELECT coalesce(max(id), 0) FROM usage))");
}
