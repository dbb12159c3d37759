/** Real sessions, read in place: a reindex gives the same of them. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { openArchive, type TestArchive } from "../support/archive.ts";
import { readPage } from "../support/reindexed.ts";

const CORPUS = Bun.env.LONGHOUSE_CORPUS;
if (!CORPUS) console.log("reindex.test.ts: LONGHOUSE_CORPUS is not set, no real sessions are derived anew");

const FILE_MAX = 30_000_000;
const PIECE = 1 << 20;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Where the agent would keep the `n`th file. */
const PLACES: Readonly<Record<string, (name: string, n: number) => string>> = {
  claude: (name) => `/home/u/.claude/projects/-w/${UUID.exec(name)?.[0] ?? name.replace(/\.jsonl$/, "")}.jsonl`,
  codex: (name) => `/home/u/.codex/sessions/2026/01/01/${name.startsWith("rollout-") ? name : codexName(name)}`,
  gemini: (name, n) => `/home/u/.gemini/tmp/${n}/chats/session-${name}`,
  cursor: (_, n) => `/home/u/.cursor/projects/x/agent-transcripts/${n}/${n}.jsonl`,
};
const codexName = (name: string) => `rollout-2026-01-01T00-00-00-${UUID.exec(name)?.[0] ?? name}`;

async function send(archive: TestArchive, provider: string, file: string, n: number) {
  const bytes = readFileSync(file);
  const path = PLACES[provider]!(basename(file), n);
  const whole = file.endsWith(".json");
  const unit = whole ? ("file" as const) : ("lines" as const);
  let generation = 0;
  for (let offset = 0; offset < bytes.length;) {
    const piece = bytes.subarray(offset, offset + PIECE);
    const size = whole ? { size: bytes.length } : {};
    const reply = await archive.send({ provider, path, unit, generation, offset, bytes: piece, ...size });
    if (reply.kind === "ok") offset += piece.length;
    else [generation, offset] = [reply.kind === "diverged" ? reply.generation : generation + 1, 0];
  }
}

/** Of several sources that say the same, any may be pointed at. */
function comparable(archive: TestArchive) {
  const { events, ...rest } = readPage(archive.db);
  return { ...rest, events: events.map((event) => ({ ...event, source: 0 })) };
}

test.skipIf(!CORPUS)(
  "real sessions are the same after a reindex: ids, events in order, figures, who is charged (needs LONGHOUSE_CORPUS)",
  async () => {
    const archive = openArchive();
    let n = 0;
    for (const provider of Object.keys(PLACES))
      for (const entry of readdirSync(join(CORPUS!, provider), { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        const isLog = entry.isFile() && /\.(jsonl|json|zst)$/.test(file);
        if (isLog && statSync(file).size <= FILE_MAX) await send(archive, provider, file, n++);
      }
    await archive.derived();
    const before = comparable(archive);
    console.log(`${n} files, ${before.sessions.length} sessions, ${before.events.length} events`);
    expect(before.sessions.length).toBeGreaterThan(50);

    await archive.run("reindexAll", null);
    await archive.derived();

    expect(comparable(archive)).toEqual(before);
    expect(archive.faults).toEqual([]);
    archive.close();
  },
  120_000,
);
