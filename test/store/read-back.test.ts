import { expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS } from "../../src/domain/event.ts";
import { readParts } from "../../src/store/event-parts.ts";
import { eventsAfter } from "../../src/store/events.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";
import { CORPUS, needing } from "../support/needs.ts";

const MIB = 1 << 20;
const FIXTURES = join(import.meta.dir, "../fixtures");

/** Where an agent would keep a file of this name. */
const PLACES: Record<string, (name: string) => string> = {
  claude: (name) => `/home/u/.claude/projects/-w/${name.replace(/^native-\w+\/projects\//, "")}`,
  codex: (name) => `/home/u/.codex/sessions/2026/01/01/rollout-2026-01-01T00-00-00-${name.replaceAll("/", "_")}`,
  gemini: (name) => `/home/u/.gemini/tmp/w/chats/${name.replaceAll("/", "_")}`,
};

async function archiveAll(dir: string): Promise<TestArchive> {
  const archive = openArchive();
  for (const [provider, place] of Object.entries(PLACES))
    for (const name of new Glob("**/*.jsonl").scanSync(join(dir, provider))) {
      const bytes = new Uint8Array(readFileSync(join(dir, provider, name)));
      for (let at = 0; at < bytes.length; at += MIB)
        await archive.send({ provider, path: place(name), offset: at, bytes: bytes.subarray(at, at + MIB) });
    }
  await archive.derived();
  return archive;
}

/** Every event's row finds its own part again, of the kind that the row says. */
function expectAllFound(archive: TestArchive): number {
  const sessions = archive.db.query<{ id: number; uuid: string }, []>("SELECT id, uuid FROM sessions").all();
  let found = 0;
  for (const { id, uuid } of sessions) {
    const rows = eventsAfter(archive.db, id, -1, 1_000_000);
    const kinds = readParts(archive.db, rows).map((part) => part?.kind ?? "missing");
    expect([uuid, ...kinds]).toEqual([uuid, ...rows.map((row) => KINDS[row.kind]!)]);
    found += rows.length;
  }
  return found;
}

test("what a line gave when it was derived, it gives when it is read back alone", async () => {
  const archive = await archiveAll(FIXTURES);

  expect(expectAllFound(archive)).toBeGreaterThan(100);
  archive.close();
});

needing(CORPUS !== null, "LONGHOUSE_CORPUS names no real sessions")(
  "real sessions' events are all read back from their bytes",
  async () => {
    const archive = await archiveAll(CORPUS!);

    expect(expectAllFound(archive)).toBeGreaterThan(5000);
    archive.close();
  },
  60_000,
);
