/** The documented schemas of Cursor's databases, read as the shipper reads them. */
import { afterAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { messageOf, rootOf } from "../../src/providers/cursor/blobs.ts";
import { cursor } from "../../src/providers/cursor.ts";
import { conversationsIn, storesIn, withDatabase } from "../../src/shipper/query.ts";
import { exchange, StateDatabase, T0, writeStore } from "../support/cursor-databases.ts";
import { CORPUS, needing } from "../support/needs.ts";
import { parseAll } from "../support/parse-all.ts";
import { tempDir } from "../support/temp.ts";

const open: StateDatabase[] = [];
afterAll(() => open.forEach((db) => db.close()));

function state(path = join(tempDir("cursor"), "state.vscdb"), mode?: "DELETE"): StateDatabase {
  const db = new StateDatabase(path, mode);
  open.push(db);
  return db;
}

type Record = { readonly key: string; readonly value: unknown };

/** Each conversation with its records, as the shipper would send them. */
function read(path: string): Map<string, Record[]> {
  const opened = withDatabase(path, (db) => {
    const found = conversationsIn(db, path, cursor.databases!) ?? [];
    const records = (id: string) =>
      storesIn(db, path, cursor.databases!)
        .map(({ store, read: reader }) => [...store.records(reader, id)].filter(({ key }) => store.keys.test(key)))
        .find((some) => some.length > 0) ?? [];
    return new Map(found.map(({ id }) => [id, records(id)]));
  });
  if (opened.kind !== "read") throw new Error(JSON.stringify(opened));
  return opened.value;
}

const derive = (records: readonly Record[]) =>
  parseAll(cursor, [
    Buffer.from(
      records
        .filter(({ value }) => value !== undefined)
        .map((record) => `${JSON.stringify(record)}\n`)
        .join(""),
    ),
  ]);

test("documented cursorDiskKV: the headers give the order, not the keys", () => {
  const db = state();
  db.composer("c1", [...exchange(1, "Boil.", "Boiled."), ...exchange(2, "Pour.", "Poured.")], { name: "Tea" }, [
    "lost",
  ]);
  db.composer("c1-longer", exchange(3, "Other.", "Else."));

  const records = read(db.path).get("c1")!;
  const { parts, titles, usage } = derive(records);

  expect(records.map(({ key }) => key.split(":").at(-1))).toEqual(["c1", "b1-u", "b1-a", "b2-u", "b2-a", "lost"]);
  expect(records.at(-1)!.value).toBeUndefined();
  expect(parts.map((part) => [part.kind, part.text])).toEqual([
    ["prompt", "Boil."],
    ["reply", "Boiled."],
    ["prompt", "Pour."],
    ["reply", "Poured."],
  ]);
  expect(parts[1]!.at).toBe(T0 + 3000);
  expect(titles[0]).toEqual({ text: "Tea", trust: "ai" });
  expect([...usage.values()].map(({ tokens }) => tokens.input)).toEqual([100, 100]);
});

test("documented cursorDiskKV of early 2025: messages inside the conversation's own row", () => {
  const db = state();
  const [asked, answered] = exchange(1, "Boil.", "Boiled.");
  db.kv("composerData:c2", { composerId: "c2", createdAt: T0, conversation: [asked, answered] });

  expect(derive(read(db.path).get("c2")!).parts.map((part) => part.text)).toEqual(["Boil.", "Boiled."]);
});

test("a conversation without messages gives no records, and one that changed another version", () => {
  const db = state();
  db.composer("empty", []);
  db.composer("c1", exchange(1, "Boil.", "Boiled."));
  const version = () =>
    withDatabase(db.path, (handle) => conversationsIn(handle, db.path, cursor.databases!)!.map((one) => one.version));
  const before = version();
  db.kv("bubbleId:c1:b1-a", { ...exchange(1, "Boil.", "Boiled!")[1] });

  expect(read(db.path).get("empty")).toEqual([]);
  expect(version()).not.toEqual(before);
});

test("documented ItemTable of 2024: composers, chats, and heads whose messages are elsewhere", () => {
  const db = state(undefined, "DELETE");
  writeFileSync(join(db.path, "../workspace.json"), JSON.stringify({ folder: "file:///home/kim/tea" }));
  const conversation = exchange(1, "Boil.", "Boiled.");
  db.item("composer.composerData", {
    allComposers: [
      { composerId: "c1", createdAt: T0, conversation },
      { composerId: "c2", name: "Elsewhere", createdAt: T0, conversation: [] },
    ],
  });
  const bubbles = [
    { type: "user", id: "u", text: "Which?" },
    { type: "ai", id: "a", text: "Assam." },
  ];
  db.item("workbench.panel.aichat.view.aichat.chatdata", { tabs: [{ tabId: "t1", chatTitle: "Leaves", bubbles }] });

  const found = read(db.path);
  const head = found
    .get("head.c2")!
    .map((record) => JSON.stringify(record))
    .join("\n");

  expect([...found.keys()]).toEqual(["c1", "head.c2", "t1"]);
  expect(derive(found.get("c1")!).facts).toMatchObject({ cwd: "/home/kim/tea", startedAt: T0 });
  expect(derive(found.get("t1")!).parts.map((part) => part.text)).toEqual(["Which?", "Assam."]);
  expect(cursor.aside!(`${db.path}#head.c2`, () => head)).toEqual([
    {
      session: { id: "c2", agent: "" },
      facts: { cwd: "/home/kim/tea", startedAt: T0, title: { text: "Elsewhere", trust: "ai" } },
    },
  ]);
});

test("documented store.db: the root's order, messages inside protobuf, nothing that the root does not name", () => {
  const path = writeStore(
    join(tempDir("cursor"), "agent-1"),
    "agent-1",
    [
      { role: "user", content: "Warm the pot." },
      { role: "assistant", content: [{ type: "text", text: "x".repeat(300) }] },
      { role: "user", content: "Warm the pot." },
    ],
    "canary",
  );

  const records = read(path).get("agent-1")!;
  const { parts, facts } = derive(records);

  expect(parts.map((part) => part.kind)).toEqual(["prompt", "reply", "prompt"]);
  expect(parts[1]!.model).toBe("composer-1");
  expect(facts).toMatchObject({ cwd: "/home/kim/tea", startedAt: T0 });
  expect(JSON.stringify(records)).not.toContain("canary");
});

test("any bytes may stand in a blob", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const json = fc.json().map((text) => new Uint8Array(Buffer.from(text)));
  const tag = fc.integer({ min: 0, max: 255 });
  const field = fc.tuple(tag, bytes).map(([first, inner]) => Uint8Array.of(first, inner.length, ...inner));
  fc.assert(
    fc.property(fc.array(fc.oneof(bytes, json, field)), (pieces) => {
      const blob = new Uint8Array(Buffer.concat(pieces));
      for (const id of rootOf(blob).ids) expect(id).toMatch(/^[0-9a-f]{64}$/);
      expect(typeof messageOf(blob)).toBe("object");
    }),
  );
});

test("no record of any store holds what the database keeps for itself", () => {
  const db = state();
  db.hide("canary");
  db.composer("c1", exchange(1, "Boil.", "Boiled."), { context: { secret: "canary" } });
  db.composer("../cursorAuth", exchange(2, "Odd.", "Odd."));

  const found = read(db.path);

  expect([...found.keys()]).toEqual(["c1"]);
  expect(JSON.stringify([...found])).not.toContain("canary");
});

needing(CORPUS !== null, "LONGHOUSE_CORPUS")(
  "a real workspace of 2024 gives its conversations, as many messages as its JSON has",
  async () => {
    const path = join(tempDir("cursor"), "state.vscdb");
    await Bun.write(path, Bun.file(join(CORPUS!, "cursor/slevin48-workspace-state.vscdb")));

    const all = [...read(path).values()].map(derive);

    const raw = new Database(path, { readonly: true });
    const value = (key: string) =>
      JSON.parse(raw.query<{ value: string }, [string]>("SELECT value FROM ItemTable WHERE key = ?").get(key)!.value);
    type Talk = { readonly conversation?: Said[]; readonly bubbles?: Said[] };
    type Said = { readonly type: 1 | 2 | "user" | "ai"; readonly text?: string };
    const talks: Talk[] = [
      ...value("composer.composerData").allComposers,
      ...value("workbench.panel.aichat.view.aichat.chatdata").tabs,
    ];
    const said = talks.flatMap((talk) => talk.conversation ?? talk.bubbles ?? []).filter(({ text }) => text);
    raw.close();
    const count = (kind: string) => all.flatMap(({ parts }) => parts).filter((part) => part.kind === kind).length;
    expect(all).toHaveLength(talks.length);
    expect([count("prompt"), count("reply"), count("unknown")]).toEqual([
      said.filter(({ type }) => type === 1 || type === "user").length,
      said.filter(({ type }) => type === 2 || type === "ai").length,
      0,
    ]);
  },
);
