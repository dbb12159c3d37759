/**
 * Everything that the insights page adds up, from one look at the calls and prompts (so that its figures are those of
 * `usageReport`) and three at the events. Reads all rows (about a second a million events): not for the main thread.
 */
import type { Database } from "bun:sqlite";
import type { Insights } from "../domain/insights.ts";
import { USAGE_BY, type UsageBy, type UsageReport, type UsageRow } from "../domain/usage.ts";
import { hourNamer } from "../lib/days.ts";
import { toolUses, topSessions } from "./insights-events.ts";
import { pricesOf } from "./prices.ts";
import { snapshot } from "./snapshot.ts";
import { createSums, keyer, readCalls, readPrompts, readSessions, SLOT_MS, usageWhere } from "./usage-report.ts";
import type { UsageRequest } from "./usage-report.ts";

/** A range of time and of sessions. */
export type InsightsRequest = Omit<UsageRequest, "by">;

/** The report, on one state of the archive; `now` ms. */
export function insights(db: Database, request: InsightsRequest, now: number): Insights {
  return snapshot(db, () => {
    const where = usageWhere(db, request, now);
    const { by, sessions, hours } = addUp(db, request, where);
    return {
      total: by.day.total,
      by: rowsOf(by),
      hours,
      tools: toolUses(db, where),
      ...topSessions(db, where, sessions),
      prices_as_of: by.day.prices_as_of,
    };
  });
}

type AddedUp = {
  readonly by: Readonly<Record<UsageBy, UsageReport>>;
  /** Keys are row numbers of sessions. */
  readonly sessions: readonly UsageRow[];
  readonly hours: readonly (readonly number[])[];
};

function addUp(db: Database, { tz }: InsightsRequest, where: ReturnType<typeof usageWhere>): AddedUp {
  const [owners, prices] = [readSessions(db), pricesOf(db)];
  const perSession = createSums(owners, prices, (_, owner) => String(owner.root));
  const sums = USAGE_BY.map((by) => [by, createSums(owners, prices, keyer({ by, tz }))] as const);
  const all = [perSession, ...sums.map(([, sum]) => sum)];
  const hours = createHours(tz);
  for (const row of readCalls(db, "all", where)) for (const sum of all) sum.call(row);
  for (const row of readPrompts(db, "all", where)) {
    for (const sum of all) sum.prompts(row);
    hours.add(row.slot, row.prompts);
  }
  const by = Object.fromEntries(sums.map(([name, sum]) => [name, sum.report(name)]));
  // The keys are those of USAGE_BY, each once.
  return { by: by as AddedUp["by"], sessions: perSession.report("project").rows, hours: hours.table };
}

function rowsOf(by: AddedUp["by"]): Insights["by"] {
  const rows = Object.entries(by).map(([name, report]) => [name, report.rows]);
  return Object.fromEntries(rows) as Insights["by"];
}

/** Counts by weekday and hour of a time zone. What has no time that a calendar knows is left out. */
function createHours(tz: string) {
  const hourOf = hourNamer(tz);
  const table = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  return {
    table,
    add(slot: number | null, count: number): void {
      if (slot === null || Math.abs(slot * SLOT_MS) > 8.64e15) return;
      const { weekday, hour } = hourOf(slot * SLOT_MS);
      table[weekday]![hour]! += count;
    },
  };
}
