/**
 * Usage of model calls, counted once however often a call is recorded, also in copies of its session.
 *
 * A call's key is a hash: an index over all keys would dirty one random page a row (63 % of all pages written in an
 * import, measured). So rows are clustered by session, and the index that finds a key's owner across sessions is filled
 * in sorted batches; what is not in it yet is held in memory and read again at start (rows after `usage_through`).
 */
import type { Database } from "bun:sqlite";
import type { PricedTokens } from "../domain/event.ts";
import type { Hash60 } from "../lib/id.ts";

/** A call's figures. */
export type Charged = Required<PricedTokens>;

const FIGURES = ["input", "output", "cache_read", "cache_write", "reasoning", "cache_write_1h"] as const;
const COLUMNS = FIGURES.join(", ");
const READ = `SELECT ${COLUMNS}, at, replayed, (SELECT name FROM names WHERE id = model) AS model
  FROM usage WHERE session = ? AND key = (? << 30) | ?`;
const REWRITE = `UPDATE usage SET ${FIGURES.map((figure) => `${figure} = ?`).join(", ")}, at = ?, replayed = ?
  WHERE session = ? AND key = (? << 30) | ?`;

/** `nameId`: the model's row in names. `replayed`: 1 = the record that says so is a copy. */
export type UsageRow = Charged & {
  readonly session: number;
  readonly nameId: number | null;
  readonly at: number | null;
  readonly replayed: number;
};

/** Who a call is charged to, and by which record. */
export type Holder = Pick<UsageRow, "session" | "at" | "replayed">;

/** What a session was charged for a call, by which model and when. */
export type Held = { readonly session: number; readonly tokens: Charged } & Pick<Raised, "model" | "at">;

/**
 * What a record added, and to which session: the owner of the call, whose record names its model (null when nobody knows
 * it). `at`: when it was, by all that is known. `was`: what was charged for it until now, where that is to be taken back:
 * another session was charged, or it was at another time. Models by their names.
 */
export type Raised = {
  readonly session: number;
  readonly added: Charged;
  readonly changed: boolean;
  readonly model: string | null;
  readonly at: number | null;
  readonly was: Held | null;
};

export type UsageStore = ReturnType<typeof createUsage>;

/** Keys held in memory before they go to the index: sorting this many costs a few milliseconds. */
const BATCH = 8192;

type Owner = { readonly hi: number; readonly lo: number; readonly session: number };

/** On the writer's connection. `forget` after a rollback or a deletion. */
export function createUsage(db: Database) {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO usage (session, key, model, at, replayed, ${COLUMNS})
     VALUES (?, (? << 30) | ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const owner = db.prepare<{ session: number }, [number, number]>(
    "SELECT session FROM usage_owners WHERE key = (? << 30) | ?",
  );
  let held: Map<string, Owner> | null = null;
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
    const { session, nameId, at, replayed, input, output, cache_read, cache_write, reasoning, cache_write_1h } = row;
    // prettier-ignore
    insert.run(session, key.hi, key.lo, nameId, at, replayed, input, output, cache_read, cache_write, reasoning, cache_write_1h);
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
        return { session: row.session, added: row, changed: true, model: null, at: row.at, was: null };
      }
      const holder = known === row.session ? null : holderOf(db, key, known);
      if (holder && !isRather(holder)) return raiseKnown(db, key, known, { ...row, at: null, replayed: 1 });
      const moved = known === row.session ? null : move(db, key, { from: known, to: row });
      if (moved && held!.has(name(key))) held!.set(name(key), { ...key, session: row.session });
      const raised = raiseKnown(db, key, row.session, row);
      return moved ? { ...raised, was: moved } : raised;
    },
    forget(): void {
      held = last = null;
    },
  };
}

const NONE: Charged = { input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0, cache_write_1h: 0 };

const nothing = (session: number): Raised => ({
  session,
  added: NONE,
  changed: false,
  model: null,
  at: null,
  was: null,
});

/** It is the same call of the same session, and says nothing more. */
function isRepeat(last: { key: Hash60; row: UsageRow }, key: Hash60, row: UsageRow): boolean {
  return (
    last.key.hi === key.hi &&
    last.key.lo === key.lo &&
    last.row.session === row.session &&
    last.row.replayed <= row.replayed &&
    (row.at === null || (last.row.at !== null && last.row.at <= row.at)) &&
    last.row.input >= row.input &&
    last.row.output >= row.output &&
    last.row.cache_read >= row.cache_read &&
    last.row.cache_write >= row.cache_write &&
    last.row.reasoning >= row.reasoning &&
    last.row.cache_write_1h >= row.cache_write_1h
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

function unindexed(db: Database): Map<string, Owner> {
  const rows = db
    .query<Owner, []>(
      `SELECT key >> 30 AS hi, key & 1073741823 AS lo, session FROM usage
       WHERE id > (SELECT usage_through FROM archive)`,
    )
    .all();
  return new Map(rows.map((row) => [name(row), row]));
}

/** Sorted, so that each page of the index is written once a batch. */
function indexOwners(db: Database, rows: readonly Owner[]) {
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

type Known = Charged & { readonly at: number | null; readonly replayed: number; readonly model: string | null };

function raiseKnown(db: Database, key: Hash60, session: number, row: UsageRow): Raised {
  const known = db.query<Known, [number, number, number]>(READ).get(session, key.hi, key.lo);
  if (!known) return nothing(session);
  const { at: before, replayed, model, ...tokens } = known;
  const added = figures((figure) => Math.max(0, row[figure] - tokens[figure]));
  const changed = FIGURES.some((figure) => added[figure] > 0);
  const earlier = row.at !== null && row.at < (before ?? Infinity);
  const at = earlier ? row.at : before;
  if (changed || earlier || row.replayed < replayed) {
    const now = {
      ...figures((figure) => tokens[figure] + added[figure]),
      at,
      replayed: Math.min(row.replayed, replayed),
    };
    rewrite(db, key, session, now);
  }
  const was = earlier ? { session, tokens, model, at: before } : null;
  return { session, added, changed, model, at, was };
}

const figures = (of: (figure: keyof Charged) => number): Charged => ({
  input: of("input"),
  output: of("output"),
  cache_read: of("cache_read"),
  cache_write: of("cache_write"),
  reasoning: of("reasoning"),
  cache_write_1h: of("cache_write_1h"),
});

function rewrite(db: Database, key: Hash60, session: number, row: Omit<Known, "model">) {
  const values = FIGURES.map((figure) => row[figure]);
  db.query(REWRITE).run(...values, row.at, row.replayed, session, key.hi, key.lo);
}

/** Charges a call to another session. Gives what it held; null when it held nothing (its session was forgotten). */
function move(db: Database, key: Hash60, { from, to }: { from: number; to: UsageRow }): Held | null {
  const held = db
    .query<Charged & { id: number; model: string | null; at: number | null }, [number, number, number]>(
      `SELECT id, ${COLUMNS}, at, (SELECT name FROM names WHERE id = model) AS model
       FROM usage WHERE session = ?3 AND key = (?1 << 30) | ?2`,
    )
    .get(key.hi, key.lo, from);
  db.query("UPDATE usage_owners SET session = ?3 WHERE key = (?1 << 30) | ?2").run(key.hi, key.lo, to.session);
  if (!held) return null;
  const { id, model, at, ...tokens } = held;
  db.query("UPDATE usage SET session = ?, model = coalesce(?, model), at = ?, replayed = ? WHERE id = ?").run(
    to.session,
    to.nameId,
    to.at,
    to.replayed,
    id,
  );
  return { session: from, tokens, model, at };
}

/** Forgets a session's calls. Copies in other sessions are charged when they are derived again. */
export function dropUsage(db: Database, session: number): void {
  // By their keys: owners have no index by session, and looking through all of them took 20 ms a session.
  db.query("DELETE FROM usage_owners WHERE key IN (SELECT key FROM usage WHERE session = ?)").run(session);
  db.query("DELETE FROM usage WHERE session = ?").run(session);
  // Row numbers after the last one are given again.
  db.run("UPDATE archive SET usage_through = min(usage_through, (SELECT coalesce(max(id), 0) FROM usage))");
}
