/** Folders of a test's own, removed when the process ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder. */
export function tempDir(name = "longhouse"): string {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  made.push(dir);
  return dir;
}

const made: string[] = [];
process.on("exit", () => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});
