/** Following a log over midnight. */
import { afterAll, expect, test } from "bun:test";
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { lastLines, LogTail } from "../../src/lib/log-tail.ts";
import { tempDir } from "../support/temp.ts";

const tails: LogTail[] = [];
afterAll(() => tails.forEach((tail) => tail.close()));
const follow = (path: string) => (tails.push(new LogTail(path)), tails.at(-1)!);
const all = () => true;

test("the last lines come from as many days as are needed, oldest first", () => {
  const path = join(tempDir("log"), "server.log");
  writeFileSync(path, "5\n6\n");
  writeFileSync(path.replace(".log", "-2026-11-20.log"), "3\n4\n");
  writeFileSync(path.replace(".log", "-2026-11-19.log"), "1\n2\n");
  writeFileSync(path.replace(".log", "-errors.log"), "other\n");

  expect(lastLines(path, 3, all)).toEqual(["4", "5", "6"]);
  expect(lastLines(path, 3, (line) => line !== "5")).toEqual(["3", "4", "6"]);
  expect(lastLines(path, 99, all)).toHaveLength(6);
  expect(lastLines(path, 0, all)).toEqual([]);
  expect(lastLines(join(tempDir("log"), "none", "server.log"), 9, all)).toEqual([]);
});

test("a log is followed from its end, and from before it is there", () => {
  const path = join(tempDir("log"), "server.log");
  const early = follow(path);
  writeFileSync(path, "old\n");
  const late = follow(path);
  appendFileSync(path, "new\nhal");

  expect(late.next()).toEqual(["new"]);
  appendFileSync(path, "f\n");
  expect(late.next()).toEqual(["half"]);
  expect(late.next()).toEqual([]);
  expect(early.next()).toEqual(["old", "new", "half"]);
});

test("a truncated log is read from its beginning", () => {
  const path = join(tempDir("log"), "server.log");
  writeFileSync(path, "a long line before\n");
  const tail = follow(path);
  truncateSync(path, 0);
  appendFileSync(path, "x\n");

  expect(tail.next()).toEqual(["x"]);
});

test("no line is lost or told twice over any number of rotations, however lines are cut", () => {
  const step = fc.oneof(
    fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom("a", "é", "\n", "💡") }),
    fc.constant("rotate"),
    fc.constant("look"),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const path = join(tempDir("log"), "server.log");
      const [tail, told, files] = [new LogTail(path), [] as string[], [""]];
      for (const [n, one] of [...steps, "look"].entries()) {
        if (one === "look") told.push(...tail.next());
        else if (one === "rotate") {
          // A log is put aside at most once between two looks: days are long.
          told.push(...tail.next());
          if (files.at(-1) !== "") renameSync(path, `${path}.${n}`);
          if (files.at(-1) !== "") files.push("");
        } else {
          appendFileSync(path, one);
          files[files.length - 1] += one;
        }
      }
      tail.close();
      const whole = files.flatMap((text, n) =>
        (n === files.length - 1 ? text.slice(0, text.lastIndexOf("\n") + 1) : text).split("\n"),
      );
      expect(told).toEqual(whole.filter(Boolean));
    }),
    { numRuns: 60 },
  );
});
