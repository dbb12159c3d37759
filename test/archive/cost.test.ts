/** What calls cost: by how long the cache keeps what was written, and by the price of their own day. */
import { expect, test } from "bun:test";
import { changesOf, costOf, priceAt } from "../../src/domain/price.ts";
import { codex } from "../../src/providers/codex.ts";
import { usageReport } from "../../src/store/usage-report.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";
import { fileOf, psid, talk } from "../support/fill.ts";

const NONE = { input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0 };
const total = ({ db }: TestArchive) =>
  usageReport(db, { by: "model", tz: "UTC", filters: {} }, Date.parse("2026-02-01T00:00:00Z")).total.cost_usd;
const costs = ({ db }: TestArchive) =>
  db
    .query<{ cost: number | null }, []>("SELECT round(cost_usd, 6) AS cost FROM sessions ORDER BY psid")
    .all()
    .map(({ cost }) => cost);

test("what the cache keeps for an hour costs twice the input, what it keeps for five minutes a quarter more", async () => {
  const archive = openArchive();
  const written = (all: number, hour: number) =>
    `"cache_creation_input_tokens":${all},"cache_creation":{"ephemeral_5m_input_tokens":${all - hour},"ephemeral_1h_input_tokens":${hour}}`;
  const bytes = (n: number, hour: number) =>
    talk(1, { id: psid(n) })
      .replace('"input_tokens":10,"output_tokens":3,"cache_read_input_tokens":5', '"input_tokens":0,"output_tokens":0')
      .replace('"cache_creation_input_tokens":1', written(1_000_000, hour));

  for (const [n, hour] of [0, 1_000_000, 400_000].entries())
    await archive.send({ path: fileOf(psid(n)), bytes: bytes(n, hour) });
  await archive.derived();

  expect(costs(archive)).toEqual([3.75, 6, 4.65]);
  expect(total(archive)).toBeCloseTo(14.4, 6);
  await archive.run("reindexAll", null);
  await archive.derived();
  expect(costs(archive)).toEqual([3.75, 6, 4.65]);
  archive.close();
});

/** A log of one call a given day, with a million tokens of input. */
function log(id: string, day: string, ask: string) {
  const at = (second: number) => `${day}T12:00:${String(second).padStart(2, "0")}.000Z`;
  const figures = { input_tokens: 1_000_000, cached_input_tokens: 0, output_tokens: 0, total_tokens: 1_000_000 };
  const info = { total_token_usage: figures, last_token_usage: figures };
  const records = [
    { timestamp: at(0), type: "session_meta", payload: { id, timestamp: at(0), cwd: "/w", originator: "x" } },
    { timestamp: at(1), type: "turn_context", payload: { cwd: "/w", model: "o3" } },
    { timestamp: at(2), type: "event_msg", payload: { type: "user_message", message: ask } },
    { timestamp: at(3), type: "event_msg", payload: { type: "token_count", info } },
  ];
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

test("a call costs what its model cost on its day, in its session and in every report", async () => {
  const archive = openArchive();
  for (const [n, day] of ["2025-06-09", "2025-06-11"].entries()) {
    const path = `/home/u/.codex/sessions/${day.replaceAll("-", "/")}/rollout-${day}T12-00-00-${psid(n)}.jsonl`;
    await archive.send({ path, provider: "codex", bytes: log(psid(n), day, `ask ${n}`) });
  }
  await archive.derived();

  expect(costs(archive)).toEqual([10, 2]);
  expect(total(archive)).toBe(12);
  expect(
    await archive.run<number>("usePrices", [
      { model: "x", price: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 } },
    ]),
  ).toBe(0);
  expect(costs(archive)).toEqual([10, 2]);
  archive.close();
});

test("when an earlier record of a call turns up, it costs what it cost then", async () => {
  const archive = openArchive();
  const [early, late] = [Date.UTC(2025, 5, 1), Date.UTC(2025, 6, 1)];
  const cheap = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 };
  const own = [
    {
      model: "kiln",
      price: { ...cheap, before: { until: Date.UTC(2025, 5, 10), price: { ...cheap, input: 100_001 } } },
    },
  ];
  await archive.run("usePrices", own);
  const bytes = (at: number) => talk(1, { id: psid(1), at }).replaceAll("claude-sonnet-4-5", "kiln");

  await archive.send({ path: fileOf(psid(1)), bytes: bytes(late) + bytes(early) });
  await archive.derived();

  // Ten tokens of input, nine others.
  expect(costs(archive)).toEqual([1.000019]);
  expect(total(archive)).toBe(1.000019);
  archive.close();
});

test("a price knows its changes, and a call without a time costs what it costs now", () => {
  const price = codex.price("o3")!;
  const [change] = changesOf(price);

  expect(priceAt(price, change!)!.input).toBe(2);
  expect(priceAt(price, change! - 1)!.input).toBe(10);
  expect(priceAt(price, null)!.input).toBe(2);
  expect(priceAt(null, 0)).toBeNull();
  expect(costOf({ ...NONE, cache_write: 1e6, cache_write_1h: 1e6 }, price)).toBe(2);
});
