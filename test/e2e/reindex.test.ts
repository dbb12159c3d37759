/** `reindex` in the compiled server: killed anywhere it goes on, and the archive answers meanwhile. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { claudeFile, put } from "../support/agents.ts";
import { psid, talk } from "../support/fill.ts";
import { seeded } from "../support/random.ts";
import { eventsOf, sessionsOf } from "../support/remote.ts";
import { command, startServer, type Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

const KILLS = 6;
const SESSIONS = 40;

/** What a client sees; versions and revisions tell of changes, and may differ. */
async function pageOf(server: Server) {
  const sessions = await sessionsOf(server);
  const shown = sessions.map((session): Record<string, unknown> => ({ ...session, version: 0, unread: 0, state: 0 }));
  const events = await Promise.all(
    [3, 17].map((n) => sessions.find((s) => s.provider_session_id === psid(n))!.id).map((id) => eventsOf(server, id)),
  );
  const found = [await everyHit(server, "question 7"), await everyHit(server, "answer")];
  return { shown: shown.toSorted((a, b) => String(a["id"]).localeCompare(String(b["id"]))), events, found };
}

/** Sessions of all pages of a search: a page ends where its time is over, which tells nothing of what there is. */
async function everyHit(server: Server, query: string): Promise<string[]> {
  const all = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { sessions: { id: string }[]; next: string | null } = await server.json(
      `/api/agents/sessions?limit=100&query=${encodeURIComponent(query)}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { id } of page.sessions) all.add(id);
    cursor = page.next;
  }
  return [...all].toSorted();
}

test("six kills while everything is derived anew: it goes on, and gives the same sessions, events and finds", async () => {
  const random = seeded(5);
  const home = tempDir("home");
  const data = join(tempDir("data"), "lh");
  for (let n = 1; n <= SESSIONS; n++)
    put(
      claudeFile(home, n),
      talk(n === 17 ? 5000 : 150, { id: psid(n), at: Date.parse("2026-01-01T00:00:00Z") + n * 60_000 }),
    );
  let server = await startServer({ home, data });
  await command(server, ["ship"]);
  await server.settled();
  const before = await pageOf(server);

  let slowest = 0;
  await server.api("/api/reindex", { method: "POST" });
  for (let kill = 0; kill < KILLS; kill++) {
    const end = performance.now() + random.int(20, 150);
    while (performance.now() < end) {
      const began = performance.now();
      await server.json("/api/agents/sessions?limit=50");
      slowest = Math.max(slowest, performance.now() - began);
    }
    await server.stop("SIGKILL");
    server = await startServer({ home, data });
  }
  await server.settled();

  console.log(`the slowest page of the timeline took ${Math.round(slowest)} ms meanwhile`);
  expect(await pageOf(server)).toEqual(before);
  await server.stop();
}, 120_000);
