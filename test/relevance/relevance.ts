#!/usr/bin/env bun
/**
 * bun run relevance [--held-out] [--typed] [--misses] [--archive DIR]
 * Asks the judged questions of an archive of LONGHOUSE_CORPUS and prints success@1, @5 and MRR of each class beside those
 * of the baseline. Without --held-out only the questions that ranking may be tuned by; --typed: as cut as a first answer is.
 */
import { table } from "../../src/lib/table.ts";
import { CORPUS } from "../support/needs.ts";
import { archiveOf } from "./archive.ts";
import { measure } from "./measure.ts";
import type { Score } from "./score.ts";

const option = (name: string) => process.argv.includes(`--${name}`);
const given = option("archive") ? process.argv[process.argv.indexOf("--archive") + 1] : undefined;
if (!given && !CORPUS) throw new Error("LONGHOUSE_CORPUS names no folder");
const missed = (name: string, query: string, place: number) =>
  option("misses") && console.log(`${name}: ${query}: ${place === 0 ? "not found" : place}`);
const rows = measure(given ?? (await archiveOf(CORPUS!)), {
  heldOut: option("held-out"),
  typed: option("typed"),
  missed,
});

const share = (some: number, { asked }: Score) => (some / asked).toFixed(2);
const cells = (score: Score) => [share(score.first, score), share(score.five, score), score.mrr.toFixed(2)];
const head = ["class", "questions", "@1", "@5", "MRR", "plain @1", "plain @5", "plain MRR"];
const lines = rows.map(({ name, mine, plain }) => [name, String(mine.asked), ...cells(mine), ...cells(plain)]);
console.log(table([head, ...lines]).join("\n"));
process.exit(0);
