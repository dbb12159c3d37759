import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const SRC = join(import.meta.dir, "../../src");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Every file of ours that is loaded with `file`, and every package. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const name = relative(SRC, file);
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of transpiler.scanImports(readFileSync(file, "utf8").replace(/^#!.*/, ""))) {
    if (kind !== "import-statement") continue;
    if (path.startsWith(".")) loadedWith(join(dirname(file), path), seen);
    else if (!path.startsWith("node:")) seen.add(path);
  }
  return seen;
}

test("the command line's beginning loads its version and nothing else", () => {
  expect([...loadedWith(join(SRC, "main.ts"))].toSorted()).toEqual(["main.ts", "version.ts"]);
});

test("a hook loads its own few files, SQLite, and nothing of the server, the shipper's work, or a provider", () => {
  const small =
    /^(?:bun:sqlite|cli\/(?:ship-)?hook(?:-\w+)?\.ts|config\.ts|(?:domain|lib)\/[\w-]+\.ts|shipper\/spool-hook\.ts)$/;
  const loaded = [...loadedWith(join(SRC, "cli/ship-hook.ts"))];

  expect(loaded.filter((name) => !small.test(name))).toEqual([]);
  expect(loaded.length).toBeLessThan(20);
});

test("the hook that tells of recent sessions, and what works on after a hook, load nothing of the server", () => {
  for (const entry of ["cli/recent-hook.ts", "cli/ship-later.ts"]) {
    const loaded = [...loadedWith(join(SRC, entry))];
    expect(loaded.filter((name) => /^(?:store|archive|http|hub|app\.ts|hono|drizzle)/.test(name))).toEqual([]);
  }
});
