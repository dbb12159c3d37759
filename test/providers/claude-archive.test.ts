/** What the archive makes of Claude's branches, copies and helpers, whatever order their files arrive in. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/domain/event.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/claude");
const ID = "5e551011-0000-4000-8000-00000000beef";
const PROJECTS = "/home/ada/.claude/projects";
const MAIN = `${PROJECTS}/-home-ada-kiln/${ID}.jsonl`;

const fixture = (name: string) => readFileSync(join(FIXTURES, `${name}.jsonl`), "utf8");

async function archived(files: readonly (readonly [path: string, text: string])[]): Promise<TestArchive> {
  const archive = openArchive();
  for (const [path, bytes] of files) {
    await archive.send({ path, bytes, unit: path.endsWith(".json") ? "file" : "lines" });
    await archive.derived();
  }
  return archive;
}

/** The events of a session that have a flag, as the places they hold among all of its events. */
function flagged(archive: TestArchive, flag: number): readonly number[] {
  const rows = archive.db
    .query<{ flags: number }, []>("SELECT flags FROM events WHERE session = 1 ORDER BY position")
    .all();
  return rows.flatMap((row, place) => (row.flags & flag ? [place] : []));
}

test("a rewound branch is marked, what follows is not, and reading it again changes nothing", async () => {
  const text = fixture("rewind");
  const longer = `${text}{"type":"user","uuid":"later","parentUuid":"x","message":{"role":"user","content":"More"}}\n`;
  const other = text.replace("Blue.", "Blue, on another disk.");

  for (const again of [[], [[`${PROJECTS}/-moved/${ID}.jsonl`, longer]], [[`${PROJECTS}/-moved/${ID}.jsonl`, other]]]) {
    const archive = await archived([[MAIN, text], ...(again as [string, string][])]);
    expect(flagged(archive, FLAG.abandoned)).toEqual([2, 3, 4, 5]);
    archive.close();
  }
});

test.each(["forked", "resumed-by-sdk"])("of a copied session (%s) only what is its own is counted", async (name) => {
  const archive = await archived([[MAIN, fixture(name)]]);

  const counts = archive.db
    .query<Record<string, number>, []>(
      "SELECT user_messages, assistant_messages, tool_calls FROM sessions WHERE id = 1",
    )
    .get();
  expect(flagged(archive, FLAG.replayed)).toEqual([0, 1, 2, 3]);
  expect(counts).toEqual({ user_messages: 2, assistant_messages: 1, tool_calls: 0 });
  archive.close();
});

test("records that a branch holds twice are copies, whichever comes first", async () => {
  for (const name of ["branched", "branched-copies-later"]) {
    const archive = await archived([[MAIN, fixture(name)]]);
    expect(flagged(archive, FLAG.replayed)).toEqual([0, 1]);
    archive.close();
  }
});

test("a compaction's helper is charged for its own call only, and names its parent", async () => {
  const parent = fixture("compaction-agent").split("\n").slice(0, 2).join("\n").replaceAll('"isSidechain":true', "");
  const main = parent.replaceAll(",,", ",").replaceAll(',"agentId":"acompact-0a1b2c3d4e5f6071"', "");
  const helper = `${PROJECTS}/-home-ada-kiln/${ID}/subagents/agent-acompact-0a1b2c3d4e5f6071.jsonl`;
  const files = [
    [MAIN, `${main}\n`],
    [helper, fixture("compaction-agent")],
  ] as const;

  for (const order of [files, files.toReversed()]) {
    const archive = await archived(order);
    const rows = archive.db
      .query<Record<string, unknown>, []>("SELECT kind, output, user_messages FROM sessions ORDER BY agent")
      .all();
    expect(rows).toEqual([
      { kind: "main", output: 40, user_messages: 1 },
      { kind: "internal", output: 40, user_messages: 1 },
    ]);
    archive.close();
  }
});

test("an index and an agent's sidecar name their sessions, before and after they are there", async () => {
  const index = JSON.stringify({ version: 1, entries: [{ sessionId: ID, summary: "Firing and glazing" }] });
  const agent = `${PROJECTS}/-home-ada-kiln/${ID}/subagents/agent-a1`;
  const files = [
    [MAIN, fixture("rewind")],
    [`${PROJECTS}/-home-ada-kiln/sessions-index.json`, index],
    [`${agent}.jsonl`, fixture("subagent")],
    [`${agent}.meta.json`, JSON.stringify({ agentType: "Explore", description: "Map the kiln" })],
  ] as const;

  for (const order of [files, files.toReversed()]) {
    const archive = await archived(order);
    const titles = archive.db
      .query<{ title: string }, []>("SELECT title FROM sessions WHERE events > 0 ORDER BY agent")
      .all();
    expect(titles.map((row) => row.title)).toEqual(["Firing and glazing", "Explore: Map the kiln"]);
    archive.close();
  }
});
