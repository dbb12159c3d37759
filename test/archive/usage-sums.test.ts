/** However calls, copies, files and orders are mixed: all ways of adding up give the sum of what sessions say. */
import { expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { USAGE_BY } from "../../src/domain/usage.ts";
import type { UsageReport } from "../../src/domain/usage.ts";
import { usageReport } from "../../src/store/usage-report.ts";
import { openArchive } from "../support/archive.ts";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";

setDefaultTimeout(60_000);

const START = Date.parse("2026-03-28T20:00:00Z");
const MODELS = ["claude-sonnet-4-5", "claude-opus-4-5", "kiln-1"] as const;
const FIGURES = ["input", "output", "cache_read", "cache_write", "reasoning"] as const;

/** A file: `calls` = whose calls it holds, its own or another session's (a copy). */
const file = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  calls: fc.integer({ min: 1, max: 4 }),
  agent: fc.option(fc.constantFrom("a1", "b2"), { nil: undefined }),
  turns: fc.integer({ min: 1, max: 3 }),
  hours: fc.integer({ min: 0, max: 60 }),
  cwd: fc.constantFrom("/w/kiln", "/w/loom"),
  model: fc.constantFrom(...MODELS),
  device: fc.constantFrom("laptop", "desk"),
  /** A streamed message is recorded with more and more of it. */
  output: fc.integer({ min: 1, max: 1e6 }),
  /** Of the one token that a call writes to the cache, what is kept for an hour. */
  hour: fc.constantFrom(0, 1),
  /** The home's own price of one model from this file on; none = no change. */
  price: fc.option(fc.integer({ min: 0, max: 1e6 }), { nil: undefined, freq: 3 }),
});
type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

function bytesOf({ n, calls, agent, turns, hours, cwd, model, output, hour }: File): string {
  const lines = talk(turns, { id: psid(n), at: START + hours * 3_600_000, cwd, agent });
  return lines
    .replaceAll(`-${psid(n)}-`, `-${psid(calls)}-`)
    .replaceAll(MODELS[0], model)
    .replaceAll('"cache_creation_input_tokens":1', `$&,"cache_creation":{"ephemeral_1h_input_tokens":${hour}}`)
    .replaceAll('"output_tokens":3', `"output_tokens":${output}`);
}

type Row = Record<(typeof FIGURES)[number], number> & { readonly cost_usd: number | null };

async function reported(files: readonly File[]) {
  const archive = openArchive();
  for (const each of files) {
    const path = each.agent === undefined ? fileOf(psid(each.n)) : subagentFileOf(psid(each.n), each.agent);
    const price = { input: 1, output: (each.price ?? 0) / 1e5, cacheRead: 0.12345, cacheWrite: 1, cacheWrite1h: 1.6 };
    if (each.price !== undefined) await archive.run("usePrices", [{ model: "kiln-*", price }]);
    await archive.send({ path, bytes: bytesOf(each), device: each.device });
  }
  await archive.derived();
  const report = (by: (typeof USAGE_BY)[number], tz: string): UsageReport =>
    usageReport(archive.db, { by, tz, filters: {} }, START);
  const reports = [
    ...USAGE_BY.map((by) => report(by, "UTC")),
    report("day", "Asia/Kathmandu"),
    report("day", "Europe/Vienna"),
  ];
  const sessions = archive.db.query<Row, []>(`SELECT ${FIGURES.join(", ")}, cost_usd FROM sessions`).all();
  archive.close();
  return { reports, sessions };
}

test("the totals of days, models, projects, providers and devices are equal, and the sum of the sessions'", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 6 }), async (files) => {
      const { reports, sessions } = await reported(files);

      for (const { rows, total } of reports) {
        expect(total).toEqual(reports[0]!.total);
        for (const figure of FIGURES) {
          expect(rows.reduce((sum, { tokens }) => sum + tokens[figure], 0)).toBe(total.tokens[figure]);
          expect(sessions.reduce((sum, each) => sum + each[figure], 0)).toBe(total.tokens[figure]);
        }
        expect(rows.reduce((sum, { prompts }) => sum + prompts, 0)).toBe(total.prompts);
        expect(rows.reduce((sum, row) => sum + row.unpriced_tokens, 0)).toBe(total.unpriced_tokens);
      }
      const costs = sessions.flatMap(({ cost_usd }) => cost_usd ?? []);
      const { cost_usd } = reports[0]!.total;
      expect(cost_usd === null).toBe(costs.length === 0);
      const sum = costs.reduce((all, cost) => all + cost, 0);
      expect(Math.abs(sum - (cost_usd ?? 0))).toBeLessThan(1e-6);
    }),
    { numRuns: 40 },
  );
});
