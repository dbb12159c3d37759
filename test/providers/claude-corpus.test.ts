/** Real transcripts, read in place. They are not ours: nothing of them may be copied here. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { claude } from "../../src/providers/claude.ts";
import { linesOf, parseAll } from "../support/parse-all.ts";

const CORPUS = Bun.env.LONGHOUSE_CORPUS;
if (!CORPUS) console.log("claude-corpus.test.ts: LONGHOUSE_CORPUS is not set, real transcripts are not read");

/** Not written by Claude Code: made-up values, and another tool with the same format but its own habits. */
const FOREIGN = /canary-|kenn-io-/;

const files = CORPUS ? transcripts(join(CORPUS, "claude")) : [];

describe.skipIf(!CORPUS)("real transcripts (needs LONGHOUSE_CORPUS)", () => {
  test("there are some", () => {
    expect(files.length).toBeGreaterThan(30);
  });

  test.each(files)("%s: read back alone, every line has the parts it had", (path) => {
    const state = claude.start();
    for (const line of linesOf(readFileSync(path))) {
      const derived = claude.parse(line, state).parts.map((part) => `${part.index}:${part.kind}`);
      const alone = claude.parse(line, null).parts.map((part) => `${part.index}:${part.kind}`);
      expect(alone).toEqual(expect.arrayContaining(derived));
    }
  });

  test.each(files)("%s: a file with messages has prompts or replies, and times", (path) => {
    const bytes = readFileSync(path);
    const messages = linesOf(bytes).filter((line) => isMessage(line.value)).length;
    const { parts, facts } = parseAll(claude, [bytes]);

    if (messages === 0) return;
    // All that a sub-agent says inside its parent's file is a notice.
    const said = ["prompt", "reply", ...(isSidechain(bytes) ? ["notice"] : [])];
    expect(parts.some((part) => said.includes(part.kind))).toBe(true);
    expect(facts.startedAt).toBeGreaterThan(Date.UTC(2025, 0));
    expect(facts.cwd).toBeString();
  });

  test.each(files.filter((path) => !FOREIGN.test(path)))(
    "%s: nothing is unknown, and prompts are not noise",
    (path) => {
      const { parts } = parseAll(claude, [readFileSync(path)]);

      expect(parts.filter((part) => part.kind === "unknown")).toEqual([]);
      for (const part of parts.filter((one) => one.kind === "prompt")) {
        expect(part.text ?? "").not.toMatch(
          /^\s*<(?:command-|local-command|task-notification|ide_|system-reminder|bash-)/,
        );
      }
    },
  );

  test.each(files)("%s: cut into pieces it gives the same as whole", (path) => {
    const bytes = readFileSync(path);
    const step = Math.max(1, Math.ceil(bytes.length / 37));
    const pieces = Array.from({ length: 37 }, (_, i) => bytes.subarray(i * step, (i + 1) * step));

    expect(parseAll(claude, pieces)).toEqual(parseAll(claude, [bytes]));
  });

  test("results answer calls, and know their tools", () => {
    let results = 0;
    let answers = 0;
    let named = 0;
    for (const path of files.filter((one) => !FOREIGN.test(one))) {
      const { parts } = parseAll(claude, [readFileSync(path)]);
      const calls = new Set(parts.filter((part) => part.kind === "tool_call").map((part) => part.call));
      const found = parts.filter((part) => part.kind === "tool_result");
      results += found.length;
      answers += found.filter((part) => calls.has(part.call)).length;
      named += found.filter((part) => part.tool).length;
    }

    expect(answers / results).toBeGreaterThan(0.98);
    expect(named / results).toBeGreaterThan(0.97);
  });

  test("a message's usage has one key, whatever the number of its lines", () => {
    for (const path of files) {
      const messages = new Set<string>();
      for (const line of linesOf(readFileSync(path))) for (const id of messageId(line.value)) messages.add(id);
      const { usage } = parseAll(claude, [readFileSync(path)]);

      expect(usage.size).toBeLessThanOrEqual(messages.size);
    }
  });
});

function transcripts(dir: string): readonly string[] {
  const found = readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? transcripts(path) : path.endsWith(".jsonl") ? [path] : [];
  });
  return found.sort();
}

function isSidechain(bytes: Uint8Array): boolean {
  return linesOf(bytes).every((line) => (line.value as { isSidechain?: boolean })?.isSidechain === true);
}

function isMessage(value: unknown): boolean {
  return JSON.stringify(value ?? "").includes('"role":"assistant"');
}

function messageId(value: unknown): readonly string[] {
  // Test data of a known make: only what is looked at is named.
  const record = value as { type?: string; uuid?: string; message?: { id?: string } };
  return record?.type === "assistant" ? [record.message?.id ?? record.uuid ?? ""] : [];
}
