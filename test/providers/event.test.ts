import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { event } from "../../src/providers/event.ts";
import { parseAll } from "../support/parse-all.ts";

const bytes = readFileSync(join(import.meta.dir, "../fixtures/event/third-party.jsonl"));

test("the session is what stands after event:", () => {
  const identify = (path: string) => event.identify({ path, unit: "lines", text: "", whole: false });

  expect(identify("event:s-1")).toEqual({ kind: "session", session: { id: "s-1", agent: "" } });
  expect(identify("event:")).toEqual({ kind: "none" });
  expect(identify("/home/ada/x.jsonl")).toEqual({ kind: "none" });
  expect(event.roots({ HOME: "/h" })).toEqual([]);
});

test("no JSON value makes it throw, and the state changes no part", () => {
  const names = fc.constantFrom(
    "role",
    "timestamp",
    "content_text",
    "tool_name",
    "tool_output_text",
    "tool_input_json",
  );
  const record = fc.dictionary(names, fc.oneof(fc.jsonValue(), fc.constantFrom("user", "tool", "assistant")));

  fc.assert(
    fc.property(fc.oneof(record, fc.jsonValue()), (value) => {
      const line = { offset: 0, text: "", value, oversize: false };
      const alone = event.parse(line, null).parts;

      expect(event.parse(line, event.start()).parts).toEqual(alone);
      expect(new Set(alone.map((part) => part.index)).size).toBe(alone.length);
    }),
  );
});

test("a source cut anywhere gives the same as whole", () => {
  fc.assert(
    fc.property(fc.nat(bytes.length), (cut) => {
      expect(parseAll(event, [bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(parseAll(event, [bytes]));
    }),
  );
});
