import { expect, test } from "bun:test";
import type { Event } from "../../src/domain/event.ts";
import { buildRows } from "../../ui/session/rows.ts";
import { outcomeOf, summarise, todosOf, wordsOf } from "../../ui/session/words.ts";
import { aStep } from "./session-event.ts";

const CWD = "/home/u/work/longhouse";
const step = (own: Partial<Event>, result: Partial<Event> = {}) => {
  const [call, answer] = aStep(own, result);
  return { call, result: answer };
};
const words = (own: Partial<Event>) => {
  const { verb, what } = wordsOf(step(own), CWD);
  return `${verb} ${what}`;
};

test("a command is shown without the shell that runs it", () => {
  expect(words({ tool_input_json: { command: "bun test" } })).toBe("Run bun test");
  expect(words({ tool_input_json: { command: ["bash", "-lc", "ls -la"] } })).toBe("Run ls -la");
  expect(words({ tool_input_json: { cmd: "ls\n  && pwd" } })).toBe("Run ls && pwd");
});

test("files are named from the session's folder", () => {
  expect(words({ tool_kind: "edit", paths: [`${CWD}/src/a.ts`] })).toBe("Edit src/a.ts");
  expect(words({ tool_kind: "edit", paths: ["/etc/hosts", "/b", "/c"] })).toBe("Edit /etc/hosts and 2 more");
});

test("searches, plans and tools of servers say what they are about", () => {
  expect(words({ tool_kind: "search", tool_input_json: { pattern: "flush\\(", path: "src" } })).toBe(
    "Search flush\\( in src",
  );
  expect(
    words({
      tool_kind: "todo",
      tool_input_json: {
        todos: [
          { content: "a", status: "completed" },
          { content: "b", status: "in_progress" },
        ],
      },
    }),
  ).toBe("Plan 1 of 2 done · b");
  expect(words({ tool_kind: "mcp", tool_name: "mcp__github__search", tool_input_json: { query: "q" } })).toBe(
    "Call github · search · q",
  );
});

test("inputs of any shape are read without a throw", () => {
  for (const input of [
    null,
    7,
    "text",
    [],
    { command: 7 },
    { todos: "x" },
    JSON.parse('{"__proto__":{"command":"x"}}'),
    { command: [1, null] },
  ])
    for (const tool_kind of ["shell", "todo", "search", "agent", "mcp", "other"] as const)
      expect(words({ tool_kind, tool_input_json: input })).toBeString();
  expect(wordsOf(step({ tool_input_json: { a: 1 } }), null).what).toBe("");
});

test("how a step came out is said in few words", () => {
  const out = (own: Partial<Event>, result: Partial<Event>) => outcomeOf(step(own, result), false).text;

  expect(out({}, { exit_code: 1, duration_ms: 2100 })).toBe("exit 1 · 2.1 s");
  expect(out({}, { is_error: true })).toBe("failed");
  expect(out({ tool_kind: "read" }, { tool_output_text: "a\nb\n" })).toBe("2 lines");
  expect(out({ at: "2026-01-01T00:00:00Z" }, { at: "2026-01-01T00:00:03Z" })).toBe("3 s");
  const [call] = aStep();
  expect(outcomeOf({ call, result: null }, true).text).toBe("running…");
  expect(outcomeOf({ call, result: null }, false).text).toBe("no result");
});

test("a run of steps is counted, with its files and its time", () => {
  const edit = { tool_kind: "edit", paths: ["/a"], patch: "--- /a\n+++ /a\n@@ -1 +1 @@\n-x\n+y\n" } as const;
  const events = [
    ...aStep({ at: "2026-01-01T00:00:00Z" }),
    ...aStep(edit),
    ...aStep(edit),
    ...aStep({}, { is_error: true }),
    ...aStep({}, { at: "2026-01-01T00:01:52Z" }),
  ];
  const [group] = buildRows([events], { isOpen: () => false, live: false }).list;
  if (group?.kind !== "group") throw new Error("not folded");

  expect(summarise(group.members)).toEqual({ text: "5 steps · 1 file · 1 min 52 s", failed: 1, added: 2, removed: 2 });
});

test("points of a plan come in three states, whatever they are called", () => {
  const plan = [
    { step: "a", status: "completed" },
    { step: "b", status: "in_progress" },
    { step: "c", status: "pending" },
    "d",
  ];

  expect(todosOf({ plan })!.map((todo) => `${todo.text} ${todo.state}`)).toEqual([
    "a done",
    "b doing",
    "c open",
    "d open",
  ]);
});
