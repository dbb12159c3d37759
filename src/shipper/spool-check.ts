/** Looks at the spool without changing it, for `longhouse doctor`. */
import { Database } from "bun:sqlite";
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export type SpoolHealth =
  | { readonly kind: "none" }
  /** `aside`: damaged ones that were moved out of the way, absolute. */
  | { readonly kind: "ok"; readonly bytes: number; readonly aside: readonly string[] }
  | { readonly kind: "damaged"; readonly reason: string };

/** Checking all of a bigger one would take minutes; its beginning is read then. Bytes. */
const WHOLE_MAX = 256 * 1024 * 1024;

/** How the spool at `path` stands. Never throws. */
export function examineSpool(path: string): SpoolHealth {
  if (!existsSync(path)) return { kind: "none" };
  const bytes = statSync(path).size;
  try {
    const db = new Database(path, { readonly: true, strict: true });
    try {
      db.run("PRAGMA busy_timeout = 2000");
      db.query("SELECT count(*) FROM meta").get();
      const check = bytes <= WHOLE_MAX ? db.query<Record<string, string>, []>("PRAGMA quick_check(1)").get() : null;
      const said = Object.values(check ?? {})[0] ?? "ok";
      return said === "ok" ? { kind: "ok", bytes, aside: asideOf(path) } : { kind: "damaged", reason: said };
    } finally {
      db.close();
    }
  } catch (error) {
    return { kind: "damaged", reason: error instanceof Error ? error.message : String(error) };
  }
}

function asideOf(path: string): readonly string[] {
  const names = readdirSync(dirname(path)).filter(
    (name) => /\.broken-\d+$/.test(name) && name.startsWith(basename(path)),
  );
  return names.map((name) => join(dirname(path), name));
}

/** "3.51.0". */
export function sqliteVersion(): string {
  const db = new Database(":memory:");
  try {
    return db.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()!.version;
  } finally {
    db.close();
  }
}
