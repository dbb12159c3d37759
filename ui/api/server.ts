/** The server itself and its figures: status, settings, usage, insights. */
import type { Insights } from "../../src/domain/insights.ts";
import type { Settings } from "../../src/domain/settings.ts";
import type { Status } from "../../src/domain/status.ts";
import type { UsageReport } from "../../src/domain/usage.ts";
import { call, search } from "./call.ts";

/** `since`, `until`: days of the time zone `tz`, both included; absent = open. */
export type UsageQuery = { readonly tz: string; readonly since?: string; readonly until?: string };

/** Everything that was used in a range of time, added up in every way. */
export const getInsights = (query: UsageQuery, signal?: AbortSignal): Promise<Insights> =>
  call("/api/agents/insights" + search(query), { signal });

/** What was used, by day. */
export const getUsageByDay = (query: UsageQuery, signal?: AbortSignal): Promise<UsageReport> =>
  call("/api/agents/usage" + search({ ...query, by: "day" }), { signal });

export const getStatus = (signal?: AbortSignal): Promise<Status> => call("/api/status", { signal });

/** How the server is set up. */
export const getSettings = (signal?: AbortSignal): Promise<Settings> => call("/api/settings", { signal });
