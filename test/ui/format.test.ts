import { expect, test } from "bun:test";
import * as format from "../../ui/kit/format.ts";

const MINUTE = 60_000;
const now = new Date(2026, 10, 21, 15, 0).getTime();
const ago = (ms: number): string => new Date(now - ms).toISOString();

test.each([
  [0, "0"],
  [950, "950"],
  [999.6, "1k"],
  [1234, "1.2k"],
  [184_000, "184k"],
  [999_900, "1M"],
  [1_200_000, "1.2M"],
])("the number %p is short as %p", (n, text) => expect(format.short(n)).toBe(text));

test.each([
  [0, "0 B"],
  [812, "812 B"],
  [1_234_567, "1.2 MB"],
  [1.2e9, "1.2 GB"],
])("%p bytes are %p", (n, text) => expect(format.bytes(n)).toBe(text));

test.each([
  [0.001, "<$0.01"],
  [0.43, "$0.43"],
  [12.3, "$12.30"],
  [1234, "$1.2k"],
])("%p dollars are %p", (usd, text) => expect(format.money(usd)).toBe(text));

test.each([
  [-5, "0 s"],
  [420, "0.4 s"],
  [12_400, "12 s"],
  [59_999, "59 s"],
  [3 * MINUTE, "3 min"],
  [80 * MINUTE, "1 h 20 min"],
  [120 * MINUTE, "2 h"],
  [3 * 1440 * MINUTE, "3 d"],
])("%p ms last %p", (ms, text) => expect(format.duration(ms)).toBe(text));

test("what began on a machine whose clock is ahead has lasted 0 s", () => {
  expect(format.elapsed(ago(-3000), now)).toBe("0 s");
  expect(format.elapsed(ago(12_900), now)).toBe("12 s");
});

test.each([
  [10_000, "just now"],
  [MINUTE, "1 min ago"],
  [3 * 60 * MINUTE, "3 h ago"],
  [49 * 60 * MINUTE, "2 d ago"],
])("%p ms before now is %p", (ms, text) => expect(format.relative(ago(ms), now)).toBe(text));

test("days are called as people call them", () => {
  expect(format.dayLabel("2026-11-21", now)).toBe("Today");
  expect(format.dayLabel("2026-11-20", now)).toBe("Yesterday");
  expect(format.dayLabel("2026-11-16", now)).toBe("Monday");
  expect(format.dayLabel("2026-11-14", now)).toBe("14 November");
  expect(format.dayLabel("2025-11-21", now)).toBe("21 November 2025");
  // A clock ahead must not turn tomorrow into a weekday.
  expect(format.dayLabel("2026-11-22", now)).toBe("22 November");
});

test("a date names its year only when it is another one", () => {
  expect(format.date(ago(0), now)).toBe("21 Nov");
  expect(format.date("2024-02-03T12:00:00.000Z", now)).toBe("3 Feb 2024");
});

test("the name of a path is its last part, on any system", () => {
  expect(format.baseName("/src/archive.ts")).toBe("archive.ts");
  expect(format.baseName("C:\\src\\archive.ts")).toBe("archive.ts");
  expect(format.baseName("/src/dir/")).toBe("dir");
  expect(format.baseName("/")).toBe("/");
});

test("one is not many", () => {
  expect(format.plural(1, "turn")).toBe("1 turn");
  expect(format.plural(12481, "session")).toBe("12,481 sessions");
});
