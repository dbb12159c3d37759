import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Session, SessionList } from "../../src/domain/session.ts";
import type { UsageReport } from "../../src/domain/usage.ts";
import { apiApp, errorOf } from "../support/api-app.ts";
import type { ApiApp } from "../support/api-app.ts";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";

const PATH = "/api/agents/usage";
let http: ApiApp;

const HOUR = 3_600_000;
/** Clocks in Vienna go from 2 to 3 on this day: it is 23 hours long. */
const SPRING = Date.parse("2026-03-29T00:00:00Z");

type Sent = { readonly at: number; readonly turns: number; readonly cwd?: string; readonly model?: string };

async function send(n: number, { at, turns, cwd, model }: Sent): Promise<void> {
  const bytes = talk(turns, { id: psid(n), at, cwd }).replaceAll("claude-sonnet-4-5", model ?? "claude-sonnet-4-5");
  await http.archive.send({ path: fileOf(psid(n)), bytes });
}

beforeAll(async () => {
  http = await apiApp();
  // Vienna: 28 March 23:30, 29 March 00:30 and 23:30, 30 March 00:30.
  await send(1, { at: SPRING - 1.5 * HOUR, turns: 1, cwd: "/w/loom" });
  await send(2, { at: SPRING - 0.5 * HOUR, turns: 2, cwd: "/w/loom" });
  await send(3, { at: SPRING + 21.5 * HOUR, turns: 3, cwd: "/w/kiln" });
  await send(4, { at: SPRING + 22.5 * HOUR, turns: 4, cwd: "/w/kiln", model: "kiln-brain-1" });
  const helper = talk(5, { id: psid(3), agent: "abc1234", at: SPRING + 21.6 * HOUR, cwd: "/w/kiln" });
  const calls = helper.replaceAll(`m-${psid(3)}-`, "m-helper-");
  await http.archive.send({ path: subagentFileOf(psid(3), "abc1234"), bytes: calls });
  await http.archive.derived();
});
afterAll(() => http.close());

const report = (query = "") => http.json<UsageReport>(`${PATH}?${query}`);
const short = ({ rows }: UsageReport) =>
  rows.map(({ key, sessions, prompts, tokens }) => [key, sessions, prompts, tokens.input]);

test("days are those of the asked time zone, the one of 23 hours too", async () => {
  expect(short(await report("tz=Europe/Vienna"))).toEqual([
    ["2026-03-28", 1, 1, 10],
    ["2026-03-29", 2, 5, 100],
    ["2026-03-30", 1, 4, 40],
  ]);
  expect(short(await report())).toEqual([
    ["2026-03-28", 2, 3, 30],
    ["2026-03-29", 2, 7, 120],
  ]);
  expect((await report("tz=America/Los_Angeles")).rows.map(({ key }) => key)).toEqual(["2026-03-28", "2026-03-29"]);
});

test("since and until are of calls and prompts; a bare day is one of the asked time zone", async () => {
  const day = await report("tz=Europe/Vienna&since=2026-03-29&until=2026-03-29");
  expect(short(day)).toEqual([["2026-03-29", 2, 5, 100]]);

  // Session 2 prompts in the seconds 1 and 3 after half past, and is answered in 2 and 4.
  const part = await report(`since=${new Date(SPRING - 0.5 * HOUR + 3000).toISOString()}&until=2026-03-29T00:00Z`);
  expect(part.total).toMatchObject({ sessions: 1, prompts: 1, tokens: { input: 10, output: 3 } });

  expect((await report("since=0001-01-01&until=9999-12-31&tz=Asia/Kathmandu")).total).toEqual((await report()).total);
  const nothing = await report("since=2030-01-01");
  expect(nothing.rows).toEqual([]);
  expect(nothing.total).toMatchObject({ sessions: 0, prompts: 0, cost_usd: null, unpriced_tokens: 0 });
});

test("what has no price is unknown and never 0; beside what has one it is counted apart", async () => {
  const { rows, total } = await report("by=model");

  expect(rows.map(({ key, cost_usd, unpriced_tokens }) => [key, cost_usd, unpriced_tokens])).toEqual([
    // 11 calls of 10, 3, 5 and 1 tokens at 3, 15, 0.30 and 3.75 $ a million.
    ["claude-sonnet-4-5", 0.000883, 0],
    ["kiln-brain-1", null, 4 * 19],
  ]);
  expect(total).toMatchObject({ cost_usd: 0.000883, unpriced_tokens: 76 });
});

test("a sub-agent's tokens are counted, its task is no prompt, and it is no session of its own", async () => {
  expect(short(await report("by=project"))).toEqual([
    ["kiln", 2, 7, 120],
    ["loom", 2, 3, 30],
  ]);
  expect(short(await report("by=provider"))).toEqual([["claude", 4, 10, 150]]);
  expect(short(await report("by=device"))).toEqual([["laptop", 4, 10, 150]]);
  expect(short(await report("by=model"))).toEqual([
    ["claude-sonnet-4-5", 3, 6, 110],
    ["kiln-brain-1", 1, 4, 40],
  ]);
  expect((await report("by=day&project=loom")).total).toMatchObject({ sessions: 2, prompts: 3 });
});

test("however it is added up, the total is the same, and that of the sessions", async () => {
  const totals = await Promise.all(["day", "model", "project", "provider", "device"].map((by) => report(`by=${by}`)));
  const { sessions } = await http.json<SessionList>("/api/agents/sessions?include_subagents=1&limit=100");

  for (const { rows, total } of totals) {
    expect(total).toEqual(totals[0]!.total);
    for (const figure of ["input", "output", "cache_read", "cache_write", "reasoning"] as const) {
      const sum = sessions.reduce((n, { tokens }) => n + tokens[figure], 0);
      expect(rows.reduce((n, { tokens }) => n + tokens[figure], 0)).toBe(sum);
      expect(total.tokens[figure]).toBe(sum);
    }
  }
  expect(sessions.reduce((n, { cost_usd }) => n + (cost_usd ?? 0), 0)).toBeCloseTo(totals[0]!.total.cost_usd!, 5);
});

test("bad values are 422 and name their field", async () => {
  for (const [field, value] of Object.entries({
    by: "hour",
    tz: "Mars/Olympus",
    since: "yesterday",
    until: "2026-13-45",
  })) {
    const answer = await http.ask(`${PATH}?${field}=${encodeURIComponent(value)}`);
    const body = await errorOf(answer);
    expect([field, answer.status, body.error.code, Object.keys(body.fields!)]).toEqual([
      field,
      422,
      "invalid",
      [field],
    ]);
  }
});

test("read may ask, ingest may not", async () => {
  for (const path of [PATH, "/api/doctor/formats"])
    for (const [scope, status] of [
      ["ingest", 403],
      ["read", 200],
    ] as const) {
      const headers = { authorization: `Bearer ${await http.token(scope)}` };
      expect([path, scope, (await http.ask(path, { headers })).status]).toEqual([path, scope, status]);
    }
});

test("a price file that changes, changes what reports and sessions say; without it all is as before", async () => {
  const path = join(http.app.config.home, "prices.toml");
  // Sessions' own costs are rounded each: five digits are compared.
  const round = (dollars: number | null) => dollars && Math.round(dollars * 1e5) / 1e5;
  const cost = async () => {
    const { total } = await report("by=model");
    const { sessions } = await http.json<SessionList>("/api/agents/sessions?include_subagents=1&limit=100");
    const sum = sessions.reduce((n, each: Session) => n + (each.cost_usd ?? 0), 0);
    return [round(total.cost_usd), round(sum), total.unpriced_tokens];
  };
  const before = await cost();

  writeFileSync(path, '["kiln-*"]\ninput = 10\noutput = 0\ncache_read = 0\ncache_write = 0\n');
  expect(await cost()).toEqual([0.00128, 0.00128, 0]);
  // What is derived from now on has that price, too.
  await send(5, { at: SPRING + 40 * HOUR, turns: 1, cwd: "/w/kiln", model: "kiln-brain-2" });
  await http.archive.derived();
  expect(await cost()).toEqual([0.00138, 0.00138, 0]);

  writeFileSync(path, '["kiln-*"]\ninput = "free"\noutput = 0\n');
  const wrong = await http.ask(PATH);
  expect([wrong.status, (await errorOf(wrong)).error.message]).toEqual([
    422,
    expect.stringContaining("prices.toml line 2"),
  ]);

  writeFileSync(path, "");
  expect((await cost()).slice(0, 2)).toEqual(before.slice(0, 2));
  expect((await report("by=model")).total.unpriced_tokens).toBe(5 * 19);
});
