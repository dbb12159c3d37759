import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { lockHolder, takeLock } from "../../src/shipper/spool-lock.ts";
import { tempDir } from "../support/temp.ts";

const LOCK = join(import.meta.dir, "../../src/shipper/spool-lock.ts");

/** A process that takes the lock and holds it (a lock that nobody refers to is collected, and let go). */
async function holder(base: string) {
  const code = `const { takeLock } = await import(${JSON.stringify(LOCK)}); globalThis.held = takeLock(${JSON.stringify(base)}, "child"); console.log(held.kind); await Bun.sleep(60_000);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
  const reader = child.stdout.getReader();
  await reader.read();
  return child;
}

test("who comes second is told who holds the lock, also within one process", () => {
  const base = join(tempDir(), "serve");

  const first = takeLock(base, "me");
  const second = takeLock(base, "also me");

  expect(first.kind).toBe("held");
  expect(second).toMatchObject({ kind: "taken", holder: { pid: process.pid, note: "me" } });
  expect(lockHolder(base)).toMatchObject({ pid: process.pid });
});

test("a lock that was given back can be taken again", () => {
  const base = join(tempDir(), "serve");
  const first = takeLock(base, "me");
  if (first.kind === "held") first.lock.close();

  expect(lockHolder(base)).toBeNull();
  expect(takeLock(base, "next").kind).toBe("held");
});

test("a lock dies with its holder, also by kill -9", async () => {
  const base = join(tempDir(), "serve");
  const child = await holder(base);
  const during = takeLock(base, "me");

  child.kill("SIGKILL");
  await child.exited;

  expect(during).toMatchObject({ kind: "taken", holder: { pid: child.pid, note: "child" } });
  expect(takeLock(base, "me").kind).toBe("held");
});

test("the lock is its owner's alone", () => {
  const base = join(tempDir(), "serve");
  takeLock(base, "me");

  expect(statSync(`${base}.lock`).mode & 0o777).toBe(0o600);
  expect(statSync(`${base}.json`).mode & 0o777).toBe(0o600);
});
