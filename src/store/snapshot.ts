/** Several reads that must agree. */
import type { Database } from "bun:sqlite";

/**
 * Runs `act`, which must not await, on one state of the archive. Without it the writer may commit between two statements:
 * a block that the first one named can be gone for the second.
 */
export function snapshot<T>(db: Database, act: () => T): T {
  return db.inTransaction ? act() : db.transaction(act)();
}
