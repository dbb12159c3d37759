import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAhead } from "../../src/lib/read-ahead.ts";

const MIB = 1 << 20;
const dir = mkdtempSync(join(tmpdir(), "longhouse-ahead-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(name: string, bytes: number): string {
  const path = join(dir, name);
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
}

test("files are read to their end, and one that is missing or small holds up none", async () => {
  const files = [join(dir, "none"), fileOf("small", 10), fileOf("large", 64 * MIB)];

  expect(await readAhead(files).done).toBeUndefined();
});

test("it is over at once when it is stopped", async () => {
  const ahead = readAhead([fileOf("huge", 64 * 1024 * MIB)], 64 * 1024 * MIB);

  ahead.stop();

  expect(await ahead.done).toBeUndefined();
});
