/** Saved views, in an order that has no gaps whatever is put in, moved or taken out. */
import type { Database } from "bun:sqlite";
import { Fault } from "../domain/fault.ts";
import type { SavedView, ViewKind } from "../domain/view.ts";

/** More would be no list that one looks through. */
const VIEWS_MAX = 100;

type Row = Omit<SavedView, "id"> & { readonly id: number };

export type NewView = {
  readonly name: string;
  readonly kind: ViewKind;
  readonly path: string;
  /** Before which it goes; the end when absent or beyond. */
  readonly position?: number;
};

/** Absent = unchanged. */
export type ViewPatch = Partial<NewView>;

/** All, in their order. */
export function listViews(db: Database): SavedView[] {
  return rows(db).map(shown);
}

/** Command: keeps a view. Throws Fault `invalid` when there are too many. */
export function addView(db: Database, { name, kind, path, position = VIEWS_MAX }: NewView): SavedView {
  const all = rows(db);
  if (all.length >= VIEWS_MAX)
    throw new Fault("invalid", `There are ${VIEWS_MAX} views already.`, "Delete some first.");
  const added = db
    .query("INSERT INTO views (name, kind, path, position) VALUES (?, ?, ?, ?)")
    .run(name, kind, path, all.length);
  const id = Number(added.lastInsertRowid);
  place(db, id, position);
  return read(db, id)!;
}

/** Command: changes a view; null when there is none. `position` moves it, and the others make room. */
export function patchView(
  db: Database,
  { id, patch }: { readonly id: number; readonly patch: ViewPatch },
): SavedView | null {
  const old = read(db, id);
  if (!old) return null;
  const { name, kind, path, position } = { ...old, ...patch };
  db.query("UPDATE views SET name = ?, kind = ?, path = ? WHERE id = ?").run(name, kind, path, id);
  if (position !== old.position) place(db, id, position);
  return read(db, id);
}

/** Command: takes a view out; false when there is none. */
export function deleteView(db: Database, { id }: { readonly id: number }): boolean {
  const { changes } = db.query("DELETE FROM views WHERE id = ?").run(id);
  number(
    db,
    rows(db).map((row) => row.id),
  );
  return changes > 0;
}

const rows = (db: Database): Row[] =>
  db.query<Row, []>("SELECT id, name, kind, path, position FROM views ORDER BY position, id").all();

function read(db: Database, id: number): SavedView | null {
  const row = db.query<Row, [number]>("SELECT id, name, kind, path, position FROM views WHERE id = ?").get(id);
  return row && shown(row);
}

function place(db: Database, id: number, position: number) {
  const others = rows(db)
    .map((row) => row.id)
    .filter((other) => other !== id);
  number(db, others.toSpliced(position, 0, id));
}

function number(db: Database, ids: readonly number[]) {
  const set = db.query("UPDATE views SET position = ?1 WHERE id = ?2 AND position <> ?1");
  for (const [position, id] of ids.entries()) set.run(position, id);
}

const shown = ({ id, ...row }: Row): SavedView => ({ id: String(id), ...row });
