/**
 * Folders of ours that sessions work in: `workspaces/session-ID`, and beside each a note that says whose it is and what it was
 * when it was made. The note outlives the folder: what a person chose once is not asked again.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { Fault } from "../../domain/fault.ts";
import { readTrimmed, writeDurably } from "../../lib/files.ts";

const Note = z.object({
  session: z.string(),
  kind: z.enum(["original", "clone", "scratch"]),
  /** Of `original`: where. */
  path: z.string().optional(),
  /** Of `clone`: what was cloned, and the commit that was. */
  url: z.string().optional(),
  base: z.string().optional(),
  /** The person wants it to stay, changed or not. */
  kept: z.boolean().optional(),
});

export type Note = z.infer<typeof Note>;

/** The folder of a session; nothing is made. `home` = LONGHOUSE_HOME. */
export function ownFolder(home: string, session: string): string {
  return join(home, "workspaces", `session-${session.slice(0, 12)}`);
}

/** Makes the folder of all of them. Throws a Fault when something else stands there. */
export function ensureFolders(home: string): string {
  const dir = join(home, "workspaces");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!lstatSync(dir).isDirectory()) throw notOurs(dir);
  return dir;
}

/** What a folder may be: nothing there, a folder, or something that is not followed and not used. */
export function lookAt(path: string): "none" | "folder" | "other" {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return "none";
  return there.isDirectory() ? "folder" : "other";
}

/** The Fault of something that stands where a folder of ours should. */
export function notOurs(path: string): Fault {
  return new Fault("invalid", `${path} is not a folder that Longhouse made.`, "Move it away and try again.");
}

/** The note of a session's folder; null when there is none, or another session's. */
export function readNote(home: string, session: string): Note | null {
  const note = noteOf(ownFolder(home, session));
  return note?.session === session ? note : null;
}

/** The note beside a folder; null when there is none that can be read. */
export function noteOf(path: string): Note | null {
  try {
    return Note.parse(JSON.parse(readTrimmed(`${path}.json`) ?? "null"));
  } catch {
    return null;
  }
}

/** Writes the note, in place of one before. */
export function writeNote(home: string, note: Note): void {
  ensureFolders(home);
  writeDurably(`${ownFolder(home, note.session)}.json`, JSON.stringify(note));
}

/** Names of what stands in a folder. */
export function namesIn(path: string): readonly string[] {
  return readdirSync(path);
}

/** Removes an empty folder; false when something is in it. */
export function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes a folder of ours with all that is in it; of a link the link alone. First it gets another name: what is put in its place
 * meanwhile is not touched.
 */
export function removeFolder(path: string): void {
  const kind = lookAt(path);
  if (kind === "none") return;
  if (kind === "other") return unlinkSync(path);
  const gone = join(path, "..", `.gone-${basename(path)}-${crypto.randomUUID().slice(0, 8)}`);
  renameSync(path, gone);
  if (lookAt(gone) !== "folder") return unlinkSync(gone);
  try {
    rmSync(gone, { recursive: true, force: true });
  } catch {
    makeWritable(gone);
    rmSync(gone, { recursive: true, force: true });
  }
}

/** An agent may have left folders in which nothing can be removed. */
function makeWritable(dir: string) {
  chmodSync(dir, 0o700);
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(join(dir, entry.name));
}
