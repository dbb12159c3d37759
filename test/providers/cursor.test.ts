import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { explode, lineOf as fileLine } from "../../src/lib/whole-file.ts";
import { cursor } from "../../src/providers/cursor.ts";
import { oikos } from "../../src/providers/oikos.ts";
import { CORPUS, needing } from "../support/needs.ts";
import { linesOf, parseAll } from "../support/parse-all.ts";
import { expectLawful, expectSplitless, lineOf, mutated, places, records } from "../support/provider-laws.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/cursor");
const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) }));
const PROJECTS = "/home/kim/.cursor/projects/tea/agent-transcripts";
const GLOBAL = "/home/kim/.config/Cursor/User/globalStorage/state.vscdb";
const WORKSPACE = "/home/kim/.config/Cursor/User/workspaceStorage/0a/state.vscdb";

const whose = (path: string, unit: "lines" | "file" | "query" = "lines") =>
  cursor.identify({ path, unit, text: "{}", whole: true });

describe("where conversations live", () => {
  test("databases are read by query, transcripts shipped, and nothing else that lies beside them", () => {
    const unitOf = (path: string) =>
      cursor
        .roots({ HOME: "/home/kim" })
        .filter(({ dir }) => path.startsWith(`${dir}/`))
        .map(({ dir, unit, flat }) =>
          flat && path.slice(dir.length + 1).includes("/") ? null : unit(path.slice(dir.length + 1)),
        )
        .find((unit) => unit !== null) ?? null;

    expect(unitOf(GLOBAL)).toBe("query");
    expect(unitOf(WORKSPACE)).toBe("query");
    expect(unitOf("/home/kim/Library/Application Support/Cursor/User/globalStorage/state.vscdb")).toBe("query");
    expect(unitOf("/home/kim/.cursor/chats/0a/agent/store.db")).toBe("query");
    expect(unitOf(`${PROJECTS}/a.jsonl`)).toBe("lines");
    expect(unitOf(`${PROJECTS}/a/subagents/b.jsonl`)).toBe("lines");
    expect(unitOf(`${PROJECTS}/a.txt`)).toBe("file");
    for (const path of [`${GLOBAL}-wal`, `${GLOBAL}.backup`, `${WORKSPACE}.backup`, `${PROJECTS}/store.db`])
      expect([path, unitOf(path)]).toEqual([path, null]);
    for (const path of ["globalStorage/ext/state.vscdb", "workspaceStorage/0a/ext/state.vscdb", "settings.json"])
      expect(unitOf(`/home/kim/.config/Cursor/User/${path}`)).toBeNull();
    for (const path of ["chats/0a/agent/prompt_history.json", "projects/tea/mcp-cache.json", "cli-config.json"])
      expect(unitOf(`/home/kim/.cursor/${path}`)).toBeNull();
  });

  test("another folder of settings is looked into as well, and without a home nowhere", () => {
    const dirs = cursor.roots({ HOME: "/home/kim", XDG_CONFIG_HOME: "/etc/kim/" }).map(({ dir }) => dir);

    expect(dirs).toContain("/etc/kim/Cursor/User/globalStorage");
    expect(dirs).toContain("/home/kim/.config/Cursor/User/workspaceStorage");
    expect(cursor.roots({})).toEqual([]);
  });
});

describe("whose a source is", () => {
  test("all stores of a conversation name one session, the better with the higher rank", () => {
    const stores = [
      whose(`${PROJECTS}/c1.txt`, "file"),
      whose(`${PROJECTS}/c1/c1.jsonl`),
      whose(`${WORKSPACE}#c1`, "query"),
      whose(`${GLOBAL}#c1`, "query"),
    ];

    for (const store of stores) expect(store).toMatchObject({ kind: "session", session: { id: "c1", agent: "" } });
    const ranks = stores.map((store) => (store.kind === "session" ? store.rank! : 0));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(new Set(ranks).size).toBe(4);
  });

  test("a sub-agent's transcript names its parent, a head belongs to its conversation", () => {
    expect(whose(`${PROJECTS}/c1/subagents/s1.jsonl`)).toMatchObject({
      session: { id: "s1", agent: "" },
      facts: { kind: "subagent", parent: { id: "c1", agent: "" } },
    });
    expect(whose(`${WORKSPACE}#head.c1`, "query")).toEqual({ kind: "sidecar", of: { id: "c1", agent: "" } });
    expect(whose("/home/kim/other.jsonl")).toEqual({ kind: "none" });
  });
});

test("a transcript of text is read as the JSON that came after it", () => {
  const text = [
    "user:",
    "<user_query>",
    "Set the table.",
    "</user_query>",
    "",
    "assistant:",
    "[Thinking] Four of them.",
    "I will look.",
    "[Tool call] Shell",
    "  command: ls",
    "    -la",
    "  cwd: /home/kim",
    "[Tool result] Shell",
    "cups",
    "",
    "user:",
    "Thanks.",
    "assistant:",
    "It is set.",
    "",
  ].join("\n");

  const state = cursor.start();
  const parts = explode(cursor, Buffer.from(text))!.flatMap((value) => cursor.parse(fileLine(value), state).parts);

  expect(parts.map(({ kind, text: said, output }) => [kind, said ?? output])).toEqual([
    ["prompt", "Set the table."],
    ["thinking", "Four of them.\nI will look."],
    ["tool_call", undefined],
    ["tool_result", "cups"],
    ["prompt", "Thanks."],
    ["reply", "It is set."],
  ]);
  expect(parts[2]).toMatchObject({ tool: "Shell", input: { command: "ls\n    -la", cwd: "/home/kim" } });
  expect(explode(cursor, Buffer.from("no transcript"))).toBeNull();
});

describe("laws", () => {
  const words = [
    "key", "value", "role", "user", "assistant", "tool", "message", "content", "type", "text", "thinking", "tool-call",
    "tool_use", "tool-result", "toolCallId", "toolName", "args", "result", "bubbleId:c:b", "composerData:c", "blob:0a",
    "chat", "tab:c", "workspace", "toolFormerData", "name", "status", "completed", "rawArgs", "tokenCount",
    "inputTokens", "image", "diff", "chunks", "diffString", "error", "turn_ended", "folder", "richText", "{}",
  ]; // prettier-ignore

  test("made-up records are lawful", () => {
    fc.assert(
      fc.property(fc.array(records(words), { maxLength: 6 }), (values) => {
        const state = cursor.start();
        for (const value of values) expectLawful(cursor, lineOf(value), state);
      }),
      { numRuns: 400 },
    );
  });

  test("known records with anything replaced are lawful", () => {
    const values = fixtures.flatMap(({ bytes }) => linesOf(bytes).map((line) => line.value));
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.nat(), fc.oneof(records(words), fc.anything()), (value, at, other) => {
        expectLawful(cursor, lineOf(mutated(value, at % places(value), other)), cursor.start());
      }),
      { numRuns: 400 },
    );
  });

  test.each(fixtures)("$name gives the same whole and split anywhere", ({ bytes }) => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }), (cuts) => {
        expectSplitless(cursor, bytes, cuts);
      }),
      { numRuns: 30 },
    );
  });

  test("any text may be a transcript", () => {
    const line = fc.oneof(
      fc.constantFrom("user:", "assistant:", "[Tool call] X", "[Thinking] y", "  a: b"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const value of explode(cursor, Buffer.from(lines.join("\n"))) ?? [])
          expectLawful(cursor, fileLine(value), cursor.start());
      }),
    );
  });
});

needing(CORPUS !== null, "LONGHOUSE_CORPUS")("real transcripts hold nothing that is not known", () => {
  const dir = join(CORPUS!, "cursor");
  const paths = (readdirSync(dir, { recursive: true }) as string[]).filter((path) => path.endsWith(".jsonl"));

  const whole = paths.map((path) => parseAll(cursor, [new Uint8Array(readFileSync(join(dir, path)))]).parts);

  const unknown = whole.flat().filter((part) => part.kind === "unknown");
  expect(whole.flat().filter((part) => part.kind === "prompt").length).toBeGreaterThan(10);
  // One file was made to show a block that nobody knows.
  expect(unknown.map((part) => part.text?.split("\n")[0])).toEqual(["custom_block"]);
});

test("the assistant's own conversations lie in no folder and are read as JSON events", () => {
  const said = { role: "user", timestamp: "2026-03-04T09:00:00Z", content_text: "tea?" };
  const line = { offset: 0, text: JSON.stringify(said), value: said, oversize: false };

  expect(oikos.roots({ HOME: "/home/kim" })).toEqual([]);
  expect(oikos.parse(line, oikos.start()).parts).toMatchObject([{ kind: "prompt", text: "tea?" }]);
});

test("a call may be named as objects name their own", () => {
  const result = { type: "tool_result", tool_use_id: "__proto__", content: "done" };
  const text = JSON.stringify({ role: "user", message: { content: [result] } });

  const parsed = cursor.parse({ offset: 0, text, value: JSON.parse(text), oversize: false }, cursor.start());

  expect(parsed.parts).toMatchObject([{ kind: "tool_result", call: "__proto__", output: "done" }]);
});
