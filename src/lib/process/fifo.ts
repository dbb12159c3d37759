/**
 * The standard input of a process that is to outlive us: a named pipe that the process itself holds open at both ends, so that
 * it never sees its end, and whoever takes over from us writes on.
 */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { Fault } from "../../domain/fault.ts";
import { codeOf } from "../files.ts";

const RETRY_MS = 5;

/** Makes the pipe, 0600. Throws when something stands there. */
export function makeFifo(path: string): void {
  const made = Bun.spawnSync(["mkfifo", "-m", "600", path]);
  if (!made.success) throw new Fault("internal", `no pipe could be made: ${made.stderr.toString().trim()}`);
}

/**
 * Writes all of it; waits while the reader is busy, at most `ms`. False when nobody reads (any more): what was written until
 * then is lost with its reader. One writer at a time.
 */
export async function writeFifo(path: string, text: string, ms: number): Promise<boolean> {
  const fd = openToWrite(path);
  if (fd === null) return false;
  try {
    let rest: Uint8Array = new TextEncoder().encode(text);
    for (const end = performance.now() + ms; rest.length > 0;) {
      const wrote = writeSome(fd, rest);
      if (wrote === null) return false;
      rest = rest.subarray(wrote);
      if (wrote > 0) continue;
      if (performance.now() > end) throw new Fault("internal", "the process does not read what it is told");
      await Bun.sleep(RETRY_MS);
    }
    return true;
  } finally {
    closeSync(fd);
  }
}

/** null = nobody has it open to read. */
function openToWrite(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENXIO", "ENOENT"].includes(codeOf(error))) return null;
    throw error;
  }
}

/** Bytes written, 0 = the pipe is full, null = its reader is gone. */
function writeSome(fd: number, bytes: Uint8Array): number | null {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return 0;
    if (codeOf(error) === "EPIPE") return null;
    throw error;
  }
}
