/** What the palette offers for what is typed. */
import { expect, test } from "bun:test";
import { sharedUrl } from "../../ui/frame/share.ts";
import { tabTitle } from "../../ui/frame/page.ts";
import { grouped, markAfter, matching, moved, worth, type Entry } from "../../ui/frame/palette.ts";

const entry = (label: string, more: Partial<Entry> = {}): Entry => ({
  id: label,
  group: "Do",
  label,
  href: "/",
  // Only what a test names differs.
  ...(more as object),
});
const labels = (entries: readonly Entry[]) => entries.map((one) => one.label);

test("what begins with the letters comes before what only holds them", () => {
  const all = ["Rename", "Machines", "Memory", "Theme: system", "The rest"].map((label) => entry(label));

  expect(labels(matching(all, "me"))).toEqual(["Memory", "Rename", "Theme: system"]);
});

test("first letters of the words find an entry, letters from nowhere do not", () => {
  expect(worth({ label: "Theme: light" }, "tl")).toBeGreaterThan(0);
  expect(worth({ label: "Theme: light" }, "xq")).toBe(0);
  expect(worth({ label: "Theme: light", words: "appearance" }, "appe")).toBeGreaterThan(0);
});

test("a thousand projects are searched, and shown only once something is typed", () => {
  const all = Array.from({ length: 1000 }, (_, n) => entry(`project-${n}`, { group: "Filter by" }));

  expect(matching(all, "")).toEqual([]);
  expect(labels(matching(all, "project-777"))).toEqual(["project-777"]);
});

test("the mark stays on its entry when others come before it, and goes to the first when it is gone", () => {
  const [a, b] = [entry("a"), entry("b")];

  expect(markAfter([a, b], "b")).toBe("b");
  expect(markAfter([a], "b")).toBe("a");
  expect(markAfter([], "b")).toBeNull();
  expect([moved([a, b], "a", 6), moved([a, b], "a", -1)]).toEqual(["b", "a"]);
});

test("groups stand in the order in which they first come", () => {
  const all = [entry("a", { group: "Do" }), entry("b", { group: "Sessions" }), entry("c", { group: "Do" })];

  expect(grouped(all).map((one) => [one.name, labels(one.entries)])).toEqual([
    ["Do", ["a", "c"]],
    ["Sessions", ["b"]],
  ]);
});

test("what is shared is searched for, its text before its address", () => {
  expect(sharedUrl("?title=T&text=a%20b&url=http%3A%2F%2Fx")).toBe("/timeline?q=a%20b");
  expect(sharedUrl("?url=http%3A%2F%2Fx")).toBe("/timeline?q=http%3A%2F%2Fx");
  expect(sharedUrl("?text=%20")).toBe("/timeline");
});

test("the tab says how many sessions wait", () => {
  expect([tabTitle("Timeline", 0), tabTitle("Timeline", 2), tabTitle("", 0)]).toEqual([
    "Timeline · Longhouse",
    "(2) Timeline · Longhouse",
    "Longhouse",
  ]);
});
