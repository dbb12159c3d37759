import { expect, test } from "bun:test";
import type { Event } from "../../src/domain/event.ts";
import { buildRows, eventsOf, keepRows, NO_ROWS } from "../../ui/session/rows.ts";
import { anEvent, aStep } from "./session-event.ts";

const CLOSED = { isOpen: () => false, live: false };
const build = (pages: readonly (readonly Event[])[], look = CLOSED) => buildRows(pages, look);
const kinds = (pages: readonly (readonly Event[])[], look = CLOSED) => build(pages, look).list.map((row) => row.kind);
const steps = (count: number) => Array.from({ length: count }, () => aStep()).flat();

test("a call and its result are one row, on two pages too", () => {
  const [call, result] = aStep();

  const { list, homes } = build([
    [anEvent("prompt"), call],
    [result, anEvent("reply")],
  ]);

  expect(list.map((row) => row.kind)).toEqual(["prompt", "step", "reply"]);
  expect(eventsOf(list[1]!)).toEqual([call, result]);
  expect(homes.get(result.id)).toEqual(homes.get(call.id)!);
});

test("a result whose call is not loaded is a row of its own until the call comes", () => {
  const [call, result] = aStep();

  expect(kinds([[result]])).toEqual(["step"]);
  expect(kinds([[call], [result]])).toEqual(["step"]);
});

test("an id that comes again goes to the call before it", () => {
  const [first, one] = aStep({ tool_call_id: "same" }, { tool_call_id: "same" });
  const [second, two] = aStep({ tool_call_id: "same" }, { tool_call_id: "same" });

  const { list } = build([[first, one, second, two]]);

  expect(list.map(eventsOf)).toEqual([
    [first, one],
    [second, two],
  ]);
});

test("few steps stay, many fold to one row that opens in place", () => {
  expect(kinds([[anEvent("prompt"), ...steps(4)]])).toEqual(["prompt", "step", "step", "step", "step"]);
  expect(kinds([[anEvent("prompt"), ...steps(5), anEvent("reply")]])).toEqual(["prompt", "group", "reply"]);
  const open = kinds([[...steps(5)]], { isOpen: () => true, live: false });
  expect(open).toEqual(["group", "step", "step", "step", "step", "step"]);
});

test("every event can be found, inside a fold too", () => {
  const events = [
    anEvent("prompt"),
    ...steps(20),
    anEvent("thinking"),
    anEvent("notice"),
    anEvent("notice"),
    anEvent("unknown"),
  ];

  const { homes } = build([events]);

  expect(events.filter((event) => !homes.has(event.id))).toEqual([]);
  expect(homes.get(events[3]!.id)!.group).not.toBeNull();
});

test("a session of nothing but steps is many folds, not one", () => {
  expect(build([steps(100)]).list.length).toBeGreaterThan(2);
});

test("while the agent works, the last steps stay in sight", () => {
  expect(kinds([steps(20)], { isOpen: () => false, live: true })).toEqual(["group", "step", "step", "step", "step"]);
});

test("what no person wrote is put together and folded quietly", () => {
  const rows = build([[anEvent("notice"), anEvent("prompt", { flags: ["injected"] }), anEvent("prompt")]]);

  expect(rows.list.map((row) => row.kind)).toEqual(["noise", "prompt"]);
});

test("the mark of a compaction and its summary are one row", () => {
  const [mark, summary] = [anEvent("compaction"), anEvent("compaction", { flags: ["injected"] })];

  const { list, homes } = build([[anEvent("reply"), mark, summary, anEvent("prompt")]]);

  expect(list.map((row) => row.kind)).toEqual(["reply", "compaction", "prompt"]);
  expect(homes.get(summary.id)).toEqual(homes.get(mark.id)!);
});

test("loading an earlier page leaves every row of the later one as it was", () => {
  const page = [anEvent("prompt"), ...steps(9), anEvent("reply")];
  const before = keepRows(NO_ROWS, build([page]));

  const after = keepRows(before, build([[anEvent("prompt"), ...steps(9)], page]));

  expect(after.list.slice(2)).toEqual([...before.list]);
  expect(after.list.at(-1)).toBe(before.list.at(-1)!);
  expect(after.list[3]).toBe(before.list[1]!);
});

test("a step that got its result is another row under the same key", () => {
  const [call, result] = aStep();
  const before = keepRows(NO_ROWS, build([[call]]));

  const after = keepRows(before, build([[call, result]]));

  expect(after.list[0]!.key).toBe(before.list[0]!.key);
  expect(after.list[0]).not.toBe(before.list[0]!);
});
