/** Asks the judged questions of an archive, of our search and of the baseline. */
import { join } from "node:path";
import { openFinder } from "../../src/archive/find.ts";
import { openForReading } from "../../src/store/open.ts";
import { makeBaseline } from "./baseline.ts";
import { QUESTIONS, isHeldOut } from "./questions.ts";
import { scoreOf, total } from "./score.ts";
import type { Score } from "./score.ts";

export type Measured = { readonly name: string; readonly mine: Score; readonly plain: Score };

export type Asking = {
  readonly heldOut: boolean;
  /** Answers as cut as a first one is on a busy machine; else ranking alone is measured. */
  readonly typed?: boolean;
  /** Told of each question whose first answer is none: its place, 0 when not found. */
  missed?(name: string, query: string, place: number): void;
};

/** Milliseconds a walk may take where ranking is measured, not the machine. */
const PATIENCE = 500;

/** One row a class, then all together. `home` holds longhouse.db and search.db. */
export function measure(home: string, { heldOut, typed = false, missed }: Asking): Measured[] {
  const archive = openForReading(join(home, "longhouse.db"));
  const finder = openFinder({ longhouse: join(home, "longhouse.db"), search: join(home, "search.db") }, () => {});
  const baseline = makeBaseline(archive);
  const filters = { include_subagents: false };
  const patience = typed ? undefined : PATIENCE;
  const ours = (query: string): string[] => {
    const request = { query, filters, sort: "relevance", limit: 20, cursor: null, passages: 1, patience } as const;
    const { sessions } = finder.find(request, Date.now(), () => false);
    return sessions.map(({ provider, provider_session_id }) => `${provider}:${provider_session_id}`);
  };
  const rows = Object.entries(QUESTIONS).map(([name, all]): Measured => {
    const questions = all.filter((_, n) => isHeldOut(n) === heldOut);
    for (const [query, ...wanted] of missed ? questions : []) {
      const place = 1 + ours(query).findIndex((key) => wanted.includes(key));
      if (place !== 1) missed?.(name, query, place);
    }
    return { name, mine: scoreOf(questions, ours), plain: scoreOf(questions, baseline) };
  });
  finder.close();
  archive.close();
  const [mine, plain] = [total(rows.map((row) => row.mine)), total(rows.map((row) => row.plain))];
  return [...rows, { name: "all", mine, plain }];
}
