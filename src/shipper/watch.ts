/**
 * Hints that something changed. They may come late, twice or never: who receives them looks at the file, and looks at all
 * files now and then. The first hint of a file goes on at once, further ones at most once in a gap, so that a steady
 * writer is neither starved nor answered at every line.
 */
import { statSync } from "node:fs";
import { codeOf } from "../lib/files.ts";
import type { Place } from "./scan.ts";
import { bornAs, watchFolder, type Watcher } from "./watch-folder.ts";

export type WatchOptions = {
  /** Least time between two hints of one path, ms. */
  readonly gap: number;
  hint(place: Place, path: string): void;
  /** A folder has appeared or was made anew: all of it is to be looked at. */
  appeared(place: Place): void;
  /** File events cannot be had (any more): look at everything often. Said once, and again after `renew`. */
  blind(reason: string): void;
};

type Watched = { readonly watcher: Watcher; readonly born: string };
type Slot = { again: boolean };

/** Of a tree the system refuses a part, and says so only after the watcher stands, ms. */
const REFUSED_MS = 250;

/** Watches places; `set` is called with those that are there now, every few seconds. */
export class Watch {
  readonly #watched = new Map<string, Watched>();
  readonly #slots = new Map<string, Slot>();
  readonly #timers = new Set<Timer>();
  #blind = false;

  constructor(readonly options: WatchOptions) {}

  /** Begins with new places and with those whose folder is another one than before (its watcher is deaf); forgets others. */
  set(places: readonly Place[]): void {
    const here = new Map(places.flatMap((place) => bornAt(place)));
    // All deaf ones end before any begins: Bun gives a second watcher of a path what the first one hears.
    for (const [key, { born }] of this.#watched) if (here.get(key)?.born !== born) this.#stop(key);
    for (const [key, { place, born }] of here) {
      if (this.#watched.has(key)) continue;
      this.#start(key, place, born);
      this.options.appeared(place);
    }
  }

  /** Asks the system anew to tell of changes in these places; true when it does. */
  async renew(places: readonly Place[]): Promise<boolean> {
    for (const key of this.#watched.keys()) this.#stop(key);
    this.#blind = false;
    for (const [key, { place, born }] of places.flatMap((one) => bornAt(one))) this.#start(key, place, born);
    await Bun.sleep(REFUSED_MS);
    return !this.#blind;
  }

  close(): void {
    for (const key of this.#watched.keys()) this.#stop(key);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#slots.clear();
  }

  #start(key: string, place: Place, born: string) {
    const watcher = watchFolder(place, {
      changed: (path) => this.#hint(place, path),
      failed: (error) => this.#failed(error),
    });
    // One that failed is remembered too: `appeared` must not be called every few seconds.
    this.#watched.set(key, { watcher, born });
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
    const slot = this.#slots.get(slotOf(place, path));
    if (slot) slot.again = true;
    else this.#pass(place, path);
  }

  #pass(place: Place, path: string) {
    const slot: Slot = { again: false };
    const key = slotOf(place, path);
    this.#slots.set(key, slot);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#slots.delete(key);
      if (slot.again) this.#pass(place, path);
    }, this.options.gap);
    this.#timers.add(timer);
    this.options.hint(place, path);
  }
}

/** Agents may share a folder. */
const slotOf = (place: Place, path: string) => `${place.provider}\n${path}`;

function bornAt(place: Place): [string, { readonly place: Place; readonly born: string }][] {
  const stat = statSync(place.dir, { throwIfNoEntry: false });
  return stat ? [[`${place.provider}\n${place.dir}`, { place, born: bornAs(stat) }]] : [];
}
