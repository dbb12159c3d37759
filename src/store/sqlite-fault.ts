/** SQLite's words as a Fault. */
import { Fault } from "../domain/fault.ts";

/** Any error of a write: disk full, damage, or something unexpected (with its stack in the details, for the log). */
export function sqliteFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isFull(message))
    return new Fault(
      "disk_full",
      "The disk is full: nothing more can be archived.",
      "Free some space; nothing is lost meanwhile.",
    );
  if (isDamage(message))
    return new Fault(
      "internal",
      `The archive is damaged: ${message}.`,
      "Stop Longhouse, keep the file, restore a backup.",
    );
  const stack = error instanceof Error ? error.stack : undefined;
  return new Fault("internal", `The archive could not be written: ${message}.`, undefined, { stack });
}

/** True for what SQLite says of a damaged file. */
export function isDamage(message: string): boolean {
  return /malformed|not a database|corrupt/i.test(message);
}

/** True for what SQLite or the system says of a disk without room. */
export function isFull(message: string): boolean {
  return /disk is full|ENOSPC|EDQUOT|no space/i.test(message);
}
