import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Heartbeat } from "../../src/domain/heartbeat.ts";
import type { Status } from "../../src/domain/status.ts";
import { tellImport } from "../../src/http/status.ts";
import { openLog } from "../../src/lib/log.ts";
import { httpApp } from "../support/http-app.ts";
import { tempDir } from "../support/temp.ts";

const made = httpApp();
afterAll(() => made.close());

const progress = { sources: 3, bytes: 100, acked: 90, spooled: 10, failed: 1, paused: true };
const heartbeat: Heartbeat = {
  version: "0.1.0",
  started_at: null,
  providers: { one: progress, two: { ...progress, paused: false } },
  live: [],
  failed: [{ path: "/logs/a.jsonl", code: "invalid", at: "2026-11-21T10:00:00.000Z" }],
  disk_free: null,
  polling: "ENOSPC",
};
let read: Record<string, string>;
beforeAll(async () => {
  read = { "x-agents-token": await made.token("read", "phone") };
  await made.token("ingest", "laptop");
  await made.app.writer.run("recordHeartbeat", { device: "laptop", heartbeat });
});
const status = async () => (await (await made.ask("/api/status", { headers: read })).json()) as Status;

test("the status tells sizes, what is behind, and the machines", async () => {
  made.behind = 42;

  const told = await status();

  expect(told.archive_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(told.home.free).toBeGreaterThan(0);
  expect(told.home.total).toBeGreaterThanOrEqual(told.home.free);
  expect(told.db.bytes).toBeGreaterThan(0);
  expect([told.db.wal_bytes, told.search, told.derive]).toEqual([0, { bytes: 7, behind: 3 }, { behind_bytes: 42 }]);
  expect(told.devices.find(({ id }) => id === "laptop")).toMatchObject({
    version: "0.1.0",
    spooled: 20,
    failed: 2,
    paused: true,
    polling: "ENOSPC",
    refused: [{ path: "/logs/a.jsonl", code: "invalid", at: "2026-11-21T10:00:00.000Z" }],
    agents: [
      { provider: "one", sources: 3, bytes: 100 },
      { provider: "two", sources: 3, bytes: 100 },
    ],
    disk_free: null,
  });
  expect(told.devices.map(({ id }) => id).toSorted()).toEqual(["laptop", "phone"]);
});

test("a machine without token or heartbeat is not listed", async () => {
  const { id } = await (async () => {
    const token = await made.token("ingest", "gone");
    const headers = { "x-agents-token": token };
    return (await (await made.ask("/api/probe/ingest", { headers })).json()) as { id: string };
  })();
  await made.app.writer.run("revokeToken", { id });

  expect((await status()).devices.map((device) => device.id)).not.toContain("gone");
});

test("refused sources, a paused shipper and the log's errors are told with what to do, old ones are not", async () => {
  const at = (ago: number) => new Date(Date.now() - ago).toISOString();
  made.recent.push(
    { at: at(1000), level: "error", message: "the disk is full" },
    { at: at(1000), level: "warn", message: "a pipe was skipped" },
    { at: at(2 * 3600_000), level: "error", message: "long ago" },
  );

  const { errors } = await status();

  expect(errors.map(({ code }) => code)).toEqual(["unauthenticated", "invalid", "internal"]);
  expect(errors.map(({ message }) => message).join("\n")).toContain("/logs/a.jsonl");
  expect(errors[2]!.message).toBe("the disk is full");
  expect(errors.every(({ hint }) => hint)).toBe(true);
});

test("an import is told until it is done, to the live feed too", async () => {
  const frames: string[] = [];
  const stop = made.app.feed.subscribe((frame) => frames.push(frame));
  const importing = { sources: 5, bytes: 100, done_bytes: 40, rate: 10, eta_s: 6 };

  tellImport(made.app, importing);
  expect((await status()).import).toEqual(importing);
  tellImport(made.app, null);

  expect((await status()).import).toBeNull();
  expect(frames.map((frame) => (JSON.parse(frame) as { import: unknown }).import)).toEqual([importing, null]);
  stop();
});

test("health tells nobody why, and an ingest token neither", async () => {
  const ingest = { "x-agents-token": await made.token("ingest") };

  const open = (await (await made.ask("/api/health")).json()) as object;
  const byIngest = (await (await made.ask("/api/health", { headers: ingest })).json()) as object;
  const byRead = (await (await made.ask("/api/health", { headers: read })).json()) as object;

  expect(Object.keys(open)).toEqual(["status", "version"]);
  expect(byIngest).toEqual(open);
  expect(byRead).toMatchObject({ status: "degraded", errors: [{}, {}, {}] });
});

test("the status needs `read`", async () => {
  const ingest = { "x-agents-token": await made.token("ingest") };

  expect((await made.ask("/api/status")).status).toBe(401);
  expect((await made.ask("/api/status", { headers: ingest })).status).toBe(403);
});

test("the log remembers its last warnings and errors, not more than fifty, and nothing lesser", () => {
  const log = openLog(tempDir(), { now: () => 0 });
  log.info("started");
  for (let i = 0; i < 60; i++) log.warn(`warning ${i}`);
  log.error("broken");

  const recent = log.recent();

  expect(recent).toHaveLength(50);
  expect(recent.at(-1)).toEqual({ at: "1970-01-01T00:00:00.000Z", level: "error", message: "broken" });
  expect(recent.some(({ message }) => message === "started")).toBe(false);
  log.close();
});
