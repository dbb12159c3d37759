import { expect, test } from "bun:test";
import { join } from "node:path";
import { checkpointWhenLarge, truncate, walBytes } from "../../src/archive/checkpoint.ts";
import { MIB } from "../../src/domain/limits.ts";
import { open, openForReading } from "../../src/store/open.ts";
import { tempDir } from "../support/temp.ts";

const ROW = new Uint8Array(64 * 1024);
const AT = 2 * MIB;

function opened() {
  const path = join(tempDir(), "some.db");
  const db = open(path, { create: true });
  db.run("CREATE TABLE rows (id INTEGER PRIMARY KEY, bytes BLOB)");
  const add = (rows: number) => {
    for (let n = 0; n < rows; n++) {
      db.query("INSERT INTO rows (bytes) VALUES (?)").run(ROW);
      checkpointWhenLarge(db, path, AT);
    }
  };
  return { path, db, add };
}

test("however much is written, the WAL stays at its size, written over from its beginning, and empties in quiet", () => {
  const { path, db, add } = opened();

  add(40);
  const first = walBytes(path);
  add(400);

  expect(first).toBeGreaterThan(AT);
  expect(walBytes(path)).toBeLessThan(AT + 4 * ROW.length);
  expect(truncate(db, path, 100)).toBe(0);
  expect(db.query("SELECT count(*) AS n FROM rows").get()).toEqual({ n: 440 });
  expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close();
});

test("who reads keeps what he sees while the WAL is copied back, and it is written over once he is gone", () => {
  const { path, db, add } = opened();
  add(10);
  const reader = openForReading(path);
  const seen = () => reader.query("SELECT count(*) AS n FROM rows").get();
  reader.run("BEGIN");
  const before = seen();
  add(100);
  const meanwhile = seen();
  const held = walBytes(path);
  reader.run("COMMIT");
  add(100);

  expect([before, meanwhile, seen()]).toEqual([{ n: 10 }, { n: 10 }, { n: 210 }]);
  expect(walBytes(path)).toBeLessThan(held + AT);
  reader.close();
  db.close();
});
