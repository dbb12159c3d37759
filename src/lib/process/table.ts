/** The processes of this machine, as far as this user may see them: /proc on Linux, `ps` elsewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { codeOf } from "../files.ts";

/** `start` tells one bearer of a pid from the next; it is compared, never read. */
export type Row = { readonly pid: number; readonly parent: number; readonly start: string };

const LINUX = process.platform === "linux";
/** Longest that `ps` is waited for, ms. */
const PS_MS = 5000;

/** All that run now; those that have ended and wait to be reaped are left out. */
export function processes(): Row[] {
  return LINUX ? pids().flatMap((pid) => fromProc(pid) ?? []) : fromPs();
}

/** One of them; null when it has ended. */
export function processRow(pid: number): Row | null {
  return LINUX ? fromProc(pid) : (fromPs().find((row) => row.pid === pid) ?? null);
}

/**
 * Pids of this user's processes that were started with `NAME=VALUE` in their environment, however they were forked.
 * One that was started with an environment of its own making is not among them.
 */
export function markedProcesses(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  if (LINUX) return pids().filter((pid) => environment(pid).split("\0").includes(wanted));
  return ps(["-axEww", "-o", "pid=,command="])
    .filter((line) => line.split(/\s/).includes(wanted))
    .map((line) => Number.parseInt(line, 10));
}

/** Tells this start of the machine from the one before: pids and start times begin anew with it. */
export function bootId(): string {
  if (LINUX) return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return Bun.spawnSync(["sysctl", "-n", "kern.boottime"], { timeout: PS_MS }).stdout.toString().trim();
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Fields as proc(5) numbers them. The second, the name in brackets, may hold anything: what follows its last bracket counts. */
function fromProc(pid: number): Row | null {
  const text = readOwn(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, start] = [fields[0], fields[1], fields[19]];
  if (!state || state === "Z" || state === "X" || !start) return null;
  return { pid, parent: Number(parent), start };
}

function environment(pid: number): string {
  return readOwn(`/proc/${pid}/environ`);
}

/** "" of a process that is another user's, or has just ended. */
function readOwn(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(codeOf(error))) return "";
    throw error;
  }
}

function fromPs(): Row[] {
  return ps(["-axo", "pid=,ppid=,state=,lstart="]).flatMap((line) => {
    const [, pid, parent, state, start] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    return start && !state!.startsWith("Z") ? [{ pid: Number(pid), parent: Number(parent), start }] : [];
  });
}

function ps(argv: readonly string[]): string[] {
  const ran = Bun.spawnSync(["ps", ...argv], { timeout: PS_MS, stderr: "ignore" });
  return ran.stdout.toString().split("\n").filter(Boolean);
}
