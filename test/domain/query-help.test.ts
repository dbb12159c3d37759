import { expect, test } from "bun:test";
import { usageOf } from "../../src/cli/help.ts";
import { search } from "../../src/cli/search.ts";
import { QUERY_HELP } from "../../src/domain/query-help.ts";
import { FIELDS } from "../../src/domain/query-pieces.ts";
import { parseQuery } from "../../src/domain/query.ts";

const examples = QUERY_HELP.flatMap(([example]) => example.split("  "));

test("the help names every operator", () => {
  const named = examples.map((example) => example.split(":")[0]);

  expect(FIELDS.filter((field) => !named.includes(field))).toEqual([]);
});

test("every example of the help is understood as a whole", () => {
  for (const example of examples) {
    const { understood } = parseQuery(example, 0);
    expect(
      understood.filter(({ as }) => as === "ignored"),
      example,
    ).toEqual([]);
    if (example.includes(":"))
      expect(
        understood.map(({ as }) => as),
        example,
      ).toEqual(["filter"]);
  }
});

test("search --help shows the language under the flags", async () => {
  const usage = await usageOf(search as unknown as Parameters<typeof usageOf>[0]);

  for (const example of examples) expect(usage).toContain(example);
});
