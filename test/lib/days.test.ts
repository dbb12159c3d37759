import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { dayNamer, isTimeZone, nextDay, startOfDay } from "../../src/lib/days.ts";

const HOUR = 3_600_000;
const length = (zone: string, day: string) => (startOfDay(zone, nextDay(day)) - startOfDay(zone, day)) / HOUR;

test("a day is 23, 24 or 25 hours long, as its zone's clocks go", () => {
  expect(length("Europe/Vienna", "2026-03-29")).toBe(23);
  expect(length("Europe/Vienna", "2026-10-25")).toBe(25);
  expect(length("America/New_York", "2026-11-01")).toBe(25);
  expect(length("Australia/Lord_Howe", "2026-04-05")).toBe(24.5);
  expect(length("UTC", "2026-03-29")).toBe(24);
});

test("where midnight does not exist, the day begins with what follows", () => {
  // Lebanon's clocks went from 23:59:59 to 01:00.
  expect(new Date(startOfDay("Asia/Beirut", "2026-03-29")).toISOString()).toBe("2026-03-28T22:00:00.000Z");
  expect(length("Asia/Beirut", "2026-03-29")).toBe(23);
});

test("days that no calendar has, and the last one, end in no nonsense", () => {
  expect(startOfDay("Europe/Vienna", "2026-02-30")).toBe(startOfDay("Europe/Vienna", "2026-03-02"));
  expect(nextDay("2026-02-28")).toBe("2026-03-01");
  expect(nextDay("9999-12-31")).toBe("9999-12-31");
});

test("zones off the hour begin their days there", () => {
  expect(new Date(startOfDay("Asia/Kathmandu", "2026-01-02")).toISOString()).toBe("2026-01-01T18:15:00.000Z");
  expect(new Date(startOfDay("+05:30", "2026-01-02")).toISOString()).toBe("2026-01-01T18:30:00.000Z");
});

test("every moment lies in the day that it is named for", () => {
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Vienna",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
  );
  const moments = fc.integer({ min: Date.parse("2012-01-01"), max: Date.parse("2040-01-01") });
  fc.assert(
    fc.property(zones, moments, (zone, ms) => {
      const day = dayNamer(zone)(ms);
      expect(startOfDay(zone, day)).toBeLessThanOrEqual(ms);
      expect(startOfDay(zone, nextDay(day))).toBeGreaterThan(ms);
    }),
    { numRuns: 200 },
  );
});

test("a zone that does not exist is none", () => {
  expect(["UTC", "Europe/Vienna", "+05:30"].filter(isTimeZone)).toHaveLength(3);
  expect(["", "Mars/Olympus", "Europe/../etc", "CEST+1"].filter(isTimeZone)).toEqual([]);
});
