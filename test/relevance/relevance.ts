#!/usr/bin/env bun
/**
 * bun run relevance [--held-out] [--typed] [--misses] [--archive DIR]
 * Asks the judged questions of an archive of LONGHOUSE_CORPUS and prints success@1, @5 and MRR of each class beside those
 * of the baseline. Without --held-out only the questions that ranking may be tuned by; --typed: as cut as a first answer is.
 */
import { join } from "node:path";
import { openFinder } from "../../src/archive/find.ts";
import { table } from "../../src/lib/table.ts";
import { openForReading } from "../../src/store/open.ts";
import { CORPUS } from "../support/needs.ts";
import { archiveOf } from "./archive.ts";
import { makeBaseline } from "./baseline.ts";
import { QUESTIONS, isHeldOut } from "./questions.ts";
import { scoreOf, total } from "./score.ts";
import type { Score } from "./score.ts";

const option = (name: string) => process.argv.includes(`--${name}`);
const folder = process.argv[process.argv.indexOf("--archive") + 1];
const given = option("archive") ? folder : undefined;
if (!given && !CORPUS) throw new Error("LONGHOUSE_CORPUS names no folder");
const home = given ?? (await archiveOf(CORPUS!));

const archive = openForReading(join(home, "longhouse.db"));
const finder = openFinder({ longhouse: join(home, "longhouse.db"), search: join(home, "search.db") }, () => {});
const baseline = makeBaseline(archive);
// Ranking is measured, not how far this machine walks in the few milliseconds of a first answer.
const patience = option("typed") ? {} : { patience: 500 };
const filters = { include_subagents: false };
const ours = (query: string): string[] => {
  const request = {
    query,
    filters,
    sort: "relevance",
    limit: 20,
    cursor: null,
    passages: 1,
    ...patience,
  } as const;
  const { sessions } = finder.find(request, Date.now(), () => false);
  return sessions.map(({ provider, provider_session_id }) => `${provider}:${provider_session_id}`);
};

const rows: { readonly name: string; readonly mine: Score; readonly plain: Score }[] = [];
for (const [name, all] of Object.entries(QUESTIONS)) {
  const questions = all.filter((_, n) => isHeldOut(n) === option("held-out"));
  rows.push({ name, mine: scoreOf(questions, ours), plain: scoreOf(questions, baseline) });
  for (const [query, ...wanted] of option("misses") ? questions : []) {
    const place = ours(query).findIndex((key) => wanted.includes(key));
    if (place !== 0) console.log(`${name}: ${query}: ${place < 0 ? "not found" : place + 1}`);
  }
}
rows.push({ name: "all", mine: total(rows.map(({ mine }) => mine)), plain: total(rows.map(({ plain }) => plain)) });

const share = (some: number, { asked }: Score) => (some / asked).toFixed(2);
const cells = (score: Score) => [share(score.first, score), share(score.five, score), score.mrr.toFixed(2)];
const head = ["class", "questions", "@1", "@5", "MRR", "plain @1", "plain @5", "plain MRR"];
const lines = rows.map(({ name, mine, plain }) => [name, String(mine.asked), ...cells(mine), ...cells(plain)]);
console.log(table([head, ...lines]).join("\n"));
finder.close();
archive.close();
process.exit(0);
