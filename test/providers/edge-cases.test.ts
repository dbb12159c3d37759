/** EDGE-CASES.md says where each known hard case is shown; what it names is there. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const cases = readFileSync(join(import.meta.dir, "EDGE-CASES.md"), "utf8")
  .split(/^### /m)
  .slice(1)
  .map((text) => ({ name: text.split("\n")[0]!, bullets: text.split("\n").filter((line) => line.startsWith("- ")) }));

test("every edge case and every bug of the list has an entry", () => {
  const numbers = cases.map(({ name }) => Number.parseInt(name, 10));
  const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

  expect(numbers).toEqual([...upTo(1, 25), ...upTo(7, 19), 26]);
});

test.each(cases)("$name: what shows it exists", ({ bullets }) => {
  const shown = bullets.filter((line) => line.startsWith("- `"));
  const missing = shown.filter((line) => !stands(line));

  expect(missing).toEqual([]);
  expect(shown.length).toBeGreaterThan(0);
});

function stands(bullet: string): boolean {
  const [, path, words] = /^- `([^`]+)`(?: (.*))?$/.exec(bullet) ?? [];
  if (path === undefined || !existsSync(join(ROOT, path))) return false;
  if (!path.endsWith(".test.ts")) return existsSync(join(ROOT, path.replace(/\.jsonl?$/, ".events.json")));
  return words === undefined || readFileSync(join(ROOT, path), "utf8").includes(words);
}
