/** Files beside the sessions: what they say reaches the session whenever it comes, and goes with it. */
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { dirname } from "node:path";
import { claude } from "../../src/providers/claude.ts";
import type { Aside } from "../../src/domain/provider.ts";
import { fileOf, psid, subagentFileOf, talk, writer } from "../support/fill.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

type Row = Record<string, unknown>;

let spy: { mockRestore(): void };
/** A sidecar holds what it says. */
beforeEach(() => {
  spy = spyOn(claude, "aside").mockImplementation((_, read) => {
    const text = read();
    const said = text.startsWith("[") ? (JSON.parse(text) as Aside[]) : [];
    return said;
  });
});
afterEach(() => spy.mockRestore());

const PATH = fileOf(psid(1));
const INDEX = fileOf("sessions-index").replace(".jsonl", ".json");
const META = subagentFileOf(psid(1), "helper").replace(".jsonl", ".meta.json");
const main = { id: psid(1), agent: "" };
const named = (text: string, trust: "index" | "prompt" = "index"): Aside => ({
  session: main,
  facts: { title: { text, trust } },
});

type File = { readonly path: string; readonly bytes: string; readonly generation?: number };
const whole = (path: string, said: readonly Aside[] | string, generation = 0): File => ({
  path,
  generation,
  bytes: typeof said === "string" ? said : JSON.stringify(said),
});

async function put(archive: TestArchive, { path, bytes, generation = 0 }: File) {
  const unit = path.endsWith(".json") || path.endsWith(".txt") ? ("file" as const) : ("lines" as const);
  await archive.send({ path, bytes, generation, unit, ...(unit === "file" && { size: Buffer.byteLength(bytes) }) });
}

const SESSIONS = `SELECT psid, agent, title, kind, cwd, project, parent_uuid IS NOT NULL AS has_parent, user_messages
  FROM sessions WHERE events > 0 ORDER BY psid, agent`;
const sessions = (archive: TestArchive) => archive.db.query<Row, []>(SESSIONS).all();

async function archived(files: readonly File[], between: "derive" | "restart" | "nothing" = "derive") {
  let archive = openArchive();
  for (const file of files) {
    await put(archive, file);
    if (between !== "nothing") await archive.derived();
    if (between === "restart") {
      archive.close();
      archive = openArchive(dirname(archive.path));
    }
  }
  await archive.derived();
  return archive;
}

async function expectAnyOrder(files: readonly File[], expected: readonly Row[]) {
  for (const order of [files, files.toReversed()])
    for (const between of ["derive", "restart", "nothing"] as const) {
      const archive = await archived(order, between);
      expect(sessions(archive)).toMatchObject(expected as Row[]);
      await archive.run("reindexAll", null);
      await archive.derived();
      expect(sessions(archive)).toMatchObject(expected as Row[]);
      archive.close();
    }
}

const plain = writer({ id: psid(1) });
const lines = `${plain.prompt("a long question")}\n${plain.reply("an answer")}\n`;
const homeless = lines.replaceAll('"cwd":"/w",', "");

test("a sidecar's title beats a prompt and loses to the agent's own, in any order and after a reindex", async () => {
  const index = whole(INDEX, [named("what the index says")]);
  const own = '{"type":"ai-title","aiTitle":"what the agent says"}\n';

  await expectAnyOrder([{ path: PATH, bytes: lines }, index], [{ title: "what the index says" }]);
  await expectAnyOrder([{ path: PATH, bytes: lines + own }, index], [{ title: "what the agent says" }]);
});

test("of two sidecars the more trusted names the session, else the first by name, in any order", async () => {
  const one = whole(INDEX, [named("by the index")]);
  const other = whole(INDEX.replace("-w", "-x"), [named("by another index")]);
  const weak = whole(INDEX.replace("-w", "-a"), [named("by its prompt", "prompt")]);

  await expectAnyOrder([{ path: PATH, bytes: lines }, one, other, weak], [{ title: "by the index" }]);
});

test("folder, kind and parent count where the session says nothing of them", async () => {
  const said: Aside = { session: main, facts: { cwd: "/beside", kind: "subagent", parent: { id: "p", agent: "" } } };
  const expected = { kind: "subagent", has_parent: 1 };

  await expectAnyOrder([{ path: PATH, bytes: lines }, whole(INDEX, [said])], [{ ...expected, cwd: "/w" }]);
  await expectAnyOrder([{ path: PATH, bytes: homeless }, whole(INDEX, [said])], [{ ...expected, cwd: "/beside" }]);
});

test("what a sidecar says of a folder counts for all sessions in it, the nearer folder first", async () => {
  const under = (folder: string, cwd: string): Aside => ({ under: folder, facts: { cwd } });
  const root = "/home/u/.claude/projects";
  const index = whole(INDEX, [under(root, "/far"), under(`${root}/-w`, "/near"), under(`${root}/-w/5`, "/other")]);

  await expectAnyOrder([{ path: PATH, bytes: homeless }, index], [{ cwd: "/near", project: "near" }]);
});

test("a sidecar that was rewritten says what it says now, also when the older generation comes last", async () => {
  const before = whole(INDEX, [named("before"), { session: main, facts: { cwd: "/gone" } }]);
  const after = whole(INDEX, [named("after")], 1);

  await expectAnyOrder([{ path: PATH, bytes: homeless }, before, after], [{ title: "after", cwd: null }]);
  const taken = await archived([{ path: PATH, bytes: lines }, before, whole(INDEX, "nothing", 1)]);
  expect(sessions(taken)).toMatchObject([{ title: "a long question" }]);
  taken.close();
});

test("a sidecar that is not whole yet says nothing, and does not unsay what it said", async () => {
  const archive = await archived([{ path: PATH, bytes: lines }, whole(INDEX, [named("before")])]);
  const text = JSON.stringify([named("after")]);

  await archive.send({ path: INDEX, bytes: text.slice(0, 20), generation: 1, unit: "file", size: text.length });
  await archive.derived();
  const torn = sessions(archive);
  await archive.send({
    path: INDEX,
    bytes: text.slice(20),
    offset: 20,
    generation: 1,
    unit: "file",
    size: text.length,
  });
  await archive.derived();

  expect([torn[0]!["title"], sessions(archive)[0]!["title"]]).toEqual(["before", "after"]);
  archive.close();
});

test("a session that goes on keeps what files say of it, and its row is shown with it on the feed", async () => {
  const archive = await archived([{ path: PATH, bytes: lines }]);
  archive.changes.length = 0;
  await put(archive, whole(INDEX, [named("beside")]));
  await archive.derived();
  const told = archive.changes.flatMap((change) => [...change.sessions]);

  await archive.send({
    path: PATH,
    offset: lines.length,
    bytes: talk(1, { id: psid(9), at: Date.parse("2026-01-02T10:00:00Z") }),
  });
  await archive.derived();

  expect(told).toContain(1);
  expect(sessions(archive)).toMatchObject([{ title: "beside", user_messages: 2 }]);
  archive.close();
});

test("a sidecar belongs to its session, whichever came first, and is deleted with it", async () => {
  const agent = { path: subagentFileOf(psid(1), "helper"), bytes: talk(1, { id: psid(1), agent: "helper" }) };
  const meta = whole(META, [{ session: { id: psid(1), agent: "helper" }, facts: { title: { text: "canary", trust: "index" } } }]);
  for (const order of [[agent, meta], [meta, agent]]) {
    const archive = await archived(order);
    const owner = archive.db.query<Row, [string]>("SELECT session, role FROM sources WHERE path = ?").get(META);
    expect(owner).toEqual({ session: 1, role: "sidecar" });

    const { uuid } = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions WHERE id = 1").get()!;
    await archive.run("deleteSession", { id: uuid, copies: false });
    await put(archive, whole(INDEX, [{ session: { id: psid(1), agent: "helper" }, facts: { cwd: "/canary" } }]));
    await archive.derived();

    expect(archive.db.query("SELECT count(*) AS n FROM asides").get()).toEqual({ n: 0 });
    expect(archive.db.query("SELECT discarded FROM sources WHERE path = ?").get(META)).toEqual({ discarded: 1 });
    archive.close();
  }
}); // prettier-ignore

test("a sidecar that its provider stumbles over is left alone, and costs nothing else", async () => {
  spy.mockRestore();
  spy = spyOn(claude, "aside").mockImplementation((_, text) => {
    if (text().includes("throw")) throw new Error("no");
    return [{ session: null, facts: {} } as unknown as Aside];
  });

  const archive = await archived([whole(INDEX, "throw"), whole(META, "null"), { path: PATH, bytes: lines }]);

  expect(sessions(archive)).toMatchObject([{ title: "a long question" }]);
  archive.close();
});

test("sessions with equal sidecars are no copies of each other", async () => {
  const file = (n: number) => ({ path: subagentFileOf(psid(n), "a"), bytes: talk(1, { id: psid(n), agent: "a" }) });
  const meta = (n: number) => whole(file(n).path.replace(".jsonl", ".meta.json"), "{}".padEnd(20_000));
  const archive = await archived([file(1), meta(1), file(2), meta(2)]);
  const { uuid } = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions WHERE id = 1").get()!;

  expect(archive.db.query("SELECT count(session) AS n FROM sources WHERE role = 'sidecar'").get()).toEqual({ n: 2 });
  expect(await archive.run<unknown>("deleteSession", { id: uuid, copies: true })).toMatchObject({ deleted: [uuid] });
  expect(sessions(archive)).toHaveLength(1);
  archive.close();
});

test("an index of some megabytes is read, and what can say nothing is not", async () => {
  spy.mockRestore();
  const entries = Array.from({ length: 8000 }, (_, n) => ({
    sessionId: psid(n),
    summary: `${"wide ".repeat(50)}${n}`,
  }));
  const index = JSON.stringify({ version: 1, entries });
  let read = 0;
  const plain = claude.aside!.bind(claude);
  spy = spyOn(claude, "aside").mockImplementation((path, text) => plain(path, () => (read++, text())));

  const output = `${PATH.replace(".jsonl", "")}/tool-results/toolu_1.txt`;
  const archive = await archived([whole(INDEX, index), whole(output, "overflowed"), { path: PATH, bytes: lines }]);

  expect(index.length).toBeGreaterThan(2_000_000);
  expect(String(sessions(archive)[0]!["title"])).toStartWith("wide wide");
  expect(read).toBe(1);
  archive.close();
});
