import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { qwen } from "../../src/providers/qwen.ts";
import { linesOf, parseAll } from "../support/parse-all.ts";
import {
  expectAllLawful,
  expectLawful,
  expectSplitless,
  lineOf,
  mutated,
  places,
  records,
} from "../support/provider-laws.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/qwen");
const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) }));

const ID = "7ea00000-0000-4000-8000-000000000001";
const PROJECT = "/home/kim/.qwen/projects/-home-kim-tea";
const CHAT = `${PROJECT}/chats/${ID}.jsonl`;
const AGENT = `${PROJECT}/subagents/${ID}/agent-helper-c9`;
const head = (path: string, text: string, whole = true) => ({ path, unit: "lines" as const, text, whole });
const main = { kind: "session", session: { id: ID, agent: "" } };
const helper = { id: ID, agent: "helper-c9" };

describe("where logs live", () => {
  test("chats, sub-agents and what stands beside them are shipped; nothing else is", () => {
    const [root] = qwen.roots({ HOME: "/home/kim" });

    expect(root!.dir).toBe("/home/kim/.qwen/projects");
    expect(root!.unit(`-home-kim-tea/chats/${ID}.jsonl`)).toBe("lines");
    expect(root!.unit(`-home-kim-tea/chats/archive/${ID}.jsonl`)).toBe("lines");
    expect(root!.unit(`-home-kim-tea/subagents/${ID}/agent-helper-c9.jsonl`)).toBe("lines");
    expect(root!.unit(`-home-kim-tea/subagents/${ID}/agent-helper-c9.meta.json`)).toBe("file");
    for (const other of ["-home-kim-tea/meta.json", "-home-kim-tea/memory/MEMORY.md", `${ID}.jsonl`])
      expect(root!.unit(other)).toBeNull();
  });

  test("its home can be moved, in two ways", () => {
    const dirs = (env: Record<string, string>) => qwen.roots(env).map((root) => root.dir);

    expect(dirs({ HOME: "/h", QWEN_HOME: "/q/", QWEN_RUNTIME_DIR: "/r" })).toEqual([
      "/r/projects",
      "/q/projects",
      "/h/.qwen/projects",
    ]);
    expect(dirs({ HOME: "/h", QWEN_HOME: "/h/.qwen" })).toEqual(["/h/.qwen/projects"]);
    expect(dirs({})).toEqual([]);
  });
});

describe("whose a log is", () => {
  test("its records say it, also in a file of another name and in a line that is cut off", () => {
    const line = JSON.stringify({ uuid: "u", sessionId: ID, type: "user", message: {} });

    expect(qwen.identify(head(CHAT, line))).toEqual(main as never);
    expect(qwen.identify(head("/tmp/copy.jsonl", line.slice(0, 70)))).toEqual(main as never);
    expect(qwen.identify(head(CHAT, "torn"))).toEqual(main as never);
    expect(qwen.identify(head(CHAT, "", false))).toEqual({ kind: "wait" });
    expect(qwen.identify(head("/tmp/other", "{}"))).toEqual({ kind: "none" });
  });

  test("a sub-agent's folder says it; a moved one's records do", () => {
    const agent = {
      kind: "session",
      session: helper,
      facts: { kind: "subagent", parent: { id: ID, agent: "" } },
    };
    const line = JSON.stringify({ sessionId: ID, agentId: "helper-c9", isSidechain: true });

    expect(qwen.identify(head(`${AGENT}.jsonl`, ""))).toEqual(agent as never);
    expect(qwen.identify(head("/tmp/copy.jsonl", line))).toEqual(agent as never);
    expect(qwen.identify({ ...head(`${AGENT}.meta.json`, "{"), unit: "file" })).toEqual({
      kind: "sidecar",
      of: helper,
    });
  });

  test("the file beside a sub-agent's log names its task and who gave it", () => {
    const text = JSON.stringify({
      description: "look around",
      parentAgentId: "boss",
      createdAt: "2026-03-04T09:00:00Z",
    });

    expect(qwen.aside!(`${AGENT}.meta.json`, () => text)).toEqual([
      {
        session: helper,
        facts: {
          startedAt: Date.UTC(2026, 2, 4, 9),
          title: { text: "look around", trust: "index" },
          parent: { id: ID, agent: "boss" },
        },
      },
    ]);
    for (const other of ["", "{", "[]", "7"]) expect(qwen.aside!(`${AGENT}.meta.json`, () => other)).toEqual([]);
    expect(qwen.aside!("/other.json", () => text)).toEqual([]);
  });
});

describe("usage", () => {
  const fixture = (name: string) => parseAll(qwen, [fixtures.find((one) => one.name === name)!.bytes]).usage;

  test("a call is counted once, also when its answer was thrown away, and where it was the program's or an agent's", () => {
    expect([...fixture("conversation.jsonl").keys()]).toEqual(["r1", "r2", "r3", "r4", "r5"]);
    expect([...fixture("compressed.jsonl").keys()]).toEqual(["r1", "r2", "r3", "r4", "r5"]);
  });

  test("an agent's own log says it without its model, so it is counted in its session's", () => {
    expect(fixture("subagent.jsonl").size).toBe(0);
  });

  test("without telemetry the messages tell it", () => {
    expect([...fixture("rewound.jsonl").values()].map((usage) => usage.tokens.output)).toEqual([2, 2, 3, 3]);
  });

  test("thoughts count once, whether a backend has them in the output or beside it", () => {
    const output = (total: number) => {
      const usageMetadata = {
        promptTokenCount: 100,
        candidatesTokenCount: 10,
        thoughtsTokenCount: 4,
        totalTokenCount: total,
      };
      const line = lineOf({ uuid: "u", type: "assistant", message: { parts: [{ text: "x" }] }, usageMetadata });
      return qwen.parse(line, qwen.start()).usage![0]!.tokens.output;
    };

    expect(output(110)).toBe(10);
    expect(output(114)).toBe(14);
  });
});

describe("what parse promises", () => {
  const WORDS = [
    ..."uuid parentUuid sessionId timestamp type subtype provenance cwd gitBranch model message role parts text".split(
      " ",
    ),
    ..."thought functionCall functionResponse id name args response output error content inlineData mimeType data".split(
      " ",
    ),
    ..."toolCallResult resultDisplay fileDiff exitCode status systemPayload displayText customTitle rawCommand".split(
      " ",
    ),
    ..."outputHistoryItems compressedHistory uiEvent event.name response_id subagent_name forkedFrom usageMetadata".split(
      " ",
    ),
    ..."user assistant tool_result system ui_telemetry rewind custom_title slash_command chat_compression".split(" "),
    ..."qwen-code.api_response qwen-code.api_error shell_result run_shell_command image/png __proto__ constructor".split(
      " ",
    ),
  ];
  const values = fixtures.flatMap(({ bytes }) => linesOf(bytes)).map((line) => line.value);
  const types = fc.constantFrom("user", "assistant", "tool_result", "system", undefined);

  test("every line of the fixtures, read back alone, says what it said", () => {
    for (const { bytes } of fixtures) expectAllLawful(qwen, bytes);
  });

  test("whatever a line holds, it does not throw, and read back alone it says the same", () => {
    const state = qwen.start();
    fc.assert(
      fc.property(records(WORDS), types, (value, type) => {
        expectLawful(qwen, lineOf(type ? { uuid: "u", ...(value as object), type } : value), state);
      }),
      { numRuns: 2000 },
    );
  });

  test("whatever is broken in a record, it does not throw, and read back alone it says the same", () => {
    const state = qwen.start();
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.nat(), records(WORDS), (value, place, other) => {
        expectLawful(qwen, lineOf(mutated(value, place % places(value), other)), state);
      }),
      { numRuns: 2000 },
    );
  });

  test("any split of a log gives the same events", () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), cuts, ({ bytes }, at) => expectSplitless(qwen, bytes, at)),
      { numRuns: 100 },
    );
  });
});
