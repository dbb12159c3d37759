import { expect, test } from "bun:test";
import { facetsOf, narrowed } from "../../ui/timeline/facets.ts";
import { NO_FILTERS } from "../../ui/timeline/filters.ts";

const NOTHING = { providers: [], projects: [], devices: [], tags: [], months: [] };

test("a facet names its values with their counts; one without values is not there", () => {
  const found = { ...NOTHING, providers: [{ value: "claude", count: 3 }], months: [{ value: "2026-02", count: 2 }] };
  const [agents, months, ...others] = facetsOf(found, NO_FILTERS);

  expect(agents).toEqual({
    field: "provider",
    name: "Agents",
    values: [{ value: "claude", label: expect.stringContaining("Claude"), count: 3, on: false }],
  });
  expect(months!.values).toEqual([{ value: "2026-02", label: "February 2026", count: 2, on: false }]);
  expect(others).toEqual([]);
});

test("what is chosen stays to be let go, though nothing of it was found", () => {
  const [projects] = facetsOf(NOTHING, { ...NO_FILTERS, project: ["loom", "-kiln"] });

  expect(projects!.values.map(({ label, count, on }) => [label, count, on])).toEqual([
    ["loom", 0, true],
    ["not kiln", 0, true],
  ]);
});

test("a month is its first and its last day, and a second click lets it go", () => {
  const on = narrowed(NO_FILTERS, "month", "2028-02", false);

  expect([on.since, on.until]).toEqual(["2028-02-01", "2028-02-29"]);
  expect(facetsOf(NOTHING, on)[0]!.values).toMatchObject([{ value: "2028-02", on: true }]);
  expect(narrowed(on, "month", "2028-02", false)).toEqual(NO_FILTERS);
});

test("a value that reads as a sign is a value", () => {
  const found = { ...NOTHING, projects: [{ value: "-odd", count: 1 }] };
  const [{ values } = { values: [] }] = facetsOf(found, NO_FILTERS);
  const on = narrowed(NO_FILTERS, "project", values[0]!.value, false);

  expect(values[0]!.label).toBe("-odd");
  expect(facetsOf(found, on)[0]!.values).toMatchObject([{ label: "-odd", count: 1, on: true }]);
});
