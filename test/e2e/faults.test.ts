/** FAULTS.md says which test shows which fault to be survived: what it names must be there. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

type Case = { readonly id: string; readonly tests: readonly (readonly [string, string])[]; readonly why: string };

const cases: readonly Case[] = readFileSync(join(import.meta.dir, "FAULTS.md"), "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => /^[TSZ]\d\d$/.test(cells[1] ?? ""))
  .map((cells) => ({
    id: cells[1]!,
    tests: [...cells[3]!.matchAll(/`([^`]+)`: (.+?)(?=<br>|$)/g)].map(([, file, name]) => [file!, name!] as const),
    why: cells[4]!,
  }));

/** Numbers that the catalogue of faults gives; the ones between were dropped there. */
const T = [1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, ...range(26, 37)];
const S = [...range(1, 11), ...range(13, 20), 22, 23, 24];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

test("every case of tailing and delivery has a test, or says why it has none", () => {
  const wanted = [...T.map((n) => ["T", n]), ...S.map((n) => ["S", n])].map(
    ([kind, n]) => `${kind}${String(n).padStart(2, "0")}`,
  );

  expect(cases.map(({ id }) => id).filter((id) => id !== "Z01")).toEqual(wanted);
  expect(cases.filter(({ tests, why }) => tests.length === 0 && why.length < 20).map(({ id }) => id)).toEqual([]);
});

test("every test that is named is one", () => {
  const missing = cases.flatMap(({ id, tests }) =>
    tests.filter(([file, name]) => !testIn(file, name)).map(([file, name]) => `${id}: ${file} has no test "${name}"`),
  );

  expect(missing).toEqual([]);
});

function testIn(file: string, name: string): boolean {
  const path = join(ROOT, file);
  if (!existsSync(path)) return false;
  // A name stands in its file between quotes, on the line of `test(` or right below it.
  return readFileSync(path, "utf8")
    .split("\n")
    .some((line) => /^\s*(test|needing|["'`]|\]\)|\)\()/.test(line) && line.includes(name));
}
