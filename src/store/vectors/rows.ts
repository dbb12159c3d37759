/** Rows of vectors.db: which sessions are followed how far, and the vectors of their pieces. */
import type { Database } from "bun:sqlite";

/** A piece of an event. `at` ms, 0 unknown; `start` in UTF-16 units. */
export type PieceKey = { readonly session: number; readonly position: number; readonly part: number };
export type VectorRow = PieceKey & {
  readonly hash: string;
  readonly at: number;
  readonly start: number;
  readonly scale: number;
  readonly numbers: Uint8Array;
};

/** How far a session is followed. `mark`: what it was called then; events before `upto` are done. */
export type Followed = { readonly session: number; readonly mark: number; readonly upto: number };

/** `dims`: numbers of a vector, 0 while unknown; `floor`: what is not newer (ms) is left out. */
export type VectorState = { readonly dims: number; readonly floor: number };

export function readVectorState(db: Database): VectorState {
  return db.query<VectorState, []>("SELECT dims, floor FROM state").get()!;
}

export function writeDims(db: Database, dims: number): void {
  db.query("UPDATE state SET dims = ?").run(dims);
}

/** Forgets every vector and how far it was: they are made again. */
export function emptyVectors(db: Database): void {
  for (const table of ["vectors", "followed"]) db.run(`DELETE FROM ${table}`);
  db.run("UPDATE state SET dims = 0, floor = 0");
}

export function allFollowed(db: Database): Followed[] {
  return db.query<Followed, []>("SELECT session, mark, upto FROM followed").all();
}

export function follow(db: Database, { session, mark, upto }: Followed): void {
  db.query("INSERT OR REPLACE INTO followed VALUES (?, ?, ?)").run(session, mark, upto);
}

/** Takes a session's vectors out, and that it was followed. */
export function dropSession(db: Database, session: number): void {
  db.query("DELETE FROM vectors WHERE session = ?").run(session);
  db.query("DELETE FROM followed WHERE session = ?").run(session);
}

/** Takes out the vectors of a session's events from `position` on. */
export function dropFrom(db: Database, session: number, position: number): void {
  db.query("DELETE FROM vectors WHERE session = ? AND position >= ?").run(session, position);
}

/** The pieces that have a vector, of events at positions [from, to). */
export function piecesOf(db: Database, session: number, from: number, to: number): (PieceKey & { hash: string })[] {
  return db
    .query<PieceKey & { hash: string }, [number, number, number]>(
      "SELECT session, position, part, hash FROM vectors WHERE session = ? AND position >= ? AND position < ?",
    )
    .all(session, from, to);
}

export function dropPiece(db: Database, { session, position, part }: PieceKey): void {
  db.query("DELETE FROM vectors WHERE session = ? AND position = ? AND part = ?").run(session, position, part);
}

export function putVector(db: Database, row: VectorRow): void {
  const { session, position, part, hash, at, start, scale, numbers } = row;
  db.query("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?, ?, ?, ?)").run(
    session,
    position,
    part,
    hash,
    at,
    start,
    scale,
    numbers,
  );
}

export function countVectors(db: Database): number {
  return db.query<{ n: number }, []>("SELECT count(*) AS n FROM vectors").get()!.n;
}

/** Every vector, in no order, one after the other. */
export function everyVector(db: Database): IterableIterator<Omit<VectorRow, "hash">> {
  type Row = Omit<VectorRow, "hash">;
  return db.query<Row, []>("SELECT session, position, part, at, start, scale, numbers FROM vectors").iterate();
}

/** Takes out the oldest `n`, and all as old as they; none so old is made from then on. */
export function dropOldest(db: Database, n: number): void {
  const sql = "SELECT at FROM vectors ORDER BY at LIMIT 1 OFFSET ?";
  const row = db.query<{ at: number }, [number]>(sql).get(n);
  if (!row) return;
  db.query("DELETE FROM vectors WHERE at <= ?").run(row.at);
  db.query("UPDATE state SET floor = max(floor, ?)").run(row.at);
}
