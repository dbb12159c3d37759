/** Runs while bundling (and when Bun transpiles): the SQL files become data in the binary. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `migrations/*.sql` in order of their names. */
export function loadMigrations(): { tag: string; sql: string }[] {
  const dir = join(import.meta.dir, "../../migrations");
  const files = readdirSync(dir).filter((name) => name.endsWith(".sql"));
  return files.sort().map((name) => ({ tag: name.slice(0, -4), sql: readFileSync(join(dir, name), "utf8") }));
}
