import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Head } from "../../src/domain/provider.ts";
import { codex } from "../../src/providers/codex.ts";
import { values } from "../../src/lib/lines.ts";
import { linesOf, parseAll } from "../support/parse-all.ts";
import { expectLawful, expectSplitless, lineOf, mutated, places, records } from "../support/provider-laws.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/codex");
const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) }));

const ID = "0195a000-1111-7000-8000-000000000001";
const NAMED = `/home/kim/.codex/sessions/2026/03/04/rollout-2026-03-04T09-00-00-${ID}.jsonl`;
const head = (more: Partial<Head>): Head => ({ path: NAMED, unit: "lines", text: "", whole: true, ...more });

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 4, 9, 0, seconds)).toISOString();
const event = (seconds: number, payload: object) => ({ timestamp: at(seconds), type: "event_msg", payload });
const item = (seconds: number, payload: object) => ({ timestamp: at(seconds), type: "response_item", payload });
const message = (role: string, text: string) => ({ type: "message", role, content: [{ type: "input_text", text }] });
const bytesOf = (...values: object[]) =>
  new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
const read = (...values: object[]) => parseAll(codex, [bytesOf(...values)]);

describe("where logs live", () => {
  test("of the home itself only the index of names is taken, so that credentials beside it are never seen", () => {
    const home = codex.roots({ HOME: "/home/kim" }).find((root) => root.dir === "/home/kim/.codex");

    expect(home?.flat).toBeTrue();
    expect(home?.unit("session_index.jsonl")).toBe("lines");
    for (const name of ["auth.json", "history.jsonl", "config.toml", "state_5.sqlite"])
      expect(home?.unit(name)).toBeNull();
  });

  test("the session folders are roots, those of archived sessions too", () => {
    expect(codex.roots({ HOME: "/home/kim" }).map((root) => root.dir)).toEqual([
      "/home/kim/.codex/sessions",
      "/home/kim/.codex/archived_sessions",
      "/home/kim/.codex",
    ]);
    expect(codex.roots({ HOME: "/home/kim", CODEX_HOME: "/srv/codex/" })[0]!.dir).toBe("/srv/codex/sessions");
    expect(codex.roots({})).toEqual([]);
  });

  test("logs grow by lines, packed or not; everything else there is a file, but for unfinished compressions", () => {
    const [root] = codex.roots({ HOME: "/home/kim" });

    expect(root!.unit("2026/03/04/rollout-x.jsonl")).toBe("lines");
    expect(root!.unit("rollout-x.jsonl.zst")).toBe("lines");
    expect(root!.unit("rollout-x.json")).toBe("file");
    expect(root!.unit("2026/03/rollout-x.jsonl.zst.tmp")).toBeNull();
    expect(root!.unit(".tmp/rollout-compression.lock")).toBeNull();
  });
});

describe("whose a log is", () => {
  const session = (id: string) => ({ kind: "session", session: { id, agent: "" } }) as const;
  const header = JSON.stringify({
    timestamp: at(0),
    type: "session_meta",
    payload: { account_scoped: true, session_id: "root", id: "own", base_instructions: { text: "x".repeat(5000) } },
  });

  test("the header's own id names the session, not its root's, also when only its first KiB is there", () => {
    expect(codex.identify(head({ text: header }))).toEqual(session("own"));
    expect(codex.identify(head({ text: header.slice(0, 1024) }))).toEqual(session("own"));
  });

  test("an old header names it; without a header the file name does, then the first line", () => {
    expect(codex.identify(head({ text: '{"id":"old","timestamp":"2025-08-01T10:00:00Z","git":{}}' }))).toEqual(
      session("old"),
    );
    expect(codex.identify(head({ text: '{"type":"message","id":"msg_1"}' }))).toEqual(session(ID));
    expect(codex.identify(head({ text: "torn {" }))).toEqual(session(ID));
    const nameless = head({ path: "/x/part.jsonl", text: '{"type":"message","id":"msg_1"}' });
    expect(codex.identify(nameless)).toMatchObject({
      kind: "session",
      session: { id: expect.stringMatching(/^head-/) },
    });
    expect(codex.identify(nameless)).toEqual(codex.identify({ ...nameless, path: "/y/copy.jsonl" }));
  });

  test("nothing is decided before the first line is there", () => {
    expect(codex.identify(head({ text: header.slice(0, 30), whole: false }))).toEqual({ kind: "wait" });
  });

  test("a packed log is the session of its name, wherever it lies", () => {
    const archived = `/home/kim/.codex/archived_sessions/rollout-2026-03-04T09-00-00-${ID}.jsonl.zst`;
    const packed = { kind: "packed", session: { id: ID, agent: "" } } as const;

    expect(codex.identify(head({ path: `${NAMED}.zst`, text: "\x28\xb5" }))).toEqual(packed);
    expect(codex.identify(head({ path: archived, text: "\x28\xb5" }))).toEqual(packed);
  });

  test("a moved log is the same session", () => {
    const archived = NAMED.replace("sessions/2026/03/04", "archived_sessions");

    expect(codex.identify(head({ path: archived, text: header }))).toEqual(codex.identify(head({ text: header })));
  });

  test("the index of names is nobody's own", () => {
    const path = "/home/kim/.codex/session_index.jsonl";

    expect(codex.identify(head({ path, text: '{"id":"own","thread_name":"Tea"}' }))).toEqual({
      kind: "sidecar",
      of: null,
    });
  });
});

describe("one object a session, as the first releases wrote", () => {
  const file = "/home/kim/.codex/sessions/rollout-2025-05-07-5f000000-2222-4000-8000-000000000009.json";
  const whole = JSON.parse(readFileSync(join(FIXTURES, "whole-session.json"), "utf8"));
  const whose = (text: string, path = file) => codex.identify({ path, unit: "file", text, whole: true });
  const session = (id: string) => ({ kind: "session", session: { id, agent: "" } }) as const;

  test("its own id names it, however it is written and wherever its head is cut", () => {
    const id = "5f000000-2222-4000-8000-000000000009";

    for (const text of [JSON.stringify(whole), JSON.stringify(whole, null, 2)]) {
      expect(whose(text, "/x/copy.json")).toEqual(session(id));
      expect(whose(text.slice(0, 200), "/x/copy.json")).toEqual(session(id));
      expect(whose(text.slice(0, 30))).toEqual(session(id));
    }
    expect(whose("{")).toEqual({ kind: "wait" });
    expect(whose('{"theme":"dark"}')).toEqual({ kind: "none" });
  });

  test("it is read as the log that later releases would have written", () => {
    const values = codex.explode!(whole)!;
    const { parts, facts } = parseAll(codex, [bytesOf(...(values as object[]))]);

    expect(facts.startedAt).toBe(Date.UTC(2025, 4, 7, 17, 24));
    expect(parts.map(({ kind, text, tool, output }) => [kind, text ?? output ?? tool])).toEqual([
      ["prompt", "list the teas"],
      ["tool_call", "shell"],
      ["tool_result", "green.md\n"],
      ["reply", "There is one: green."],
    ]);
  });

  test("what is no session explodes into nothing", () => {
    for (const value of [null, [], 1, {}, { session: {} }, { session: [], items: [] }, { items: [] }])
      expect(codex.explode!(value)).toBeNull();
  });
});

describe("names in the index", () => {
  const PATH = "/home/kim/.codex/session_index.jsonl";

  test("the last name of each session is its title; torn and foreign lines say nothing", () => {
    const text = [
      '{"id":"a","thread_name":"Tea","updated_at":"2026-03-04T09:00:00Z"}',
      '{"id":"b","thread_name":" Cups ","updated_at":"2026-03-04T09:00:01Z"}',
      "",
      "null",
      '{"id":7,"thread_name":"?"}',
      '{"id":"a","thread_name":"Green tea","updated_at":"2026-03-04T09:00:02Z"}',
      '{"id":"b","thread_name":',
    ].join("\n");

    expect(codex.aside!(PATH, () => text)).toEqual([
      { session: { id: "a", agent: "" }, facts: { title: { text: "Green tea", trust: "index" } } },
      { session: { id: "b", agent: "" }, facts: { title: { text: "Cups", trust: "index" } } },
    ]);
    expect(codex.aside!("/home/kim/.codex/sessions/notes.json", () => text)).toEqual([]);
  });

  test("whatever the index holds, reading it does not throw", () => {
    fc.assert(fc.property(fc.array(fc.json()), (lines) => void codex.aside!(PATH, () => lines.join("\n"))));
  });
});

describe("each text once", () => {
  test.each([
    ["item first", [item(1, message("user", "tea?")), event(1, { type: "user_message", message: "tea?" })]],
    ["event first", [event(1, { type: "user_message", message: "tea?" }), item(1, message("user", "tea?"))]],
    ["item only", [item(1, message("user", "tea?"))]],
    ["event only", [event(1, { type: "user_message", message: "tea?" })]],
  ])("a prompt is shown once: %s", (_, lines) => {
    expect(read(...lines).parts.map(({ kind, text }) => [kind, text])).toEqual([["prompt", "tea?"]]);
  });

  test("the same prompt asked twice is shown twice", () => {
    const ask = (seconds: number) => [
      item(seconds, message("user", "go on")),
      event(seconds, { type: "user_message", message: "go on" }),
    ];

    expect(read(...ask(1), ...ask(1), ...ask(9)).parts).toHaveLength(3);
  });

  test("keys are unique, also of prompts copied with one time", () => {
    const { parts } = read(...Array.from({ length: 5 }, () => item(1, message("user", "go on"))));

    expect(new Set(parts.map((part) => part.key)).size).toBe(5);
  });

  test("an id that many calls share is no key", () => {
    const call = item(1, { type: "function_call", name: "shell", arguments: "{}", call_id: "shell" });

    expect(read(call, call).parts.map((part) => part.key)).toEqual([undefined, undefined]);
  });
});

describe("tokens", () => {
  const tokens = (input: number, output: number) => ({
    input_tokens: input,
    cached_input_tokens: 0,
    output_tokens: output,
  });
  const counted = (total: object, last: object) =>
    event(1, { type: "token_count", info: { total_token_usage: total, last_token_usage: last } });

  test("a repeated total is a refresh, a total that falls back is a new call", () => {
    const { usage } = read(
      { timestamp: at(0), type: "session_meta", payload: { id: "own" } },
      counted(tokens(10, 1), tokens(10, 1)),
      counted(tokens(10, 1), tokens(10, 1)),
      counted(tokens(30, 3), tokens(20, 2)),
      counted(tokens(7, 1), tokens(7, 1)),
    );

    expect([...usage.values()].map((one) => one.tokens.input)).toEqual([10, 20, 7]);
  });

  const meta = (id: string, from?: string) => ({
    timestamp: at(0),
    type: "session_meta",
    payload: { id, timestamp: at(0), forked_from_id: from },
  });

  test("a fork counts nothing of what it copied", () => {
    const { usage } = read(meta("child", "mother"), meta("mother"), counted(tokens(10, 1), tokens(10, 1)));

    expect([...usage]).toEqual([]);
  });

  test("where only a pause tells the end of a copy, calls have their ancestor's keys, so that none counts twice", () => {
    const call = { ...counted(tokens(10, 1), tokens(10, 1)), timestamp: at(9) };
    const keys = (...metas: object[]) => [...read(...metas, call).usage.keys()];

    expect(keys(meta("child", "mother"), meta("mother", "grandmother"), meta("grandmother"))).toEqual(
      keys(meta("grandmother")),
    );
    expect(keys(meta("stranger"))).not.toEqual(keys(meta("grandmother")));
  });

  test("prices are for models of a known name only", () => {
    expect(codex.price("gpt-5.2-codex")).toMatchObject({ input: 1.75, output: 14, cacheRead: 0.175 });
    expect(codex.price("gpt-5-codex-mini")).toMatchObject({ input: 0.25 });
    expect(codex.price("gpt-5.6-luna")).toMatchObject({ input: 0.2 });
    expect(codex.price("gpt-5.99")).toBeNull();
    expect(codex.price("gpt-5-pro")).toBeNull();
    expect(codex.price("llama-4")).toBeNull();
  });
});

describe("compactions", () => {
  const copies = Array.from({ length: 4000 }, (_, n) => message("user", `prompt ${n} `.repeat(20)));
  const compaction = (more: object) => ({
    timestamp: at(1),
    type: "compacted",
    payload: { message: 'Tea, "boiled".', replacement_history: copies, ...more },
  });
  const raw = (value: object) => ({ offset: 0, bytes: bytesOf(value).subarray(0, -1), oversize: false });

  test("of the copies only what stands in the line's first 256 KiB is looked at, and it says the same", () => {
    const whole = values(raw(compaction({ window_id: 7 })))[0]!;
    const head = values(raw(compaction({ window_id: 7 })), codex.headTells)[0]!;

    expect(head).toMatchObject({ value: undefined, oversize: true });
    expect(head.text.length).toBeLessThanOrEqual(256 * 1024);
    expect(codex.parse(head, codex.start())).toEqual(codex.parse(whole, codex.start()));
    expect(codex.parse(head, null).parts).toMatchObject([{ kind: "compaction", text: 'Tea, "boiled".' }]);
  });

  test("a line that only speaks of compactions is read whole", () => {
    const told = item(1, message("user", `{"type":"compacted","payload":{}} ${"x".repeat(300_000)}`));

    expect(values(raw(told), codex.headTells)[0]).toMatchObject({ value: told, oversize: false });
  });
});

describe("what parse promises", () => {
  const WORDS = [
    ..."type payload timestamp reason id role content text message item kind call_id name arguments input output result".split(
      " ",
    ),
    ..."changes summary info total_token_usage last_token_usage num_turns source git cwd forked_from_id action turn_id ordinal".split(
      " ",
    ),
    ..."session_meta response_item event_msg turn_context compacted token_usage_record function_call".split(" "),
    ..."function_call_output custom_tool_call reasoning user_message agent_message agent_reasoning token_count".split(
      " ",
    ),
    ..."history_base subagent_history_start_ordinal thread_id session_id task_started thread_settings_applied Extension".split(
      " ",
    ),
    ..."item_completed UserMessage Reasoning FileChange CommandExecution McpToolCall WebSearch user assistant".split(
      " ",
    ),
    ..."exec_command_end patch_apply_end mcp_tool_call_end web_search_call image_generation_call thread_rolled_back".split(
      " ",
    ),
    ..."019cb814-3ce0-7000-8000-000000000003 019cb80e-bea0-7000-8000-000000000002 __proto__ constructor toString apply_patch shell 2026-03-04T09:00:00Z data:image/png;base64,AA".split(
      " ",
    ),
  ];
  const values = fixtures.flatMap(({ bytes }) => linesOf(bytes)).map((line) => line.value);

  test("whatever a line holds, it does not throw, and read back alone it says the same", () => {
    const state = codex.start();
    fc.assert(
      fc.property(
        records(WORDS),
        fc.constantFrom("response_item", "event_msg", "session_meta", undefined),
        (value, type) => {
          expectLawful(codex, lineOf(type ? { timestamp: at(1), type, payload: value } : value), state);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("whatever is broken in a record, it does not throw, and read back alone it says the same", () => {
    const state = codex.start();
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.nat(), records(WORDS), (value, place, other) => {
        expectLawful(codex, lineOf(mutated(value, place % places(value), other)), state);
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
          expectSplitless(codex, bytes, cuts);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("text that is no JSON is shown, not thrown at", () => {
    const line = { offset: 0, text: "\ud83d not JSON", value: undefined, oversize: false };

    expect(codex.parse(line, codex.start()).parts).toEqual([{ index: 0, kind: "unknown", text: "\ud83d not JSON" }]);
  });

  test("of a line too long to parse the head is read", () => {
    const text = JSON.stringify(item(1, message("assistant", "long ".repeat(100)))).slice(0, 300);

    expect(codex.parse({ offset: 0, text, value: undefined, oversize: true }, codex.start()).parts).toMatchObject([
      { kind: "reply" },
    ]);
  });

  test("the state stays small, however long the log", () => {
    const state = codex.start();
    for (let n = 0; n < 2000; n++) {
      const id = `call_${String(n).padStart(24, "0")}`;
      codex.parse(
        lineOf(item(n % 60, { type: "function_call", name: "exec_command", arguments: "{}", call_id: id })),
        state,
      );
      codex.parse(lineOf(item(n % 60, message("user", `prompt ${n}`))), state);
    }

    expect(JSON.stringify(state).length).toBeLessThan(10_000);
  });
});
