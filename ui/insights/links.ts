/** Where the figures lead: the timeline, filtered to what was added up. */
import { formatFilters, NO_FILTERS, valueOf, type ListField } from "../timeline/filters.ts";
import type { Range } from "./range.ts";

type Days = Pick<Range, "since" | "until">;

/** Sessions of the range. */
export const toRange = (days: Days): string => timeline(days, {});

/** Sessions of one day. */
export const toDay = (day: string): string => timeline({ since: day, until: day }, {});

/** Sessions of one value of a filter; null for what no filter can name. */
export function toValue(days: Days, field: ListField, value: string | null): string | null {
  return value === null || value === "" ? null : timeline(days, { [field]: [valueOf(value)] });
}

/** Sessions that called a tool, or where it failed. */
export function toTool(days: Days, name: string | null): string | null {
  if (name === null || name === "") return null;
  return timeline(days, { q: `tool:${/[\s"()]/.test(name) ? JSON.stringify(name) : name}` });
}

function timeline({ since, until }: Days, more: Partial<typeof NO_FILTERS>): string {
  return `/timeline${formatFilters({ ...NO_FILTERS, since, until, ...more })}`;
}
