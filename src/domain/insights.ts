/** GET /api/agents/insights: what the insights page shows of a range of time. Its figures are those of the usage report. */
import type { UsageBy, UsageRow, Used } from "./usage.ts";

/** A tool; `failed`: calls whose result is an error. Copied history and what was taken back are not in it. */
export type ToolUse = {
  /** Null: the agent does not say. */
  readonly name: string | null;
  readonly calls: number;
  readonly failed: number;
  /** Sessions that called it; a sub-agent's is one of its own. */
  readonly sessions: number;
};

/** A session of a list of the most; its sub-agents' usage is in it. */
export type TopSession = {
  readonly id: string;
  readonly title: string | null;
  readonly provider: string;
  readonly project: string | null;
  /** ISO 8601. */
  readonly started_at: string | null;
  /** Within the range, without pauses of more than ten minutes; sub-agents work meanwhile and add nothing. */
  readonly active_ms: number;
} & Pick<Used, "prompts" | "cost_usd" | "unpriced_tokens">;

/** All of a range of time, on one state of the archive. */
export type Insights = {
  readonly total: Used;
  /** As the usage report by each of them. */
  readonly by: Readonly<Record<UsageBy, readonly UsageRow[]>>;
  /** Prompts by day of the week (Monday first) and hour of the asked time zone: 7 times 24. */
  readonly hours: readonly (readonly number[])[];
  /** Most called first. */
  readonly tools: readonly ToolUse[];
  readonly longest: readonly TopSession[];
  /** Those with a known cost; `unpriced_tokens` > 0: it lacks some. */
  readonly dearest: readonly TopSession[];
  readonly prices_as_of: string;
};
