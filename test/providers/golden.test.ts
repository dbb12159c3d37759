/**
 * Each fixture (fixtures/PROVIDER/NAME.jsonl, or .json for files rewritten whole) gives what NAME.events.json says.
 * `GOLDEN=1 bun test test/providers/golden.test.ts` writes what is given now; read the diff before it is committed.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Provider } from "../../src/domain/provider.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { explodedLines, linesOf, parseAll, parseFile } from "../support/parse-all.ts";

const FIXTURES = join(import.meta.dir, "../fixtures");

for (const provider of PROVIDERS) {
  const dir = join(FIXTURES, provider.name);
  if (!existsSync(dir)) continue;
  describe(provider.name, () => {
    for (const file of readdirSync(dir).filter((name) => /(?<!\.events)\.jsonl?$/.test(name))) {
      test(`${file} gives its events`, () => compare(provider, join(dir, file)));
    }
  });
}

function compare(provider: Provider, path: string) {
  const golden = path.replace(/\.jsonl?$/, ".events.json");
  const given = JSON.parse(JSON.stringify(derived(provider, readFileSync(path), path.endsWith(".json"))));
  if (Bun.env.GOLDEN) {
    writeFileSync(golden, JSON.stringify(given, null, 2));
    Bun.spawnSync([process.execPath, "fmt", golden]);
  }
  expect(given).toEqual(JSON.parse(readFileSync(golden, "utf8")));
}

/** What deriving gives, with each part's patch from reading its line back alone. */
function derived(provider: Provider, bytes: Uint8Array, file: boolean) {
  const whole = file ? parseFile(provider, bytes) : parseAll(provider, [bytes]);
  const shown = new Map<string, string>();
  let value = 0;
  let offset = -1;
  for (const line of file ? explodedLines(provider, bytes) : linesOf(bytes)) {
    value = line.offset === offset ? value + 1 : 0;
    offset = line.offset;
    for (const part of provider.parse(line, null).parts) {
      if (part.form?.patch) shown.set(`${offset}:${value}:${part.index}`, part.form.patch);
    }
  }
  const events = whole.parts.map(({ offset, value, ...part }) => {
    const patch = shown.get(`${offset}:${value}:${part.index}`);
    return { offset, ...(value > 0 && { value }), ...part, ...(patch && { patch }) };
  });
  const { title: _, ...facts } = whole.facts;
  return { facts, titles: whole.titles, usage: [...whole.usage.values()], marks: whole.marks, events };
}
