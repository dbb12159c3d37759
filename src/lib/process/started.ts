/** When a process began: what was written before that was another's, of the same pid. */
import { readFileSync } from "node:fs";
import { codeOf } from "../files.ts";

/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Bun runs on. */
const TICK_MS = 10;
/** Longest that `ps` is waited for, ms. */
const PS_MS = 2000;

let booted: number | null = null;

/** Milliseconds UTC, to about a second; null when no such process runs, or only its remains. */
export function startedAt(pid: number): number | null {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): number | null {
  const text = read(`/proc/${pid}/stat`);
  // The name, in brackets, may hold anything: what follows its last bracket counts.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], Number(fields[19])];
  if (!state || state === "Z" || state === "X" || !Number.isFinite(ticks)) return null;
  booted ??= Number(/^btime (\d+)$/m.exec(read("/proc/stat"))?.[1] ?? 0) * 1000;
  return booted + ticks * TICK_MS;
}

function fromPs(pid: number): number | null {
  const argv = ["env", "LC_ALL=C", "ps", "-o", "state=,lstart=", "-p", String(pid)];
  const ran = Bun.spawnSync(argv, { timeout: PS_MS, stderr: "ignore" });
  const [, state, start] = /^\s*(\S+)\s+(.+?)\s*$/.exec(ran.stdout.toString()) ?? [];
  const at = start && !state!.startsWith("Z") ? Date.parse(start) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(codeOf(error))) return "";
    throw error;
  }
}
