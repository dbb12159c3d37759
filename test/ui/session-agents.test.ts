import { expect, test } from "bun:test";
import { matchAgents } from "../../ui/session/agents.ts";
import { promptAt, promptBeside } from "../../ui/session/prompts.ts";
import { buildRows } from "../../ui/session/rows.ts";
import { aSession } from "./session.ts";
import { anEvent, aStep } from "./session-event.ts";

const task = (description: string, at: string, until: string) => {
  const [call, result] = aStep({ tool_kind: "agent", tool_input_json: { description }, at }, { at: until });
  return { call, result };
};

test("an agent step finds its child by name, then by time, and shares none", () => {
  const first = task("who calls flush", "2026-01-01T10:00:00Z", "2026-01-01T10:05:00Z");
  const second = task("review", "2026-01-01T10:06:00Z", "2026-01-01T10:09:00Z");
  const named = aSession({ id: "named", title: "Who calls  flush", started_at: "2026-01-01T10:07:00Z" });
  const timed = aSession({ id: "timed", title: "Something else", started_at: "2026-01-01T10:06:01Z" });

  const found = matchAgents([first, second], [timed, named]);

  expect(found.get(first.call.id)).toBe(named);
  expect(found.get(second.call.id)).toBe(timed);
});

test("a child that fits no step stands with none", () => {
  const step = task("x", "2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z");
  const child = aSession({ started_at: "2026-01-01T12:00:00Z", title: "y" });

  expect(matchAgents([step], [child]).size).toBe(0);
});

test("the prompt at hand is the last one above, the next may not be loaded yet", () => {
  const [one, two, three] = [anEvent("prompt"), anEvent("prompt"), anEvent("prompt")];
  const rows = buildRows([[two, anEvent("reply"), anEvent("reply")]], { isOpen: () => false, live: false }).list;
  const all = [one, two, three];

  expect(promptAt(rows, 2, all)).toBe(two.id);
  expect(promptBeside(rows, 2, all, 1)).toBe(three.id);
  expect(promptBeside(rows, 2, all, -1)).toBe(two.id);
  expect(promptBeside(rows, 0, all, -1)).toBe(one.id);
});
