import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { toRange, toTool, toValue } from "../../ui/insights/links.ts";
import { daysBetween, formatShown, MEASURES, named, parseShown, plusDays, RANGES } from "../../ui/insights/range.ts";
import { costText, level, measured, mostOf, percent, weeksUntil } from "../../ui/insights/words.ts";
import { parseFilters, saidOf } from "../../ui/timeline/filters.ts";

const NOW = new Date("2026-11-21T15:00:00").getTime();
const NOTHING = { input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0 };
const used = (cost_usd: number | null, unpriced_tokens: number) => ({
  sessions: 1,
  prompts: 1,
  tokens: NOTHING,
  cost_usd,
  unpriced_tokens,
});

describe("the address of insights", () => {
  test("says whatever can be chosen, and is read back as the same", () => {
    for (const show of MEASURES)
      for (const range of [
        ...RANGES.map((name) => named(name, NOW)),
        { name: null, since: "2026-01-05", until: "2026-02-01" },
        { name: null, since: "2026-01-05", until: "" },
      ])
        expect(parseShown(formatShown({ range, show }), NOW)).toEqual({ range, show });
  });

  test("whatever it holds, it is a range of real days in order", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom("2026-02-30", "2026-13-01", "2026-05-05", "0000-00-00", "2025-12-31"),
    );
    fc.assert(
      fc.property(text, text, text, (range, since, until) => {
        const { range: got } = parseShown(`?${new URLSearchParams({ range, since, until })}`, NOW);
        for (const day of [got.since, got.until])
          if (day !== "") expect(new Date(`${day}T12:00:00`).getDate()).toBe(Number(day.slice(8)));
        if (got.since !== "" && got.until !== "") expect(got.since <= got.until).toBe(true);
      }),
    );
  });

  test("seven days are today and the six before", () => {
    expect(named("7d", NOW)).toEqual({ name: "7d", since: "2026-11-15", until: "" });
    expect(daysBetween("2026-11-15", "2026-11-21")).toHaveLength(7);
    expect(plusDays("2026-03-28", 2)).toBe("2026-03-30");
    expect(daysBetween("2026-11-22", "2026-11-21")).toEqual([]);
  });
});

describe("links to the timeline", () => {
  const days = { since: "2026-11-01", until: "" };

  test("hold the range and the value, as the timeline reads them", () => {
    expect(parseFilters(toValue(days, "project", "kiln & loom")!.split("?")[1]!)).toMatchObject({
      since: "2026-11-01",
      project: ["kiln & loom"],
    });
    expect(parseFilters(toTool(days, "mcp__x (old)")!.split("?")[1]!).q).toBe('tool:"mcp__x (old)"');
    expect(toRange({ since: "", until: "" })).toBe("/timeline");
  });

  test("name a value with signs of the filter's own by escaping them, and nothing by no link", () => {
    const projects = ["a,b", "-a"].map((value) => parseFilters(toValue(days, "project", value)!.slice(9)).project);
    expect(projects.map(([one]) => saidOf(one!))).toEqual(["a,b", "-a"]);
    expect([null, ""].map((value) => toValue(days, "model", value))).toEqual([null, null]);
  });
});

describe("figures", () => {
  test("unknown is unknown, nothing is nothing, and neither is $0", () => {
    expect(costText(used(null, 5))).toBe("unknown");
    expect(costText(used(null, 0))).toBe("–");
    expect(costText(used(1.2, 5))).toBe("~$1.20");
    expect(costText(used(1.2, 0))).toBe("$1.20");
    expect(measured(used(null, 5), "cost")).toBeNull();
    expect(measured(used(null, 0), "cost")).toBe(0);
  });

  test("a rate of nothing is no rate", () => {
    expect([percent(0, 0), percent(0, 3), percent(1, 300), percent(1, 2)]).toEqual(["–", "0 %", "0.3 %", "50 %"]);
  });

  test("weeks begin on Monday and end with today", () => {
    const weeks = weeksUntil(NOW, 53);
    expect(weeks.flat()).toHaveLength(371);
    expect(weeks.at(-1)).toEqual([
      "2026-11-16",
      "2026-11-17",
      "2026-11-18",
      "2026-11-19",
      "2026-11-20",
      "2026-11-21",
      null,
    ]);
  });

  test("any work is seen, and only the most is darkest", () => {
    expect([0, 1, 26, 100, 900].map((n) => level(n, 100))).toEqual([0, 1, 2, 4, 4]);
    expect(level(1, 1_000_000)).toBe(1);
    expect(mostOf([0, ...Array.from({ length: 19 }, () => 10), 5000])).toBe(10);
    expect(mostOf([])).toBe(0);
  });
});
