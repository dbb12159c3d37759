/**
 * Events of one folder. Where only some of the folders below are the agent's, each of those is watched by itself: an
 * editor's storage or a scratch folder beside the sessions then costs neither watches nor wake-ups.
 */
import { type FSWatcher, lstatSync, readdirSync, type Stats, watch } from "node:fs";
import { join, sep } from "node:path";
import { codeOf } from "../lib/files.ts";
import { entersFolder, type Place } from "./scan.ts";

export type Watcher = { close(): void };

export type FolderEvents = {
  /** Something happened at the path; it may be a folder, or be gone. */
  changed(path: string): void;
  /** The system refuses to tell (any more). */
  failed(error: unknown): void;
};

/** Begins. What the system refuses is told to `failed`, now or later; what of it works goes on. */
export function watchFolder(place: Place, events: FolderEvents): Watcher {
  // Elsewhere than on Linux the system itself watches whole trees.
  if (place.enters && !place.flat && process.platform === "linux") return new FolderTree(place, events);
  return watchOne(place.dir, { recursive: !place.flat, ...events });
}

type One = FolderEvents & { readonly recursive: boolean };

function watchOne(dir: string, { recursive, changed, failed }: One): Watcher {
  try {
    const watcher: FSWatcher = watch(dir, { recursive }, (_event, name) =>
      changed(name ? join(dir, String(name)) : dir),
    );
    watcher.on("error", failed);
    return watcher;
  } catch (error) {
    failed(error);
    return { close: () => {} };
  }
}

/** Tells one folder from the next of that name: inodes are given again, so the time of birth counts too. */
export function bornAs(stat: Stats): string {
  return `${stat.ino} ${stat.birthtimeMs}`;
}

/** One watcher for each folder that is entered. */
class FolderTree implements Watcher {
  readonly #folders = new Map<string, { readonly watcher: Watcher; readonly born: string }>();

  constructor(
    readonly place: Place,
    readonly events: FolderEvents,
  ) {
    this.#add(place.dir);
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #add(dir: string) {
    const stat = lstatSync(dir, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return this.#drop(dir);
    const born = bornAs(stat);
    if (this.#folders.get(dir)?.born === born) return;
    this.#drop(dir);
    const changed = (path: string) => this.#changed(path);
    const watcher = watchOne(dir, { recursive: false, changed, failed: this.events.failed });
    this.#folders.set(dir, { watcher, born });
    // After the watcher stands: a folder that is made from now on is told of.
    for (const name of foldersIn(dir)) if (entersFolder(this.place, join(dir, name))) this.#add(join(dir, name));
  }

  #changed(path: string) {
    if (entersFolder(this.place, path)) this.#add(path);
    this.events.changed(path);
  }

  #drop(dir: string) {
    if (!this.#folders.has(dir)) return;
    for (const [path, { watcher }] of this.#folders) {
      if (path !== dir && !path.startsWith(dir + sep)) continue;
      watcher.close();
      this.#folders.delete(path);
    }
  }
}

function foldersIn(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(codeOf(error))) return [];
    throw error;
  }
}
