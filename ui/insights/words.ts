/** Figures of usage as short text. What nobody has a price for is unknown, never 0. */
import type { Tokens } from "../../src/domain/event.ts";
import type { Used } from "../../src/domain/usage.ts";
import { dayKey, exact, money, plural, short } from "../kit/format.ts";
import type { Measure } from "./range.ts";

type Cost = Pick<Used, "cost_usd" | "unpriced_tokens">;

/** All tokens; reasoning is part of output. */
export const allTokens = ({ input, output, cache_read, cache_write }: Tokens): number =>
  input + output + cache_read + cache_write;

/** $1.20; ~$1.20 when some of it has no price; "unknown" when nothing has; "–" when nothing was used. */
export function costText({ cost_usd, unpriced_tokens }: Cost): string {
  if (cost_usd === null) return unpriced_tokens > 0 ? "unknown" : "–";
  return `${unpriced_tokens > 0 ? "~" : ""}${money(cost_usd)}`;
}

/** The whole truth of a cost, for a tooltip. */
export function costTitle({ cost_usd, unpriced_tokens }: Cost): string {
  const lacking = `${exact(unpriced_tokens)} tokens are of models without a known price`;
  if (cost_usd === null) return unpriced_tokens > 0 ? lacking : "Nothing was used";
  const known = `$${cost_usd.toFixed(4)}`;
  return unpriced_tokens > 0 ? `${known}; ${lacking}` : known;
}

/** The figure that is measured; null = unknown. */
export function measured(used: Used, measure: Measure): number | null {
  if (measure === "tokens") return allTokens(used.tokens);
  if (measure === "cost") return used.cost_usd ?? (used.unpriced_tokens > 0 ? null : 0);
  return used[measure];
}

/** A measured figure in short; as the axis of a chart has it. */
export const measureText = (value: number, measure: Measure): string =>
  measure === "cost" ? (value === 0 ? "$0" : money(value)) : short(value);

/** 12 sessions · 40 prompts · 1.2M tokens · $3.20. */
export const summary = (used: Used): string =>
  [
    plural(used.sessions, "session"),
    plural(used.prompts, "prompt"),
    `${short(allTokens(used.tokens))} tokens`,
    used.cost_usd === null && used.unpriced_tokens > 0 ? "cost unknown" : costText(used),
  ].join(" · ");

/** 4 %, 0.3 %; of nothing "–". */
export function percent(part: number, of: number): string {
  if (of === 0) return "–";
  const value = (100 * part) / of;
  return `${value > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} %`;
}

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });

/** Thu, 12 Nov 2026 of 2026-11-12. */
export const dayText = (key: string): string => DAY.format(new Date(`${key}T12:00:00`));

/** Weeks to show, Monday first, ending with the one of `now`: lists of seven days each; those to come are null. */
export function weeksUntil(now: number, weeks: number): readonly (readonly (string | null)[])[] {
  const today = dayKey(now);
  const at = new Date(`${today}T12:00:00`);
  at.setDate(at.getDate() - ((at.getDay() + 6) % 7) - 7 * (weeks - 1));
  return Array.from({ length: weeks }, () =>
    Array.from({ length: 7 }, () => {
      const key = dayKey(at.getTime());
      at.setDate(at.getDate() + 1);
      return key <= today ? key : null;
    }),
  );
}

/** 0 for nothing, else 1 to 4 by quarters of the most. */
export function level(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.min(4, Math.max(1, Math.ceil((4 * value) / most)));
}

/** What counts as the most: nine in ten are not more, so that one wild day leaves the others visible. */
export function mostOf(values: readonly number[]): number {
  const some = values.filter((value) => value > 0).sort((a, b) => a - b);
  return some[Math.floor(some.length * 0.9)] ?? 0;
}
