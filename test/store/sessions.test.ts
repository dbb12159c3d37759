import { afterAll, expect, test } from "bun:test";
import { readPresence } from "../../src/store/presence.ts";
import { whereSessions } from "../../src/store/session-filters.ts";
import type { SessionFilters, Where } from "../../src/store/session-filters.ts";
import { listFacets } from "../../src/store/facets.ts";
import { formatCursor, listRecent, parseCursor } from "../../src/store/session-list.ts";
import { sessionByUuid, stateOf } from "../../src/store/session-rows.ts";
import { openForWriting } from "../../src/store/open.ts";
import { sessionId } from "../../src/lib/id.ts";
import { openArchive } from "../support/archive.ts";
import { fileOf, fillSessions, psid, subagentFileOf, talk, writer } from "../support/fill.ts";
import { tempDir } from "../support/temp.ts";

const ALL: SessionFilters = { include_subagents: false };
const NOW = Date.parse("2026-03-01T00:00:00Z");
const id = (n: number, agent = "") => sessionId("claude", psid(n), agent);
const only = (...include: string[]) => ({ include, exclude: [] });
const not = (...exclude: string[]) => ({ include: [], exclude });

/** Four sessions: 1 with a sub-agent in /w/alpha, 2 and 3 in /w/beta (3 on another device), 4 a test. */
const archive = await (async () => {
  const made = openArchive();
  const at = (day: number) => Date.parse(`2026-01-0${day}T10:00:00Z`);
  const alpha = { cwd: "/w/alpha", branch: "main" };
  await made.send({ path: fileOf(psid(1)), bytes: talk(3, { id: psid(1), at: at(1), ...alpha }) });
  await made.send({
    path: subagentFileOf(psid(1), "abc1234"),
    bytes: talk(1, { id: psid(1), at: at(1), agent: "abc1234", ...alpha }),
  });
  await made.send({ path: fileOf(psid(2)), bytes: talk(1, { id: psid(2), at: at(2), cwd: "/w/beta", branch: "fix" }) });
  const three = writer({ id: psid(3), at: at(3), cwd: "/w/beta" });
  const lines = [
    three.prompt("run it"),
    three.call("Bash", "t1", { command: "false" }),
    three.result("t1", "no", true),
  ];
  await made.send({ device: "server", path: fileOf(psid(3)), bytes: `${lines.join("\n")}\n` });
  await made.send({
    path: fileOf(psid(4)),
    bytes: talk(1, { id: psid(4), at: at(4), cwd: "/w/beta" }),
    hint: { environment: "test" },
  });
  await made.send({ path: fileOf(psid(5)), bytes: '{"type":"summary","summary":"nothing said","leafUuid":"x"}\n' });
  await made.derived();
  return made;
})();
afterAll(() => archive.close());

const ids = (filters: Partial<SessionFilters>, now = NOW) =>
  listRecent(archive.db, { filters: { ...ALL, ...filters }, limit: 20, after: null }, now).sessions.map((s) => s.id);

test("the list is newest first, without sub-agents, tests and sessions in which nothing was said", () => {
  expect(ids({})).toEqual([id(3), id(2), id(1)]);
});

test("each filter keeps what it names, and with a minus all but that", () => {
  expect(ids({ project: only("alpha") })).toEqual([id(1)]);
  expect(ids({ project: not("alpha") })).toEqual([id(3), id(2)]);
  expect(ids({ project: only("alpha", "beta") })).toEqual([id(3), id(2), id(1)]);
  expect(ids({ branch: only("fix") })).toEqual([id(2)]);
  expect(ids({ device_id: only("server") })).toEqual([id(3)]);
  expect(ids({ device_id: not("server") })).toEqual([id(2), id(1)]);
  expect(ids({ provider: not("claude") })).toEqual([]);
  expect(ids({ has: { include: ["error"], exclude: [] } })).toEqual([id(3)]);
  expect(ids({ has: { include: [], exclude: ["error"] } })).toEqual([id(2), id(1)]);
  expect(ids({ environment: only("test") })).toEqual([id(4)]);
  expect(ids({ since: Date.parse("2026-01-02"), until: Date.parse("2026-01-03") })).toEqual([id(2)]);
});

test("sub-agents are found when included, by their parent and by id", () => {
  const child = id(1, "abc1234");

  expect(ids({ include_subagents: true })).toContain(child);
  expect(ids({ parent_session_id: id(1) })).toEqual([child]);
  expect(ids({ ids: [child, id(2)] })).toEqual([id(2), child]);
  expect(sessionByUuid(archive.db, id(1), NOW)).toMatchObject({ subagents: 1, parent_session_id: null });
  expect(sessionByUuid(archive.db, child, NOW)).toMatchObject({ kind: "subagent", parent_session_id: id(1) });
});

test("pages join without gap or repeat, whatever the limit", () => {
  for (const limit of [1, 2, 3]) {
    const seen: string[] = [];
    let after = null;
    do {
      const page = listRecent(archive.db, { filters: ALL, limit, after }, NOW);
      seen.push(...page.sessions.map((s) => s.id));
      after = page.next && parseCursor(formatCursor(page.next));
    } while (after);
    expect(seen).toEqual([id(3), id(2), id(1)]);
  }
});

test("a cursor that is not ours is none", () => {
  for (const text of ["", "x", "1", "_1", "1_", "1_1_1", "é_1", "1_1 ", "a".repeat(99)])
    expect(parseCursor(text)).toBeNull();
});

test("a facet ignores its own filter and obeys the others", () => {
  const facets = listFacets(archive.db, { ...ALL, project: only("beta"), device_id: only("laptop") }, NOW);

  expect(facets.projects).toEqual([
    { value: "alpha", count: 1 },
    { value: "beta", count: 1 },
  ]);
  expect(facets.devices).toEqual([
    { value: "laptop", count: 1 },
    { value: "server", count: 1 },
  ]);
  expect(facets.months).toEqual([{ value: "2026-01", count: 1 }]);
});

test("a heartbeat makes a session working or waiting, and stops to count after three intervals", async () => {
  const live = (state: string) => ({
    device: "laptop",
    heartbeat: {
      version: "1",
      started_at: null,
      providers: {},
      failed: [],
      disk_free: null,
      live: [{ provider: "claude", provider_session_id: psid(2), state, waiting_for: "permission for Bash" }],
    },
  });

  await archive.run("recordHeartbeat", live("waiting"));
  const now = Date.now();
  expect(sessionByUuid(archive.db, id(2), now)).toMatchObject({ state: "waiting", waiting_for: "permission for Bash" });
  expect(ids({ state: { include: ["waiting"], exclude: [] } }, now)).toEqual([id(2)]);
  expect(ids({ state: { include: [], exclude: ["waiting"] } }, now)).toEqual([id(3), id(1)]);
  expect(ids({ state: { include: ["ended", "waiting"], exclude: [] } }, now)).toEqual([id(3), id(2), id(1)]);
  expect(sessionByUuid(archive.db, id(2), now + 91_000)).toMatchObject({ state: "ended", waiting_for: null });
  expect(readPresence(archive.db, now + 91_000).size).toBe(0);
  expect(readPresence(archive.db, now - 91_000).size).toBe(0);

  await archive.run("recordHeartbeat", live("working"));
  expect(sessionByUuid(archive.db, id(2), Date.now())).toMatchObject({ state: "working", ended_at: null });
  expect(archive.changes.at(-1)?.sessions).toHaveLength(1);
});

test("state follows the bytes: a minute of work while no final reply came, half an hour of idling, then the end", () => {
  const open = { open: 1, active_at: 1_000_000 };
  const closed = { open: 0, active_at: 1_000_000 };
  const after = (seconds: number) => 1_000_000 + seconds * 1000;

  expect(stateOf(open, null, after(59))).toBe("working");
  expect(stateOf(open, null, after(61))).toBe("idle");
  expect(stateOf(closed, null, after(1))).toBe("idle");
  expect(stateOf(closed, null, after(1799))).toBe("idle");
  expect(stateOf(closed, null, after(1801))).toBe("ended");
  expect(stateOf(open, null, -10 * after(3600))).toBe("ended");
});

test("what an agent says of itself counts until newer bytes say otherwise", () => {
  const alive = (state: "working" | "waiting" | "idle", at: number) => ({
    provider: "claude",
    provider_session_id: "p",
    device: "laptop",
    state,
    at,
  });
  const row = { open: 1, active_at: 100_000 };

  expect(stateOf(row, alive("waiting", 99_000), 110_000)).toBe("waiting");
  expect(stateOf(row, alive("waiting", 90_000), 110_000)).toBe("working");
  expect(stateOf(row, alive("idle", 101_000), 110_000)).toBe("idle");
  expect(stateOf(row, alive("idle", 99_000), 110_000)).toBe("working");
  expect(stateOf({ open: 0, active_at: 0 }, alive("idle", 9_000_000), 9_000_001)).toBe("idle");
  expect(stateOf({ open: 0, active_at: 0 }, alive("working", 9_000_000), 9_000_001)).toBe("working");
});

test("no filter makes the list sort, or read rows that it passes over", () => {
  const db = openForWriting(`${tempDir()}/longhouse.db`);
  fillSessions(db, 300, NOW);
  const filters: SessionFilters = {
    ...ALL,
    provider: only("nobody"),
    project: only("nowhere"),
    tag: only("none"),
    device_id: only("laptop"),
    has: { include: ["error"], exclude: [] },
    pinned: true,
    unread: true,
  };

  const where = whereSessions(db, filters, NOW);
  const sql = `EXPLAIN QUERY PLAN SELECT s.id FROM sessions s WHERE (s.recent_at, s.id) < (1, 1) AND ${where.sql}
    ORDER BY s.recent_at DESC, s.id DESC LIMIT 21`;
  const plan = db
    .query<{ detail: string }, [Where["params"]]>(sql)
    .all(where.params)
    .map((row) => row.detail);

  expect(plan[0]).toStartWith("SEARCH s USING");
  expect(plan[0]).toContain("INDEX sessions_recent (recent_at");
  expect(plan.join()).not.toContain("ORDER BY");
  db.close();
});
