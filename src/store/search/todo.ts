/** Events to be read back from the archive and indexed, as ranges of positions; it survives a crash. */
import type { Database } from "bun:sqlite";

/** A session's events at positions [position, upto); `at` = when it last said something, ms. */
export type Todo = { readonly session: number; readonly position: number; readonly upto: number; readonly at: number };

export function addTodo(db: Database, { session, position, upto, at }: Todo): void {
  if (upto <= position) return;
  db.query(
    `INSERT INTO todo VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (session, position) DO UPDATE SET upto = max(upto, excluded.upto), at = excluded.at`,
  ).run(session, position, upto, at);
}

/** The next range, of the newest session: what is newest is looked for first. */
export function nextTodo(db: Database): Todo | null {
  const sql = "SELECT session, position, upto, at FROM todo ORDER BY at DESC, session, position LIMIT 1";
  return db.query<Todo, []>(sql).get();
}

/** The range is done up to position `upto`. */
export function doneTodo(db: Database, todo: Todo, upto: number): void {
  db.query("DELETE FROM todo WHERE session = ? AND position = ?").run(todo.session, todo.position);
  addTodo(db, { ...todo, position: upto });
}

export function dropTodo(db: Database, session: number): void {
  db.query("DELETE FROM todo WHERE session = ?").run(session);
}

/** Events still to be read back. */
export function countTodo(db: Database): number {
  return db.query<{ n: number }, []>("SELECT coalesce(sum(upto - position), 0) AS n FROM todo").get()!.n;
}
