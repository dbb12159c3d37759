/** What narrows a search with one click: who, where, when, each with how many of the sessions found. Pure. */
import type { Counted, Filters as Counts } from "../api/sessions.ts";
import { agentOf } from "../kit/agents.ts";
import { saidOf, toggled, valueOf, type Filters } from "./filters.ts";

export type FacetField = "provider" | "project" | "device" | "month";
export type FacetValue = {
  /** As the filters hold it; of months 2026-11. */
  readonly value: string;
  readonly label: string;
  readonly count: number;
  readonly on: boolean;
};
export type Facet = { readonly field: FacetField; readonly name: string; readonly values: readonly FacetValue[] };

const NAMES: Readonly<Record<FacetField, string>> = {
  provider: "Agents",
  project: "Projects",
  device: "Machines",
  month: "Months",
};
const FIELDS = ["provider", "project", "device", "month"] as const;

/** The facets with anything in them; what is chosen is among them though nothing of it was found. */
export function facetsOf(found: Counts, filters: Filters): Facet[] {
  const counted = { provider: found.providers, project: found.projects, device: found.devices, month: found.months };
  return FIELDS.map((field) => ({
    field,
    name: NAMES[field],
    values: valuesOf(field, counted[field], filters),
  })).filter(({ values }) => values.length > 0);
}

function valuesOf(field: FacetField, counted: readonly Counted[], filters: Filters): FacetValue[] {
  const chosen = chosenOf(field, filters);
  const listed = counted.map(({ value, count }) => ({ value: field === "month" ? value : valueOf(value), count }));
  const known = new Set(listed.map(({ value }) => value));
  const unlisted = chosen.filter((value) => !known.has(value)).map((value) => ({ value, count: 0 }));
  return [...unlisted, ...listed].map(({ value, count }) => ({
    value,
    count,
    label: labelOf(field, value),
    on: chosen.includes(value),
  }));
}

function chosenOf(field: FacetField, filters: Filters): readonly string[] {
  if (field !== "month") return filters[field];
  const month = filters.since.slice(0, 7);
  const { since, until } = spanOf(month);
  return month !== "" && since === filters.since && until === filters.until ? [month] : [];
}

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

function labelOf(field: FacetField, value: string): string {
  if (field === "month") return MONTH.format(new Date(`${value}-01T00:00:00Z`));
  return field === "provider" && !value.startsWith("-") ? agentOf(saidOf(value)).label : saidOf(value);
}

/** First and last day of a month. */
function spanOf(month: string): Pick<Filters, "since" | "until"> {
  const [year = 0, nth = 0] = month.split("-").map(Number);
  const last = new Date(Date.UTC(year, nth, 0)).getUTCDate();
  return { since: `${month}-01`, until: `${month}-${last}` };
}

/** The filters after a click: the value alone, or with `more` beside the field's others; a chosen one is let go. */
export function narrowed(filters: Filters, field: FacetField, value: string, more: boolean): Filters {
  if (field !== "month") return toggled(filters, field, value, more);
  return chosenOf("month", filters).includes(value)
    ? { ...filters, since: "", until: "" }
    : { ...filters, ...spanOf(value) };
}
