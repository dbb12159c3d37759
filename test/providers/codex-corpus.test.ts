/** Real logs of Codex and Gemini, read in place. They are not ours: nothing of them may be copied here. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Provider } from "../../src/domain/provider.ts";
import { codex } from "../../src/providers/codex.ts";
import { gemini } from "../../src/providers/gemini.ts";
import { linesOf, parseAll, type Whole } from "../support/parse-all.ts";
import { expectAllLawful, expectSplitless } from "../support/provider-laws.ts";

const CORPUS = Bun.env.LONGHOUSE_CORPUS;
if (!CORPUS) console.log("codex-corpus.test.ts: LONGHOUSE_CORPUS is not set, real logs are not read");

/** Not written by the tools: made-up values. */
const FOREIGN = /canary-|AcidicSoil-session-basic/;
/** Text that the tools put into the user's mouth. */
const NOISE =
  /^\s*(?:<(?:environment_context|user_instructions|turn_aborted|subagent_notification|recommended_plugins|user_action|skill|permissions|session_context|hook_context)\b|# AGENTS\.md instructions|# Files mentioned by the user)/;

const logs = CORPUS ? [...found(codex, join(CORPUS, "codex")), ...found(gemini, join(CORPUS, "gemini"))] : [];

describe.skipIf(!CORPUS)("real logs (needs LONGHOUSE_CORPUS)", () => {
  test("there are some", () => {
    expect(logs.length).toBeGreaterThan(30);
  });

  test.each(logs)("%s: read back alone, every line says what it said", (_, provider, path) => {
    expectAllLawful(provider, readFileSync(path));
  });

  test.each(logs)("%s: cut into pieces it gives the same as whole", (_, provider, path) => {
    expectSplitless(
      provider,
      readFileSync(path),
      Array.from({ length: 37 }, (_unused, n) => n / 37),
    );
  });

  test.each(real())("%s: nothing is unknown, prompts are not noise, keys are unique", (_, provider, path) => {
    const { parts } = parseAll(provider, [readFileSync(path)]);
    const keys = parts.filter((part) => part.replaces !== true).flatMap((part) => part.key ?? []);

    expect(parts.filter((part) => part.kind === "unknown")).toEqual([]);
    expect(parts.filter((part) => part.kind === "prompt" && NOISE.test(part.text ?? ""))).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each(real())(
    "%s: no result is without its call, and at most the last calls are without result",
    (_, provider, path) => {
      const { parts } = parseAll(provider, [readFileSync(path)]);
      const ids = (kind: string) => new Set(parts.filter((part) => part.kind === kind).map((part) => part.call));
      const asked = ids("tool_call");
      const given = ids("tool_result");

      expect([...given].filter((id) => !asked.has(id))).toEqual([]);
      expect([...asked].filter((id) => !given.has(id)).length).toBeLessThanOrEqual(1);
    },
  );

  test.each(real())("%s: a prompt that the file holds as an event is there once", (_, provider, path) => {
    const bytes = readFileSync(path);
    const asked = linesOf(bytes).flatMap((line) => askedIn(line.value));

    expect(prompts(parseAll(provider, [bytes]))).toBeGreaterThanOrEqual(new Set(asked).size);
    if (asked.length > 0) expect(prompts(parseAll(provider, [bytes]))).toBeLessThanOrEqual(asked.length);
  });

  test.each(real())("%s: a log with messages has a title, a place and a start", (_, provider, path) => {
    const whole = parseAll(provider, [readFileSync(path)]);

    if (prompts(whole) === 0) return;
    expect(whole.titles.length).toBeGreaterThan(0);
    expect(whole.facts.cwd).toBeString();
    expect(whole.facts.startedAt).toBeGreaterThan(Date.UTC(2025, 0));
  });

  test.each(logs)("%s: the session has the id that its header says", (_, provider, path) => {
    const text = readFileSync(path, "utf8").split("\n", 1)[0]!;
    const whole = provider.identify({ path, unit: "lines", text, whole: true });
    const cut = provider.identify({ path, unit: "lines", text: text.slice(0, 1024), whole: true });

    expect(whole.kind).toBe("session");
    if (/"type":"session_meta"|^\{"(?:id|sessionId)":/.test(text)) expect(cut).toEqual(whole);
  });
});

type Log = readonly [name: string, provider: Provider, path: string];

function found(provider: Provider, dir: string): readonly Log[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => [`${basename(dir)}/${name}`, provider, join(dir, name)]);
}

function real(): readonly Log[] {
  return logs.filter(([name]) => !FOREIGN.test(name));
}

/** The text of a legacy prompt event, without white space. */
function askedIn(value: unknown): readonly string[] {
  const record = value as { type?: string; payload?: { type?: string; message?: string } } | null;
  if (record?.type !== "event_msg" || record.payload?.type !== "user_message") return [];
  return [(record.payload.message ?? "").replace(/\s+/g, "")];
}

function prompts(whole: Whole): number {
  return whole.parts.filter((part) => part.kind === "prompt").length;
}
