import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Head } from "../../src/domain/provider.ts";
import { gemini } from "../../src/providers/gemini.ts";
import { linesOf, parseAll } from "../support/parse-all.ts";
import { expectLawful, expectSplitless, lineOf, mutated, places, records } from "../support/provider-laws.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/gemini");
const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) }));

const ID = "7ea00000-0000-4000-8000-000000000001";
const CHATS = "/home/kim/.gemini/tmp/tea/chats";
const head = (more: Partial<Head>): Head => ({
  path: `${CHATS}/session-2026-03-04T09-00-7ea00000.jsonl`,
  unit: "lines",
  text: "",
  whole: true,
  ...more,
});
const model = (content: unknown, more: object = {}) => ({
  id: "m1",
  timestamp: "2026-03-04T09:00:00Z",
  type: "gemini",
  content,
  ...more,
});

describe("where logs live", () => {
  test("chats are shipped, and what names their folder; nothing else of the home is", () => {
    const [root] = gemini.roots({ HOME: "/home/kim" });

    expect(root!.dir).toBe("/home/kim/.gemini");
    expect(root!.unit("tmp/tea/chats/session-1.jsonl")).toBe("lines");
    expect(root!.unit(`tmp/tea/chats/${ID}/sub.jsonl`)).toBe("lines");
    expect(root!.unit("tmp/tea/chats/session-1.json")).toBe("file");
    expect(root!.unit("tmp/tea/.project_root")).toBe("file");
    expect(root!.unit("projects.json")).toBe("file");
    for (const other of [
      "oauth_creds.json",
      "settings.json",
      "tmp/tea/logs.json",
      "tmp/tea/chats/a.jsonl.tmp-7",
      "tmp/tea/chats/a.jsonl.unreadable-1",
    ]) {
      expect(root!.unit(other)).toBeNull();
    }
  });

  test("another home is a parent folder, as the tool has it", () => {
    expect(gemini.roots({ HOME: "/home/kim", GEMINI_CLI_HOME: "/srv" }).map((root) => root.dir)).toEqual([
      "/srv/.gemini",
    ]);
    expect(gemini.roots({})).toEqual([]);
  });
});

describe("whose a log is", () => {
  const header = (id: string) =>
    JSON.stringify({ sessionId: id, projectHash: "0f", startTime: "2026-03-04T09:00:00.000Z", kind: "main" });

  test("the header's whole id names the session", () => {
    expect(gemini.identify(head({ text: header(ID) }))).toEqual({ kind: "session", session: { id: ID, agent: "" } });
    expect(gemini.identify(head({ text: header(ID).slice(0, 60) }))).toEqual({
      kind: "session",
      session: { id: ID, agent: "" },
    });
  });

  test("sessions that share a name are told apart by their start", () => {
    const { session } = gemini.identify(head({ text: header("a2a-server") })) as { session: { id: string } };

    expect(session.id).toBe("a2a-server@2026-03-04T09:00:00.000Z");
  });

  test("a sub-agent lies in its parent's folder", () => {
    expect(gemini.identify(head({ path: `${CHATS}/${ID}/child.jsonl`, text: "torn" }))).toEqual({
      kind: "session",
      session: { id: "child", agent: "" },
      facts: { kind: "subagent", parent: { id: ID, agent: "" } },
    });
  });

  test("a file rewritten whole is the session of its header, in any layout, also when it is torn", () => {
    const whole = { sessionId: ID, startTime: "2026-03-04T09:00:00.000Z", messages: [{ sessionId: "another" }] };
    const sorted = { kind: "main", messages: [], sessionId: ID };
    const session = { kind: "session", session: { id: ID, agent: "" } };
    const as = (text: string, whole = true) =>
      gemini.identify(head({ path: `${CHATS}/session-1.json`, unit: "file", text, whole }));

    expect(as(JSON.stringify(whole))).toEqual(session as never);
    expect(as(JSON.stringify(whole, null, 2))).toEqual(session as never);
    expect(as(JSON.stringify(whole, null, 2).slice(0, 90), false)).toEqual(session as never);
    expect(as(JSON.stringify(sorted))).toEqual(session as never);
    expect(as(`{"messages":[{"sessionId":"another"}`)).toMatchObject({ session: { id: "session-1" } });
    expect(as("{", true)).toEqual({ kind: "wait" });
    expect(as("", true)).toEqual({ kind: "wait" });
    expect(as(`{"other":1}`)).toEqual({ kind: "none" });
  });

  test("a sub-agent's rewritten file lies in its parent's folder too", () => {
    const text = JSON.stringify({ sessionId: "b0000000-0000-4000-8000-000000000002", messages: [] });

    expect(gemini.identify(head({ path: `${CHATS}/${ID}/child.json`, unit: "file", text }))).toMatchObject({
      facts: { kind: "subagent", parent: { id: ID, agent: "" } },
    });
  });

  test("what names a folder is a sidecar", () => {
    expect(gemini.identify(head({ text: "{" }))).toEqual({ kind: "none" });
    for (const path of ["/home/kim/.gemini/tmp/tea/.project_root", "/home/kim/.gemini/projects.json"])
      expect(gemini.identify(head({ path, unit: "file" }))).toEqual({ kind: "sidecar", of: null });
    expect(gemini.identify(head({ whole: false }))).toEqual({ kind: "wait" });
  });
});

describe("where a project's folder is", () => {
  const hash = new Bun.CryptoHasher("sha256").update("/home/kim/tea").digest("hex");
  const tmp = "/home/kim/.gemini/tmp";
  const facts = { cwd: "/home/kim/tea" };

  test("its root is named inside it, and by its older, hashed name", () => {
    expect(gemini.aside!(`${tmp}/tea/.project_root`, () => "/home/kim/tea\n")).toEqual([
      { under: `${tmp}/tea`, facts },
      { under: `${tmp}/${hash}`, facts },
    ]);
  });

  test("the list of projects names both too; what is torn or odd says nothing", () => {
    const list = JSON.stringify({ projects: { "/home/kim/tea": "tea", "/x": "../up", "/y": 7 } });
    const said = gemini.aside!("/home/kim/.gemini/projects.json", () => list);

    expect(said).toContainEqual({ under: `${tmp}/tea`, facts });
    expect(said).toContainEqual({ under: `${tmp}/${hash}`, facts });
    expect(said).toHaveLength(4);
    for (const text of ["", "{", "[]", "null", '{"projects":[]}', list.slice(0, 30)])
      expect(gemini.aside!("/home/kim/.gemini/projects.json", () => text)).toEqual([]);
    expect(gemini.aside!(`${tmp}/tea/.project_root`, () => " \n")).toEqual([]);
    expect(gemini.aside!("/elsewhere.json", () => list)).toEqual([]);
  });
});

describe("a file rewritten whole", () => {
  const header = { sessionId: ID, projectHash: "0f", startTime: "2026-03-04T09:00:00Z", summary: "Tea" };
  const tokens = { input: 100, output: 10, cached: 60, thoughts: 5, tool: 0, total: 115 };
  const messages = [
    { id: "m0", timestamp: "2026-03-04T09:00:00Z", type: "user", content: "make tea" },
    model("Done.", { tokens, model: "gemini-2.5-pro" }),
  ];

  test("gives its header and messages, as a log would have had them", () => {
    expect(gemini.explode!({ ...header, messages })).toEqual([header, ...messages]);
    for (const other of [null, [], "x", {}, { messages: {} }]) expect(gemini.explode!(other)).toBeNull();
  });

  test("and the log that goes on from it say the same under the same keys", () => {
    const parts = (values: readonly unknown[]) => {
      const state = gemini.start();
      return values.flatMap((value) => gemini.parse(lineOf(value), state).parts);
    };
    const rewritten = gemini.explode!({ ...header, messages })!;

    expect(parts(rewritten)).toEqual(parts([header, ...messages, { $set: { sessionId: ID } }]));
  });

  test("on one line of a log, its tokens count", () => {
    const line = lineOf({ ...header, messages });

    expect(gemini.parse(line, gemini.start()).usage!.map((usage) => usage.key)).toEqual(["m1"]);
  });
});

test("a rewind to a message that no line had takes everything back", () => {
  const state = gemini.start();
  gemini.parse(lineOf({ id: "m0", type: "user", content: "make tea" }), state);
  const keys = (id: string) => gemini.parse(lineOf({ $rewindTo: id }), state).marks!.map((mark) => mark.key);

  expect(keys("elsewhere")).toEqual(["m0"]);
  expect(keys("m0")).toContain("m0");
  expect(gemini.parse(lineOf({ $rewindTo: "m0" }), gemini.start()).marks).toEqual([]);
});

describe("a message written again", () => {
  test("gives only what is new, under the index it keeps", () => {
    const state = gemini.start();
    const indexes = (value: object) => gemini.parse(lineOf(value), state).parts.map((part) => part.index);
    const call = {
      id: "c1",
      name: "glob",
      args: {},
      result: [{ functionResponse: { response: { output: "a" } } }],
      status: "success",
    };

    expect(indexes(model("I look."))).toEqual([200]);
    expect(indexes(model("I look.", { toolCalls: [{ ...call, result: undefined }] }))).toEqual([300]);
    expect(indexes(model("I look.", { toolCalls: [call] }))).toEqual([301]);
    expect(indexes(model("I look again.", { toolCalls: [call] }))).toEqual([200]);
    expect(indexes(model("I look again.", { toolCalls: [call] }))).toEqual([]);
  });

  test("replaces what was shown, but a checkpoint never does", () => {
    const state = gemini.start();
    const checkpoint = lineOf({ $set: { messages: [model("poorer"), { ...model("new"), id: "m2" }] } });

    expect(gemini.parse(lineOf(model("rich")), state).parts[0]!.replaces).toBe(true);
    expect(gemini.parse(checkpoint, state).parts.map(({ text, replaces }) => [text, replaces])).toEqual([
      ["new", undefined],
    ]);
  });

  test("a checkpoint of more parts than there are indexes is cut and says so, but not when all of it is known", () => {
    const messages = Array.from({ length: 3000 }, (_, n) => ({ ...model(`${n}`), id: `m${n}` }));
    const line = lineOf({ $set: { messages } });
    const state = gemini.start();

    const { parts } = gemini.parse(line, state);

    expect(parts).toHaveLength(1024);
    expect(parts.at(-1)).toMatchObject({ index: 1023, kind: "unknown" });
    expect(gemini.parse(line, state).parts).toEqual([]);
    expectLawful(gemini, line, gemini.start());
  });
});

test("a resumed session keeps its first start", () => {
  const header = (startTime: string) => ({ sessionId: ID, projectHash: "0f", startTime });
  const lines = [header("2026-03-04T09:00:00Z"), header("2026-03-05T09:00:00Z")].map(
    (value) => `${JSON.stringify(value)}\n`,
  );

  expect(parseAll(gemini, [new TextEncoder().encode(lines.join(""))]).facts.startedAt).toBe(Date.UTC(2026, 2, 4, 9));
});

test("tokens are told without cache, with reasoning", () => {
  const tokens = { input: 100, output: 10, cached: 60, thoughts: 5, tool: 3, total: 118 };

  expect(gemini.parse(lineOf(model("x", { tokens })), gemini.start()).usage![0]!.tokens).toEqual({
    input: 43,
    output: 15,
    cache_read: 60,
    cache_write: 0,
    reasoning: 5,
  });
});

test("prices are for models of a known name only", () => {
  expect(gemini.price("gemini-2.5-pro")).toMatchObject({ input: 1.25, output: 10 });
  expect(gemini.price("gemini-3.1-pro-preview")).toMatchObject({ input: 2 });
  expect(gemini.price("gemini-2.5-flash-lite")).toMatchObject({ input: 0.1 });
  expect(gemini.price("gemini-2.5-flash-image")).toBeNull();
  expect(gemini.price("gemini-9-pro")).toBeNull();
});

describe("what parse promises", () => {
  const WORDS = [
    ..."$set $rewindTo messages sessionId startTime summary directories kind id timestamp type content text".split(" "),
    ..."thought thoughts subject description toString tokens input output cached toolCalls name args result status".split(
      " ",
    ),
    ..."functionCall functionResponse response error resultDisplay fileDiff inlineData mimeType data displayContent".split(
      " ",
    ),
    ..."user gemini info warning success cancelled run_shell_command replace file_path new_string image/png".split(" "),
    ..."__proto__ constructor <session_context> <state_snapshot> 2026-03-04T09:00:00Z m1 m2 m1_response".split(" "),
  ];
  const values = fixtures.flatMap(({ bytes }) => linesOf(bytes)).map((line) => line.value);

  test("whatever a line holds, it does not throw, and read back alone it says the same", () => {
    const state = gemini.start();
    fc.assert(
      fc.property(records(WORDS), fc.constantFrom("user", "gemini", undefined), (value, type) => {
        expectLawful(gemini, lineOf(type ? { id: "m1", type, ...(value as object) } : value), state);
      }),
      { numRuns: 2000 },
    );
  });

  test("whatever is broken in a record, it does not throw, and read back alone it says the same", () => {
    const state = gemini.start();
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.nat(), records(WORDS), (value, place, other) => {
        expectLawful(gemini, lineOf(mutated(value, place % places(value), other)), state);
      }),
      { numRuns: 2000 },
    );
  });

  test("any split of a log gives the same events", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        ({ bytes }, cuts) => {
          expectSplitless(gemini, bytes, cuts);
        },
      ),
      { numRuns: 100 },
    );
  });
});
