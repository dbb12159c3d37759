/** Rewrites of one file over HTTP: each is still there, the newest is shown. */
import { afterAll, expect, test } from "bun:test";
import type { EventPage } from "../../src/store/events.ts";
import type { SourceList } from "../../src/domain/source.ts";
import { sessionId } from "../../src/lib/id.ts";
import { apiApp } from "../support/api-app.ts";

const ID = "f7000000-0000-4000-8000-000000000001";
const PATH = "/home/u/.gemini/tmp/p/chats/session-2026-01-02T10-00-f7000000.json";
const rewrite = (n: number) =>
  JSON.stringify({
    sessionId: ID,
    startTime: "2026-01-02T10:00:00Z",
    messages: Array.from({ length: 40 * n }, (_, i) => ({
      id: `m${i}`,
      timestamp: "2026-01-02T10:00:01Z",
      type: i % 2 ? "gemini" : "user",
      content: `said ${i} ${Bun.hash(String(i))}`.repeat(200),
    })),
  });
const REWRITES = [1, 2, 3, 4].map((n) => new TextEncoder().encode(rewrite(n)));

const http = await apiApp();
afterAll(() => http.close());
for (const [generation, bytes] of REWRITES.entries())
  await http.archive.send({ provider: "gemini", path: PATH, unit: "file", generation, size: bytes.length, bytes });
await http.archive.derived();
const { sources } = await http.json<SourceList>("/api/agents/sources", {});
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

test("each rewrite is sent as it was, whole and in ranges, also where only a difference is kept", async () => {
  expect(http.archive.db.query<{ n: number }, []>("SELECT count(*) AS n FROM deltas").get()!.n).toBe(3);
  for (const [n, bytes] of REWRITES.entries()) {
    const raw = `/api/agents/sources/${sources[n]!.id}/raw`;
    expect((await bytesOf(await http.ask(raw))).equals(bytes)).toBe(true);
    for (const [from, to] of [
      [0, 9],
      [131_000, 131_200],
      [bytes.length - 5, bytes.length - 1],
    ] as const) {
      const answer = await http.ask(raw, { headers: { range: `bytes=${from}-${to}` } });
      expect(answer.status).toBe(206);
      expect((await bytesOf(answer)).equals(Buffer.from(bytes.subarray(from, to + 1)))).toBe(true);
    }
  }
});

test("the newest rewrite is what the session says and exports", async () => {
  const session = `/api/agents/sessions/${sessionId("gemini", ID)}`;
  const page = await http.json<EventPage>(`${session}/events?limit=200`, {});

  expect(page.events.map((event) => event.content_text?.split(" ")[1])).toEqual(
    Array.from({ length: 160 }, (_, i) => String(i)),
  );
  expect((await bytesOf(await http.ask(`${session}/export?format=jsonl`))).equals(REWRITES[3]!)).toBe(true);
});
