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
  /**
   * `flags`: those it was installed with. `stale`: with them its file would be another one now; a PATH that differs from shell
   * to shell makes no difference. `pid` null = it does not run.
   */
  | {
      readonly kind: "installed";
      readonly file: string;
      readonly flags: readonly string[];
      readonly stale: boolean;
      readonly pid: number | null;
    };

/** How it stands with the service; `notes` as it was installed. */
export function serviceState(manager: Manager, service: Service, notes: string): ServiceState {
  const file = manager.file(service.name);
  const text = textOf(file);
  if (text === null) return { kind: "absent" };
  if (!text.includes(MARK)) return { kind: "foreign", file };
  const pid = manager.missing() === null ? manager.pid(service.name) : null;
  const note = readNote(notesFile(notes, service.name));
  const stale = text !== manager.text({ ...service, flags: note.flags, env: envThen(service, note) });
  return { kind: "installed", file, flags: note.flags, stale, pid };
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
  const state = serviceState(manager, service, notes);
  if (state.kind === "foreign") throw foreign(state.file);
  const isSame = state.kind === "installed" && !state.stale && String(state.flags) === String(service.flags);
  if (isSame && state.pid !== null) return { file: state.file, pid: state.pid, unchanged: true };
  const file = manager.file(service.name);
  // launchd makes no folder for them.
  mkdirSync(dirname(service.errors), { recursive: true, mode: 0o700 });
  prepare(service, [dirname(file), ...manager.folders], notesFile(notes, service.name));
  writeDurably(file, manager.text(service));
  manager.start(service.name);
  return { file, pid: await steadyPid(manager, service.name), unchanged: false };
}

/** Stops the service and takes away its file and the folders made for it. False when there was none. Throws Fault when it is somebody else's. */
export function removeService(manager: Manager, service: Service, notes: string): boolean {
  const file = manager.file(service.name);
  const state = serviceState(manager, service, notes);
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

/** What is remembered of an installed service: the folders made for it (the deepest last), its flags and its PATH. */
type Note = { readonly folders: readonly string[]; readonly flags: readonly string[]; readonly path: string | null };

/** Makes what is missing, and notes all; what an earlier install made stays noted. */
function prepare({ flags, env }: Service, wanted: readonly string[], file: string): void {
  const made = new Set(readNote(file).folders);
  for (const folder of wanted) {
    for (let dir = folder; !existsSync(dir); dir = dirname(dir)) made.add(dir);
    mkdirSync(folder, { recursive: true });
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const folders = [...made].sort((a, b) => a.length - b.length);
  writeDurably(file, JSON.stringify({ folders, flags, path: env["PATH"] ?? null } satisfies Note));
}

function removeFolders(file: string): void {
  for (const folder of readNote(file).folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch (error) {
      // Somebody else has put something into it since, or has removed it.
      if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error))) throw error;
    }
  }
  rmSync(file, { force: true });
}

/** The environment with the PATH of when it was installed. */
function envThen({ env }: Service, { path }: Note): Service["env"] {
  return path === null ? env : { ...env, PATH: path };
}

const NOTHING: Note = { folders: [], flags: [], path: null };

function readNote(file: string): Note {
  try {
    // Written by `prepare` only.
    return { ...NOTHING, ...(JSON.parse(readTrimmed(file) ?? "{}") as Partial<Note>) };
  } catch {
    return NOTHING;
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
