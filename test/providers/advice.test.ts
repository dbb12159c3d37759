/** What agents' settings mean for how long their files live. */
import { expect, test } from "bun:test";
import { PROVIDERS } from "../../src/providers/all.ts";

const env = { HOME: "/home/ada" };
const advise = (name: string, text: string | null) =>
  PROVIDERS.find((one) => one.name === name)!.advice!(env)[0]!.read(text);

test.each([
  ["claude", null, "note"],
  ["claude", "{}", "note"],
  ["claude", '{ "cleanupPeriodDays": 7 } // short', "note"],
  ["claude", '{ "cleanupPeriodDays": 0 }', "problem"],
  ["claude", '\uFEFF{ "cleanupPeriodDays": 3650 }', "ok"],
  ["claude", '{ "cleanupPeriodDays": "long" }', "note"],
  ["claude", "{ torn", "problem"],
  ["claude", "[]", "problem"],
  ["gemini", null, "note"],
  ["gemini", '{ "general": null }', "note"],
  ["gemini", '{ "general": { "sessionRetention": { "enabled": false } } }', "ok"],
  ["gemini", '{ "general": { "sessionRetention": { "enabled": true, "maxAge": "7d", "maxCount": 50 } } }', "note"],
  ["gemini", "{ torn", "problem"],
])("%s with %p is %s", (name, text, level) => {
  expect(advise(name, text).level).toBe(level as "note");
});

test("what is to be changed names the file and the days", () => {
  expect(advise("claude", '{"cleanupPeriodDays": 7}')).toEqual({
    level: "note",
    title: "Claude Code deletes transcripts after 7 days; what was shipped stays in the archive",
    fix: 'To keep the files too, put into /home/ada/.claude/settings.json: "cleanupPeriodDays": 3650',
  });
  expect(advise("gemini", '{"general":{"sessionRetention":{"maxAge":"7d","maxCount":50}}}').title).toBe(
    "Gemini deletes sessions older than 7d, all but the newest 50, and at times young ones; what was shipped stays in the archive",
  );
});

test("where agents keep their settings is told by their own variables", () => {
  const files = PROVIDERS.flatMap(({ advice }) =>
    (advice?.({ HOME: "/h", CLAUDE_CONFIG_DIR: "/c/", GEMINI_CLI_HOME: "/g" }) ?? []).map(({ file }) => file),
  );

  expect(files).toEqual(["/c/settings.json", "/g/.gemini/settings.json"]);
});
