import { expect, test } from "bun:test";
import type { DeviceStatus } from "../../src/domain/status.ts";
import { connectCommand, isLoopback } from "../../ui/machines/command.ts";
import { troubles } from "../../ui/machines/trouble.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const known = { shutOut: false, version: "0.1.0", origin: "https://house.example", now: NOW };
const well: DeviceStatus = {
  id: "laptop",
  last_seen_at: new Date(NOW - 20_000).toISOString(),
  version: "0.1.0",
  spooled: 0,
  failed: 0,
  paused: false,
  polling: null,
  disk_free: 50_000_000_000,
};
const commands = (device: DeviceStatus, more = {}) =>
  troubles(device, { ...known, ...more }).map(({ command }) => command);

test("a machine that is well has no trouble, nor has one that only has a token, or that polls because it was asked to", () => {
  expect(commands(well)).toEqual([]);
  expect(commands({ id: "phone", last_seen_at: "2020-01-01T00:00:00.000Z" })).toEqual([]);
  expect(commands({ ...well, polling: "asked" })).toEqual([]);
});

test("each trouble comes with what is to be typed there", () => {
  expect(commands({ ...well, paused: true })).toEqual(["longhouse auth --url https://house.example"]);
  expect(commands(well, { shutOut: true })).toEqual(["longhouse auth --url https://house.example"]);
  expect(commands({ ...well, failed: 2 })).toEqual(["longhouse ship --retry-failed"]);
  expect(commands({ ...well, polling: "ENOSPC" })).toEqual(["longhouse doctor"]);
  expect(commands({ ...well, last_seen_at: new Date(NOW - 91_000).toISOString() })).toEqual([
    "longhouse connect --status",
  ]);
});

test("what nothing can be typed for is said all the same, the worst first", () => {
  const all = troubles({ ...well, version: "0.0.9", disk_free: 1000, failed: 1 }, known);

  expect(all.map(({ tone }) => tone)).toEqual(["bad", "warn", "warn"]);
  expect(all.at(-1)!.what).toContain("0.0.9");
});

test("the command names this server, and an address that means every machine is known for one", () => {
  expect(connectCommand("http://house:8080")).toBe(
    "longhouse auth --url http://house:8080 && longhouse connect --install",
  );
  expect(["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "app.localhost"].map(isLoopback)).not.toContain(false);
  expect(["house", "192.168.1.2", "127.0.0.1.example.com", "localhost.example.com"].map(isLoopback)).not.toContain(
    true,
  );
});
