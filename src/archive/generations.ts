/** The generations of a file that is rewritten whole: which of them are to be derived, and in which order. */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import { deltaBase, putDelta } from "../store/deltas.ts";
import { generations, isWhole, mainSources, setDerived, setRole, TORN } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";

/** Larger files are archived and not derived: JSON.parse of 100 MB costs 335 MB. */
const FILE_MAX = 64 * MIB;

/** Larger generations stay in blocks, which they share where they are equal: packing would hold the writer too long. */
const DELTA_MAX = 16 * MIB;

/** `todo` = those to derive, `done` = those derived before, both in their order. */
export type History = { readonly todo: readonly SourceRow[]; readonly done: readonly SourceRow[] };

/** Whole generations of all files that carry a session's records, by path: a resumed session's next file is named later. */
export function historyOf(db: Database, session: number): History {
  const rows = mainSources(db, session).filter((row) => row.unit === "file" && isWhole(row));
  rows.sort(byPlace);
  return { todo: rows.filter((row) => !isDone(row)), done: rows.filter(isDone) };
}

const isDone = (row: SourceRow) => row.derived_through === row.through;

const byPlace = (a: SourceRow, b: SourceRow) =>
  a.path === b.path ? a.generation - b.generation : a.path < b.path ? -1 : 1;

/** Something was derived that comes after what is to be: a later generation, or a log, which goes on from a file. */
export function isLate(db: Database, session: number, { todo, done }: History): boolean {
  const log = mainSources(db, session).some((row) => row.unit !== "file" && row.derived_through > 0);
  const [oldest] = todo;
  return oldest !== undefined && (log || done.some((row) => byPlace(row, oldest) > 0));
}

/** Whole generations of a path that nobody has placed yet, oldest first. */
export function unplaced(db: Database, source: SourceRow): SourceRow[] {
  const rows = generations(db, source).toReversed();
  return rows.filter((row) => row.role === "new" && !row.discarded && isWhole(row));
}

/** Takes a session's files that are too large to be read out of what is derived: role `other`. */
export function putAsideLarge(db: Database, session: number): void {
  for (const { id, unit, through } of mainSources(db, session))
    if (unit === "file" && through > FILE_MAX) setRole(db, id, "other", session);
}

/** A torn generation that does not say whose it is belongs to whom the others do: it is deleted with them. */
export function adoptTorn(db: Database, source: SourceRow, session: number): void {
  for (const row of generations(db, source))
    if (row.role === "new" && !row.discarded && isWhole(row)) setRole(db, row.id, "main", session);
}

/**
 * Keeps the older of a file's generations as differences from newer ones: a growing file is nearly all in the next. Which
 * newer one: as in a binary index, so that the oldest of n is read back in about log n steps, and each is packed twice.
 */
export function packOlder(db: Database, { done }: History): void {
  for (const rows of Map.groupBy(done, ({ path }) => path).values()) packPath(db, rows);
}

function packPath(db: Database, rows: readonly SourceRow[]) {
  const bases = rows.filter((row) => !isTorn(row));
  const newest = bases.at(-1);
  for (const row of rows) {
    if (!newest || row.generation >= newest.generation || row.through > DELTA_MAX) continue;
    const n = row.generation + 1;
    const wanted = bases.find((base) => base.generation + 1 >= n + (n & -n));
    const before = deltaBase(db, row.id);
    const base = wanted ?? (before === null ? newest : null);
    if (base && base.id !== before && base.through <= DELTA_MAX) putDelta(db, row, base);
  }
}

/** Remembers that a generation was derived. `torn`: it had nothing to read. */
export function setRead(db: Database, { id, through }: SourceRow, version: number, torn: boolean): void {
  setDerived(db, id, { derivedThrough: through, version, state: torn ? TORN : "{}" });
}

/** True for a generation that had nothing to read. */
export const isTorn = ({ state }: SourceRow): boolean => state === TORN;
