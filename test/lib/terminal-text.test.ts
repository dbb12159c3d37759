import { expect, test } from "bun:test";
import { createPaint, cut, plain, plainLines } from "../../src/lib/ansi.ts";
import { createProgress } from "../../src/lib/progress.ts";
import { createMeter } from "../../src/lib/rate.ts";
import { backoffMs, retryAfterMs } from "../../src/lib/retry.ts";
import { table } from "../../src/lib/table.ts";
import { agoText, bytesText, readSince, secondsText } from "../../src/lib/units.ts";

test("control characters are shown, not obeyed", () => {
  expect(plain("a\u001b[2Jb\u0007\u009b\u202ec\td\ne")).toBe("a\\x1b[2Jb\\x07\\x9b\\u{202e}c d e");
  expect(plainLines("a\n\u001bb\r")).toBe("a\n\\x1bb\\x0d");
});

test("a text is cut by columns, not by characters", () => {
  expect(cut("漢字漢字", 5)).toBe("漢字…");
  expect(cut("short", 5)).toBe("short");
});

test("without colours nothing is added", () => {
  expect(createPaint(false).red("x")).toBe("x");
  expect(createPaint(true).red("x")).toBe("\u001b[31mx\u001b[39m");
});

test("columns are as wide as their widest cell, colours and wide letters counted as seen", () => {
  const { bold } = createPaint(true);

  expect(
    table([
      [bold("a"), "1"],
      ["漢字", "2"],
    ]).map((row) => Bun.stripANSI(row)),
  ).toEqual(["a     1", "漢字  2"]);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1234567, "1.2 MB"],
  [123456789, "123 MB"],
  [5e12, "5.0 TB"],
])("%p bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test("times are said as people say them", () => {
  expect([secondsText(59), secondsText(75), secondsText(7260)]).toEqual(["59 s", "1 min 15 s", "2 h 1 min"]);
  expect([agoText(0, 30_000), agoText(0, 300_000), agoText(0, 3e8), agoText(0, 1e10)]).toEqual([
    "just now",
    "5 min ago",
    "3 d ago",
    "1970-01-01",
  ]);
  expect([readSince("2h", 1e10), readSince("2001-02-03", 0), readSince("soon", 0)]).toEqual([
    1e10 - 7_200_000,
    Date.UTC(2001, 1, 3),
    null,
  ]);
});

test("waits double, with chance in their upper half, up to the maximum", () => {
  const backoff = { baseMs: 100, maxMs: 1000 };

  expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, backoff, () => 1))).toEqual([100, 200, 400, 1000]);
  expect(backoffMs(3, backoff, () => 0)).toBe(200);
  expect(backoffMs(10_000, backoff, () => 1)).toBe(1000);
});

test.each([
  ["3", 3000],
  ["Thu, 01 Jan 1970 00:00:10 GMT", 10_000],
  ["999999", 3_600_000],
  ["soon", null],
  ["-5", 0],
  [null, null],
])("Retry-After %p is %p ms", (header, ms) => {
  expect(retryAfterMs(header, 0)).toBe(ms);
});

test("a meter tells the rate of the last seconds and what is left", () => {
  const meter = createMeter(5000);

  for (let s = 0; s <= 20; s++) meter.note(s < 10 ? 0 : (s - 10) * 100, s * 1000);

  expect(meter.rate).toBeCloseTo(100, 0);
  expect(meter.eta(500)).toBe(5);
});

test("a terminal gets one line that is drawn over, a file a line now and then", () => {
  const shown = (terminal: boolean) => {
    const written: string[] = [];
    let now = 0;
    const progress = createProgress({ write: (text) => written.push(text), terminal, columns: 200, now: () => now });
    for (; now < 12_000; now += 20) progress.show({ done: now, total: 12_000, note: "x" });
    progress.end();
    return written;
  };

  expect(shown(true).length).toBeGreaterThan(100);
  expect(shown(true).every((text) => text.startsWith("\r") && !text.includes("\n"))).toBe(true);
  expect(shown(false)).toHaveLength(2);
  expect(shown(false).join("")).not.toContain("\u001b");
});
