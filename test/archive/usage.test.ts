import { expect, test } from "bun:test";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";
import { openArchive } from "../support/archive.ts";

type Charged = { readonly input: number; readonly output: number; readonly cost: number | null };

const START = Date.parse("2026-01-01T10:00:00Z");

/** A file, and whose copies of calls it has: message ids are those of session 1. */
const copies = (id: string, options: { at?: number; agent?: string; turns?: number } = {}) =>
  talk(options.turns ?? 2, { id, at: options.at ?? START, agent: options.agent }).replaceAll(`-${id}-`, `-${psid(1)}-`);

/** What each session is charged after these files came in this order. */
async function charged(files: readonly (readonly [string, string])[]): Promise<Record<string, Charged>> {
  const archive = openArchive();
  for (const [path, bytes] of files) {
    await archive.send({ path, bytes });
    await archive.derived();
  }
  const rows = archive.db
    .query<Charged & { name: string }, []>(
      "SELECT psid || agent AS name, input, output, round(cost_usd, 9) AS cost FROM sessions ORDER BY name",
    )
    .all();
  const calls = archive.db.query("SELECT count(*) AS n, count(DISTINCT key) AS keys FROM usage").get();
  archive.close();
  return { ...Object.fromEntries(rows.map(({ name, ...row }) => [name, row])), calls: calls as Charged };
}

/** Fails unless both orders charge the same, and the first of the files is charged. */
async function expectEitherWay(files: readonly [readonly [string, string], readonly [string, string]], owner: string) {
  const forth = await charged(files);

  expect(await charged(files.toReversed())).toEqual(forth);
  expect(forth[owner]).toMatchObject({ input: 20, output: 6 });
}

test("a call in a sub-agent's copy of its parent is the parent's, whichever came first", async () => {
  const parent = [fileOf(psid(1)), copies(psid(1))] as const;
  const agent = [subagentFileOf(psid(1), "acompact-1"), copies(psid(1), { agent: "acompact-1" })] as const;

  await expectEitherWay([parent, agent], psid(1));
});

test("a call in a branch is the session's it was branched from, whichever came first", async () => {
  const origin = [fileOf(psid(9)), copies(psid(9))] as const;
  const from = `"forkedFrom":{"sessionId":"${psid(9)}","messageUuid":"x"},"type":`;
  const branch = [fileOf(psid(2)), copies(psid(2)).replaceAll('"type":"user"', `${from}"user"`)] as const;

  await expectEitherWay([origin, branch], psid(9));
});

test("a call in two sessions that say nothing of each other is the earlier one's, whichever came first", async () => {
  const early = [fileOf(psid(9)), copies(psid(9))] as const;
  const late = [fileOf(psid(2)), copies(psid(2), { at: START + 60_000, turns: 3 })] as const;

  await expectEitherWay([early, late], psid(9));
});

test("a call that moved to its owner is raised there, and comes back after nothing", async () => {
  const late = copies(psid(2), { at: START + 60_000 });
  const early = copies(psid(9));
  const more = early.replaceAll('"output_tokens":3', '"output_tokens":30');

  const got = await charged([
    [fileOf(psid(2)), late],
    [fileOf(psid(9)), early + more],
  ]);

  expect(got[psid(9)]).toMatchObject({ input: 20, output: 60 });
  expect(got[psid(2)]).toEqual({ input: 0, output: 0, cost: null });
});
