/**
 * Hints that something changed. They may come late, twice or never: who receives them looks at the file, and looks at all
 * files now and then. The first hint of a file goes on at once, further ones at most once in a gap, so that a steady
 * writer is neither starved nor answered at every line.
 */
import { type FSWatcher, statSync, watch } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../lib/files.ts";
import type { Place } from "./scan.ts";

export type WatchOptions = {
  /** Least time between two hints of one path, ms. */
  readonly gap: number;
  hint(place: Place, path: string): void;
  /** A folder has appeared or was made anew: all of it is to be looked at. */
  appeared(place: Place): void;
  /** File events cannot be had (any more): look at everything often. Said once. */
  blind(reason: string): void;
};

type Watched = { readonly watcher: FSWatcher; readonly born: string };
type Slot = { again: boolean };

/** Watches places; `set` is called with those that are there now, every few seconds. */
export class Watch {
  readonly #watched = new Map<string, Watched>();
  readonly #slots = new Map<string, Slot>();
  readonly #timers = new Set<Timer>();
  #blind = false;

  constructor(readonly options: WatchOptions) {}

  /** Begins with new places and with those whose folder is another one than before (its watcher is deaf); forgets others. */
  set(places: readonly Place[]): void {
    const here = new Set(places.map(({ provider, dir }) => `${provider}\n${dir}`));
    for (const key of this.#watched.keys()) if (!here.has(key)) this.#stop(key);
    for (const place of places) {
      const key = `${place.provider}\n${place.dir}`;
      const stat = statSync(place.dir, { throwIfNoEntry: false });
      // Inodes are given again: the time of birth tells one folder from the next.
      const born = `${stat?.ino} ${stat?.birthtimeMs}`;
      if (!stat || this.#watched.get(key)?.born === born) continue;
      this.#stop(key);
      this.#start(key, place, born);
      this.options.appeared(place);
    }
  }

  close(): void {
    for (const key of this.#watched.keys()) this.#stop(key);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#slots.clear();
  }

  #start(key: string, place: Place, born: string) {
    try {
      const watcher = watch(place.dir, { recursive: !place.flat }, (_event, name) => {
        if (name) return this.#hint(place, join(place.dir, String(name)));
        // The folder itself went: its watcher is deaf from now on.
        if (this.#watched.get(key)?.watcher === watcher) this.#stop(key);
      });
      watcher.on("error", (error) => this.#failed(error));
      this.#watched.set(key, { watcher, born });
    } catch (error) {
      // Remembered as watched: `appeared` must not be called every few seconds.
      this.#watched.set(key, { watcher: { close: () => {} } as FSWatcher, born });
      this.#failed(error);
    }
  }

  #stop(key: string) {
    this.#watched.get(key)?.watcher.close();
    this.#watched.delete(key);
  }

  #failed(error: unknown) {
    if (this.#blind) return;
    this.#blind = true;
    this.options.blind(codeOf(error) || String(error));
  }

  #hint(place: Place, path: string) {
    const slot = this.#slots.get(path);
    if (slot) slot.again = true;
    else this.#pass(place, path);
  }

  #pass(place: Place, path: string) {
    const slot: Slot = { again: false };
    this.#slots.set(path, slot);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#slots.delete(path);
      if (slot.again) this.#pass(place, path);
    }, this.options.gap);
    this.#timers.add(timer);
    this.options.hint(place, path);
  }
}
