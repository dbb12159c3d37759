/** Whose pid it is: a pid alone is given again to others. */
import { bootId, processRow } from "./table.ts";

/** Of one process, for ever: what is written down before its pid is trusted. */
export type ProcessIdentity = { readonly pid: number; readonly start: string; readonly boot: string };

let boot: string | null = null;

/** Of a process that runs now; null when it has ended already. */
export function identityOf(pid: number): ProcessIdentity | null {
  const row = processRow(pid);
  return row && { pid, start: row.start, boot: (boot ??= bootId()) };
}

/** Whether that very process still runs. */
export function isRunning({ pid, start, boot: then }: ProcessIdentity): boolean {
  return then === (boot ??= bootId()) && processRow(pid)?.start === start;
}
