/** Logs that are compressed when they are old, and plain again when they are resumed: one session. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readRange } from "../../src/store/bytes.ts";
import { listSources } from "../../src/store/source-rows.ts";
import { eventPage } from "../../src/store/events.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

const ID = "019f522f-0001-7622-b951-584ce660e69d";
const NAME = `rollout-2026-05-01T00-00-00-${ID}.jsonl`;
const PLAIN = `/home/u/.codex/sessions/2026/05/01/${NAME}`;
const ARCHIVED = `/home/u/.codex/archived_sessions/${NAME}`;

const at = (n: number) => new Date(Date.parse("2026-05-01T00:00:00Z") + n * 1000).toISOString();
const meta = { id: ID, timestamp: at(0), cwd: "/w", originator: "codex_exec", cli_version: "0.140.0", source: "exec" };
const said = (n: number) => {
  const [role, type] = n % 2 ? ["user", "input_text"] : ["assistant", "output_text"];
  const payload = { type: "message", role, content: [{ type, text: `message ${n} ${"word ".repeat(40)}` }] };
  return { timestamp: at(n), type: "response_item", payload };
};
const log = (messages: number) =>
  [
    { timestamp: at(0), type: "session_meta", payload: meta },
    ...Array.from({ length: messages }, (_, n) => said(n + 1)),
  ]
    .map((value) => `${JSON.stringify(value)}\n`)
    .join("");

const LONG = log(30);
const encode = (text: string) => new TextEncoder().encode(text);
/** As the tool packs: several frames. */
const pack = (text: string, cut = 2000) =>
  new Uint8Array(
    Buffer.concat([text.slice(0, cut), text.slice(cut)].map((part) => Bun.zstdCompressSync(encode(part)))),
  );

const send = (archive: TestArchive, path: string, bytes: Uint8Array, offset = 0, generation = 0) =>
  archive.send({ provider: "codex", path, bytes, offset, generation });

function view(archive: TestArchive) {
  const sessions = archive.db
    .query<{ id: number; psid: string; variant: string; title: string; events: number }, []>(
      "SELECT id, psid, variant, title, user_messages, assistant_messages, events FROM sessions ORDER BY psid, variant",
    )
    .all();
  return sessions.map(({ id, ...session }) => {
    const page = eventPage(archive.db, {
      session: id,
      from: { kind: "start" },
      limit: 100,
      kinds: null,
      extent: "page",
    });
    return { ...session, shown: page.events.map((event) => [event.id, event.content_text]) };
  });
}

async function expected(text: string) {
  const archive = openArchive();
  await send(archive, PLAIN, encode(text));
  await archive.derived();
  const seen = view(archive);
  archive.close();
  return seen;
}

test("a packed log is read as the log it was, and its own bytes are kept", async () => {
  const archive = openArchive();
  const packed = pack(LONG);

  const answer = await send(archive, `${PLAIN}.zst`, packed);
  await archive.derived();

  const plain = await expected(LONG);
  expect(view(archive)).toEqual(plain);
  expect(answer).toMatchObject({ kind: "ok", result: { session_created: true, events_inserted: plain[0]!.events } });
  expect(Buffer.from(readRange(archive.db, 1, 0, 1e6)).equals(Buffer.from(packed))).toBe(true);
  expect(roles(archive)).toEqual(["packed", "plain"]);
  const listed = listSources(archive.db, { filters: {}, limit: 10, after: 0 }).sources;
  expect(listed.map(({ path, session_id }) => [path, session_id !== null])).toEqual([[`${PLAIN}.zst`, true]]);
  archive.close();
});

const roles = (archive: TestArchive) =>
  archive.db
    .query<{ role: string }, []>("SELECT role FROM sources ORDER BY id")
    .all()
    .map((row) => row.role);

test("equal bytes, plain and packed, in either order, are stored once", async () => {
  const text = log(1500);
  const plain = await expected(text);
  for (const first of ["plain", "packed"]) {
    const archive = openArchive();
    if (first === "plain") await send(archive, PLAIN, encode(text));
    await send(archive, `${PLAIN}.zst`, pack(text));
    if (first === "packed") await send(archive, PLAIN, encode(text));
    await archive.derived();

    expect(view(archive)).toEqual(plain);
    const whole = "SELECT count(*) AS held, count(DISTINCT block) AS stored FROM source_blocks WHERE len = 131072";
    expect(archive.db.query<{ held: number; stored: number }, []>(whole).get()).toEqual({ held: 8, stored: 4 });
    archive.close();
  }
});

test("plain and packed in any order, pieces and mixtures give the same session", async () => {
  const plain = await expected(LONG);
  const steps = [
    { path: PLAIN, bytes: encode(log(11)), generation: 0 },
    { path: `${PLAIN}.zst`, bytes: pack(log(11)), generation: 0 },
    { path: PLAIN, bytes: encode(log(20)), generation: 0 },
    { path: `${PLAIN}.zst`, bytes: pack(log(20)), generation: 1 },
    { path: `${ARCHIVED}.zst`, bytes: pack(LONG, 5000), generation: 0 },
    { path: ARCHIVED, bytes: encode(LONG), generation: 0 },
  ];

  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(steps, { minLength: 2 }),
      fc.array(fc.integer({ min: 300, max: 9000 }), { minLength: 2, maxLength: 2 }),
      fc.boolean(),
      async (mixture, cuts, wait) => {
        const archive = openArchive();
        for (const { path, bytes, generation } of mixture) {
          for (let from = 0, i = 0; from < bytes.length; i++) {
            const to = Math.min(bytes.length, from + cuts[i % 2]!);
            await send(archive, path, bytes.slice(from, to), from, generation);
            from = to;
          }
          if (wait) await archive.derived();
        }
        await send(archive, `${ARCHIVED}.zst`, pack(LONG, 5000));
        await archive.derived();

        expect(view(archive)).toEqual(plain);
        archive.close();
      },
    ),
    { numRuns: 20 },
  );
}, 30_000);

test("a torn packed log gives what it has, and the rest when it comes", async () => {
  const archive = openArchive();
  const packed = pack(LONG);
  const cut = packed.length - 40;
  await send(archive, `${PLAIN}.zst`, packed.slice(0, cut));
  await archive.derived();
  const before = view(archive)[0];
  expect(before === undefined || before.events < 31).toBe(true);

  await send(archive, `${PLAIN}.zst`, packed.slice(cut), cut);
  await archive.derived();

  expect(view(archive)).toEqual(await expected(LONG));
  archive.close();
});

test("a damaged packed log is archived, gives what stands before the damage, and is no fault", async () => {
  const archive = openArchive();
  const damaged = new Uint8Array(Buffer.concat([Bun.zstdCompressSync(encode(log(6))), Buffer.from("no zstd at all")]));
  await send(archive, `${PLAIN}.zst`, damaged);
  await send(archive, `${ARCHIVED.replace("019f", "019e")}.zst`, encode("no zstd either"));
  await archive.derived();

  expect(archive.faults).toEqual([]);
  expect(view(archive)).toEqual(await expected(log(6)));
  expect(Buffer.from(readRange(archive.db, 1, 0, 1e6)).equals(Buffer.from(damaged))).toBe(true);
  archive.close();
});

test("an archive closed while it unpacks goes on at the next start", async () => {
  const text = log(4000);
  const plain = await expected(text);
  const first = openArchive();
  await send(first, `${PLAIN}.zst`, pack(text, 300_000));
  first.close();

  const again = openArchive(first.path.replace(/[^/]+$/, ""));
  await again.derived();

  expect(view(again)).toEqual(plain);
  again.close();
});

test("a bomb costs its bytes and no memory", async () => {
  const archive = openArchive();
  const bomb = Bun.zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 32));
  const bytes = new Uint8Array(Buffer.concat(Array.from({ length: 40 }, () => bomb)));
  Bun.gc(true);
  const before = process.memoryUsage.rss();

  await send(archive, `${PLAIN}.zst`, bytes);
  let most = 0;
  for (let behind = true; behind;) {
    await Bun.sleep(20);
    most = Math.max(most, process.memoryUsage.rss());
    behind =
      archive.db.query("SELECT 1 FROM sources WHERE role IN ('new', 'packed') AND derived_through < through").get() !==
      null;
  }

  const raw = archive.db.query<{ n: number }, []>("SELECT through AS n FROM sources WHERE id = 2").get()!.n;
  expect(raw).toBe(1024 * 1024 * 1024);
  // Of 1 GiB; in a long run of tests the collector takes its time.
  expect((most - before) / 1e6).toBeLessThan(500);
  archive.close();
}, 60_000);

test("a deleted session's packed log stays away, whatever its name says", async () => {
  const archive = openArchive();
  await send(archive, `${PLAIN}.zst`, pack(LONG));
  await archive.derived();
  const { uuid } = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions").get()!;

  await archive.run("deleteSession", { id: uuid, copies: false });
  await send(archive, "/home/u/.codex/sessions/renamed.jsonl.zst", pack(LONG));
  await archive.derived();

  expect(view(archive)).toEqual([]);
  expect(archive.db.query("SELECT id FROM blocks").all()).toEqual([]);
  expect(archive.db.query("SELECT bytes FROM tails").all()).toEqual([]);
  archive.close();
});

test("an undeleted session's packed log is read again when it is sent again", async () => {
  const archive = openArchive();
  await send(archive, `${PLAIN}.zst`, pack(LONG));
  await archive.derived();
  const { uuid } = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions").get()!;
  await archive.run("deleteSession", { id: uuid, copies: false });
  await send(archive, `${PLAIN}.zst`, pack(LONG));
  await archive.derived();
  expect(view(archive)).toEqual([]);

  await archive.run("undeleteSession", { id: uuid });
  await send(archive, `${PLAIN}.zst`, pack(LONG));
  await archive.derived();

  expect(view(archive)).toEqual(await expected(LONG));
  archive.close();
});
