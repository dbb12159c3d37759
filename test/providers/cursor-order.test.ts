/** One conversation in all four of Cursor's stores: whichever comes first, and after a reindex, the best is shown. */
import { afterAll, expect, test } from "bun:test";
import { exchange, T0 } from "../support/cursor-databases.ts";
import { openArchive, type TestArchive } from "../support/archive.ts";

const ID = "c1";
const USER = "/home/kim/.config/Cursor/User";
const PROJECTS = "/home/kim/.cursor/projects/tea/agent-transcripts";

const ndjson = (records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");
const bubbles = (...all: { readonly bubbleId: string }[]) =>
  all.map((bubble) => ({ key: `bubbleId:${ID}:${bubble.bubbleId}`, value: bubble }));
const composer = { key: `composerData:${ID}`, value: { composerId: ID, name: "Tea", createdAt: T0 } };
const [first, second] = [exchange(1, "Boil.", "Boiled."), exchange(2, "Pour.", "Poured.")];
const line = (role: string, text: string) => ({ role, message: { content: [{ type: "text", text }] } });

const global = ndjson([composer, ...bubbles(...first, ...second)]);
const STORES = [
  { path: `${USER}/globalStorage/state.vscdb#${ID}`, unit: "query", bytes: global },
  {
    path: `${USER}/workspaceStorage/0a/state.vscdb#${ID}`,
    unit: "query",
    bytes: ndjson([composer, ...bubbles(...first)]),
  },
  {
    path: `${PROJECTS}/${ID}/${ID}.jsonl`,
    unit: "lines",
    bytes: ndjson([line("user", "Boil."), line("assistant", "Boiled.")]),
  },
  { path: `${PROJECTS}/${ID}.txt`, unit: "file", bytes: "user:\nBoil.\n\nassistant:\nBoiled.\n" },
] as const;
type Store = (typeof STORES)[number];

function orders(stores: readonly Store[]): Store[][] {
  if (stores.length === 0) return [[]];
  return stores.flatMap((store) => orders(stores.filter((other) => other !== store)).map((rest) => [store, ...rest]));
}

const open: TestArchive[] = [];
afterAll(() => open.forEach((archive) => archive.close()));

async function archived(stores: readonly Store[]): Promise<TestArchive> {
  const archive = openArchive();
  open.push(archive);
  for (const { path, unit, bytes } of stores) {
    const size = unit === "file" ? { size: Buffer.byteLength(bytes) } : {};
    await archive.send({ provider: "cursor", path, unit, bytes, ...size });
    await archive.derived();
  }
  return archive;
}

function shown({ db }: TestArchive) {
  const session = db
    .query(
      "SELECT title, user_messages, assistant_messages, events, input, output, started_at, last_event_at FROM sessions",
    )
    .all();
  const events = db.query("SELECT hex(CAST(eid AS TEXT)) AS id, kind, at, flags FROM events ORDER BY id").all();
  const roles = db.query("SELECT path, role FROM sources ORDER BY path").all();
  return { session, events, roles };
}

test("in any order of arrival the four stores give the session that the best of them gives", async () => {
  const alone = shown(await archived([STORES[0]]));

  for (const order of orders(STORES)) {
    const all = shown(await archived(order));
    expect(all.session).toEqual(alone.session);
    expect(all.events).toEqual(alone.events);
    expect(all.roles.filter((row) => (row as { role: string }).role === "main")).toHaveLength(1);
  }
}, 30_000);

test("a reindex shows the same, and a store that grows in vain changes nothing", async () => {
  const archive = await archived(STORES.toReversed());
  const before = shown(archive);

  await archive.run("reindexAll", null);
  await archive.derived();
  expect(shown(archive)).toEqual(before);
  const { path, unit, bytes } = STORES[2];
  const more = ndjson([line("user", "Only here.")]);
  await archive.send({ provider: "cursor", path, unit, offset: Buffer.byteLength(bytes), bytes: more });
  await archive.derived();
  expect(shown(archive).events).toEqual(before.events);
});

test("without a better store each is shown", async () => {
  for (const store of STORES.slice(1)) {
    const { session } = shown(await archived([store]));
    expect(session).toMatchObject([{ user_messages: 1, assistant_messages: 1 }]);
  }
});
