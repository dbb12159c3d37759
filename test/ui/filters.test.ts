import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  accepts,
  formatFilters,
  isAll,
  isNarrowed,
  NO_FILTERS,
  parseFilters,
  saidOf,
  toggled,
  toQuery,
  valueOf,
} from "../../ui/timeline/filters.ts";
import { aSession } from "./session.ts";

const value = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
const day = fc.constantFrom("", "2026-01-31", "2026-11-21");

test("filters come back from the address as they went in", () => {
  const filters = fc.record({
    q: value,
    since: day,
    until: day,
    provider: fc.array(value),
    project: fc.array(value),
    device: fc.array(value),
    branch: fc.array(value),
    model: fc.array(value),
    tag: fc.array(value),
    state: fc.array(fc.constantFrom("working", "waiting", "-ended")),
    has: fc.array(fc.constantFrom("error", "-image", "changes")),
    is: fc.array(fc.constantFrom("pinned", "-unread")),
  });

  fc.assert(
    fc.property(
      filters.filter((one) => one.q.trim() !== ""),
      (one) => expect(parseFilters(formatFilters(one))).toEqual(one),
    ),
  );
});

test("no filters make no query string, and blank words are no filter", () => {
  expect(formatFilters(NO_FILTERS)).toBe("");
  expect(isAll({ ...NO_FILTERS, q: "  " })).toBe(true);
});

test("commas between values stay readable in the address", () => {
  const filters = { ...NO_FILTERS, project: ["a", "b c"] };

  expect(formatFilters(filters)).toBe("?project=a,b+c");
});

test("a day that is none is left out", () => {
  expect(parseFilters("?since=yesterday&until=2026-13-45")).toEqual(NO_FILTERS);
});

test("days become local midnights, the last one included", () => {
  const query = toQuery({ ...NO_FILTERS, since: "2026-11-20", until: "2026-11-20" });

  expect(query.since).toBe(new Date(2026, 10, 20).toISOString());
  expect(query.until).toBe(new Date(2026, 10, 21).toISOString());
});

test("only what is set is asked for", () => {
  expect(toQuery({ ...NO_FILTERS, q: " retry ", device: ["laptop"] })).toEqual({ query: "retry", device_id: "laptop" });
});

test("picking a value replaces the field's others unless more is asked for, and picking it again takes it out", () => {
  const one = toggled(NO_FILTERS, "project", "a", false);

  expect(toggled(one, "project", "b", false).project).toEqual(["b"]);
  expect(toggled(one, "project", "b", true).project).toEqual(["a", "b"]);
  expect(toggled(one, "project", "a", false).project).toEqual([]);
});

test("words alone do not narrow a list", () => {
  expect(isNarrowed({ ...NO_FILTERS, q: "retry" })).toBe(false);
  expect(isNarrowed({ ...NO_FILTERS, since: "2026-11-20" })).toBe(true);
});

test("a live row belongs into a list when every filter takes it", () => {
  const session = aSession({ provider: "codex", project: "shipper", state: "waiting" });

  expect(accepts(NO_FILTERS, session)).toBe(true);
  expect(accepts({ ...NO_FILTERS, provider: ["claude", "codex"], state: ["waiting"] }, session)).toBe(true);
  expect(accepts({ ...NO_FILTERS, provider: ["codex"], project: ["website"] }, session)).toBe(false);
});

test("a leading minus keeps rows out", () => {
  expect(accepts({ ...NO_FILTERS, project: ["-shipper"] }, aSession())).toBe(false);
  expect(accepts({ ...NO_FILTERS, project: ["-website"] }, aSession())).toBe(true);
});

test("a row without a project is in no project", () => {
  expect(accepts({ ...NO_FILTERS, project: ["shipper"] }, aSession({ project: null }))).toBe(false);
});

test("sub-agents and test sessions never come to the timeline by themselves", () => {
  expect(accepts(NO_FILTERS, aSession({ kind: "subagent" }))).toBe(false);
  expect(accepts(NO_FILTERS, aSession({ kind: "internal" }))).toBe(false);
  expect(accepts(NO_FILTERS, aSession({ environment: "e2e" }))).toBe(false);
});

test("a row outside the days is not taken", () => {
  const at = new Date(2026, 10, 20, 12).toISOString();
  const session = aSession({ last_event_at: at });

  expect(accepts({ ...NO_FILTERS, since: "2026-11-20", until: "2026-11-20" }, session)).toBe(true);
  expect(accepts({ ...NO_FILTERS, since: "2026-11-21" }, session)).toBe(false);
  expect(accepts({ ...NO_FILTERS, until: "2026-11-19" }, session)).toBe(false);
});

test("any text is a value of its own, signs and commas included", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        value,
        value.map((text) => `\\-${text}`),
      ),
      (text) => {
        const filters = { ...NO_FILTERS, project: [valueOf(text)] };
        expect(parseFilters(formatFilters(filters))).toEqual(filters);
        expect(saidOf(valueOf(text))).toBe(text);
        expect(accepts(filters, aSession({ project: text }))).toBe(true);
        expect(accepts({ ...NO_FILTERS, project: [`-${text}`] }, aSession({ project: text }))).toBe(false);
      },
    ),
  );
  expect(toQuery({ ...NO_FILTERS, project: [valueOf("-a,b")] })).toEqual({ project: "\\-a\\,b" });
  // A text that itself looks like an escaped minus.
  expect(toQuery({ ...NO_FILTERS, project: [valueOf("\\-a")] })).toEqual({ project: "\\\\-a" });
});

test("tags, pins and marks narrow live rows too", () => {
  const session = aSession({ tags: ["ci"], pinned: true, unread: false, errors: 2, has_changes: false });

  expect(accepts({ ...NO_FILTERS, tag: ["ci"], is: ["pinned", "-unread"], has: ["error"] }, session)).toBe(true);
  for (const no of [{ tag: ["-ci"] }, { tag: ["x"] }, { is: ["unread"] }, { has: ["changes"] }, { has: ["-error"] }])
    expect(accepts({ ...NO_FILTERS, ...no }, session)).toBe(false);
  expect(toQuery({ ...NO_FILTERS, is: ["pinned", "-unread"], has: ["image"] })).toEqual({
    pinned: true,
    unread: false,
    has: "image",
  });
  expect(parseFilters("?state=sleeping&has=x&is=y")).toEqual(NO_FILTERS);
});
