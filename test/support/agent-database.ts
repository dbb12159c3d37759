/** A database of the test agent's: conversations, and beside them what must never leave the machine. */
import { Database } from "bun:sqlite";
import type { DatabaseStore } from "../../src/domain/database.ts";

export const testStore: DatabaseStore = {
  tables: { notes: ["talk", "key", "value"] },
  statements: {
    talks:
      "SELECT talk, count(*) AS n, max(rowid) AS last, sum(octet_length(value)) AS size FROM notes GROUP BY talk ORDER BY talk",
    notes: "SELECT key, value FROM notes WHERE talk = ?1 ORDER BY n",
  },
  beside: ["beside.json"],
  keys: /^note:/,
  conversations: (read) =>
    read.rows("talks").map(({ talk, n, last, size }) => ({
      id: String(talk),
      version: `${n} ${last} ${size} ${read.beside("beside.json")}`,
      at: null,
      bytes: Number(size),
    })),
  *records(read, id) {
    for (const { key, value } of read.rows("notes", id)) yield { key: String(key), value: JSON.parse(String(value)) };
  },
};

/** A real database of that kind, open for writing. */
export class NotesDatabase {
  readonly db: Database;
  #n = 0;

  constructor(
    readonly path: string,
    mode: "WAL" | "DELETE" = "WAL",
  ) {
    this.db = new Database(path, { create: true, strict: true });
    this.db.run(`PRAGMA journal_mode = ${mode}`);
    this.db.run("CREATE TABLE notes (talk TEXT, key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB, n INTEGER)");
    this.db.run("CREATE TABLE secrets (key TEXT, value TEXT)");
  }

  /** Writes a note, or writes it again in its old place. */
  put(talk: string, key: string, value: unknown): void {
    const known = this.db.query<{ n: number }, [string]>("SELECT n FROM notes WHERE key = ?").get(key);
    this.db.query("INSERT INTO notes VALUES (?, ?, ?, ?)").run(talk, key, JSON.stringify(value), known?.n ?? ++this.#n);
  }

  remove(key: string): void {
    this.db.query("DELETE FROM notes WHERE key = ?").run(key);
  }

  hide(key: string, value: string): void {
    this.db.query("INSERT INTO secrets VALUES (?, ?)").run(key, value);
  }

  close(): void {
    this.db.close();
  }
}
