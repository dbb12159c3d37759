/**
 * What was used, by day, model, project, provider or device. One look at the calls' own rows gives every way of adding
 * them up, so that all totals are equal, and equal to what the sessions say. Reads all rows (0.3 to 0.5 s a
 * million events): not for the main thread.
 */
import type { Database } from "bun:sqlite";
import { FLAG, KINDS } from "../domain/event.ts";
import type { PricedTokens, Tokens } from "../domain/event.ts";
import { costOf, priceAt } from "../domain/price.ts";
import type { UsageBy, UsageReport, UsageRow, Used } from "../domain/usage.ts";
import { dayNamer } from "../lib/days.ts";
import { PRICES_AS_OF } from "../providers/prices-as-of.ts";
import { eraOf, pricesOf } from "./prices.ts";
import type { Prices } from "./prices.ts";
import { whereSessions } from "./session-filters.ts";
import type { SessionFilters, Where } from "./session-filters.ts";
import { snapshot } from "./snapshot.ts";

/** `since`, `until`: of the calls and prompts, ms UTC. `tz`: a time zone that exists; only days need it. */
export type UsageRequest = {
  readonly by: UsageBy;
  readonly tz: string;
  readonly since?: number;
  readonly until?: number;
  readonly filters: Pick<SessionFilters, "provider" | "project" | "device_id" | "environment">;
};

/** Every day and hour of every zone begins at a quarter of an hour. */
export const SLOT_MS = 15 * 60_000;

/** SQL of a call's or event's time: those without one stand at their session's start. */
export const timeOf = (table: string) => `coalesce(${table}.at, s.started_at, s.active_at)`;

/** The report, on one state of the archive. */
export function usageReport(db: Database, request: UsageRequest, now: number): UsageReport {
  return snapshot(db, () => {
    const where = usageWhere(db, request, now);
    const sums = createSums(readSessions(db), pricesOf(db), keyer(request));
    for (const row of readCalls(db, request.by, where)) sums.call(row);
    for (const row of readPrompts(db, request.by, where)) sums.prompts(row);
    return sums.report(request.by);
  });
}

/** `session`: row number. `slot`: quarters of an hour since 1970; null = not asked for, or no time. */
export type Place = { readonly session: number; readonly slot: number | null; readonly model: string | null };
/** `at`: the first of them, ms UTC; null = none has a time. */
type Calls = Place & PricedTokens & { readonly at: number | null; readonly era: number | null };
type Prompts = Place & { readonly prompts: number };

/** How fine calls and prompts are read: `all` serves every way of adding up at once. */
type Fineness = UsageBy | "all";

/** The condition on `sessions s`, with `$from` and `$to` bound to the ends of time; `$since` and `$until` are bound apart, since they are of calls here. */
export function usageWhere(
  db: Database,
  { filters, since, until }: Omit<UsageRequest, "by" | "tz">,
  now: number,
): Where {
  const { sql, params } = whereSessions(db, { ...filters, include_subagents: true }, now);
  return { sql, params: { ...params, from: since ?? -8.64e15, to: until ?? 8.64e15 } };
}

/** Sums of calls, also by session, so that sessions are counted; by slot only for days. */
export function readCalls(db: Database, by: Fineness, { sql, params }: Where): Iterable<Calls> {
  const slot = by === "day" || by === "all" ? `${timeOf("u")} / ${SLOT_MS}` : "NULL";
  return db
    .query<Calls, [Where["params"]]>(
      `SELECT u.session, ${slot} AS slot, (SELECT name FROM names WHERE id = u.model) AS model, sum(u.input) AS input,
       sum(u.output) AS output, sum(u.cache_read) AS cache_read, sum(u.cache_write) AS cache_write,
       sum(u.reasoning) AS reasoning, sum(u.cache_write_1h) AS cache_write_1h, min(u.at) AS at, ${eraOf(db, "u.at")} AS era
       FROM usage u JOIN sessions s ON s.id = u.session
       WHERE ${sql} AND ${timeOf("u")} >= $from AND ${timeOf("u")} < $to
       AND u.input + u.output + u.cache_read + u.cache_write > 0 GROUP BY u.session, slot, u.model, era`,
    )
    .iterate(params);
}

/** Counts of prompts by session; by slot only for days, by the model that answered only for models. */
export function readPrompts(db: Database, by: Fineness, { sql, params }: Where): Iterable<Prompts> {
  const slot = by === "day" || by === "all" ? `${timeOf("e")} / ${SLOT_MS}` : "NULL";
  const model = `SELECT f.model FROM events f WHERE f.session = e.session AND f.position > e.position
    AND f.model IS NOT NULL ORDER BY f.position LIMIT 1`;
  const answeredBy = by === "model" || by === "all" ? `(SELECT name FROM names WHERE id = (${model}))` : "NULL";
  return db
    .query<Prompts, [Where["params"]]>(
      `SELECT e.session, ${slot} AS slot, ${answeredBy} AS model, count(*) AS prompts
       FROM sessions s JOIN events e ON e.session = s.id
       WHERE ${sql} AND s.recent_at >= $from AND s.kind NOT IN ('subagent', 'internal') AND e.kind = ${KINDS.indexOf("prompt")}
       AND e.flags & ${FLAG.replayed} = 0 AND ${timeOf("e")} >= $from AND ${timeOf("e")} < $to GROUP BY e.session, slot, 3`,
    )
    .iterate(params);
}

/** A session as usage is charged to it. */
export type Owner = {
  readonly id: number;
  readonly provider: string;
  readonly project: string | null;
  readonly device: string;
  /** The session that began it, through sub-agents of sub-agents. */
  readonly root: number;
};

type OwnerRow = Omit<Owner, "root"> & { readonly uuid: string; readonly parent: string | null };

/** Deeper than any agent nests; ends circles that broken files could make. */
const NESTED_MAX = 16;

/** All sessions by their row numbers. */
export function readSessions(db: Database): ReadonlyMap<number, Owner> {
  const rows = db
    .query<OwnerRow, []>(
      `SELECT s.id, s.uuid, s.provider, s.project, d.device_id AS device,
       iif(s.kind IN ('subagent', 'internal'), s.parent_uuid, NULL) AS parent
       FROM sessions s JOIN devices d ON d.id = s.device`,
    )
    .all();
  const byUuid = new Map(rows.map((row) => [row.uuid, row]));
  const rootOf = (row: OwnerRow, depth = 0): number => {
    const parent = row.parent === null ? undefined : byUuid.get(row.parent);
    return parent && depth < NESTED_MAX ? rootOf(parent, depth + 1) : row.id;
  };
  return new Map(rows.map((row) => [row.id, { ...row, root: rootOf(row) }]));
}

/** What a call or prompt is added up under. */
export type Keyer = (place: Place, owner: Owner) => string | null;

/** The key that a report of this kind has for a call or prompt. */
export function keyer({ by, tz }: Pick<UsageRequest, "by" | "tz">): Keyer {
  if (by === "model") return ({ model }) => model;
  if (by !== "day") return (_, owner) => owner[by];
  const dayOf = dayNamer(tz);
  const days = new Map<number | null, string | null>();
  return ({ slot }) => {
    if (!days.has(slot))
      days.set(slot, slot === null || Math.abs(slot * SLOT_MS) > 8.64e15 ? null : dayOf(slot * SLOT_MS));
    return days.get(slot)!;
  };
}

/** Sums of one key. Tokens by model and era, because prices are: whole numbers are added, never fractions. */
type Sum = { readonly sessions: Set<number>; prompts: number; readonly models: Map<string, Spent> };
type Spent = Pick<Calls, "model" | "at"> & { readonly provider: string; readonly tokens: Adding };
type Adding = { -readonly [figure in keyof PricedTokens]-?: number };

const emptySum = (): Sum => ({ sessions: new Set(), prompts: 0, models: new Map() });
const NONE: Tokens = { input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0 };

/** Adds up calls and prompts under their keys. */
export function createSums(owners: ReadonlyMap<number, Owner>, prices: Prices, keyOf: Keyer) {
  const byKey = new Map<string | null, Sum>();
  const total = emptySum();
  const sumsOf = (place: Place, owner: Owner): readonly Sum[] => {
    const key = keyOf(place, owner);
    const sum = byKey.get(key) ?? emptySum();
    byKey.set(key, sum);
    for (const each of [sum, total]) each.sessions.add(owner.root);
    return [sum, total];
  };
  return {
    call(row: Calls): void {
      const owner = owners.get(row.session)!;
      const name = `${owner.provider}\n${row.model ?? ""}\n${row.era}`;
      for (const { models } of sumsOf(row, owner)) {
        const spent = models.get(name);
        // Added in place: a hundred thousand rows come by here, twice for each way of adding up.
        if (spent) addPriced(spent.tokens, row);
        else models.set(name, { provider: owner.provider, model: row.model, at: row.at, tokens: pricedOf(row) });
      }
    },
    prompts(row: Prompts): void {
      for (const sum of sumsOf(row, owners.get(row.session)!)) sum.prompts += row.prompts;
    },
    report(by: UsageBy): UsageReport {
      const rows = [...byKey].map(([key, sum]): UsageRow => ({ key, ...used(sum, prices) }));
      rows.sort(by === "day" ? byName : bySize);
      return { rows, total: used(total, prices), prices_as_of: PRICES_AS_OF };
    },
  };
}

function used({ sessions, prompts, models }: Sum, prices: Prices): Used {
  let [tokens, cost, unpriced] = [NONE, null as number | null, 0];
  for (const spent of models.values()) {
    tokens = plus(tokens, spent.tokens);
    const price = priceAt(prices(spent.provider, spent.model), spent.at);
    if (price) cost = (cost ?? 0) + costOf(spent.tokens, price);
    else unpriced += sizeOf(spent.tokens);
  }
  const cost_usd = cost === null ? null : Math.round(cost * 1e6) / 1e6;
  return { sessions: sessions.size, prompts, tokens, cost_usd, unpriced_tokens: unpriced };
}

function plus(one: Tokens, other: Tokens): Tokens {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cache_read: one.cache_read + other.cache_read,
    cache_write: one.cache_write + other.cache_write,
    reasoning: one.reasoning + other.reasoning,
  };
}

function pricedOf({ input, output, cache_read, cache_write, reasoning, cache_write_1h = 0 }: PricedTokens): Adding {
  return { input, output, cache_read, cache_write, reasoning, cache_write_1h };
}

function addPriced(sum: Adding, more: PricedTokens): void {
  sum.input += more.input;
  sum.output += more.output;
  sum.cache_read += more.cache_read;
  sum.cache_write += more.cache_write;
  sum.reasoning += more.reasoning;
  sum.cache_write_1h += more.cache_write_1h ?? 0;
}

/** All tokens; reasoning is part of output. */
const sizeOf = ({ input, output, cache_read, cache_write }: Tokens) => input + output + cache_read + cache_write;
const byName = (a: UsageRow, b: UsageRow) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1);
const bySize = (a: UsageRow, b: UsageRow) =>
  sizeOf(b.tokens) - sizeOf(a.tokens) || b.prompts - a.prompts || byName(a, b);
