/** What a test makes outside of itself, folders first of all, and that it ends with the tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];
const acts: (() => void)[] = [];

/** A new empty folder, removed in the end. */
export function tempDir(name = "longhouse"): string {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  made.push(dir);
  return dir;
}

/** Calls `act` when all tests, or the process, end, and before folders go: what was asked for last comes first. */
export function atEnd(act: () => void): void {
  acts.push(act);
}

/** Does what is to be done in the end, now. */
export function cleanUp(): void {
  for (const act of acts.splice(0).toReversed()) act();
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}

process.on("exit", cleanUp);
