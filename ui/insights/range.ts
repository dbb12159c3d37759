/**
 * What the insights page shows, as its URL says it: `/insights?range=90d&show=tokens`, or `?since=2026-11-01&until=…` with
 * local days, both included. Pure.
 */
import { dayKey } from "../kit/format.ts";

export const RANGES = ["7d", "30d", "90d", "1y", "all"] as const;
export type RangeName = (typeof RANGES)[number];

export const MEASURES = ["prompts", "sessions", "tokens", "cost"] as const;
export type Measure = (typeof MEASURES)[number];

/** `since` and `until`: local days, both included, "" = open. `name` null: days of the person's own. */
export type Range = { readonly name: RangeName | null; readonly since: string; readonly until: string };
export type Shown = { readonly range: Range; readonly show: Measure };

const DAYS: Readonly<Record<Exclude<RangeName, "all">, number>> = { "7d": 7, "30d": 30, "90d": 90, "1y": 365 };
const USUAL: RangeName = "30d";

/** What a query string asks for at `now` (ms); what it does not know is the usual: thirty days, prompts. */
export function parseShown(search: string, now: number): Shown {
  const params = new URLSearchParams(search);
  const show = MEASURES.find((one) => one === params.get("show")) ?? "prompts";
  const [since, until] = [day(params.get("since")), day(params.get("until"))];
  if (since !== "" || until !== "") return { show, range: { name: null, ...inOrder(since, until) } };
  return { show, range: named(RANGES.find((one) => one === params.get("range")) ?? USUAL, now) };
}

/** A range by its name; its last day is today's, so that it goes on by itself. */
export function named(name: RangeName, now: number): Range {
  if (name === "all") return { name, since: "", until: "" };
  return { name, since: plusDays(dayKey(now), 1 - DAYS[name]), until: "" };
}

/** The query string, with its `?`; "" for the usual. */
export function formatShown({ range, show }: Shown): string {
  const params = new URLSearchParams();
  if (range.name === null) {
    if (range.since !== "") params.set("since", range.since);
    if (range.until !== "") params.set("until", range.until);
  } else if (range.name !== USUAL) params.set("range", range.name);
  if (show !== "prompts") params.set("show", show);
  return params.size === 0 ? "" : `?${params}`;
}

function day(text: string | null): string {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return "";
  const at = new Date(`${text}T12:00:00`);
  // "2026-02-30" is read as the 2nd of March.
  return !Number.isNaN(at.getTime()) && dayKey(at.getTime()) === text ? text : "";
}

const inOrder = (since: string, until: string) =>
  since !== "" && until !== "" && until < since ? { since: until, until: since } : { since, until };

/** The day `n` days later ("2026-11-30", 1 → "2026-12-01"). */
export function plusDays(key: string, n: number): string {
  const at = new Date(`${key}T12:00:00`);
  at.setDate(at.getDate() + n);
  return dayKey(at.getTime());
}

/** Every day from the first to the last, both included; at most `most`, the latest. */
export function daysBetween(first: string, last: string, most = 4000): readonly string[] {
  const days: string[] = [];
  for (let at = last; at >= first && days.length < most; at = plusDays(at, -1)) days.push(at);
  return days.reverse();
}
