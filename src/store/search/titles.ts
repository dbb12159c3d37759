/** Titles, tags, notes, projects and branches of sessions: a small table of its own, so that old sessions are found by name. */
import type { Database } from "bun:sqlite";
import { emit, symbolsIn } from "../../domain/words.ts";

/** Writes under which words a session is found; null takes it away. */
export function putTitle(db: Database, session: number, text: string | null): void {
  db.query("DELETE FROM titles WHERE rowid = ?").run(session);
  if (text)
    db.query("INSERT INTO titles(rowid, t) VALUES (?, ?)").run(
      session,
      emit(
        text,
        symbolsIn(text).map((name) => `x${name}`),
      ),
    );
}
