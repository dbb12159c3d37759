import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Insights } from "../../src/domain/insights.ts";
import { USAGE_BY, type UsageReport } from "../../src/domain/usage.ts";
import { apiApp } from "../support/api-app.ts";
import type { ApiApp } from "../support/api-app.ts";
import { fileOf, psid, subagentFileOf, talk, writer } from "../support/fill.ts";

const HOUR = 3_600_000;
/** Clocks in Vienna go from 2 to 3 on this Sunday. */
const SPRING = Date.parse("2026-03-29T00:00:00Z");
let http: ApiApp;

beforeAll(async () => {
  http = await apiApp();
  await http.archive.send({
    path: fileOf(psid(1)),
    bytes: talk(2, { id: psid(1), at: SPRING - 0.5 * HOUR, cwd: "/w/loom" }),
  });
  await http.archive.send({ path: fileOf(psid(2)), bytes: withTools(psid(2), SPRING + 2.5 * HOUR) });
  const unknown = talk(4, { id: psid(3), at: SPRING + 30 * HOUR, cwd: "/w/kiln" });
  await http.archive.send({ path: fileOf(psid(3)), bytes: unknown.replaceAll("claude-sonnet-4-5", "kiln-brain-1") });
  const helper = talk(5, { id: psid(2), agent: "abc1234", at: SPRING + 2.6 * HOUR, cwd: "/w/kiln" });
  await http.archive.send({
    path: subagentFileOf(psid(2), "abc1234"),
    bytes: helper.replaceAll(`m-${psid(2)}-`, "m-helper-"),
  });
  await http.archive.derived();
});
afterAll(() => http.close());

function withTools(id: string, at: number): string {
  const write = writer({ id, at, cwd: "/w/kiln" });
  const lines = [write.prompt("build it")];
  for (const n of [1, 2, 3]) {
    lines.push(write.call("Bash", `t${n}`, { command: "make" }), write.result(`t${n}`, "out", n === 2));
  }
  lines.push(write.call("Read", "t9", { file_path: "/w/a" }), write.result("t9", "text"), write.reply("Built."));
  return lines.map((line) => `${line}\n`).join("");
}

const ask = (query = "") => http.json<Insights>(`/api/agents/insights?${query}`);
const usage = (query: string) => http.json<UsageReport>(`/api/agents/usage?${query}`);

test("every figure is that of the usage report, in any range and time zone, by anything", async () => {
  for (const range of ["", "since=2026-03-29&until=2026-03-29", "since=2026-03-29T02:40:00Z", "project=kiln"])
    for (const tz of ["UTC", "Europe/Vienna", "America/Los_Angeles"]) {
      const shown = await ask(`${range}&tz=${tz}`);
      for (const by of USAGE_BY) {
        const { rows, total } = await usage(`${range}&tz=${tz}&by=${by}`);
        expect({ range, tz, by, rows: shown.by[by], total: shown.total }).toEqual({ range, tz, by, rows, total });
      }
    }
});

test("hours are those of the asked time zone, Monday first, and hold every prompt", async () => {
  const vienna = await ask("tz=Europe/Vienna");

  expect(vienna.hours[6]![0]).toBe(2);
  expect(vienna.hours[6]![4]).toBe(1);
  expect(vienna.hours[0]![8]).toBe(4);
  expect(vienna.hours.flat().reduce((sum, n) => sum + n, 0)).toBe(vienna.total.prompts);
  expect((await ask("tz=UTC")).hours[5]![23]).toBe(2);
});

test("a tool failed as often as its results say so", async () => {
  const { tools } = await ask();

  expect(tools).toEqual([
    { name: "Bash", calls: 3, failed: 1, sessions: 1 },
    { name: "Read", calls: 1, failed: 0, sessions: 1 },
  ]);
  expect((await ask("until=2026-03-28")).tools).toEqual([]);
});

test("the dearest session has its sub-agent's cost, and one of unknown cost is not among them as 0", async () => {
  const { dearest, longest } = await ask();

  expect(dearest.map(({ title }) => title)).toEqual(["build it", "question 0"]);
  const { total } = await usage("by=project&project=kiln&until=2026-03-29");
  expect(dearest[0]!.cost_usd).toBe(total.cost_usd);
  expect(longest.map(({ active_ms, cost_usd }) => [active_ms, cost_usd === null])).toEqual([
    [9000, false],
    [7000, true],
    [3000, false],
  ]);
});

test("what was asked before is not looked up again until the archive changes; then it is", async () => {
  const before = await ask("tz=UTC");
  expect(await ask("tz=UTC")).toEqual(before);

  await http.archive.send({ path: fileOf(psid(7)), bytes: talk(1, { id: psid(7), at: SPRING + 50 * HOUR }) });
  await http.archive.derived();

  expect((await ask("tz=UTC")).total.prompts).toBe(before.total.prompts + 1);
});

test("one who goes away takes the answer from nobody else", async () => {
  const { signal, abort } = aborting();
  const [gone, stayed] = await Promise.allSettled([
    http.ask("/api/agents/insights?tz=Asia/Tokyo", { signal }),
    http.ask("/api/agents/insights?tz=Asia/Tokyo"),
    Promise.resolve().then(abort),
  ]);

  expect(stayed.status).toBe("fulfilled");
  expect(stayed.status === "fulfilled" && stayed.value.status).toBe(200);
  expect(gone.status).toBeDefined();
});

function aborting() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test("bad ranges are 422, and ingest may not ask", async () => {
  expect((await http.ask("/api/agents/insights?since=yesterday")).status).toBe(422);
  const headers = { authorization: `Bearer ${await http.token("ingest")}` };
  expect((await http.ask("/api/agents/insights", { headers })).status).toBe(403);
});
