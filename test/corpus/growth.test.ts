/** Real files as they were while they grew: each step sent behind the one before is what the last step is, sent whole. */
import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openArchive } from "../support/archive.ts";
import { CORPUS, needing } from "../support/needs.ts";

const GROWN = [
  { folder: "claude/growth-0708a5fa", provider: "claude", path: "/home/u/.claude/projects/-w/0708a5fa.jsonl" },
  {
    folder: "codex/growth-019ddeed",
    provider: "codex",
    path: "/home/u/.codex/sessions/2026/04/30/rollout-2026-04-30T12-00-00-019ddeed-0000-7000-8000-000000000000.jsonl",
  },
] as const;

async function derived(source: { readonly provider: string; readonly path: string }, steps: readonly Buffer[]) {
  const archive = openArchive();
  let through = 0;
  for (const step of steps) {
    await archive.send({ ...source, offset: through, bytes: step.subarray(through) });
    await archive.derived();
    through = step.length;
  }
  const events = archive.db
    .query("SELECT position, offset, idx, eid, kind, call, at, flags FROM events ORDER BY session, position")
    .all();
  const sessions = archive.db
    .query(
      `SELECT uuid, title, user_messages, assistant_messages, tool_calls, errors, input, output, cache_read, cache_write,
       reasoning, cost_usd, started_at, last_event_at, open, events FROM sessions`,
    )
    .all();
  const calls = archive.db
    .query("SELECT key, at, input, output, cache_read, cache_write FROM usage ORDER BY key")
    .all();
  archive.close();
  return { events, sessions, calls };
}

for (const { folder, ...source } of GROWN)
  needing(CORPUS !== null, "LONGHOUSE_CORPUS names no real sessions")(
    `${source.provider}: what is appended to a real file gives what the whole file gives`,
    async () => {
      const dir = join(CORPUS!, folder);
      const steps = readdirSync(dir)
        .sort()
        .map((name) => readFileSync(join(dir, name)));

      const [grown, whole] = [await derived(source, steps), await derived(source, steps.slice(-1))];

      expect(steps.length).toBeGreaterThan(2);
      expect(grown).toEqual(whole);
      expect(grown.events.length).toBeGreaterThan(10);
    },
  );
