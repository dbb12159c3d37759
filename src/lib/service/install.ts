/** Puts a service's file in its place and takes it away again, so that nothing is left that was not there before. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../../domain/fault.ts";
import { codeOf, readTrimmed, writeDurably } from "../files.ts";
import { sleep } from "../retry.ts";
import { MARK, type Manager, type Service } from "./service.ts";

export type ServiceState =
  | { readonly kind: "absent" }
  /** A file of that name which Longhouse did not write. */
  | { readonly kind: "foreign"; readonly file: string }
  /** `stale`: its file is not what it would be now. `pid` null = it does not run. */
  | { readonly kind: "installed"; readonly file: string; readonly stale: boolean; readonly pid: number | null };

/** How it stands with the service. */
export function serviceState(manager: Manager, service: Service): ServiceState {
  const file = manager.file(service.name);
  const text = textOf(file);
  if (text === null) return { kind: "absent" };
  if (!text.includes(MARK)) return { kind: "foreign", file };
  const pid = manager.missing() === null ? manager.pid(service.name) : null;
  return { kind: "installed", file, stale: text !== manager.text(service), pid };
}

/** `unchanged`: it stood there so already and runs. */
export type Installed = { readonly file: string; readonly pid: number; readonly unchanged: boolean };

/** How long a service must have run to be believed, ms, and how long it is waited for. */
const STEADY_MS = 1500;
const PATIENCE_MS = 15_000;

/**
 * Writes the file, starts the service and waits until it runs steadily. `notes`: a folder of ours where is kept what was
 * made. Throws Fault when a file of somebody else's is in the way, or the service does not stay up.
 */
export async function installService(manager: Manager, service: Service, notes: string): Promise<Installed> {
  const missing = manager.missing();
  if (missing) throw new Fault("internal", `The service cannot be installed: ${missing}.`);
  const state = serviceState(manager, service);
  if (state.kind === "foreign") throw foreign(state.file);
  if (state.kind === "installed" && !state.stale && state.pid !== null)
    return { file: state.file, pid: state.pid, unchanged: true };
  const file = manager.file(service.name);
  makeFolders([dirname(file), ...manager.folders], notesFile(notes, service.name));
  writeDurably(file, manager.text(service));
  manager.start(service.name);
  return { file, pid: await steadyPid(manager, service.name), unchanged: false };
}

/** Stops the service and takes away its file and the folders made for it. False when there was none. Throws Fault when it is somebody else's. */
export function removeService(manager: Manager, service: Service, notes: string): boolean {
  const file = manager.file(service.name);
  const state = serviceState(manager, service);
  if (state.kind === "foreign") throw foreign(file);
  if (state.kind === "absent") return false;
  const reachable = manager.missing() === null;
  if (reachable) manager.stop(service.name);
  unlinkSync(file);
  // What `stop` takes away where a manager runs.
  for (const folder of manager.folders) rmSync(join(folder, file.slice(dirname(file).length + 1)), { force: true });
  if (reachable) manager.forget(service.name);
  removeFolders(notesFile(notes, service.name));
  return true;
}

async function steadyPid(manager: Manager, name: Service["name"]): Promise<number> {
  let [pid, since] = [manager.pid(name), Date.now()];
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) {
    const now = manager.pid(name);
    if (now !== pid) [pid, since] = [now, Date.now()];
    if (pid !== null && Date.now() - since >= STEADY_MS) return pid;
  }
  throw new Fault("internal", "The service was started, but does not stay up.", `To see why: ${manager.why(name)}`);
}

function foreign(file: string): Fault {
  return new Fault(
    "internal",
    `${file} was not written by Longhouse.`,
    `Move it away first: mv ${file} ${file}.before`,
  );
}

const notesFile = (notes: string, name: string): string => join(notes, `longhouse-${name}-service.json`);

/** Makes what is missing and notes it, the deepest last; what an earlier install noted stays noted. */
function makeFolders(wanted: readonly string[], note: string): void {
  const made = new Set(readNote(note));
  for (const folder of wanted) {
    for (let dir = folder; !existsSync(dir); dir = dirname(dir)) made.add(dir);
    mkdirSync(folder, { recursive: true });
  }
  mkdirSync(dirname(note), { recursive: true, mode: 0o700 });
  writeDurably(note, JSON.stringify([...made].sort((a, b) => a.length - b.length)));
}

function removeFolders(note: string): void {
  for (const folder of readNote(note).toReversed()) {
    try {
      rmdirSync(folder);
    } catch (error) {
      // Somebody else has put something into it since, or has removed it.
      if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error))) throw error;
    }
  }
  rmSync(note, { force: true });
}

function readNote(note: string): readonly string[] {
  try {
    // Written by makeFolders only.
    return JSON.parse(readTrimmed(note) ?? "[]") as string[];
  } catch {
    return [];
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return null;
    throw error;
  }
}
