/** Whether the archive keeps what was promised: each complaint is one sentence with the file and the bytes. */
import { Database } from "bun:sqlite";
import { join, relative } from "node:path";
import { raw, type Source, sourcesOf } from "../support/remote.ts";
import type { Server } from "../support/server.ts";
import { type History, type Model, owed, type Span } from "./model.ts";

/** A generation as the archive gives it back. */
export type Kept = Source & { readonly bytes: Buffer };

/** Every generation of every source. `known`: bytes that are read already, by id; the whole is read again without. */
export async function keptBy(server: Server, known = new Map<string, Kept>()): Promise<Kept[]> {
  const all: Kept[] = [];
  for (const source of await sourcesOf(server)) {
    const before = known.get(source.id);
    const kept = before?.through === source.through ? before : { ...source, bytes: await raw(server, source.id) };
    known.set(source.id, kept);
    all.push({ ...kept, ...source });
  }
  return all;
}

export type Round = {
  readonly model: Model;
  readonly kept: readonly Kept[];
  readonly ran: readonly Span[];
  readonly slack: number;
  readonly home: string;
};

/** Bytes that are owed and not there (yet). */
export function missing(round: Round): string[] {
  return round.model.histories.flatMap((history) => missingOf(round, history));
}

function missingOf({ model, kept, ran, slack, home }: Round, history: History): string[] {
  const stands = history.until === Infinity;
  const need = stands ? history.bytes.length : owed(history, ran, slack);
  if (need === 0) return [];
  // What stands must be there under the name it has now; what went, under one that it had.
  const paths = stands ? namesOf(model, history) : [...history.paths];
  const bytes = history.bytes.subarray(0, need);
  const its = kept.filter(({ path }) => paths.includes(path));
  const whole = (one: Kept) => one.bytes.length === bytes.length || !stands;
  if (its.some((one) => whole(one) && one.bytes.subarray(0, need).equals(bytes))) return [];
  const best = Math.max(0, ...its.map((one) => common(one.bytes, bytes)));
  const names = paths.map((path) => relative(home, path)).join(" and ");
  const what = stands ? "stand in a file" : `stood long enough (gone at ${Math.round(history.until)} ms)`;
  return [`${names}: ${need} bytes ${what}, ${best} of them are archived (generations: ${tell(its)})`];
}

function namesOf(model: Model, history: History): string[] {
  return [...model.standing].filter(([, standing]) => standing === history).map(([path]) => path);
}

/** What the archive has and must not have, or not so. */
export function wrong({ model, kept, home }: Round): string[] {
  const complaints: string[] = [];
  for (const [path, its] of Map.groupBy(kept, (one) => one.path)) {
    const name = relative(home, path);
    const histories = model.at(path);
    for (const one of its) complaints.push(...wrongIn(one, histories, `${name} generation ${one.generation}`));
    const numbers = its.map((one) => one.generation).toSorted((a, b) => a - b);
    if (numbers.some((number, n) => number !== n)) complaints.push(`${name}: its generations are ${numbers}`);
    if (its.length > Math.max(1, histories.length))
      complaints.push(`${name}: ${its.length} generations of ${histories.length} contents (${tell(its)})`);
  }
  return complaints;
}

function wrongIn(one: Kept, histories: readonly History[], name: string): string[] {
  const complaints: string[] = [];
  if (one.bytes.length !== one.through) complaints.push(`${name}: through ${one.through}, ${one.bytes.length} bytes`);
  const sha = new Bun.CryptoHasher("sha256").update(one.bytes).digest("hex");
  if (one.sha256 && one.sha256 !== sha) complaints.push(`${name}: its sha256 is another one's`);
  const stood = histories.some(({ bytes }) => bytes.subarray(0, one.through).equals(one.bytes));
  const most = Math.max(0, ...histories.map(({ bytes }) => common(one.bytes, bytes)));
  if (!stood) complaints.push(`${name}: its ${one.through} bytes never stood there, only the first ${most} did`);
  return complaints;
}

/** Each generation's number and length, and which earlier one it repeats or begins like. */
function tell(its: readonly Kept[]): string {
  const texts = its.map((one, i) => {
    const like = its
      .slice(0, i)
      .find((other) => common(one.bytes, other.bytes) === Math.min(one.through, other.through));
    return `${one.generation}: ${one.through}${like ? ` (${one.bytes.equals(like.bytes) ? "as" : "along"} ${like.generation})` : ""}`;
  });
  return texts.join(", ") || "none";
}

function common(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (a.subarray(0, middle).equals(b.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

type Tile = { readonly source: number; readonly through: number; readonly at: number; readonly len: number };

/** Of a stopped server's database: SQLite's own verdict, and that blocks and tails tile each source without gap or overlap. */
export function unsound(data: string): string[] {
  const complaints: string[] = [];
  for (const name of ["longhouse.db", "search.db"]) {
    const db = new Database(join(data, name), { readonly: true });
    const verdict = JSON.stringify([
      db.query("PRAGMA integrity_check").all(),
      db.query("PRAGMA foreign_key_check").all(),
    ]);
    if (verdict !== '[[{"integrity_check":"ok"}],[]]') complaints.push(`${name}: ${verdict.slice(0, 300)}`);
    if (name === "longhouse.db") complaints.push(...untiled(db));
    db.close();
  }
  return complaints;
}

function untiled(db: Database): string[] {
  const tiles = db
    .query<Tile, []>(
      `SELECT s.id AS source, s.through, t.at, t.len FROM sources s JOIN
       (SELECT source, n * 131072 AS at, len FROM source_blocks UNION ALL
        SELECT source, offset, length(bytes) FROM tails) t ON t.source = s.id
       WHERE s.id NOT IN (SELECT source FROM deltas) ORDER BY s.id, t.at`,
    )
    .all();
  const complaints: string[] = [];
  for (const [source, its] of Map.groupBy(tiles, (tile) => tile.source)) {
    const end = its.reduce((at, tile) => (tile.at === at ? at + tile.len : NaN), 0);
    if (end !== its[0]!.through)
      complaints.push(`source ${source}: its blocks and tails do not tile ${its[0]!.through} bytes`);
  }
  return complaints;
}
