import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { openFinder } from "../../src/archive/find.ts";
import { openForReading } from "../../src/store/open.ts";
import { checkIndex } from "../../src/store/search/check.ts";
import { contentOf } from "../support/index-content.ts";
import { openLab, sessionOf } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";
import { tempDir } from "../support/temp.ts";

/** Runs a process of `support` in a folder. */
async function start(script: string, args: readonly string[]) {
  const path = new URL(`../support/${script}`, import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, path, ...args], { stdout: "pipe", stderr: "inherit" });
  await child.stdout.getReader().read();
  return async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
}

/** What the index says now, and what one that is built of the same archive from nothing says. */
async function contents(dir: string, lab: SearchLab) {
  const { search } = lab.paths;
  lab.close();
  const now = contentOf(search);
  for (const end of ["", "-wal", "-shm"]) rmSync(search + end, { force: true });
  const fresh = openLab(dir);
  await fresh.settled();
  fresh.close();
  return { now, fresh: contentOf(search) };
}

test("killed at any moment, the index has every archived event once after the next start, as a fresh one has", async () => {
  const dir = tempDir();
  for (const [round, ms] of [30, 90, 200].entries()) {
    const kill = await start("fill-forever.ts", [dir, String(1 + round * 1000)]);
    await Bun.sleep(ms);
    await kill();
  }

  const lab = openLab(dir);
  await lab.settled();

  const index = openForReading(lab.paths.search);
  const rows = index.query<{ n: number }, []>("SELECT sum(n) AS n FROM spans").get()!;
  const events = lab.archive.db.query<{ n: number }, []>("SELECT count(*) AS n FROM events").get()!;
  expect(rows.n).toBe(events.n);
  expect(events.n).toBeGreaterThan(0);
  const ids = lab.archive.db.query<{ psid: string }, []>("SELECT psid FROM sessions ORDER BY id").all();
  for (const { psid } of [ids[0]!, ids[ids.length >> 1]!, ids.at(-1)!]) {
    const word = `prompt${Number(psid.slice(-12))}x0`;
    expect(lab.find(word).sessions[0]?.match_count).toBe(1);
  }
  index.close();
  const { now, fresh } = await contents(dir, lab);
  expect(now.size).toBeGreaterThan(events.n);
  expect(now).toEqual(fresh);
}, 30_000);

test("while an index is built anew, and killed in it, the old one answers; what it ends with is as a fresh one", async () => {
  const SESSIONS = 40;
  const dir = tempDir();
  const made = openLab(dir);
  for (let n = 1; n <= SESSIONS; n++) {
    const { path, text } = sessionOf(
      n,
      Array.from({ length: 50 }, (_, i) => `walrus${n} says number ${i} of common words`),
    );
    await made.append(path, text);
  }
  await made.settled();
  const { paths } = made;
  made.close();

  const answers = new Set<string>();
  let cut = 0;
  for (const ms of [5, 20, 45, 80, 130]) {
    const kill = await start("reindex-forever.ts", [dir]);
    const finder = openFinder(paths, () => answers.add("damaged"));
    for (const until = performance.now() + ms; performance.now() < until;) answers.add(answerOf(finder));
    await kill();
    answers.add(answerOf(finder));
    finder.close();
    if (staleOf(paths.search) > 0) cut++;
  }
  expect(cut).toBeGreaterThan(0);
  expect([...answers]).toEqual([`${SESSIONS} sessions, ${SESSIONS * 50} hits`]);

  const lab = openLab(dir);
  await lab.settled();
  const { now, fresh } = await contents(dir, lab);
  expect(now).toEqual(fresh);
}, 30_000);

test("killed in the middle of a merge, the index says what it said before, and is whole", async () => {
  const dir = tempDir();
  const made = openLab(dir);
  for (let n = 1; n <= 30; n++) {
    const words = Array.from({ length: 40 }, (_, i) => `walrus${n}x${i} says ${"number ".repeat(20)}${i} of w${n * i}`);
    const { path, text } = sessionOf(n, words);
    await made.append(path, text);
    await made.settled();
  }
  const { search } = made.paths;
  made.close();
  const before = contentOf(search);
  expect(before.size).toBeGreaterThan(2400);

  const segments = [segmentsOf(search)];
  for (const ms of [1, 4, 8, 200]) {
    const kill = await start("merge-slowly.ts", [dir]);
    await Bun.sleep(ms);
    await kill();
    segments.push(segmentsOf(search));
    expect(contentOf(search)).toEqual(before);
  }
  expect(segments.at(-1)).toBeLessThan(segments[0]!);
  expect(checkIndex(search)?.troubles).toEqual([]);
}, 30_000);

/** Segments of all shards. */
function segmentsOf(path: string): number {
  const index = openForReading(path);
  const shards = index.query<{ id: number }, []>("SELECT id FROM shards").all();
  const count = (id: number) =>
    index.query<{ n: number }, []>(`SELECT count(DISTINCT segid) AS n FROM f${id}_idx`).get()!.n;
  const sum = shards.reduce((all, { id }) => all + count(id), 0);
  index.close();
  return sum;
}

/** Shards that are still to be built anew. */
function staleOf(path: string): number {
  const index = openForReading(path);
  const { n } = index.query<{ n: number }, []>("SELECT count(*) AS n FROM shards WHERE stale > 0").get()!;
  index.close();
  return n;
}

/** Asks until nothing is left: a page ends where its time is over. */
function answerOf(finder: ReturnType<typeof openFinder>): string {
  const filters = { include_subagents: false };
  const request = { query: "says ", filters, sort: "recent", limit: 100, cursor: null, passages: 1 } as const;
  const { sessions } = finder.find({ ...request, patience: 5000 }, Date.now(), () => false);
  return `${sessions.length} sessions, ${sessions.reduce((sum, session) => sum + (session.match_count ?? 0), 0)} hits`;
}
