/** Which files are the agents': regular files below the providers' roots, found without following anything out of them. */
import { lstatSync, readdirSync, realpathSync, statSync, type Stats } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Env, Provider, Root, Unit } from "../domain/provider.ts";
import { codeOf } from "../lib/files.ts";

/** A provider's root as it really stands on the disk, without symbolic links: one path for each file, however it is named. */
export type Place = {
  readonly provider: string;
  readonly dir: string;
  readonly flat?: boolean;
  readonly unit: Root["unit"];
  readonly enters?: Root["enters"];
  /** The conversations of a database (unit `query`) of this place. */
  readonly conversations?: (path: string, skipped: Skipped) => readonly Found[];
};

/** A file that is to be in the archive. */
export type Found = {
  readonly provider: string;
  /** Absolute. */
  readonly path: string;
  readonly unit: Unit;
  readonly inode: number;
  readonly size: number;
  readonly mtime: number;
};

/** Lists the conversations of a database of a provider's. */
export type ListConversations = (provider: string, path: string, skipped: Skipped) => readonly Found[];

/** Told once for each (path, reason) that is passed over. */
export type Skipped = (path: string, reason: string) => void;

/** The roots that are there now; two names of one folder give one. */
export function places(providers: readonly Provider[], env: Env, list?: ListConversations): readonly Place[] {
  const found = new Map<string, Place>();
  for (const { name, roots } of providers) {
    const conversations: Place["conversations"] = list && ((path, skipped) => list(name, path, skipped));
    for (const root of roots(env)) {
      const dir = realFolder(root.dir);
      const { unit, enters } = root;
      const place = dir && { provider: name, dir, unit, enters, conversations, ...(root.flat && { flat: true }) };
      if (place && !found.has(`${name}\n${dir}`)) found.set(`${name}\n${dir}`, place);
    }
  }
  return [...found.values()];
}

/** All files of a place, folder by folder. Stats only, no reads. What cannot be used is told to `skipped`. */
export function* walk(place: Place, skipped: Skipped, dir: string = place.dir): Generator<Found> {
  for (const found of walkSlowly(place, skipped, dir)) if (found) yield found;
}

/** The same, with a null wherever something was looked at that is not ours: a moment in which others may run. */
export function* walkSlowly(place: Place, skipped: Skipped, dir: string = place.dir): Generator<Found | null> {
  for (const entry of entries(dir, skipped)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (asFile(place, path)) skipped(path, "it is a folder");
      if (entersFolder(place, path)) yield* walkSlowly(place, skipped, path);
      else yield null;
      continue;
    }
    const found = lookAll(place, path, skipped);
    if (found.length > 0) yield* found;
    else yield null;
  }
}

/** Whether files of the place's agent may be in the folder. */
export function entersFolder(place: Place, dir: string): boolean {
  if (place.flat) return false;
  return place.enters?.(relative(place.dir, dir).replaceAll(sep, "/")) ?? true;
}

/** The file at `path`, or each conversation of the database there. */
export function lookAll(place: Place, path: string, skipped: Skipped): readonly Found[] {
  if (unitOf(place, path) === "query") return place.conversations?.(path, skipped) ?? [];
  const found = look(place, path, skipped);
  return found ? [found] : [];
}

/** The file at `path` if the place's agent wrote it and it can be shipped; null when it is none of ours, or gone. */
export function look(place: Place, path: string, skipped: Skipped): Found | null {
  const unit = unitOf(place, path);
  // A database is read by query, never as a file: it holds more than sessions.
  if (!unit || unit === "query") return null;
  const real = regular(place, path, skipped);
  if (!real) return null;
  return { provider: place.provider, path, unit, inode: real.ino, size: real.size, mtime: real.mtimeMs };
}

/** How the agent writes the file at `path`; null when it is not the agent's. */
export function unitOf(place: Place, path: string): Unit | null {
  const inside = relative(place.dir, path);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`)) return null;
  return place.unit(inside.replaceAll(sep, "/"));
}

/** `.jsonl` and its like: a folder of such a name is worth a line in the log, any other folder is not. */
function asFile(place: Place, path: string): boolean {
  return /\.[a-z]+$/i.test(path) && unitOf(place, path) === "lines";
}

function regular(place: Place, path: string, skipped: Skipped): Stats | null {
  try {
    const stat = lstatSync(path);
    if (stat.isFile()) return stat;
    if (stat.isSymbolicLink()) return linked(place, path, skipped);
    if (!stat.isDirectory()) skipped(path, `it is ${kindOf(stat)}`);
    return null;
  } catch (error) {
    // Gone between the listing and now: nothing to say.
    if (codeOf(error) !== "ENOENT") skipped(path, codeOf(error) || String(error));
    return null;
  }
}

/** A link is followed only to a regular file inside its own root that is not found there under its own name. */
function linked(place: Place, path: string, skipped: Skipped): Stats | null {
  const target = realpathOf(path);
  const inside = target?.startsWith(`${place.dir}${sep}`);
  if (!target || !inside) {
    skipped(path, target ? "it is a link that leads out of its folder" : "it is a link that leads nowhere");
    return null;
  }
  const stat = statSync(target);
  return stat.isFile() && unitOf(place, target) === null ? stat : null;
}

function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return "a pipe";
  if (stat.isSocket()) return "a socket";
  return "a device";
}

function entries(dir: string, skipped: Skipped) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") skipped(dir, codeOf(error) || String(error));
    return [];
  }
}

/** Most are not there, and are asked for every second: a look that fails without an error costs a tenth. */
function realFolder(dir: string): string | null {
  try {
    return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ? realpathOf(dir) : null;
  } catch {
    return null;
  }
}

function realpathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
