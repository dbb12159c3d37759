/** Ends a job with all its descendants, also those that left its session, were orphaned, or do not heed signals. */
import { codeOf } from "../files.ts";
import type { ProcessIdentity } from "./identity.ts";
import { MARKER } from "./launch.ts";
import { markedProcesses, processes, type Row } from "./table.ts";

export type StopOptions = {
  /** The job's value of the marker. */
  readonly job: string;
  /** Its first process, if it is known: descendants that dropped the marker are found by it. */
  readonly root: ProcessIdentity | null;
  /** How long they may take to clean up, ms. */
  readonly graceMs: number;
};

/** How often the table is read while they end, and how long KILL is repeated, ms. */
const LOOK_MS = 50;
const KILL_MS = 5000;

/** TERM to all, grace, KILL to all that are left. Gives the pids that could not be ended: none, but for a stuck kernel. */
export async function stopJob({ job, root, graceMs }: StopOptions): Promise<readonly number[]> {
  const seen = new Map<number, string>();
  if (root) seen.set(root.pid, root.start);
  const rest = () => find(job, seen);
  signalAll(rest(), "SIGTERM");
  if (await until(graceMs, () => rest().length === 0)) return [];
  // Again at each look: what forks while it is killed shows up in the next.
  const killed = () => signalAll(rest(), "SIGKILL") === 0;
  return (await until(KILL_MS, killed)) ? [] : rest().map(({ pid }) => pid);
}

/** Whether anything of the job runs, whoever its parent is now. */
export function jobRuns(job: string): boolean {
  return markedProcesses(MARKER, job).length > 0;
}

/** All of the job that run now: marked, seen before, or below one of those. Remembers them in `seen`: orphans stay known. */
function find(job: string, seen: Map<number, string>): Row[] {
  const table = processes();
  const mine = new Set(markedProcesses(MARKER, job));
  for (const { pid, start } of table) if (seen.get(pid) === start) mine.add(pid);
  const ours = ancestors(table);
  for (let before = -1; before !== mine.size;) {
    before = mine.size;
    for (const { pid, parent } of table) if (mine.has(parent)) mine.add(pid);
  }
  const found = table.filter(({ pid }) => mine.has(pid) && !ours.has(pid));
  for (const { pid, start } of found) seen.set(pid, start);
  return found;
}

/** We and those above us: a server that was itself started by a job must not end itself. */
function ancestors(table: readonly Row[]): ReadonlySet<number> {
  const parents = new Map(table.map(({ pid, parent }) => [pid, parent]));
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = parents.get(pid) ?? 0) line.add(pid);
  return line;
}

/** Gives how many there were. */
function signalAll(rows: readonly Row[], signal: "SIGTERM" | "SIGKILL"): number {
  for (const { pid } of rows)
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!["ESRCH", "EPERM"].includes(codeOf(error))) throw error;
    }
  return rows.length;
}

/** Asks now and then, at once and at the end too; false when it did not come true in time. */
async function until(ms: number, done: () => boolean): Promise<boolean> {
  for (const end = performance.now() + ms; ; await Bun.sleep(LOOK_MS)) {
    if (done()) return true;
    if (performance.now() >= end) return false;
  }
}
