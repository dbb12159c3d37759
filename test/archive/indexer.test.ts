import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { checkIndex } from "../../src/store/search/check.ts";
import { openLab, sessionOf } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

const labs: SearchLab[] = [];
const lab = (dir?: string) => {
  const made = openLab(dir);
  labs.push(made);
  return made;
};
const close = (made: SearchLab) => {
  labs.splice(labs.indexOf(made), 1);
  made.close();
};
afterEach(() => labs.splice(0).forEach((made) => made.close()));

/** Archives sessions 1 … n, each with a word of its own and one in common. */
async function filled(n: number, made = lab()) {
  for (let i = 1; i <= n; i++) {
    const { path, text } = sessionOf(i, [`common words ${unique(i)}`, `second prompt about nothing`]);
    await made.append(path, text);
  }
  await made.settled();
  return made;
}
const unique = (i: number) => `qv${"zkxjwq"[i % 6]}${i}mnbrt${i * 7919}`;
const at = (path: string, sql: string) => {
  const db = new Database(path);
  try {
    return db.query(sql).all() as Record<string, number>[];
  } finally {
    db.close();
  }
};

test("a line is found once it is in the index, and its neighbours stay", async () => {
  const made = lab();
  const { path, write } = sessionOf(1, []);
  await made.append(path, `${write.prompt("first pterodactyl")}\n`);
  await made.settled();
  expect(made.find("pterodactyl").sessions).toHaveLength(1);

  await made.append(path, `${write.reply("second stegosaurus")}\n`);
  await made.settled();

  expect(made.find("stegosaurus").sessions).toHaveLength(1);
  expect(made.find("pterodactyl").sessions[0]?.match_count).toBe(1);
});

test("a word from the middle of a tool's output of 5 MB is found", async () => {
  const lab = openLab();
  const { path, text, write } = sessionOf(1, ["hello"]);
  const half = Array.from({ length: 300_000 }, (_, i) => `line${i % 997}`).join("\n");
  const result = write.result("c1", `${half} walrus ${half}`);
  expect(result.length).toBeGreaterThan(4_500_000);
  await lab.append(path, `${text}${write.call("Bash", "c1", { command: "cat" })}\n${result}\n`);
  await lab.settled();

  expect(lab.find("walrus").sessions.map(({ match_count }) => match_count)).toEqual([1]);
  lab.close();
}, 30_000);

test("what was archived while no indexer ran is found after the next start, once", async () => {
  const first = await filled(2);
  const { path, write } = sessionOf(3, []);
  const dir = dirname(first.paths.search);
  first.indexer.close();
  await first.archive.send({ path, bytes: `${write.prompt("latecomer")}\n` });
  await first.archive.derived();
  labs.length = 0;
  first.archive.close();

  const second = lab(dir);
  await second.settled();

  expect(second.find("latecomer").sessions[0]?.match_count).toBe(1);
  expect(second.find(unique(1)).sessions[0]?.match_count).toBe(1);
});

test("a lost search.db is built again from the archive", async () => {
  const first = await filled(3);
  const { search } = first.paths;
  close(first);
  for (const end of ["", "-wal", "-shm"]) rmSync(search + end, { force: true });

  const second = lab(dirname(search));
  await second.settled();

  for (const i of [1, 2, 3]) expect(second.find(unique(i)).sessions[0]?.match_count).toBe(1);
  expect(second.find("common").sessions).toHaveLength(3);
});

test("a search.db that is no database, or another archive's, is built again", async () => {
  const first = await filled(2);
  const other = await filled(1);
  const { search } = first.paths;
  const foreign = other.paths.search;
  close(first);
  close(other);
  const wrong = [
    new TextEncoder().encode("not a database at all".repeat(1000)),
    readFileSync(foreign),
    new Uint8Array(0),
  ];

  for (const bytes of wrong) {
    writeFileSync(search, bytes);
    const again = lab(dirname(search));
    await again.settled();
    expect(again.find("common").sessions).toHaveLength(2);
    expect(again.find(unique(2)).sessions[0]?.match_count).toBe(1);
    close(again);
  }
});

test("a shard that can not be read is left out, reported, and built again", async () => {
  const first = await filled(3);
  const { search } = first.paths;
  close(first);
  const [row] = at(search, "SELECT rootpage FROM sqlite_schema WHERE name = 'f1_data'");
  const bytes = readFileSync(search);
  bytes.fill(0, (row!.rootpage! - 1) * 8192, row!.rootpage! * 8192);
  writeFileSync(search, bytes);
  const second = lab(dirname(search));
  expect(second.find("nothing").sessions).toEqual([]);
  expect(second.damaged).toEqual([1]);

  second.indexer.damaged(1);
  await second.settled();

  expect(second.find("nothing").sessions.map((session) => session.match_count)).toEqual([1, 1, 1]);
});

test("titles that can not be read are left out, and the whole index is built again", async () => {
  const first = await filled(3);
  const { search } = first.paths;
  close(first);
  const [row] = at(search, "SELECT rootpage FROM sqlite_schema WHERE name = 'titles_idx'");
  const bytes = readFileSync(search);
  bytes.fill(0, (row!.rootpage! - 1) * 8192, row!.rootpage! * 8192);
  writeFileSync(search, bytes);
  expect(checkIndex(search)!.troubles).not.toEqual([]);
  const second = lab(dirname(search));
  second.find("nothing");
  if (second.damaged.length > 0) second.indexer.damaged(second.damaged[0]!);
  await second.settled();

  expect(second.told.filter(({ type }) => type === "replaced")).toHaveLength(1);
  expect(second.find("nothing").sessions).toHaveLength(3);
  close(second);
  expect(checkIndex(search)).toEqual({ events: 12, stale: 0, troubles: [] });
});

test("an index of another emitter is built again, and answers meanwhile", async () => {
  const first = await filled(3);
  const { search } = first.paths;
  close(first);
  at(search, "UPDATE state SET emitter = -1 RETURNING id");

  const second = lab(dirname(search));
  expect(second.find("common").sessions).toHaveLength(3);
  await second.settled();

  expect(second.find("common").sessions.map((session) => session.match_count)).toEqual([1, 1, 1]);
  expect(at(search, "SELECT count(*) AS n FROM shards WHERE id = 1")).toEqual([{ n: 0 }]);
});

test("reindexing leaves every event found once", async () => {
  const made = await filled(4);

  made.indexer.reindex();
  await made.settled();

  expect(made.find("common").sessions.map((session) => session.match_count)).toEqual([1, 1, 1, 1]);
  expect(made.told.some(({ type }) => type === "failed")).toBe(false);
});

test("a session is found by its new title, tags and note, and no more by the old title", async () => {
  const made = await filled(2);
  const [id] = made.ids(unique(1));
  const patch = (patch: object) => made.archive.run("patchSessions", { ids: [id], patch });

  await patch({ title: "Gyroscope calibration", tags: ["urgentish"], note: "ask Wilhelmina" });
  await made.settled();
  for (const word of ["gyroscope", "urgentish", "wilhelmina"]) expect(made.ids(word)).toEqual([id!]);

  await patch({ title: "Something else" });
  await made.settled();
  expect(made.ids("gyroscope")).toEqual([]);
});

test("a deleted session is not found, and none of its words stays in the file", async () => {
  const made = await filled(5);
  const [id] = made.ids(unique(2));
  await made.archive.run("patchSessions", { ids: [id], patch: { title: "xylographqqz" } });
  await made.settled();

  await made.archive.run("deleteSession", { id, copies: false });
  await made.settled();
  expect(made.ids(unique(2))).toEqual([]);
  expect(made.ids("common")).toHaveLength(4);
  await Bun.sleep(100);
  close(made);

  const bytes = readFileSync(made.paths.search).toString("latin1");
  // Terms stand as a shared prefix and their own end.
  expect(bytes).not.toContain(unique(2).slice(-9));
  expect(bytes).not.toContain("graphqqz");
  expect(bytes).toContain(unique(3).slice(-9));
});

test("events that a reindex no longer gives are no longer found", async () => {
  const made = await filled(1);
  at(made.archive.path, "DELETE FROM events WHERE position = 0 RETURNING position");
  at(made.archive.path, "INSERT INTO changes (kind, session, position, n) VALUES ('events', 1, 0, 1) RETURNING id");

  made.indexer.reindex();
  await made.settled();

  // By its title alone.
  expect(made.find("common").sessions[0]?.match_count).toBe(0);
  expect(made.find("nothing").sessions[0]?.match_count).toBe(1);
});

test("words of an event that was replaced are not in the file once all is quiet", async () => {
  const made = lab();
  const { path, text } = sessionOf(1, ["first prompt", `then ${unique(4)}`, `at last ${unique(5)}`]);
  await made.append(path, text);
  await made.settled();
  at(made.archive.path, "DELETE FROM events WHERE position = 2 RETURNING position");
  at(made.archive.path, "INSERT INTO changes (kind, session, position, n) VALUES ('events', 1, 2, 1) RETURNING id");
  const other = sessionOf(2, ["something else"]);
  await made.append(other.path, other.text);
  const bytes = () => readFileSync(made.paths.search).toString("latin1");
  while (bytes().includes(unique(4).slice(-9)) || !bytes().includes(unique(5).slice(-9))) await Bun.sleep(50);

  expect(made.ids(unique(4))).toEqual([]);
  expect(made.ids(unique(5))).toHaveLength(1);
  expect(at(made.paths.search, "SELECT sum(dead) AS dead FROM shards")).toEqual([{ dead: 0 }]);
});

test("an index that the archive was restored behind of is built again", async () => {
  const first = await filled(2);
  const { search } = first.paths;
  close(first);
  at(search, "UPDATE state SET cursor = 1000000 RETURNING id");

  const second = lab(dirname(search));
  await second.settled();

  expect(second.find("common").sessions.map((session) => session.match_count)).toEqual([1, 1]);
});

test("a full shard that held a deleted session is built anew in one piece, without it", async () => {
  const made = lab();
  for (let i = 1; i <= 6; i++) {
    const { path, text } = sessionOf(
      i,
      [...Array<string>(3000).keys()].map((n) => (n === 1 ? unique(i) : "filler")),
    );
    await made.append(path, text);
  }
  await made.settled();
  const [id] = made.ids(unique(2));
  const before = at(made.paths.search, "SELECT next FROM shards ORDER BY id").map((shard) => shard.next);

  await made.archive.run("deleteSession", { id, copies: false });
  await made.settled();

  expect(before).toEqual([32_768, 36_000 - 32_768]);
  expect(at(made.paths.search, "SELECT next, dead, stale FROM shards ORDER BY next DESC")).toEqual([
    { next: 32_768 - 6000, dead: 0, stale: 0 },
    { next: 36_000 - 32_768, dead: 0, stale: 0 },
  ]);
  expect(made.ids(unique(2))).toEqual([]);
  for (const i of [1, 3, 4, 5, 6]) expect(made.find(unique(i)).sessions[0]?.match_count).toBe(1);
}, 30_000);
