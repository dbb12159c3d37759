import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile } from "../../src/lib/log-file.ts";
import { openLog } from "../../src/lib/log.ts";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 21, 12);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lines = (name: string) =>
  readFileSync(join(dir, name), "utf8")
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));

test("a line is one JSON object whatever its fields hold", () => {
  const log = openLog(dir, { now: () => NOON });

  log.info("two\nlines", { text: "a\nb", error: new Error("broken"), big: 1n });

  expect(lines("server.log")).toMatchObject([
    { at: "2026-11-21T12:00:00.000Z", level: "info", message: "two\nlines", text: "a\nb", big: "1" },
  ]);
});

test("a secret's value is never written", () => {
  const log = openLog(dir, { now: () => NOON });

  log.warn("refused", { token: "lh_abc", nested: { Authorization: "Bearer lh_abc" } });

  expect(readFileSync(join(dir, "server.log"), "utf8")).not.toContain("lh_abc");
});

test("a field that refers to itself costs the field, not the line", () => {
  const log = openLog(dir, { now: () => NOON });
  const loop: Record<string, unknown> = {};
  loop["loop"] = loop;

  log.info("odd", loop);

  expect(lines("server.log")[0].message).toBe("odd");
});

test("at midnight the file is put aside and the eighth day is forgotten", () => {
  let now = NOON;
  for (const day of ["2026-11-13", "2026-11-14", "2026-11-15"]) writeFileSync(join(dir, `server-${day}.log`), "{}\n");
  const log = openLog(dir, { now: () => now });
  log.info("yesterday");
  utimesSync(join(dir, "server.log"), NOON / 1000, NOON / 1000);

  now += DAY;
  log.info("today");

  expect(readdirSync(dir).toSorted()).toEqual(["server-2026-11-15.log", "server-2026-11-21.log", "server.log"]);
  expect(lines("server.log").map((line) => line.message)).toEqual(["today"]);
});

test("what the server wrote yesterday is put aside at the next start", () => {
  writeFileSync(join(dir, "server.log"), '{"message":"old"}\n');
  utimesSync(join(dir, "server.log"), (NOON - DAY) / 1000, (NOON - DAY) / 1000);

  openLog(dir, { now: () => NOON }).info("new");

  expect(lines("server-2026-11-20.log")[0].message).toBe("old");
});

test("audit lines stand in a file of their own and outlive the debug lines", () => {
  for (const day of ["2026-08-01", "2026-08-24"]) writeFileSync(join(dir, `audit-${day}.log`), "{}\n");

  openLog(dir, { now: () => NOON }).audit("token created", { device_id: "mac" });

  expect(lines("audit.log")).toEqual([{ device_id: "mac", at: "2026-11-21T12:00:00.000Z", action: "token created" }]);
  expect(existsSync(join(dir, "audit-2026-08-24.log"))).toBe(true);
  expect(existsSync(join(dir, "audit-2026-08-01.log"))).toBe(false);
});

test("a flood of lines stops at the day's limit and says so", () => {
  const file = new LogFile(dir, { name: "flood", keepDays: 1, dayMax: 1000, now: () => NOON });

  for (let i = 0; i < 1000; i++) file.append(`{"n":${i}}\n`);

  const text = readFileSync(file.path, "utf8");
  expect(text.length).toBeLessThan(1200);
  expect(text).toContain("full for today");
});

test("a log whose folder cannot be made never throws", () => {
  writeFileSync(join(dir, "file"), "");

  const log = openLog(join(dir, "file", "logs"), { now: () => NOON });

  expect(() => log.error("lost")).not.toThrow();
});

test("log files are readable by their owner only", () => {
  openLog(dir, { now: () => NOON }).info("x");

  expect(statSync(join(dir, "server.log")).mode & 0o777).toBe(0o600);
});
