import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { MIB } from "../../src/domain/limits.ts";
import { type Batch, querySpool } from "../../src/shipper/spool-queries.ts";
import { openSpool } from "../../src/shipper/spool-open.ts";
import type { Spool } from "../../src/shipper/spool.ts";
import { tempDir } from "../support/temp.ts";

let spool: Spool;
beforeEach(() => {
  spool = openSpool(join(tempDir("spool"), "spool.db")).spool;
});
afterEach(() => spool.close());

const batch = (fill: number, size: number, hashes: Batch["hashes"] = {}): Batch => ({
  generation: 0,
  start: 0,
  version: fill,
  whole: true,
  hashes,
  bytes: new Uint8Array(size).fill(fill),
});
const written = () => spool.db.query<{ n: number }, []>("SELECT count(*) AS n FROM query_batches").get()!.n;

test("what is being sent stands in memory, and beyond its bound in the spool, byte for byte", () => {
  const queries = querySpool(spool);
  queries.begin("a", batch(1, 10 * MIB));
  queries.begin("b", batch(2, 10 * MIB));
  expect(written()).toBe(0);

  queries.begin("c", batch(3, 10 * MIB, { k: "h", gone: null }));

  expect(written()).toBe(1);
  for (const [n, source] of ["a", "b", "c"].entries())
    expect(queries.batch(source)!.bytes).toEqual(batch(n + 1, 10 * MIB).bytes);
  expect(querySpool(spool).batch("a")).toEqual(batch(1, 10 * MIB));
  expect(querySpool(spool).batch("b")).toBeNull();
});

test("a batch larger than all memory is kept while it is sent", () => {
  const queries = querySpool(spool);

  queries.begin("a", batch(1, 30 * MIB));
  queries.begin("b", batch(2, MIB));

  expect([queries.batch("a")!.bytes.length, queries.batch("b")!.bytes.length]).toEqual([30 * MIB, MIB]);
});

test("an acknowledged batch leaves its hashes and nothing else, a forgotten source nothing at all", () => {
  const queries = querySpool(spool);
  queries.begin("a", batch(1, 10, { one: "1", two: "2" }));
  queries.finish("a", queries.batch("a")!);
  queries.begin("a", batch(2, 10, { two: null, three: "3" }));
  queries.finish("a", queries.batch("a")!);

  expect(queries.batch("a")).toBeNull();
  expect([...queries.hashes("a")]).toEqual([
    ["one", "1"],
    ["three", "3"],
  ]);
  queries.forget("a");
  expect(queries.hashes("a").size).toBe(0);
});
