/** Rewinds, told line by line with a small state, against a walk over the whole finished tree. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Line } from "../../src/domain/provider.ts";
import { claude } from "../../src/providers/claude.ts";

type Json = Record<string, unknown>;
/** `back`: how many prompts of the active line are left. `loose`: records between the reply and the prompt. */
type Turn = { readonly back: number; readonly calls: number; readonly loose: number };

const STEP: Turn = { back: 0, calls: 0, loose: 0 };

const turns = fc.array(fc.record({ back: fc.oneof(fc.constant(0), fc.nat(5)), calls: fc.nat(3), loose: fc.nat(2) }), {
  minLength: 1,
  maxLength: 24,
});

test("what is marked as abandoned is what the last record does not descend from", () => {
  fc.assert(
    fc.property(turns, (story) => {
      const { records, turnOf, active } = told(story);

      const left = abandoned(records);

      const expected = records.filter((record) => !active.has(turnOf.get(record)!)).map((record) => record.uuid);
      expect(left).toEqual(expected.filter((uuid) => shown(records, uuid)));
    }),
    { numRuns: 400 },
  );
});

test("a rewind past a hundred prompts is marked", () => {
  const { records, turnOf } = told([...Array.from({ length: 150 }, () => STEP), { ...STEP, back: 110 }]);

  const left = abandoned(records);

  const first = records.find((record) => record.uuid === left[0])!;
  expect(turnOf.get(first)).toBe(40);
  expect(left.length).toBeGreaterThanOrEqual(110);
});

test("a thousand prompts leave a small state", () => {
  const state = claude.start();
  const { records } = told(Array.from({ length: 1000 }, () => ({ ...STEP, loose: 1 })));
  for (const record of records) claude.parse(line(record), state);

  expect(JSON.stringify(state).length).toBeLessThan(10_000);
});

function line(value: unknown): Line {
  return { offset: 0, text: "", value, oversize: false };
}

/** The records of a story, the turn of each, and the turns that the last one descends from. */
function told(story: readonly Turn[]) {
  const records: Json[] = [];
  const turnOf = new Map<Json, number>();
  const ends: (string | null)[] = [];
  let path: number[] = [];
  const write = (turn: number, parentUuid: string | null, more: Json) => {
    const record = { uuid: `u${records.length}`, parentUuid, version: "2.1.200", ...more };
    records.push(record);
    turnOf.set(record, turn);
    return record.uuid;
  };
  story.forEach(({ back, calls, loose }, turn) => {
    path = path.slice(0, Math.max(0, path.length - back));
    let at = path.length === 0 ? null : ends[path.at(-1)!]!;
    for (let n = 0; n < loose && at !== null; n++)
      at = write(turn, at, { type: "attachment", attachment: { type: "file" } });
    at = write(turn, at, { type: "user", message: { role: "user", content: `question ${turn}` } });
    const asked = Array.from({ length: calls }, (_, n) => (at = write(turn, at, called(turn, n))));
    // Each result hangs on its own call.
    asked.forEach((call, n) => (at = write(turn, call, answered(turn, n))));
    ends[turn] = write(turn, at, said(turn));
    path.push(turn);
  });
  return { records, turnOf, active: new Set(path) };
}

const called = (turn: number, n: number): Json => ({
  type: "assistant",
  message: { id: `m${turn}`, content: [{ type: "tool_use", id: `t${turn}-${n}`, name: "Bash", input: {} }] },
});
const answered = (turn: number, n: number): Json => ({
  type: "user",
  message: { role: "user", content: [{ type: "tool_result", tool_use_id: `t${turn}-${n}`, content: "ok" }] },
});
const said = (turn: number): Json => ({
  type: "assistant",
  message: { id: `m${turn}`, content: [{ type: "text", text: `answer ${turn}` }] },
});

function shown(records: readonly Json[], uuid: unknown): boolean {
  return claude.parse(line(records.find((record) => record.uuid === uuid)), null).parts.length > 0;
}

/** The uuids of events that deriving leaves marked. */
function abandoned(records: readonly Json[]): readonly unknown[] {
  const state = claude.start();
  const events: { key: string; left: boolean }[] = [];
  for (const record of records) {
    const { parts, marks = [] } = claude.parse(line(record), state);
    events.push(...parts.map((part) => ({ key: part.key!, left: false })));
    for (const { key, until } of marks) {
      const from = events.findIndex((event) => event.key === key);
      const to = events.findIndex((event) => event.key === until);
      for (const event of events.slice(from, to)) event.left = true;
    }
  }
  return events.filter((event) => event.left).map((event) => event.key.split(":")[0]);
}

test("where no record hangs on another, prompts without a parent take nothing back", () => {
  const prompt = (n: number) => ({
    type: "user",
    uuid: `00000000-0000-4000-8000-00000000000${n}`,
    parentUuid: null,
    version: "2.1.200",
    message: { role: "user", content: `prompt ${n}` },
  });
  const state = claude.start();

  const marks = [1, 2, 3].flatMap((n) => {
    const value = prompt(n);
    return claude.parse({ offset: 0, text: JSON.stringify(value), value, oversize: false }, state).marks ?? [];
  });

  expect(marks).toEqual([]);
});
