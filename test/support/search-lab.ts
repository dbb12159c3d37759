/** Archive, indexer and search in one thread, on real files in a temp folder. */
import { dirname, join } from "node:path";
import { openFinder } from "../../src/archive/find.ts";
import { createIndexer } from "../../src/archive/indexer.ts";
import type { FindRequest, SearchPaths } from "../../src/archive/search-protocol.ts";
import type { FromIndexerWorker } from "../../src/archive/search-protocol.ts";
import type { SessionList } from "../../src/domain/session.ts";
import { openForReading } from "../../src/store/open.ts";
import { archiveState } from "../../src/store/search/follow.ts";
import { openArchive } from "./archive.ts";
import type { TestArchive } from "./archive.ts";
import { fileOf, psid, writer } from "./fill.ts";

export type SearchLab = ReturnType<typeof openLab>;

/** Opens (or makes) the archive in `dir`; the index follows from then on. */
export function openLab(dir?: string) {
  const archive = openArchive(dir);
  return { ...indexed(archive), archive };
}

function indexed(archive: TestArchive) {
  const paths: SearchPaths = { longhouse: archive.path, search: join(dirname(archive.path), "search.db") };
  const told: FromIndexerWorker[] = [];
  const damaged: number[] = [];
  const channel = new MessageChannel();
  const indexer = createIndexer(paths, (message) => {
    told.push(message);
    if (message.type !== "replaced") return;
    finder.close();
    finder = openFinder(paths, (shard) => damaged.push(shard));
  });
  indexer.connect(channel.port1 as unknown as MessagePort);
  archive.connectIndexer(channel.port2 as unknown as MessagePort);
  let finder = openFinder(paths, (shard) => damaged.push(shard));
  const through = new Map<string, number>();

  return {
    paths,
    told,
    damaged,
    indexer,
    /** Appends to a session's file. */
    async append(path: string, text: string) {
      const offset = through.get(path) ?? 0;
      const bytes = new TextEncoder().encode(text);
      through.set(path, offset + bytes.length);
      return archive.send({ path, offset, bytes });
    },
    /** Waits until everything archived is in the index. */
    async settled() {
      await archive.derived();
      const index = openForReading(paths.search);
      const isBehind = () => {
        const { cursor } = index.query<{ cursor: number }, []>("SELECT cursor FROM state").get()!;
        const { left } = index
          .query<{ left: number }, []>(
            "SELECT (SELECT count(*) FROM todo) + (SELECT count(*) FROM shards WHERE stale > 0) AS left",
          )
          .get()!;
        return cursor < archiveState(archive.db).last || left > 0;
      };
      while (isBehind()) await Bun.sleep(2);
      index.close();
    },
    /** Ids of the sessions found, in order. */
    ids: (query: string, more: Partial<FindRequest> = {}) => list(query, more).sessions.map(({ id }) => id),
    find: (query: string, more: Partial<FindRequest> = {}) => list(query, more),
    close() {
      finder.close();
      indexer.close();
      archive.close();
    },
  };

  function list(query: string, more: Partial<FindRequest>): SessionList {
    const filters = { include_subagents: false };
    const request: FindRequest = { query, filters, sort: "relevance", limit: 20, cursor: null, passages: 1, ...more };
    return finder.find(request, Date.now(), () => false);
  }
}

/** One session: each text a prompt with its reply. */
export function sessionOf(n: number, texts: readonly string[], at = Date.parse("2026-01-01T10:00:00Z")) {
  const id = psid(n);
  const write = writer({ id, at });
  return {
    path: fileOf(id),
    id,
    write,
    text: texts.map((text) => `${write.prompt(text)}\n${write.reply("done")}\n`).join(""),
  };
}
