import { afterAll, expect, test } from "bun:test";
import { parseTime } from "../../src/lib/utc.ts";

const zone = process.env.TZ;
// Set to undefined it would be a zone of that name, here and in every browser that later tests start.
afterAll(() => void (process.env.TZ = zone ?? "Etc/UTC"));

test.each(["UTC", "America/New_York", "Asia/Kolkata"])("a time without its zone is UTC in %s", (name) => {
  process.env.TZ = name;
  const at = Date.UTC(2026, 0, 31, 10, 0, 5, 250);

  expect(new Date("2026-01-31T10:00:05.250").getTime() === at).toBe(name === "UTC");
  for (const text of ["2026-01-31T10:00:05.250", "2026-01-31 10:00:05.250", "2026-01-31T10:00:05.250Z"])
    expect(parseTime(text)).toBe(at);
  expect(parseTime("2026-01-31T15:30:05.250+05:30")).toBe(at);
  expect(parseTime("2026-01-31")).toBe(Date.UTC(2026, 0, 31));
  expect(parseTime("2026-01-31T10:00")).toBe(Date.UTC(2026, 0, 31, 10));
  expect(parseTime("yesterday")).toBeNaN();
});
