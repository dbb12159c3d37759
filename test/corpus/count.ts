#!/usr/bin/env bun
/**
 * `bun test/corpus/count.ts CORPUS`: what raw files hold, by a reading of their own (raw-count.ts), beside what a fresh
 * archive derives from them. Lays the corpus out as a home, serves it, ships it, and reads the archive's rows.
 */
import { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { FormatReport } from "../../src/domain/usage.ts";
import { table } from "../../src/lib/table.ts";
import { cli, homes, serving } from "../support/cli.ts";
import { countRaw, type Count } from "./raw-count.ts";

type Flat = Readonly<Record<string, number>>;

export type Counted = {
  /** Both counts of each provider. */
  readonly both: Readonly<Record<string, { readonly raw: Flat; readonly derived: Flat }>>;
  readonly formats: FormatReport;
};

/** Lays the corpus out (without its files' hand-made copies, if so wished), serves and ships it, counts on both sides. */
export async function countBoth(corpus: string, { copies }: { readonly copies: boolean }): Promise<Counted> {
  const where = homes();
  await Bun.$`${process.execPath} ${join(import.meta.dir, "../bench/lay-home.ts")} ${corpus} ${where.user}`.quiet();
  const made = [
    ...new Bun.Glob(".claude/projects/-derived-*").scanSync({ cwd: where.user, dot: true, onlyFiles: false }),
  ];
  for (const folder of copies ? [] : made) rmSync(join(where.user, folder), { recursive: true });
  const server = await serving(where, ["--no-ship"]);
  const shipped = await cli(where, ["ship", "--json"]);
  if (shipped.code !== 0) console.error(shipped.stdout, shipped.stderr);
  for (let quiet = 0; quiet < 3; await Bun.sleep(300)) {
    const { derive } = await server.json<{ derive: { behind_bytes: number } }>("/api/status");
    quiet = derive.behind_bytes === 0 ? quiet + 1 : 0;
  }
  const formats = await server.json<FormatReport>("/api/doctor/formats");
  await server.stop();
  const raw = countRaw(where.user);
  const db = new Database(join(where.home, "longhouse.db"), { readonly: true });
  const both = Object.entries(raw).map(([name, count]) => [name, { raw: flat(count), derived: derived(db, name) }]);
  db.close();
  return { both: Object.fromEntries(both), formats };
}

const flat = ({ tokens, ...rest }: Count): Flat => ({ ...rest, ...tokens });

/** Copied history is in no count of a session; a call's result shares its hash. */
function derived(db: Database, provider: string): Flat {
  const helps = "kind IN ('subagent', 'internal')";
  const sums = db
    .query<Flat, [string]>(
      `SELECT sum(NOT ${helps}) AS sessions, sum(${helps}) AS helpers, sum(iif(${helps}, 0, user_messages)) AS prompts,
       sum(tool_calls) AS toolCalls, 0 AS unpaired, sum(input) AS input, sum(output) AS output,
       sum(cache_read) AS cache_read, sum(cache_write) AS cache_write, sum(reasoning) AS reasoning
       FROM sessions WHERE provider = ? AND events > 0`,
    )
    .get(provider)!;
  const unpaired = db
    .query<{ n: number }, [string]>(
      `SELECT count(*) AS n FROM events e JOIN sessions s ON s.id = e.session
       WHERE s.provider = ? AND e.kind = 3 AND e.flags & 1 = 0 AND NOT EXISTS (SELECT 1 FROM events r
       WHERE r.session = e.session AND r.kind = 4 AND r.call = e.call)`,
    )
    .get(provider)!.n;
  // Of Claude's files calls are counted by their ids, in copied history too; of Codex's that is left out.
  const copied = provider === "claude" ? lone(db, provider) : 0;
  return { ...sums, toolCalls: sums["toolCalls"]! + copied, unpaired };
}

/** Calls that stand in copied history alone: the session that made them is not among the files. */
function lone(db: Database, provider: string): number {
  const calls = db
    .query<{ call: number; copied: number }, [string]>(
      `SELECT DISTINCT e.call, e.flags & 1 AS copied FROM events e JOIN sessions s ON s.id = e.session
       WHERE s.provider = ? AND e.kind = 3 AND e.call IS NOT NULL`,
    )
    .all(provider);
  const own = new Set(calls.filter(({ copied }) => !copied).map(({ call }) => call));
  return calls.filter(({ call, copied }) => copied && !own.has(call)).length;
}

if (import.meta.main) {
  const corpus = process.argv[2] ?? Bun.env.LONGHOUSE_CORPUS;
  if (!corpus) throw new Error("usage: bun test/corpus/count.ts CORPUS");
  const rows = Object.entries((await countBoth(corpus, { copies: true })).both).flatMap(
    ([provider, { raw, derived }]) =>
      Object.keys(raw).map((figure) => {
        const [counted = 0, told = 0] = [raw[figure], derived[figure] ?? 0];
        return [
          provider,
          figure,
          String(counted),
          String(told),
          counted === told ? "" : `${told > counted ? "+" : ""}${told - counted}`,
        ];
      }),
  );
  for (const line of table([["provider", "figure", "raw files", "archive", "difference"], ...rows])) console.log(line);
  process.exit(0);
}
