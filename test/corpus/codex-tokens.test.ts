/**
 * Tokens of real Codex sessions, counted twice: by a reader of its own that knows nothing of the provider, and by an archive
 * that was sent the files. For each session they must be equal to the last token. The rule: the sum over all changes of
 * the cumulative total, without the records that a fork has from its parent.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openArchive } from "../support/archive.ts";

const CORPUS = Bun.env.LONGHOUSE_CORPUS;
if (!CORPUS) console.log("codex-tokens.test.ts: LONGHOUSE_CORPUS is not set, real sessions are not counted");

// Of the canary files the values are made up, identities included.
const files = CORPUS
  ? [...new Bun.Glob("codex/**/*.jsonl").scanSync(CORPUS)].filter((path) => !path.includes("canary-")).sort()
  : [];
const FIGURES = [
  "input_tokens",
  "cached_input_tokens",
  "cache_write_input_tokens",
  "output_tokens",
  "reasoning_output_tokens",
] as const;

type Figures = readonly number[];
type Rollout = {
  readonly id: string;
  readonly parent: string | undefined;
  /** Each record without its time and ordinal, which copies have anew. */
  readonly records: readonly string[];
  /** Place among the records, and figures. */
  readonly totals: readonly (readonly [number, Figures])[];
};

describe.skipIf(!CORPUS)("real Codex sessions (needs LONGHOUSE_CORPUS)", () => {
  test("their tokens are the changes of the total without what forks copied, exactly, in either order", async () => {
    const raw = counted();

    expect(await archived(files)).toEqual(raw);
    expect(await archived(files.toReversed())).toEqual(raw);
    expect(Object.keys(raw).length).toBeGreaterThan(15);
    const sum = Object.values(raw).reduce(plus);
    console.log(`codex: ${files.length} files, ${Object.keys(raw).length} sessions with usage, ${sum.join(" ")}`);
  }, 60_000);

  test("a fork's copies are more than half of the fork that the corpus has", () => {
    const rollouts = longest();
    const [fork] = [...rollouts.values()].filter(({ parent }) => parent !== undefined);
    const copied = shared(fork!, rollouts.get(fork!.parent!)!);

    expect(copied).toBeGreaterThan(fork!.records.length / 2);
    expect(spent(fork!, copied)[0]).toBeLessThan(spent(fork!, 0)[0]! / 2);
  });
});

/** Sessions that spent anything: input without cache, read from it, written to it, output, reasoning. */
function counted(): Record<string, Figures> {
  const rollouts = longest();
  const found: Record<string, Figures> = {};
  for (const rollout of rollouts.values()) {
    const parent = rollouts.get(rollout.parent ?? "");
    const [input = 0, ...rest] = spent(rollout, parent ? shared(rollout, parent) : 0);
    if (input > 0) found[rollout.id] = [input - rest[0]! - rest[1]!, ...rest];
  }
  return found;
}

/** Copies and earlier states of a session hold less of it. */
function longest(): Map<string, Rollout> {
  const found = new Map<string, Rollout>();
  for (const path of files) {
    const rollout = read(readFileSync(join(CORPUS!, path), "utf8"), path);
    if (rollout.totals.length > (found.get(rollout.id)?.totals.length ?? -1)) found.set(rollout.id, rollout);
  }
  return found;
}

// A test's own boundary: every field is checked by what is done with it.
type Value = {
  readonly id?: string;
  readonly type?: string;
  readonly payload?: {
    readonly id?: string;
    readonly forked_from_id?: string;
    readonly info?: { readonly total_token_usage?: Readonly<Record<string, number>> };
  };
};

function read(text: string, path: string): Rollout {
  const values = text.split("\n").flatMap(valuesIn);
  const totals = values.flatMap(({ payload }, place) => {
    const total = payload?.info?.total_token_usage;
    return total ? [[place, FIGURES.map((name) => total[name] ?? 0)] as const] : [];
  });
  const records = values.map(({ type, payload }) => JSON.stringify([type, payload]));
  const head = values[0]?.payload ?? values[0];
  return { id: head?.id ?? path, parent: values[0]?.payload?.forked_from_id, records, totals };
}

/** Some archivers put two records on a line. */
function valuesIn(line: string): readonly Value[] {
  if (line.trim() === "") return [];
  try {
    return [JSON.parse(line) as Value];
  } catch {
    const cut = line.indexOf('}{"timestamp"') + 1;
    return cut > 0 ? [...valuesIn(line.slice(0, cut)), ...valuesIn(line.slice(cut))] : [];
  }
}

/** How many records, its header included, a fork has before the first one that its parent has not, in the parent's order. */
function shared(fork: Rollout, parent: Rollout): number {
  let at = 0;
  const own = fork.records.findIndex((record, n) => {
    const found = n === 0 ? -1 : parent.records.indexOf(record, at);
    if (found >= 0) at = found + 1;
    return n > 0 && found < 0;
  });
  return own < 0 ? fork.records.length : own;
}

function spent({ totals }: Rollout, copied: number): Figures {
  let sum: Figures = FIGURES.map(() => 0);
  let before = sum;
  for (const [place, total] of totals) {
    const fell = total.some((figure, n) => figure < before[n]!);
    const more = fell ? total : total.map((figure, n) => figure - before[n]!);
    if (place >= copied) sum = plus(sum, more);
    before = total;
  }
  return sum;
}

function plus(a: Figures, b: Figures): Figures {
  return a.map((figure, n) => figure + b[n]!);
}

/** The same figures, of what the archive charges to its sessions. */
async function archived(paths: readonly string[]): Promise<Record<string, Figures>> {
  const archive = openArchive();
  for (const path of paths) {
    const bytes = readFileSync(join(CORPUS!, path));
    await archive.send({ provider: "codex", path: `/home/u/.codex/sessions/${path}`, bytes });
  }
  await archive.derived();
  const rows = archive.db
    .query<Record<string, number> & { id: string }, []>(
      `SELECT psid AS id, input, cache_read, cache_write, output, reasoning FROM sessions
       WHERE input + output > 0`,
    )
    .all();
  expect(archive.faults).toEqual([]);
  archive.close();
  return Object.fromEntries(
    rows.map(({ id, ...row }) => [id, [row.input!, row.cache_read!, row.cache_write!, row.output!, row.reasoning!]]),
  );
}
