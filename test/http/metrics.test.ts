import { afterAll, expect, test } from "bun:test";
import { httpApp } from "../support/http-app.ts";

const made = httpApp();
afterAll(() => made.close());

test("every name of the contract is there from the start, in Prometheus's form", async () => {
  made.behind = 9;
  made.app.stats.observe("longhouse_search_seconds", 0.004);

  const answer = await made.ask("/metrics");
  const text = await answer.text();

  expect(answer.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  for (const name of [
    "ingest_bytes_total",
    "ingest_events_total",
    "ingest_requests_total",
    "model_calls_total",
    "wal_bytes",
    "live_clients",
  ])
    expect(text).toMatch(new RegExp(`^longhouse_${name} 0$`, "m"));
  expect(text).toContain("longhouse_derive_behind_bytes 9\n");
  expect(text).toContain('longhouse_search_seconds_bucket{le="0.005"} 1');
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# TYPE \w+ (counter|gauge|histogram)|\w+(\{[^}]*\})? [\d.e+-]+)$/);
});

test("a token that may not read may not read these", async () => {
  expect((await made.ask("/metrics", { headers: { "x-agents-token": await made.token("ingest") } })).status).toBe(403);
  expect((await made.ask("/metrics", { headers: { "x-agents-token": await made.token("read") } })).status).toBe(200);
  expect((await made.ask("/metrics", { headers: { "x-agents-token": "lh_wrong" } })).status).toBe(401);
});
