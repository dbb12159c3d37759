import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { NotesDatabase } from "../support/agent-database.ts";
import { shipScope } from "../../src/shipper/pass.ts";
import { AgentHome } from "../support/agent-home.ts";
import { error, type IngestServer, startIngestServer } from "../support/ingest-server.ts";

// On a machine that does much else things take their time.
setDefaultTimeout(30_000);

let home: AgentHome;
let server: IngestServer;
let notes: NotesDatabase;
beforeEach(() => {
  home = new AgentHome();
  server = startIngestServer();
  notes = new NotesDatabase(home.path("talks.db"));
});
afterEach(async () => {
  notes.close();
  await home.close();
  await server.stop();
});

const source = (talk: string) => `${notes.path}#${talk}`;
const lines = (talk: string, generation?: number): unknown[] =>
  (server.bytesOf(source(talk), generation)?.toString() ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const skipped = () => home.lines.filter((line) => line.message === "skipped");

test("each conversation is a source of its own, and a second ship sends nothing", async () => {
  notes.put("a", "note:1", { text: "one" });
  notes.put("b", "note:2", { text: "two" });
  notes.put("a", "note:3", { text: "three" });

  const first = await home.ship(server.url);
  const second = await home.ship(server.url);

  expect(server.paths()).toEqual([source("a"), source("b")]);
  expect(lines("a")).toEqual([
    { key: "note:1", value: { text: "one" } },
    { key: "note:3", value: { text: "three" } },
  ]);
  expect(first).toMatchObject({ sources: 2, failed: 0 });
  expect(second).toMatchObject({ sources: 2, bytes: 0, failed: 0 });
  expect(server.requests.map((request) => request.url.searchParams.get("unit"))).toEqual(["query", "query"]);
});

test("a conversation in which nothing was said is no source", async () => {
  notes.put("said", "note:1", "hello");
  notes.put("silent", "head:1", "a title");

  const first = await home.ship(server.url);
  const second = await home.ship(server.url);

  expect([first.sources, second.sources]).toEqual([1, 1]);
  expect(server.paths()).toEqual([source("said")]);
});

test("only what changed is appended, under its key; unchanged conversations cost no bytes and no request", async () => {
  notes.put("a", "note:1", "one");
  notes.put("a", "note:2", "two");
  notes.put("b", "note:3", "three");
  await home.ship(server.url);
  notes.put("a", "note:2", "two, longer");
  notes.put("a", "note:4", "four");

  const second = await home.ship(server.url);

  const more = [
    { key: "note:2", value: "two, longer" },
    { key: "note:4", value: "four" },
  ];
  expect(lines("a").slice(2)).toEqual(more);
  expect(second.bytes).toBe(more.reduce((sum, line) => sum + JSON.stringify(line).length + 1, 0));
  expect(server.requests).toHaveLength(3);
  expect(server.generations(source("a"))).toBe(1);
});

test("a record that is gone is said to be gone, once", async () => {
  notes.put("a", "note:1", "one");
  notes.put("a", "note:2", "two");
  await home.ship(server.url);
  notes.remove("note:1");

  await home.ship(server.url);
  notes.put("a", "note:3", "three");
  await home.ship(server.url);

  expect(lines("a").slice(2)).toEqual([
    { key: "note:1", value: null },
    { key: "note:3", value: "three" },
  ]);
});

test("a key that is not on the list does not leave the machine, whatever the statement gave", async () => {
  notes.put("a", "note:1", "one");
  notes.put("a", "auth/token", "canary-7f3a");
  notes.hide("auth/token", "canary-7f3a");

  await home.ship(server.url);

  expect(lines("a")).toEqual([{ key: "note:1", value: "one" }]);
  expect(JSON.stringify(home.lines)).not.toContain("canary-7f3a");
});

test("a conversation larger than a request arrives in pieces, a larger one than a batch too", async () => {
  const long = "x".repeat(3_000_000);
  for (let n = 0; n < 6; n++) notes.put("a", `note:${n}`, `${n}${long}`);

  await home.ship(server.url);
  const again = await home.ship(server.url);

  expect(lines("a").map((line) => String((line as { value: string }).value)[0])).toEqual([..."012345"]);
  expect(Math.max(...server.requests.map((request) => request.bytes.length))).toBe(1024 * 1024);
  expect(again.bytes).toBe(0);
});

test("when an answer is lost the same bytes go again, though the record changed meanwhile", async () => {
  notes.put("a", "note:1", "one");
  let answers = 0;
  server.fail = () => (answers++ === 0 ? error(503, "busy") : undefined);
  const shipper = home.shipper(server.url, { backoff: 300, backoffMax: 300 });
  await shipper.meet();
  const shipping = shipScope(shipper, {}, () => {});
  while (answers === 0) await Bun.sleep(5);
  notes.put("a", "note:1", "one, changed");
  await shipping;
  await shipper.close();

  await home.ship(server.url);

  expect(server.requests[1]!.bytes).toEqual(server.requests[0]!.bytes);
  expect(lines("a")).toEqual([
    { key: "note:1", value: "one" },
    { key: "note:1", value: "one, changed" },
  ]);
  expect(server.generations(source("a"))).toBe(1);
});

test("with the spool lost nothing is stored twice, and what changed meanwhile is there", async () => {
  notes.put("a", "note:1", "one");
  notes.put("b", "note:2", "two");
  await home.ship(server.url);
  const stored = server.stored();
  for (const end of ["", "-wal", "-shm"]) rmSync(join(home.dir, `longhouse-shipper-spool.db${end}`), { force: true });
  notes.put("b", "note:2", "two, changed");

  await home.ship(server.url);

  expect(server.generations(source("a"))).toBe(1);
  expect(lines("b", 0)).toEqual([{ key: "note:2", value: "two" }]);
  expect(lines("b", 1)).toEqual([{ key: "note:2", value: "two, changed" }]);
  expect(server.stored() - stored).toBe(server.bytesOf(source("b"), 1)!.length);
});

test("what stands in the WAL alone is read, and nothing is written into the database", async () => {
  notes.db.run("PRAGMA wal_autocheckpoint = 0");
  notes.put("a", "note:1", "only in the WAL");
  const before = await Bun.file(notes.path).bytes();

  await home.ship(server.url);

  expect(lines("a")).toEqual([{ key: "note:1", value: "only in the WAL" }]);
  expect(await Bun.file(notes.path).bytes()).toEqual(before);
});

test("a damaged database, one of another schema and a locked one are passed over with one line each", async () => {
  home.write("broken.db", "no database at all ".repeat(100));
  const other = new NotesDatabase(home.path("other.db"));
  other.db.run("ALTER TABLE notes DROP COLUMN value");
  const locked = new NotesDatabase(home.path("locked.db"), "DELETE");
  locked.put("l", "note:9", "nine");
  locked.db.run("BEGIN EXCLUSIVE");
  notes.put("a", "note:1", "one");
  const shipper = home.shipper(server.url);
  await shipper.meet();

  await shipScope(shipper, {}, () => {});
  await shipScope(shipper, {}, () => {});

  expect(
    skipped()
      .map((line) => String(line.fields["path"]))
      .toSorted(),
  ).toEqual(["broken", "locked", "other"].map((name) => home.path(`${name}.db`)));
  expect(server.paths()).toEqual([source("a")]);
  locked.db.run("COMMIT");
  await shipScope(shipper, {}, () => {});
  expect(server.paths()).toEqual([`${locked.path}#l`, source("a")]);
  other.close();
  locked.close();
});

test("a conversation deleted in its database stays in the archive, and is no failure", async () => {
  notes.put("a", "note:1", "one");
  await home.ship(server.url);
  notes.remove("note:1");
  notes.put("b", "note:2", "two");

  const second = await home.ship(server.url);

  expect(second.failed).toBe(0);
  expect(lines("a")).toEqual([{ key: "note:1", value: "one" }]);
});

test("one database, or the folder that all of them lie in, may be named", async () => {
  notes.put("a", "note:1", "one");
  home.write("b.jsonl", "x\n");

  await home.ship(server.url, { file: notes.path });
  expect(server.paths()).toEqual([source("a")]);
  await home.ship(server.url, { file: home.dir });
  expect(server.paths()).toEqual([home.path("b.jsonl"), source("a")]);
});

test("a server that was restored from an older copy is given the conversations again", async () => {
  notes.put("a", "note:1", "one");
  notes.put("a", "note:2", "two");
  await home.ship(server.url);
  notes.put("a", "note:2", "two, changed");
  await home.ship(server.url);
  const first = JSON.stringify({ key: "note:1", value: "one" }).length + 1;
  server.forget(source("a"), first);
  server.archive.resend = [{ provider: "claude", path: source("a"), generation: 0, from: first }];

  await home.ship(server.url);
  server.archive.resend = [];
  const again = await home.ship(server.url);

  expect(lines("a")).toEqual([
    { key: "note:1", value: "one" },
    { key: "note:2", value: "two, changed" },
  ]);
  expect(again.bytes).toBe(0);
});

test("a shipper killed between the server's answer and its own note loses nothing", async () => {
  notes.put("a", "note:1", "one");
  await home.ship(server.url);
  const spool = join(home.dir, "longhouse-shipper-spool.db");
  const before = await Bun.file(spool).bytes();
  notes.put("a", "note:2", "two");
  await home.ship(server.url);
  await Bun.write(spool, before);
  for (const end of ["-wal", "-shm"]) rmSync(spool + end, { force: true });
  notes.put("a", "note:2", "two, changed");
  notes.put("a", "note:3", "three");

  await home.ship(server.url);

  const newest = lines("a", server.generations(source("a")) - 1);
  expect(newest).toContainEqual({ key: "note:2", value: "two, changed" });
  expect(newest).toContainEqual({ key: "note:3", value: "three" });
  expect((await home.ship(server.url)).bytes).toBe(0);
});
