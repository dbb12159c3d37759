import { expect } from "bun:test";
import { CORPUS, needing } from "../support/needs.ts";
import { archiveOf } from "./archive.ts";
import { measure } from "./measure.ts";

const corpusTest = needing(CORPUS !== null, "LONGHOUSE_CORPUS names no corpus");

// The held-out questions are for `bun run relevance --held-out`: what a test shows every day is tuned by.
corpusTest(
  "what is asked of the corpus is found, better than by plain FTS5 and in no class worse by more than one question",
  async () => {
    const rows = measure(await archiveOf(CORPUS!), { heldOut: false });

    const of = (name: string) => rows.find((row) => row.name === name)!.mine;
    const share = (some: number, name: string) => some / of(name).asked;
    expect(share(of("known item").first, "known item")).toBeGreaterThanOrEqual(0.85);
    expect(share(of("known item").five, "known item")).toBeGreaterThanOrEqual(0.95);
    expect(share(of("natural language").five, "natural language")).toBeGreaterThanOrEqual(0.7);
    for (const { mine, plain } of rows) expect(mine.first).toBeGreaterThanOrEqual(plain.first - 1);
    const all = rows.find((row) => row.name === "all")!;
    expect(all.mine.mrr).toBeGreaterThan(all.plain.mrr);
  },
  60_000,
);
