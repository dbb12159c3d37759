/** The databases of this machine's agents, as the shipper sees them: which conversations are in them, and what to send. */
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseKinds } from "../domain/database.ts";
import type { Provider } from "../domain/provider.ts";
import { acknowledge, lookAtQuery, versionNumber } from "./query-look.ts";
import { conversationsIn, withDatabase } from "./query.ts";
import type { Found, ListConversations } from "./scan.ts";
import { type QuerySpool, querySpool } from "./spool-queries.ts";
import type { SourceRow, Spool } from "./spool.ts";
import type { Look } from "./tail.ts";

export type Databases = {
  /** Conversations of a database, without reading their content. Files that did not change are not opened. */
  readonly list: ListConversations;
  /** What of a conversation is to be sent next. */
  look(row: SourceRow, found: Found, limit: number): Look;
  /** The server has all before the row's `acked`. */
  acknowledge(row: SourceRow): void;
};

type Listed = { readonly stamp: string; readonly found: readonly Found[] };

/** Lists conversations; remembers what it found for as long as this lives. */
export function createLister(providers: readonly Provider[]): ListConversations {
  const kinds = kindsOf(providers);
  const listed = new Map<string, Listed>();

  return (provider, path, skipped) => {
    const of = kinds.get(provider) ?? [];
    const stamp = stampOf(path, of);
    const known = listed.get(path);
    if (known?.stamp === stamp) return known.found;
    const opened = withDatabase(path, (db) => conversationsIn(db, path, of));
    if (opened.kind === "other") skipped(path, opened.reason);
    if (opened.kind === "busy") skipped(path, "another process holds it locked; it is looked at again");
    // What was found before stands while it cannot be read.
    if (opened.kind !== "read") return known?.found ?? [];
    if (!opened.value) skipped(path, "it has none of the tables that conversations are kept in");
    const found = (opened.value ?? []).map((one): Found => {
      const place = { provider, path: `${path}#${one.id}`, unit: "query" } as const;
      return { ...place, inode: versionNumber(one.version), size: one.bytes, mtime: one.at ?? mtimeOf(path) };
    });
    listed.set(path, { stamp, found });
    return found;
  };
}

const kindsOf = (providers: readonly Provider[]) =>
  new Map(providers.map(({ name, databases }) => [name, databases ?? []]));

/** Reads databases as the providers say. */
export function createDatabases(providers: readonly Provider[], spool: Spool): Databases {
  const kinds = kindsOf(providers);
  let made: QuerySpool | null = null;
  const queries = () => (made ??= querySpool(spool));

  return {
    list: createLister(providers),
    look(row, found, limit) {
      const of = kinds.get(row.provider) ?? [];
      return lookAtQuery(row, { spool, queries: queries(), kinds: of, found, limit, now: Date.now() });
    },
    acknowledge: (row) => acknowledge(spool, queries(), row),
  };
}

/** Changes whenever something may have been written into the database or the files that are read with it. */
function stampOf(path: string, kinds: DatabaseKinds): string {
  const beside = kinds.flatMap((store) => store.beside).map((name) => join(dirname(path), name));
  return [path, `${path}-wal`, ...new Set(beside)]
    .map((file) => {
      const stat = lstatSync(file, { throwIfNoEntry: false });
      // An empty WAL says nothing, and may be ours: opening a database makes one.
      return stat && stat.size > 0 ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : "-";
    })
    .join(" ");
}

function mtimeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
