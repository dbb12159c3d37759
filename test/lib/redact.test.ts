import { expect, test } from "bun:test";
import fc from "fast-check";
import { redact } from "../../src/lib/redact.ts";

const ID = "5b0f1c52-0001-4000-8000-000000000001";
const OTHER = "5b0f1c52-0001-4000-8000-000000000002";
const isGone = (name: string) => name === ID;
const redacted = (text: string) => Buffer.from(redact(new TextEncoder().encode(text), isGone)).toString();

test("what a JSON index says of a deleted session goes, the rest stays, and its length", () => {
  const index = JSON.stringify(
    {
      version: 1,
      entries: [
        { id: ID, prompt: "canary" },
        { id: OTHER, prompt: "kept" },
      ],
    },
    null,
    2,
  );

  const left = redacted(index);

  expect(JSON.parse(left)).toEqual({ version: 1, entries: [{ id: OTHER, prompt: "kept" }] });
  expect(left.length).toBe(index.length);
});

test("a list of lines loses the deleted session's lines only", () => {
  const lines = [`{"id":"${ID}","name":"canary"}`, `{"id":"${OTHER}","name":"kept"}`, `{"id":"${ID}","name":"cana`];

  const left = redacted(lines.join("\n")).split("\n");

  expect(left.map((line) => line.trim())).toEqual(["", lines[1]!, ""]);
  expect(left.map(({ length }) => length)).toEqual(lines.map(({ length }) => length));
});

test("an object whose key is the session loses that key", () => {
  expect(JSON.parse(redacted(`{"${ID}":{"name":"canary"},"b":[1]}`))).toEqual({ b: [1] });
});

test("no bytes change their number, and bytes that name no deleted session do not change", () => {
  const bytes = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(ID, OTHER, '{"id":"', '"}', "\n")));
  fc.assert(
    fc.property(bytes, (pieces) => {
      const all = new Uint8Array(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
      const left = redact(all, isGone);

      expect(left.length).toBe(all.length);
      if (left === all) return;
      expect(Buffer.from(left).includes(ID)).toBe(false);
    }),
  );
});
