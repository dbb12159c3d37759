/** The index itself, without an archive: shards that fill up, spans that are cut, walks that are cut short. */
import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { parseQuery } from "../../src/domain/query.ts";
import { makeAppender } from "../../src/store/search/append.ts";
import { matchesOf } from "../../src/store/search/match.ts";
import { openIndexReader } from "../../src/store/search/reader.ts";
import { SHARD_ROWS, openIndex } from "../../src/store/search/schema.ts";
import { listShards } from "../../src/store/search/shards.ts";
import { killRows, spansOf } from "../../src/store/search/spans.ts";
import { walk } from "../../src/store/search/walk.ts";
import type { Clock, Hit, Place, Scope, Walked } from "../../src/store/search/walk.ts";
import { tempDir } from "../support/temp.ts";

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

function openBoth() {
  const path = join(tempDir(), "search.db");
  const db = openIndex(path);
  const appender = makeAppender(db);
  opened.push({ close: () => (appender.forget(), db.close()) });
  const reader = openIndexReader(path);
  opened.push(reader);
  const add = (session: number, position: number, texts: readonly string[], at = 1000) =>
    db.transaction(() => {
      appender.append("backfill", { session, position, events: texts.map((text) => ({ kind: 0, at, tool: 0, text })) });
      appender.flush();
    })();
  return { path, db, reader, add, appender };
}

const everyone: Scope = {
  sessions: new Uint8Array(1000).fill(1),
  since: -Infinity,
  until: Infinity,
  clip: (_, from, to) => [from, to],
  lately: (sessions) => sessions,
};
const patient: Clock = { late: () => false, run: (step) => step() };
const hurried: Clock = { late: () => true, run: (step) => step() };

/** All hits as `session:position`, asking again from each place while the walk is cut short. */
function hitsOf(
  reader: ReturnType<typeof openIndexReader>,
  text: string,
  clock = patient,
  scope = everyone,
  enough = Infinity,
) {
  const query = parseQuery(text, 0);
  const lookup = { tools: () => [], alike: () => [] };
  const parts = matchesOf(query, query.branches[0]!.match!, "words", lookup).map((match) => ({ match, scope }));
  const hits: string[] = [];
  let walks = 0;
  let from: Place | null = null;
  do {
    const start: Place | null = from;
    const hit = ({ session, position }: Hit) => void hits.push(`${session}:${position}`);
    const walked: Walked = reader.snapshot(() =>
      walk(reader, { parts, from: start, clock, enough: (rows) => rows >= enough, hit }),
    );
    from = walked.place;
    walks++;
  } while (from);
  return { hits: hits.toSorted(), walks };
}

test("a shard takes 32,768 rows, then the next one is begun, and all are found", () => {
  const { db, reader, add } = openBoth();
  const batch = Array.from({ length: 8000 }, (_, i) => (i === 0 ? "needle hay" : ""));

  for (let session = 1; session <= 5; session++) add(session, 0, batch);

  expect(listShards(db).map(({ kind, next }) => ({ kind, next }))).toEqual([
    { kind: "backfill", next: 40_000 - SHARD_ROWS },
    { kind: "closed", next: SHARD_ROWS },
  ]);
  expect(hitsOf(reader, "needle").hits).toEqual(["1:0", "2:0", "3:0", "4:0", "5:0"]);
});

test("a walk that is always late takes one step, and the walks together give every hit once", () => {
  const { db, reader, add, appender } = openBoth();
  for (let session = 1; session <= 8; session++) {
    add(session, 0, ["needle one", "hay", "needle two"], session * 1000);
    db.run("UPDATE shards SET kind = 'closed'");
    appender.forget();
  }
  const whole = hitsOf(reader, "needle");

  const pieces = hitsOf(reader, "needle", hurried);

  expect(whole).toMatchObject({ walks: 1 });
  expect(whole.hits).toHaveLength(16);
  expect(pieces).toEqual({ hits: whole.hits, walks: 8 });
});

test("a small index is walked whole, however late it is", () => {
  const { db, reader, add, appender } = openBoth();
  for (let session = 1; session <= 3; session++) {
    add(session, 0, ["needle one"], session * 1000);
    db.run("UPDATE shards SET kind = 'closed'");
    appender.forget();
  }

  expect(hitsOf(reader, "needle", hurried)).toMatchObject({ walks: 1 });
});

test("a walk that has enough goes on behind the last hit", () => {
  const { reader, add } = openBoth();
  add(
    1,
    0,
    Array.from({ length: 2500 }, (_, i) => `needle n${i}`),
  );

  const { hits } = hitsOf(reader, "needle", patient, everyone, 1);

  expect(new Set(hits).size).toBe(2500);
  expect(hits).toHaveLength(2500);
});

test("sessions and times outside the scope are not told", () => {
  const { reader, add } = openBoth();
  add(1, 0, ["needle"], 1000);
  add(2, 0, ["needle"], 2000);
  add(3, 0, ["needle"], 3000);
  const only = new Uint8Array(10);
  only[2] = only[3] = 1;

  expect(hitsOf(reader, "needle", patient, { ...everyone, sessions: only }).hits).toEqual(["2:0", "3:0"]);
  expect(hitsOf(reader, "needle", patient, { ...everyone, since: 2000, until: 3000 }).hits).toEqual(["2:0"]);
});

test("a span that lies partly in the time is clipped to it", () => {
  const { db, reader, appender } = openBoth();
  const events = [1000, 2000, 3000].map((at) => ({ kind: 0, at, tool: 0, text: "needle" }));
  db.transaction(() => (appender.append("live", { session: 1, position: 0, events }), appender.flush()))();
  const asked: number[] = [];
  const clip = (session: number): [number, number] => (asked.push(session), [1, 3]);

  const { hits } = hitsOf(reader, "needle", patient, { ...everyone, since: 2000, clip });

  expect(hits).toEqual(["1:1", "1:2"]);
  expect(asked).not.toBeEmpty();
});

test("a reader sees rows that came after it was opened, and none that died", () => {
  const { db, reader, add, appender } = openBoth();
  add(1, 0, ["needle a", "needle b", "needle c"]);
  expect(hitsOf(reader, "needle").hits).toHaveLength(3);

  add(1, 3, ["needle d"]);
  db.transaction(() => appender.forget(killRows(db, 1, 1, 2)))();

  expect(hitsOf(reader, "needle").hits).toEqual(["1:0", "1:2", "1:3"]);
});

test("a term that marks a tool is no word", () => {
  const { db, reader, appender } = openBoth();
  db.transaction(() => {
    appender.append("live", { session: 1, position: 0, events: [{ kind: 0, at: 1, tool: 7, text: "needle" }] });
    appender.flush();
  })();

  expect(hitsOf(reader, "t7").hits).toEqual([]);
  expect(hitsOf(reader, "needle").hits).toEqual(["1:0"]);
});

test("appending, killing and replacing in any order leaves each living event in one row", () => {
  const act = fc.oneof(
    fc.record({
      kind: fc.constant("add" as const),
      session: fc.integer({ min: 1, max: 3 }),
      from: fc.nat(30),
      n: fc.integer({ min: 1, max: 12 }),
    }),
    fc.record({
      kind: fc.constant("kill" as const),
      session: fc.integer({ min: 1, max: 3 }),
      from: fc.nat(30),
      n: fc.integer({ min: 1, max: 12 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const { db, reader, add, appender } = openBoth();
      const living = new Set<string>();
      for (const { kind, session, from, n } of acts) {
        db.transaction(() => (appender.flush(), appender.forget(killRows(db, session, from, from + n))))();
        for (let i = from; i < from + n; i++) living.delete(`${session}:${i}`);
        if (kind === "kill") continue;
        add(session, from, Array<string>(n).fill("needle"));
        for (let i = from; i < from + n; i++) living.add(`${session}:${i}`);
      }
      expect(hitsOf(reader, "needle").hits).toEqual([...living].toSorted());
      const [shard] = listShards(db);
      expect((shard?.next ?? 0) - (shard?.dead ?? 0)).toBe(living.size);
      for (const session of [1, 2, 3])
        expect(spansOf(db, session, 0, 100).reduce((sum, span) => sum + span.n, 0)).toBe(
          [...living].filter((name) => name.startsWith(`${session}:`)).length,
        );
      opened.splice(0).forEach((one) => one.close());
    }),
    { numRuns: 40 },
  );
});

test("an index of an older form is thrown away", () => {
  const { path } = openBoth();
  opened.splice(0).forEach((one) => one.close());
  const old = new Database(path);
  old.run("PRAGMA user_version = 77");
  old.close();

  const again = openIndex(path);

  expect(again.query("PRAGMA user_version").get()).not.toEqual({ user_version: 77 });
  again.close();
});
