/**
 * Tokens over real Gemini sessions, counted twice: by a reader of its own that knows nothing of the provider (each
 * message id's largest figure, over all files that hold it), and by the provider. They must be equal to the last token.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { gemini } from "../../src/providers/gemini.ts";
import { openArchive } from "../support/archive.ts";
import { explodedLines, linesOf, parseAll, parseFile } from "../support/parse-all.ts";

const CORPUS = Bun.env.LONGHOUSE_CORPUS;
if (!CORPUS) console.log("gemini-tokens.test.ts: LONGHOUSE_CORPUS is not set, real sessions are not counted");

type Sums = { calls: number; input: number; output: number; cacheRead: number; reasoning: number };

const files = CORPUS
  ? [...new Bun.Glob("gemini/**/*.{json,jsonl}").scanSync(CORPUS)].sort().map((path) => join(CORPUS, path))
  : [];

describe.skipIf(!CORPUS)("real Gemini sessions (needs LONGHOUSE_CORPUS)", () => {
  test("their tokens are each message's maximum, exactly", () => {
    const raw = counted(files);

    expect(derived(files)).toEqual(raw);
    expect(raw.calls).toBeGreaterThan(50);
    console.log(`gemini: ${files.length} files, ${JSON.stringify(raw)}`);
  });

  test("an archive that was sent them all says the same, and a chain of rewrites is one session in it", async () => {
    const archive = openArchive();
    for (const path of files) await archive.send({ ...asSent(path), bytes: readFileSync(path) });
    await archive.derived();
    const sums = archive.db
      .query<Omit<Sums, "calls">, []>(
        "SELECT sum(input) AS input, sum(output) AS output, sum(cache_read) AS cacheRead, sum(reasoning) AS reasoning FROM sessions",
      )
      .get()!;
    const sessions = archive.db.query<{ n: number }, []>("SELECT count(*) AS n FROM sessions").get()!.n;
    const { calls: _, ...raw } = counted(files);
    archive.close();

    expect(sums).toEqual(raw);
    expect(sessions).toBe(new Set(files.map((path) => asSent(path).path)).size);
    expect(archive.faults).toEqual([]);
  });

  test("the order of files changes nothing", () => {
    expect(derived(files.toReversed())).toEqual(derived(files));
  });

  test("nothing in them is unknown", () => {
    const kinds = files.flatMap((path) => whole(path).parts.map((part) => part.kind));

    expect(kinds.filter((kind) => kind === "unknown")).toEqual([]);
    expect(kinds.length).toBeGreaterThan(500);
  });

  test("read back alone, every record says what it said, and every file names its session", () => {
    for (const path of files) {
      const bytes = readFileSync(path);
      const lines = path.endsWith(".json") ? explodedLines(gemini, bytes) : linesOf(bytes);
      const unit = path.endsWith(".json") ? "file" : "lines";
      const text = unit === "file" ? bytes.toString() : bytes.toString().split("\n", 1)[0]!;

      expect(gemini.identify({ path, unit, text, whole: true }).kind).toBe("session");
      expect(lines.flatMap((line) => gemini.parse(line, null).parts).length).toBeGreaterThan(0);
    }
  });
});

/** As a machine would have sent it: the steps of a rewrite are generations of one file. */
function asSent(path: string) {
  const step = /^(.*)\/(rewrite-[^/]+)\/step(\d+)\.json$/.exec(path);
  const name = step ? `session-${step[2]}.json` : basename(path);
  const unit = name.endsWith(".json") ? ("file" as const) : ("lines" as const);
  const place = {
    provider: "gemini",
    path: `/home/kim/.gemini/tmp/p/chats/${name}`,
    generation: Number(step?.[3] ?? 0),
  };
  return { ...place, unit, ...(unit === "file" && { size: statSync(path).size }) };
}

function whole(path: string) {
  const bytes = readFileSync(path);
  return path.endsWith(".json") ? parseFile(gemini, bytes) : parseAll(gemini, [bytes]);
}

function derived(paths: readonly string[]): Sums {
  const calls = new Map<string, Omit<Sums, "calls">>();
  for (const { key, tokens } of paths.flatMap((path) => [...whole(path).usage.values()])) {
    const { input, output, cache_read: cacheRead, reasoning } = tokens;
    calls.set(key, larger(calls.get(key), { input, output, cacheRead, reasoning }));
  }
  return summed(calls);
}

/** Any object with an id and tokens is a message, wherever in a file it stands. */
function counted(paths: readonly string[]): Sums {
  const calls = new Map<string, Omit<Sums, "calls">>();
  for (const record of paths.flatMap((path) => objectsIn(readFileSync(path, "utf8")))) visit(record);
  return summed(calls);

  function visit(value: unknown) {
    if (typeof value !== "object" || value === null) return;
    // A test's own boundary: every field is checked by what is done with it.
    const { id, tokens } = value as { id?: unknown; tokens?: Record<string, number> | null };
    if (typeof id === "string" && typeof tokens === "object" && tokens !== null) {
      const { input = 0, output = 0, cached = 0, thoughts = 0, tool = 0 } = tokens;
      const figures = { input: input - cached + tool, output: output + thoughts, cacheRead: cached };
      calls.set(id, larger(calls.get(id), { ...figures, reasoning: thoughts }));
    }
    Object.values(value).forEach(visit);
  }
}

function objectsIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
}

function larger(a: Omit<Sums, "calls"> | undefined, b: Omit<Sums, "calls">): Omit<Sums, "calls"> {
  if (!a) return b;
  return {
    input: Math.max(a.input, b.input),
    output: Math.max(a.output, b.output),
    cacheRead: Math.max(a.cacheRead, b.cacheRead),
    reasoning: Math.max(a.reasoning, b.reasoning),
  };
}

function summed(calls: ReadonlyMap<string, Omit<Sums, "calls">>): Sums {
  const sums = { calls: calls.size, input: 0, output: 0, cacheRead: 0, reasoning: 0 };
  for (const call of calls.values()) {
    sums.input += call.input;
    sums.output += call.output;
    sums.cacheRead += call.cacheRead;
    sums.reasoning += call.reasoning;
  }
  return sums;
}
