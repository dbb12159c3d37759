import { expect, test } from "bun:test";
import { doing, doingFor, effort, speaker, titleOf } from "../../ui/timeline/words.ts";
import { aSession } from "./session.ts";

const since = "2026-11-21T10:00:00.000Z";

test("what is being done names the file, not its path", () => {
  expect(doing(aSession({ current: { tool: "edit", target: "/src/archive.ts", since } }))).toBe("editing archive.ts");
});

test("a command is shown as it is", () => {
  expect(doing(aSession({ current: { tool: "shell", target: "bun test test/ui", since } }))).toBe(
    "running bun test test/ui",
  );
});

test("a tool of an unknown kind stands for itself", () => {
  expect(doing(aSession({ current: { tool: "Deploy", target: null, since } }))).toBe("Deploy");
});

test("an agent without a tool is working, without seconds", () => {
  expect(doing(aSession())).toBe("working");
  expect(doingFor(aSession(), Date.parse(since))).toBe("");
});

test("effort says only what is known", () => {
  const tokens = { input: 1000, output: 2000, cache_read: 9e6, cache_write: 0, reasoning: 0 };

  expect(effort(aSession({ tokens, cost_usd: 1.12 }))).toEqual(["2 turns", "$1.12", "30 min"]);
  expect(effort(aSession({ tokens, cost_usd: null }))).toEqual(["2 turns", "3k tokens", "30 min"]);
  expect(effort(aSession({ user_messages: 0, cost_usd: 0, last_event_at: null }))).toEqual([]);
});

test("a session without a title is called by its project, or by its agent", () => {
  expect(titleOf(aSession({ title: "  " }))).toBe("Session in shipper");
  expect(titleOf(aSession({ title: null, project: null }))).toBe("Claude session");
});

test("a passage says in one word who speaks", () => {
  const match = { event_id: "1", tool_name: null, at: null, snippet: "", ranges: [] };

  expect(speaker({ ...match, role: "user", kind: "prompt" }, "codex")).toBe("you");
  expect(speaker({ ...match, role: "assistant", kind: "reply" }, "codex")).toBe("codex");
  expect(speaker({ ...match, role: "assistant", kind: "tool_call" }, "codex")).toBe("tool");
  expect(speaker({ ...match, role: "system", kind: "notice" }, "codex")).toBe("note");
});
