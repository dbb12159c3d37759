import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTrimmed, writeDurably, writeOnce } from "../../src/lib/files.ts";
import { tempDir } from "../support/temp.ts";

test("a small file is replaced as a whole, private, and leaves nothing beside it", () => {
  const dir = tempDir();
  const path = join(dir, "token");
  writeFileSync(path, "old", { mode: 0o644 });

  writeDurably(path, "new\n");

  expect(readFileSync(path, "utf8")).toBe("new\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(["token"]);
});

test("what is written once is never written over", () => {
  const dir = tempDir();
  const path = join(dir, "token");

  expect(writeOnce(path, "first")).toBe(true);
  expect(writeOnce(path, "second")).toBe(false);

  expect(readTrimmed(path)).toBe("first");
  expect(readdirSync(dir)).toEqual(["token"]);
});

test("a file that is absent or blank has no text", () => {
  const path = join(tempDir(), "x");
  const absent = readTrimmed(path);
  writeFileSync(path, " \n");

  expect([absent, readTrimmed(path)]).toEqual([null, null]);
});
