/** What waits to be derived: bytes that just arrived, and sources to be read back from blocks. First come, first served. */
import type { Database } from "bun:sqlite";
import { sourceById, underivedSources } from "../store/sources.ts";

/** Bytes at `offset` of a source; `bytes` null = read them back. `left`: how many of them are not worked off yet. */
export type Item = { readonly source: number; readonly offset: number; bytes: Uint8Array | null; left: number };

export type Backlog = ReturnType<typeof createBacklog>;

export function createBacklog(db: Database) {
  const items: Item[] = [];
  let inMemory = 0;
  let behind = 0;

  const put = (item: Item) => {
    items.push(item);
    inMemory += item.bytes?.length ?? 0;
    behind += item.left;
  };

  return {
    put: (source: number, offset: number, bytes: Uint8Array) => put({ source, offset, bytes, left: bytes.length }),
    /** Puts archived bytes of a source, to be read back. */
    readBack: (source: number, offset: number, through: number) =>
      put({ source, offset, bytes: null, left: through - offset }),
    /** Puts every source that has more bytes than it is derived to, but for those that `skip` names. */
    catchUp(skip: ReadonlySet<number>): void {
      for (const id of underivedSources(db)) {
        if (skip.has(id)) continue;
        const row = sourceById(db, id);
        put({ source: id, offset: row.derived_through, bytes: null, left: row.through - row.derived_through });
      }
    },
    get head(): Item | null {
      return items[0] ?? null;
    },
    /** Bytes that wait in memory. */
    get inMemory(): number {
      return inMemory;
    },
    /** Bytes that wait, in memory or not. */
    get behind(): number {
      return behind;
    },
    /** Says that `done` bytes of the head are worked off; `whole`: it is. */
    take(done: number, whole: boolean): void {
      const item = items[0]!;
      const less = whole ? item.left : Math.min(done, item.left);
      item.left -= less;
      behind -= less;
      if (!whole) return;
      items.shift();
      if (item.bytes) {
        inMemory -= item.bytes.length;
        // Gives the body's memory back now, not at some later collection.
        (item.bytes.buffer as ArrayBuffer).transfer(0);
        item.bytes = null;
      }
    },
    clear(): void {
      items.length = inMemory = behind = 0;
    },
  };
}
