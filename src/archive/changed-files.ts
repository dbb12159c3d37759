/** The files a session changed, each with what is left of all its edits. */
import type { Database } from "bun:sqlite";
import { parseDiff } from "../domain/diff.ts";
import type { FileDiff } from "../domain/diff.ts";
import { allDiffs, netDiff } from "../domain/net-diff.ts";
import type { ChangedFile, ChangedFiles } from "../domain/changed-file.ts";
import { editsOf } from "../store/session-changes.ts";
import type { Edit } from "../store/session-changes.ts";

/** More files than this no panel shows; characters of one patch, and of all. */
const FILES_MAX = 1000;
const PATCH_MAX = 256 * 1024;
const ALL_MAX = 4 * 1024 * 1024;

type Work = { edits: number; readonly changes: FileDiff[] };

/** What the session of this row number changed, in the order of first edits. `cwd`: where relative paths begin. */
export function changedFiles(db: Database, session: number, cwd: string | null): ChangedFiles {
  const works = new Map<string, Work>();
  for (const edit of editsOf(db, session)) take(works, edit, cwd);
  let left = ALL_MAX;
  const files = [...works].slice(0, FILES_MAX).map(([path, work]) => {
    const file = fileOf(path, work, Math.min(left, PATCH_MAX));
    left -= file.patch.length;
    return file;
  });
  return { files };
}

function take(works: Map<string, Work>, { asked, came }: Edit, cwd: string | null): void {
  const patch = came.form?.patch ?? asked.form?.patch ?? "";
  const changes = parseDiff(patch);
  const named = [...(came.form?.paths ?? []), ...(asked.form?.paths ?? [])];
  // A patch without a name is of the one file that the call names.
  const fallback = named[0] ?? "";
  for (const change of changes) {
    const path = absolute(change.path || fallback, cwd);
    if (change.from !== null) rename(works, absolute(change.from, cwd), path);
    workOf(works, path).changes.push(change);
  }
  const touched = new Set(changes.map((change) => absolute(change.path || fallback, cwd)));
  // An edit whose change is not told is an edit all the same.
  if (touched.size === 0) for (const path of new Set(named)) touched.add(absolute(path, cwd));
  for (const path of touched) if (path !== "") workOf(works, path).edits++;
}

function workOf(works: Map<string, Work>, path: string): Work {
  const work = works.get(path) ?? { edits: 0, changes: [] };
  works.set(path, work);
  return work;
}

function rename(works: Map<string, Work>, from: string, to: string): void {
  const work = works.get(from);
  if (!work || works.has(to)) return;
  works.delete(from);
  works.set(to, work);
}

/** Agents name a file now from the root, now from the folder they work in. */
function absolute(path: string, cwd: string | null): string {
  const rooted = /^(?:[/~]|[A-Za-z]:[\\/]|\\\\)/.test(path);
  return rooted || path === "" || !cwd ? path : `${cwd.replace(/[\\/]$/, "")}/${path.replace(/^\.\//, "")}`;
}

function fileOf(path: string, { edits, changes }: Work, room: number): ChangedFile {
  const sum = netDiff(path, changes);
  const whole = sum ?? allDiffs(path, changes);
  const all = parseDiff(whole);
  const count = (side: "added" | "removed") => all.reduce((total, file) => total + file[side], 0);
  const cut = whole.length > room;
  // Cut between lines: half a line would be read as a whole one.
  const patch = cut ? whole.slice(0, whole.lastIndexOf("\n", Math.max(0, room)) + 1) : whole;
  return { path, edits, added: count("added"), removed: count("removed"), patch, net: sum !== null, truncated: cut };
}
