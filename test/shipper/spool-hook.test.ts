import { expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { wakeHolder } from "../../src/shipper/spool-hook.ts";
import { takeLock } from "../../src/shipper/spool-lock.ts";
import { openWakes } from "../../src/shipper/spool-wakes.ts";
import { openSpool, spoolFile } from "../../src/shipper/spool-open.ts";
import { shipperLock } from "../../src/shipper/token.ts";
import { tempDir } from "../support/temp.ts";

const URL = "http://127.0.0.1:1";
const SCOPES = [{ file: "/a.jsonl" }, { session: "b" }] as const;

/** A shipper's folder with a spool; `hold` takes its lock. */
function shipperDir() {
  const dir = tempDir("shipper");
  const { spool } = openSpool(spoolFile(dir));
  const hold = () => {
    const locking = takeLock(shipperLock(dir, URL), URL);
    if (locking.kind === "held") return locking.lock;
    throw new Error("the lock is taken");
  };
  return { dir, spool, hold };
}

test("a hook leaves a wake for each thing to ship while somebody holds the lock", () => {
  const { dir, spool, hold } = shipperDir();
  const lock = hold();

  expect(wakeHolder(dir, SCOPES)).toBe(true);

  expect(openWakes(spool).map(({ scope }) => scope)).toEqual(SCOPES.map((scope) => ({ ...scope, hook: true })));
  lock.close();
});

test("nobody is relied on who has let go, has died, or is another program with the same process id", () => {
  const { dir, spool, hold } = shipperDir();
  hold().close();

  // The file still names this process, which lives.
  expect(wakeHolder(dir, SCOPES)).toBe(false);
  writeFileSync(`${shipperLock(dir, URL)}.json`, '{"pid":999999999}');
  expect(wakeHolder(dir, SCOPES)).toBe(false);
  writeFileSync(`${shipperLock(dir, URL)}.json`, "torn");
  expect(wakeHolder(dir, SCOPES)).toBe(false);
  expect(wakeHolder(join(dir, "nowhere"), SCOPES)).toBe(false);
  expect(openWakes(spool)).toEqual([]);
});

test("asking does not keep a shipper from its lock", () => {
  const { dir, hold } = shipperDir();
  hold().close();
  for (let i = 0; i < 50; i++) wakeHolder(dir, SCOPES);

  hold().close();
});

test("a spool that is busy, or no database at all, is not waited for", () => {
  const { dir, spool, hold } = shipperDir();
  const lock = hold();
  const busy = new Database(spoolFile(dir));
  busy.run("BEGIN IMMEDIATE");

  expect(wakeHolder(dir, SCOPES)).toBe(false);
  busy.run("ROLLBACK");
  busy.close();
  spool.close();
  writeFileSync(spoolFile(dir), "no database, but long enough to look like one".repeat(200));
  expect(wakeHolder(dir, SCOPES)).toBe(false);
  lock.close();
});
