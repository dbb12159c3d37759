import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { SourceList } from "../../src/domain/source.ts";
import { parseRange, streamBytes } from "../../src/http/stream.ts";
import { sessionId } from "../../src/lib/id.ts";
import { apiApp, errorOf } from "../support/api-app.ts";
import { fileOf, psid, talk } from "../support/fill.ts";

const http = await apiApp();
afterAll(() => http.close());
const list = (query = "", headers?: Record<string, string>) =>
  http.json<SourceList>(`/api/agents/sources${query}`, headers ? { headers } : {});

/** Bytes that no parser likes: over blocks, a tail, and no newline at the end. */
const ODD = new Uint8Array(2_500_007).map((_, i) => (i * 7919 + (i >> 8)) & 255);
await http.archive.send({ path: "/home/u/.claude/projects/-w/odd.bin", unit: "file", bytes: ODD });
await http.archive.send({
  path: fileOf(psid(1), "-é"),
  bytes: talk(2, { id: psid(1), cwd: "/w/ünïcode\u{1F600} 100%" }),
});
await http.archive.send({ device: "server", path: fileOf(psid(2)), bytes: talk(1, { id: psid(2) }) });
await http.archive.derived();
const raw = async (id: string, range?: string) =>
  http.ask(`/api/agents/sources/${id}/raw`, range === undefined ? {} : { headers: { range } });
const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());

test("sources are listed in pages, and filtered", async () => {
  const first = await list("?limit=2");
  const rest = await list(`?limit=2&cursor=${first.next}`);

  expect([...first.sources, ...rest.sources].map((source) => source.path)).toEqual([
    "/home/u/.claude/projects/-w/odd.bin",
    fileOf(psid(1), "-é"),
    fileOf(psid(2)),
  ]);
  expect(rest.next).toBeNull();
  expect((await list(`?session_id=${sessionId("claude", psid(2))}`)).sources).toMatchObject([
    { device_id: "server", generation: 0, unit: "lines", sha256: null },
  ]);
  expect((await list(`?path=${encodeURIComponent(fileOf(psid(1), "-é"))}&provider=claude`)).sources).toHaveLength(1);
  expect((await list("?device_id=nobody")).sources).toEqual([]);
  expect((await http.ask("/api/agents/sources?cursor=x")).status).toBe(422);
});

test("raw bytes come back exactly, whole and in any range", async () => {
  const [source] = (await list()).sources;

  expect(Buffer.compare(await bytesOf(await raw(source!.id)), ODD)).toBe(0);
  await fc.assert(
    fc.asyncProperty(fc.nat(ODD.length - 1), fc.nat(400_000), async (from, length) => {
      const to = Math.min(ODD.length, from + length + 1);
      const answer = await raw(source!.id, `bytes=${from}-${from + length}`);
      expect(answer.status).toBe(206);
      expect(answer.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${ODD.length}`);
      expect(Buffer.compare(await bytesOf(answer), ODD.subarray(from, to))).toBe(0);
    }),
    { numRuns: 40 },
  );
  expect(Buffer.compare(await bytesOf(await raw(source!.id, "bytes=-5")), ODD.subarray(-5))).toBe(0);
  const past = await raw(source!.id, `bytes=${ODD.length}-`);
  expect([past.status, past.headers.get("content-range")]).toEqual([416, `bytes */${ODD.length}`]);
  const head = await http.ask(`/api/agents/sources/${source!.id}/raw`, { method: "HEAD" });
  expect([head.headers.get("content-length"), (await bytesOf(head)).length]).toEqual([String(ODD.length), 0]);
});

test("a Range header is read as the standard says", () => {
  const all: [string | undefined, ReturnType<typeof parseRange>][] = [
    [undefined, null],
    ["bytes=0-0", { from: 0, to: 1 }],
    ["bytes=5-", { from: 5, to: 10 }],
    ["bytes=5-99", { from: 5, to: 10 }],
    ["bytes=-3", { from: 7, to: 10 }],
    ["bytes=-99", { from: 0, to: 10 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=5-4", null],
    ["bytes=0-1,4-5", null],
    ["bytes=-", null],
    ["lines=0-1", null],
    ["bytes=1e3-", null],
  ];
  for (const [header, expected] of all) expect([header, parseRange(header, 10)]).toEqual([header, expected]);
  expect(parseRange("bytes=-1", 0)).toBe("unsatisfiable");
});

test("a stream whose bytes are deleted meanwhile breaks off, instead of ending early", async () => {
  await http.archive.send({ path: fileOf(psid(3)), bytes: talk(2000, { id: psid(3) }) });
  await http.archive.derived();
  const { sources } = await list(`?session_id=${sessionId("claude", psid(3))}`);
  const span = { source: Number(sources[0]!.id), from: 0, to: sources[0]!.through };
  const reader = streamBytes(http.archive.db, span).getReader();
  expect((await reader.read()).value?.length).toBe(128 * 1024);

  await http.archive.run("deleteSession", { id: sessionId("claude", psid(3)), copies: false });

  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  expect(rest).rejects.toThrow("lost bytes");
  const gone = await raw(sources[0]!.id);
  expect([gone.status, (await errorOf(gone)).error.code]).toEqual([410, "gone"]);
});

test("an ingest token sees its own device's sources and no others", async () => {
  const authorization = `Bearer ${await http.token("ingest", "server")}`;
  const mine = await list("", { authorization });

  expect(mine.sources.map((source) => source.device_id)).toEqual(["server"]);
  expect((await http.ask("/api/agents/sources?device_id=laptop", { headers: { authorization } })).status).toBe(403);
  expect((await http.ask("/api/agents/sources/1/raw", { headers: { authorization } })).status).toBe(403);
  expect(
    (await http.ask(`/api/agents/sources/${mine.sources[0]!.id}/raw`, { headers: { authorization } })).status,
  ).toBe(200);
});

test("a source that is not there, or an id that is none, is 404", async () => {
  for (const wrong of ["999999", "x", "1.5", "-1", "%00", "9".repeat(30)]) expect((await raw(wrong)).status).toBe(404);
});

test("an export is the bytes of the session's source, and its headers are plain ASCII", async () => {
  const path = `/api/agents/sessions/${sessionId("claude", psid(1))}/export`;

  const answer = await http.ask(path);

  expect(await answer.text()).toBe(talk(2, { id: psid(1), cwd: "/w/ünïcode\u{1F600} 100%" }));
  expect(answer.headers.get("x-provider-session-id")).toBe(psid(1));
  expect(answer.headers.get("x-session-provider")).toBe("claude");
  expect(decodeURIComponent(answer.headers.get("x-session-cwd")!)).toBe("/w/ünïcode\u{1F600} 100%");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${psid(1)}.jsonl"`);
  expect((await http.ask(`${path}?format=pdf`)).status).toBe(422);
  expect((await http.ask(`${path}?format=exe`)).status).toBe(422);
});

test("a heartbeat is kept, answered with the archive's name, and shown as state", async () => {
  const beat = { version: "1.2.3", started_at: "2026-01-01T00:00:00Z", live: [] as object[] };
  const send = (body: object, headers = {}) => http.send("POST", "/api/agents/heartbeat", body, headers);
  const authorization = `Bearer ${await http.token("ingest", "server")}`;
  const live = { provider: "claude", provider_session_id: psid(2), state: "working", since: "2026-01-01T00:00:00Z" };

  const reply = await send(
    { ...beat, live: [live, { ...live, provider_session_id: "x", state: "dreaming" }] },
    { authorization },
  );

  expect(await reply.json()).toEqual({
    archive_id: expect.any(String),
    device_id: "server",
    epoch: 1,
    interval_s: 30,
    resend: [],
    run: expect.any(String),
  });
  const session = await http.json(`/api/agents/sessions/${sessionId("claude", psid(2))}`);
  expect(session).toMatchObject({ state: "working", device_id: "server" });
  expect((await send({})).status).toBe(422);
  expect((await send({ ...beat, live: "all" })).status).toBe(422);
});
