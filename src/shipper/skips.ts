/** Says what is passed over: one line in the log for each thing, however often it is seen. */
import type { Log } from "../lib/log.ts";
import type { Skipped } from "./scan.ts";

/** Paths of which the log has been told; more than this and some are told again. */
const TOLD_MAX = 10_000;

/** Of one shipper. */
export function tellSkipped(log: Log): Skipped {
  const told = new Set<string>();
  return (path, reason) => {
    const key = `${path}\n${reason}`;
    if (told.has(key)) return;
    if (told.size >= TOLD_MAX) told.clear();
    told.add(key);
    log.warn("skipped", { path, reason });
  };
}
