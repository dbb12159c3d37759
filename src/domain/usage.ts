/** GET /api/agents/usage (API.md section 4). */
import type { Tokens } from "./event.ts";

export const USAGE_BY = ["day", "model", "project", "provider", "device"] as const;
export type UsageBy = (typeof USAGE_BY)[number];

/** What was used; every call is in it once. */
export type Used = {
  /** Sessions with a prompt or a call in it; a sub-agent is part of the session that began it. */
  readonly sessions: number;
  /** What people asked; a sub-agent's task is none. By model: of the one that answered next. */
  readonly prompts: number;
  readonly tokens: Tokens;
  /** US dollars of the tokens that have a price; null = none has. */
  readonly cost_usd: number | null;
  /** Tokens of models without a known price, cache included. */
  readonly unpriced_tokens: number;
};

/** `key` null: a call without a model, a session without a project. */
export type UsageRow = Used & { readonly key: string | null };

/** Rows: days in their order, else the largest first. `prices_as_of`: YYYY-MM, of the embedded prices. */
export type UsageReport = { readonly rows: readonly UsageRow[]; readonly total: Used; readonly prices_as_of: string };

/** GET /api/doctor/formats: records that were kept, but that no parser knows. */
export type FormatReport = {
  readonly providers: readonly ProviderFormats[];
  /** Records whose type was not looked up, because there are so many. */
  readonly unread: number;
};

/** `records` = events in all; `types` most frequent first. */
export type ProviderFormats = {
  readonly provider: string;
  readonly records: number;
  readonly unknown: number;
  readonly types: readonly { readonly type: string; readonly count: number }[];
};
