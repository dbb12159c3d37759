/** One thread writes, and nothing in a transaction waits: what made an earlier archive's writes block each other. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const SRC = join(import.meta.dir, "../../src");
const files = [...new Bun.Glob("**/*.ts").scanSync(SRC)].sort();
const code = (path: string) =>
  readFileSync(join(SRC, path), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*$/gm, "");

test("only the writer's thread opens the archive for writing", () => {
  const opening = files.filter((path) => /\bopenForWriting\b/.test(code(path)));

  expect(opening).toEqual(["archive/writer.worker.ts", "store/open.ts"]);
});

test("nothing that runs in a transaction can wait", () => {
  const waiting = files.filter((path) => path.startsWith("store/") && /\b(await|async|Promise)\b/.test(code(path)));

  expect(waiting).toEqual([]);
});
