import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Line } from "../../src/domain/provider.ts";
import { claude } from "../../src/providers/claude.ts";
import { linesOf, parseAll } from "../support/parse-all.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/claude");
const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => readFileSync(join(FIXTURES, name)));

function line(value: unknown): Line {
  return { offset: 0, text: "", value, oversize: false };
}

/** What must hold for any value at all, whatever was parsed before it. */
function check(value: unknown, state = claude.start()) {
  const alone = claude.parse(line(value), null).parts;
  const derived = claude.parse(line(value), state).parts;

  const places = alone.map((part) => `${part.index}:${part.kind}`);
  expect(new Set(alone.map((part) => part.index)).size).toBe(alone.length);
  const keys = alone.flatMap((part) => part.key ?? []);
  expect(new Set(keys).size).toBe(keys.length);
  expect(alone.every((part) => part.index >= 0 && part.index <= 1023)).toBe(true);
  // A state may know that a part was there before; it never moves one or makes one up.
  for (const part of derived) expect(places).toContain(`${part.index}:${part.kind}`);
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
}

describe("any input", () => {
  test("no JSON value makes parse throw, and a part's index never depends on the state", () => {
    const names = fc.constantFrom(
      "type",
      "message",
      "content",
      "uuid",
      "attachment",
      "prompt",
      "system",
      "subtype",
      "text",
    );
    const record = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 });

    fc.assert(fc.property(fc.oneof(fc.jsonValue(), record), (value) => check(value)));
  });

  test("a real record with any of its values replaced is still read", () => {
    const records = fixtures
      .flatMap((bytes) => linesOf(bytes).map((one) => one.value))
      .filter((value) => value !== undefined);
    const state = claude.start();

    fc.assert(
      fc.property(fc.constantFrom(...records), fc.nat(), fc.jsonValue({ maxDepth: 2 }), (record, at, junk) =>
        check(withReplaced(record, { at, junk }), state),
      ),
      { numRuns: 1000 },
    );
  });

  test("a file cut anywhere, any number of times, gives the same as whole", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.array(fc.nat(6000), { maxLength: 12 }), (bytes, cuts) => {
        const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));

        expect(parseAll(claude, pieces)).toEqual(parseAll(claude, [bytes]));
      }),
    );
  });

  test("a thousand calls without results leave a small state", () => {
    const state = claude.start();
    for (let i = 0; i < 1000; i++) {
      const block = { type: "tool_use", id: `toolu_${String(i).padStart(24, "0")}`, name: "Bash", input: {} };
      const message = { id: `m${i}`, content: [block] };
      claude.parse(line({ type: "assistant", uuid: crypto.randomUUID(), message }), state);
      claude.parse(line({ type: "queue-operation", operation: "enqueue", timestamp: "", content: `q${i}` }), state);
    }

    expect(JSON.stringify(state).length).toBeLessThan(16_000);
  });

  test("ids, paths and names of any length leave a small state", () => {
    const state = claude.start();
    const long = "x".repeat(100_000);
    const named = { uuid: long, cwd: long, gitBranch: long, requestSessionId: long, parentUuid: long };
    for (let i = 0; i < 60; i++) {
      const block = { type: "tool_use", id: `${i}${long}`, name: long };
      claude.parse(line({ ...named, type: "assistant", message: { id: long, content: [block] } }), state);
      claude.parse(line({ ...named, type: "user", message: { content: "hello" } }), state);
      claude.parse(line({ type: "summary", summary: long, leafUuid: `leaf ${i}` }), state);
      claude.parse(line({ type: "queue-operation", operation: "enqueue", timestamp: long, content: long }), state);
    }

    expect(JSON.stringify(state).length).toBeLessThan(16_000);
  });

  test("of a line too long to parse, the head gives the text and the time", () => {
    const record = {
      type: "user",
      timestamp: "2026-05-04T09:00:01.000Z",
      message: { role: "user", content: "x".repeat(4000) },
    };
    const text = JSON.stringify(record).slice(0, 2000);

    const { parts } = claude.parse({ offset: 0, text, value: undefined, oversize: true }, claude.start());

    expect(parts).toHaveLength(1);
    expect(parts[0]).toMatchObject({ kind: "prompt", at: Date.parse("2026-05-04T09:00:01.000Z") });
    expect(parts[0]!.text).toMatch(/^x{1000,}$/);
  });
});

/** A copy of `record` whose value number `at`, counted through all depths, is `junk`. */
function withReplaced(record: unknown, { at, junk }: { at: number; junk: unknown }): unknown {
  let left = at % Math.max(1, JSON.stringify(record).split(/[,[{]/).length);
  return JSON.parse(JSON.stringify(record), (_, value: unknown) => (left-- === 0 ? junk : value));
}

describe("what is told apart", () => {
  const said = (content: unknown, more: object = {}) =>
    claude.parse(line({ type: "user", message: { role: "user", content }, ...more }), claude.start()).parts[0];

  test.each([
    ["fix it", "prompt", "fix it"],
    ["<command-name>/clear</command-name>\n<command-args></command-args>", "notice", "/clear"],
    ["<command-name>/deploy</command-name>\n<command-args>now</command-args>", "prompt", "/deploy now"],
    ["<command-message>pdf</command-message>\n<command-name>pdf</command-name>", "prompt", "/pdf"],
    ["/compact keep the names", "notice", "/compact keep the names"],
    ["/home/ada/notes.md has the plan", "prompt", "/home/ada/notes.md has the plan"],
    ["<bash-input>ls</bash-input>", "notice", "! ls"],
    ["<ide_opened_file>a.ts</ide_opened_file>why?", "prompt", "why?"],
    ["<ide_selection>never closed, why?", "prompt", "<ide_selection>never closed, why?"],
    ["This session is being continued from a previous conversation…", "compaction", undefined],
  ])("%j is a %s", (content, kind, text) => {
    const part = said(content);

    expect(part?.kind as string).toBe(kind);
    if (text !== undefined) expect(part?.text).toBe(text);
  });

  test.each([
    "",
    "  \n",
    "<local-command-stdout></local-command-stdout>",
    "<local-command-caveat>Caveat: x</local-command-caveat>",
  ])("%j says nothing", (content) => {
    expect(said(content)).toBeUndefined();
  });

  test("a prompt whose record says that nobody typed it is an injected notice", () => {
    for (const more of [
      { isMeta: true },
      { promptSource: "system" },
      { origin: { kind: "peer" } },
      { sourceToolUseID: "t" },
    ]) {
      expect(said("fix it", more)).toMatchObject({ kind: "notice", injected: true });
    }
    expect(said("fix it", { promptSource: "typed", origin: { kind: "human" } })?.kind).toBe("prompt");
  });

  test("a text of a hundred thousand opening tags is read in time", () => {
    const started = performance.now();

    said("<ide_selection>".repeat(100_000));

    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("prices", () => {
  test.each([
    ["claude-opus-4-20250514", 15],
    ["claude-opus-4-5-20251101", 5],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3],
    ["claude-sonnet-4-6[1m]", 3],
    ["claude-3-5-haiku-20241022", 0.8],
    ["claude-haiku-4-5@20251001", 1],
    ["claude-fable-5", 10],
  ])("%s costs %d dollars a million tokens in", (model, input) => {
    expect(claude.price(model)?.input).toBe(input);
  });

  test.each(["glm-4.7", "<synthetic>", "claude-opus-9", "claude-fable-5-2", "", "claude-constructor-4"])(
    "%j has no price",
    (model) => {
      expect(claude.price(model)).toBeNull();
    },
  );
});
