import { expect, test } from "bun:test";
import fc from "fast-check";
import { between } from "../../ui/timeline/selection.ts";
import { tagOf } from "../../ui/timeline/words.ts";

test("a range holds both its ends, whichever was chosen first, and only the end when its start is gone", () => {
  const order = ["a", "b", "c", "d"];

  expect(between(order, "b", "d")).toEqual(["b", "c", "d"]);
  expect(between(order, "d", "b")).toEqual(["b", "c", "d"]);
  expect(between(order, "x", "c")).toEqual(["c"]);
  expect(between(order, null, "c")).toEqual(["c"]);
  expect(between(order, "a", "x")).toEqual(["x"]);
});

test("whatever is typed becomes a tag that the server takes, or none", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 90 }), (text) => {
      const tag = tagOf(text);
      expect(tag.length).toBeLessThanOrEqual(64);
      if (tag !== "") expect(tag).toMatch(/^[^-,\p{Cc}][^,\p{Cc}]*$/u);
      expect(tagOf(tag)).toBe(tag);
    }),
  );
  expect(tagOf(" ##--a, b\n")).toBe("a b");
});
