/**
 * Tokens over real Claude sessions, counted twice: by a reader of its own that knows nothing of the provider (the maximum of
 * each figure for each message and request, over all files), and by an archive that was sent the files. They must be equal
 * to the last token. Copies may lack the request's id: they are of the one request that is known for their message.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openArchive } from "../support/archive.ts";

const CORPUS = Bun.env.LONGHOUSE_CORPUS;
if (!CORPUS) console.log("claude-tokens.test.ts: LONGHOUSE_CORPUS is not set, real sessions are not counted");

const HOUR = "ephemeral_1h_input_tokens";
const FIGURES = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", HOUR];
const files = CORPUS ? [...new Bun.Glob("claude/**/*.jsonl").scanSync(CORPUS)].sort() : [];

// A test data's boundary: only what is looked at is named.
type Record_ = {
  type?: string;
  uuid?: string;
  requestId?: string;
  message?: { id?: string; usage?: Record<string, unknown> };
};

describe.skipIf(!CORPUS)("real Claude sessions (needs LONGHOUSE_CORPUS)", () => {
  test("their tokens are the maximum for each message and request, exactly, in either order", async () => {
    const raw = counted();

    expect(await archived(files)).toEqual(raw);
    expect(await archived(files.toReversed())).toEqual(raw);
    expect(raw[1]).toBeGreaterThan(100_000);
    console.log(`claude: ${files.length} files, ${FIGURES.map((name, i) => `${name} ${raw[i]}`).join(", ")}`);
  }, 60_000);
});

/** The sums of FIGURES, by our own reading. */
function counted(): readonly number[] {
  const messages = new Map<string, Map<string, number[]>>();
  for (const record of files.flatMap((path) => records(readFileSync(join(CORPUS!, path), "utf8")))) {
    const usage = record.message?.usage;
    if (record.type !== "assistant" || !usage) continue;
    const requests = setDefault(messages, record.message?.id ?? record.uuid ?? "", new Map<string, number[]>());
    const seen = setDefault(requests, record.requestId ?? "", [0, 0, 0, 0, 0]);
    const all: Record<string, unknown> = { ...usage, ...(usage.cache_creation as object | undefined) };
    FIGURES.forEach((name, i) => (seen[i] = Math.max(seen[i]!, Number(all[name] ?? 0) || 0)));
  }
  const sums = [0, 0, 0, 0, 0];
  for (const requests of messages.values()) for (const figures of joined(requests)) add(sums, figures);
  return sums;
}

function joined(requests: Map<string, number[]>): readonly number[][] {
  const nameless = requests.get("");
  const named = [...requests].filter(([request]) => request !== "").map(([, figures]) => figures);
  if (!nameless || named.length !== 1) return nameless ? [...named, nameless] : named;
  return [named[0]!.map((figure, i) => Math.max(figure, nameless[i]!))];
}

/** The same sums, of what the archive charges to its sessions. */
async function archived(paths: readonly string[]): Promise<readonly number[]> {
  const archive = openArchive();
  for (const path of paths) {
    await archive.send({ path: `/home/u/.claude/projects/${path}`, bytes: readFileSync(join(CORPUS!, path)) });
  }
  await archive.derived();
  const sums = archive.db
    .query<Record<string, number>, []>(
      "SELECT sum(input) AS input, sum(output) AS output, sum(cache_read) AS read, sum(cache_write) AS written FROM sessions",
    )
    .get()!;
  const { hour } = archive.db.query<{ hour: number }, []>("SELECT sum(cache_write_1h) AS hour FROM usage").get()!;
  expect(archive.faults).toEqual([]);
  archive.close();
  return [sums.input!, sums.output!, sums.read!, sums.written!, hour];
}

function records(text: string): readonly Record_[] {
  return text.split("\n").flatMap((line) => {
    const clean = line.replaceAll("\0", "").trim();
    return clean === "" ? [] : (parsed(clean) ?? glued(clean));
  });
}

function parsed(text: string): readonly Record_[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? [value] : [];
  } catch {
    return null;
  }
}

/** Two records on one line: some cut between them leaves two whole ones. A torn line has none. */
function glued(line: string): readonly Record_[] {
  for (let at = line.indexOf("}{"); at >= 0; at = line.indexOf("}{", at + 1)) {
    const [left, right] = [parsed(line.slice(0, at + 1)), parsed(line.slice(at + 1))];
    if (left && right) return [...left, ...right];
  }
  return [];
}

function setDefault<V>(map: Map<string, V>, key: string, value: V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  map.set(key, value);
  return value;
}

function add(sums: number[], more: readonly number[]) {
  more.forEach((figure, i) => (sums[i]! += figure));
}
