/** A line posted to a live session: until its 200, until search finds it. */
import { hostname } from "node:os";
import type { Server } from "../support/server.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

/** A Claude line with one word nobody else has. */
export function liveLine(session: string, n: number, word: string): string {
  const uuid = `${session.slice(0, 24)}${String(n).padStart(12, "0")}`;
  const head = {
    type: "user",
    uuid,
    parentUuid: null,
    isSidechain: false,
    sessionId: session,
    cwd: "/tmp/live",
    version: "2.1.200",
  };
  return `${JSON.stringify({ ...head, timestamp: new Date().toISOString(), message: { role: "user", content: `live ${word} number ${n}` } })}\n`;
}

/** Appends `rounds` lines one by one. */
export async function measureLive(server: Server, rounds: number): Promise<Row[]> {
  const session = "11111111-2222-4333-8444-555555555555";
  const acked: number[] = [];
  const found: number[] = [];
  let offset = 0;
  for (let n = 0; n < rounds; n++) {
    const word = `livingword${n}x${process.pid}`;
    const line = liveLine(session, n, word);
    const path = `/tmp/${hostname()}/.claude/projects/-tmp-live/${session}.jsonl`;
    const from = performance.now();
    const answer = await server.api(
      `/api/agents/ingest?provider=claude&path=${encodeURIComponent(path)}&offset=${offset}`,
      {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body: line,
      },
    );
    if (!answer.ok) throw new Error(await answer.text());
    acked.push(performance.now() - from);
    for (;;) {
      const hits = await server.json<{ sessions: unknown[] }>(`/api/agents/sessions?query=${word}`);
      if (hits.sessions.length > 0) break;
      if (performance.now() - from > 5000) throw new Error(`${word} is not found`);
    }
    found.push(performance.now() - from);
    offset += line.length;
    await Bun.sleep(50);
  }
  return [
    { what: "a line posted, until its 200", got: spread(acked), goal: "" },
    { what: "a line posted, until search finds it", got: spread(found), goal: "p50 ≤ 50 ms" },
  ];
}
