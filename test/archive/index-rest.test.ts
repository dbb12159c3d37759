import { expect, test } from "bun:test";
import { join } from "node:path";
import { walBytes } from "../../src/archive/checkpoint.ts";
import { createIndexRest } from "../../src/archive/index-rest.ts";
import { MIB } from "../../src/domain/limits.ts";
import { makeAppender } from "../../src/store/search/append.ts";
import { openIndex } from "../../src/store/search/schema.ts";
import { tempDir } from "../support/temp.ts";

const ROWS = 400;
const PAGE = 8192;

/** An index of `commits` segments; its WAL is empty. */
function filled(path: string, commits: number) {
  const index = openIndex(path);
  const appender = makeAppender(index);
  for (let n = 0; n < commits; n++)
    index
      .transaction(() => {
        const events = Array.from({ length: ROWS }, (_, i) => {
          const text = Array.from({ length: 30 }, (_, w) => `word${(n * ROWS + i) * 7919 + w * 104_729}`).join(" ");
          return { kind: 0, at: 1_700_000_000_000 + i, tool: 0, text };
        });
        appender.append("backfill", { session: n + 1, position: 0, events });
        appender.flush();
      })
      .immediate();
  appender.forget();
  index.query("PRAGMA wal_checkpoint(TRUNCATE)").get();
  return index;
}

test("merging while all is quiet keeps the WAL small, however much there is to merge", () => {
  const path = join(tempDir(), "search.db");
  const index = filled(path, 80);
  const size = index
    .query<{ n: number }, []>("SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size")
    .get()!.n;
  const rest = createIndexRest(index, index, path, MIB);
  const used = index.query<{ log: number; checkpointed: number }, []>("PRAGMA wal_checkpoint(NOOP)");
  let pieces = 0;
  let left = 0;
  for (; rest.merge(); pieces++) {
    const { log, checkpointed } = used.get()!;
    if (log > checkpointed) left = Math.max(left, log * PAGE);
  }
  const file = walBytes(path);
  rest.settle();

  expect(size).toBeGreaterThan(8 * MIB);
  expect(pieces).toBeGreaterThan(1);
  // What is copied back is written over: the file is as large as its largest piece made it.
  expect(left).toBeLessThan(MIB);
  expect(file).toBeLessThan(size);
  expect(walBytes(path)).toBe(0);
  index.close();
});
