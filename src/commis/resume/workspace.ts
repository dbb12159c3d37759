/**
 * Where a session goes on: its own folder, a clone of its repository, or an empty folder. What another device says of a path or a
 * URL is never used unasked: a stolen token could name any.
 */
import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { App } from "../../app.ts";
import type { WorkspaceChoice, WorkspaceKind } from "../../domain/chat.ts";
import { Fault } from "../../domain/fault.ts";
import type { Env } from "../../domain/provider.ts";
import type { Session } from "../../domain/session.ts";
import { codeOf } from "../../lib/files.ts";
import { changesSince, cloneShallow, headOf } from "../../lib/git.ts";
import { readGitUrl } from "../../lib/git-url.ts";
import { openTurns } from "../../store/turns.ts";
import { type Archive, ownArchive } from "./archived.ts";
import {
  ensureFolders,
  lookAt,
  namesIn,
  type Note,
  noteOf,
  notOurs,
  ownFolder,
  readNote,
  removeEmpty,
  removeFolder,
  writeNote,
} from "./own-folder.ts";

export type Workspace = { readonly kind: WorkspaceKind; readonly path: string };

export type Resolved =
  | { readonly kind: "ready"; readonly workspace: Workspace }
  | { readonly kind: "choose"; readonly choices: readonly WorkspaceChoice[] };

/** Facts of a session that say where it worked. */
export type Worked = Pick<Session, "id" | "device_id" | "cwd" | "git_repo" | "git_branch">;

/** Where the session goes on, or what the person may choose from. Clones when that is what it comes to; throws a Fault when it fails. */
export async function workspaceFor(
  app: Pick<App, "db" | "config" | "device">,
  session: Session,
  choice: WorkspaceKind | null,
): Promise<Resolved> {
  const { config, device } = app;
  return resolveWorkspace({ home: config.home, env: config.env, device, archive: ownArchive(app) }, session, choice);
}

/** This machine: LONGHOUSE_HOME, its environment, its device's name, and the archive that the facts come from. */
export type Here = {
  readonly home: string;
  readonly env: Env;
  readonly device: string;
  readonly archive: Archive;
};

/** As `workspaceFor`, on any machine. */
export async function resolveWorkspace(here: Here, session: Worked, choice: WorkspaceKind | null): Promise<Resolved> {
  const path = usable(session.cwd);
  const url = session.git_repo === null ? null : cloneable(session.git_repo);
  const facts: Facts = { ...here, session, path, url };
  if (choice !== null) return ready(await take(facts, choice));
  const own = await isOwn(here, session);
  if (own && path !== null) return ready({ kind: "original", path });
  const before = chosenBefore(facts);
  if (before) return ready(await take(facts, before));
  if (own && url !== null) return ready(await take(facts, "clone"));
  return { kind: "choose", choices: choicesOf(facts, own) };
}

type Facts = Here & { readonly session: Worked; readonly path: string | null; readonly url: string | null };

const ready = (workspace: Workspace): Resolved => ({ kind: "ready", workspace });

/** Both who began it and who sent its newest bytes: a copy that goes on elsewhere may say another folder. */
async function isOwn({ device, archive }: Here, session: Worked): Promise<boolean> {
  if (session.device_id !== device) return false;
  return (await archive.find(session.id))?.device === device;
}

/** A folder of this user's that is there; null for every other path. */
function usable(cwd: string | null): string | null {
  if (cwd === null || !isAbsolute(cwd) || /\p{Cc}/u.test(cwd)) return null;
  const there = statOf(cwd);
  const uid = process.getuid?.() ?? 0;
  if (!there?.isDirectory() || (there.uid !== uid && uid !== 0)) return null;
  return realpathSync(cwd);
}

/** Of the path itself: a link may lead anywhere by now. */
function statOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function cloneable(repo: string): string | null {
  const read = readGitUrl(repo);
  return read.kind === "ok" ? read.url : null;
}

/** What the person chose for this session here, as long as it means the same. */
function chosenBefore({ home, session, path, url }: Facts): WorkspaceKind | null {
  const note = readNote(home, session.id);
  if (!note) return null;
  if (note.kind === "original") return note.path === path ? "original" : null;
  if (note.kind === "clone") return note.url === url ? "clone" : null;
  return "scratch";
}

function choicesOf({ home, session, path, url }: Facts, own: boolean): readonly WorkspaceChoice[] {
  const scratch = ownFolder(home, session.id);
  const far = own ? "" : ` that ${printable(session.device_id)} names`;
  return [
    ...(path === null
      ? []
      : [
          {
            kind: "original",
            path,
            note: `The folder${far} is here too. Look whether it is the same: the agent works in it.`,
          } as const,
        ]),
    ...(url === null
      ? []
      : [{ kind: "clone", url, path: scratch, note: `A fresh clone of the repository${far}.` } as const]),
    { kind: "scratch", path: scratch, note: "An empty folder." },
  ];
}

const printable = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 64);

async function take(facts: Facts, kind: WorkspaceKind): Promise<Workspace> {
  const { home, session, path } = facts;
  if (kind !== "original") return kind === "clone" ? takeClone(facts) : takeScratch(facts);
  if (path === null) throw new Fault("not_found", "The folder that it worked in is not here.", "Choose another place.");
  // Its note would hide the folder that holds changes.
  if (lookAt(ownFolder(home, session.id)) === "none") remember(home, { session: session.id, kind, path });
  return { kind, path };
}

async function takeClone({ home, env, session, url }: Facts): Promise<Workspace> {
  if (url === null) throw new Fault("invalid", "No repository that may be cloned is known.", "Choose another place.");
  const path = ownFolder(home, session.id);
  const note = readNote(home, session.id);
  if (isThere(path, note, (known) => known.kind === "clone" && known.url === url)) return { kind: "clone", path };
  const dir = join(ensureFolders(home), `.clone-${crypto.randomUUID()}`);
  try {
    await cloneShallow({ url, branch: session.git_branch, dir, env });
    const base = await headOf(dir, env);
    writeNote(home, { session: session.id, kind: "clone", url, base });
    moveTo(dir, path);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return { kind: "clone", path };
}

/** Somebody may have made it meanwhile, for the same session: then it is theirs as well as ours. */
function moveTo(dir: string, path: string) {
  try {
    renameSync(dir, path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) throw error;
  }
}

function takeScratch({ home, session }: Facts): Workspace {
  const path = ownFolder(home, session.id);
  if (isThere(path, readNote(home, session.id), (known) => known.kind === "scratch")) return { kind: "scratch", path };
  ensureFolders(home);
  remember(home, { session: session.id, kind: "scratch" });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return { kind: "scratch", path };
}

function remember(home: string, note: Note) {
  const before = readNote(home, note.session);
  if (before?.kind !== note.kind || before.path !== note.path) writeNote(home, note);
}

/** Whether the folder stands there as it should; what else stands there, and is not empty, stays. */
function isThere(path: string, note: Note | null, fits: (note: Note) => boolean): boolean {
  const kind = lookAt(path);
  if (kind === "other") throw notOurs(path);
  if (kind === "none") return false;
  if (note && fits(note)) return true;
  if (removeEmpty(path)) return false;
  const message = note ? `${path} holds what an earlier turn left there.` : `${path} is not of this session.`;
  throw new Fault("stale", message, "Go on there, or discard it first.");
}

export type Left = Workspace & { readonly changed: boolean };

/** After a turn: removes a clean clone and an empty folder; what holds changes stays, and is reported. Never throws for what is gone. */
export async function leaveWorkspace(app: Pick<App, "db" | "config">, { kind, path }: Workspace): Promise<Left> {
  const others = openTurns(app.db).filter((turn) => turn.workspace?.path === path);
  return leaveFolder({ ...app.config, shared: others.length > 1 }, { kind, path });
}

/** As `leaveWorkspace`, on any machine. `shared`: somebody else works there still, so that it stays. */
export async function leaveFolder(
  { home, env, shared }: { readonly home: string; readonly env: Env; readonly shared: boolean },
  { kind, path }: Workspace,
): Promise<Left> {
  if (kind === "original" || !isOurs(home, path)) return { kind, path, changed: false };
  const changed = (await changesIn({ home, env }, { kind, path })).length > 0;
  const kept = noteOf(path)?.kept === true;
  if (!changed && !kept && !shared) {
    if (kind === "clone") removeFolder(path);
    else removeEmpty(path);
  }
  return { kind, path, changed };
}

/** What a workspace of ours holds beyond what it was made with, at most 1000 names; empty when it is gone. */
export async function changesIn({ home, env }: Pick<Here, "home" | "env">, { kind, path }: Workspace) {
  if (kind === "original" || !isOurs(home, path)) return [];
  const what = lookAt(path);
  if (what === "other") removeFolder(path);
  if (what !== "folder") return [];
  const names = kind === "scratch" ? namesIn(path) : await changesSince(path, noteOf(path)?.base ?? "?", env);
  return names.slice(0, 1000);
}

/** Lets a workspace stay, also when nothing in it differs (any more). */
export function keepWorkspace({ home }: Pick<Here, "home">, session: string): void {
  const note = readNote(home, session);
  if (note) writeNote(home, { ...note, kept: true });
}

/** Removes a session's workspace with all that was made in it. An original is never touched. */
export function discardWorkspace({ home }: Pick<Here, "home">, session: string): void {
  const note = readNote(home, session);
  if (!note || note.kind === "original") return;
  removeFolder(ownFolder(home, session));
  if (note.kept) writeNote(home, { ...note, kept: false });
}

/** A folder of ours by its path: directly below `workspaces`, which is no link. */
function isOurs(home: string, path: string): boolean {
  const all = join(home, "workspaces");
  return path.startsWith(`${all}/session-`) && !path.slice(all.length + 1).includes("/") && lookAt(all) === "folder";
}
