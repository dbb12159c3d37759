import { expect, test } from "bun:test";
import fc from "fast-check";
import { claude } from "../../src/providers/claude.ts";

const ID = "0997a687-2ef9-4e82-9a79-64e1909c7155";

const signals = (env: Record<string, string> = { HOME: "/h" }) => claude.presence!(env);
const read = (value: unknown, name = "41.json") => signals()[0]!.read(name, JSON.stringify(value));

test("the signals of each home are looked at, each folder once", () => {
  expect(signals().map(({ dir }) => dir)).toEqual(["/h/.claude/sessions", "/h/.config/claude/sessions"]);
  expect(signals({ HOME: "/h", CLAUDE_CONFIG_DIR: "/h/.claude/" })).toHaveLength(2);
  expect(signals({ HOME: "/h", CLAUDE_CONFIG_DIR: "/x" })[0]?.dir).toBe("/x/sessions");
  expect(signals({})).toEqual([]);
});

test("only files that are named for a process are signals", () => {
  const names = ["41.json", "41.key", "41.json.tmp", "x41.json", "41.sock", ".41.json", "41.json\n", "index.json"];

  expect(names.filter((name) => signals()[0]!.names.test(name))).toEqual(["41.json"]);
});

test("what the agent says becomes a state; a word that nobody knows means that it is there", () => {
  const at = 1_790_000_000_000;
  const said = { pid: 41, sessionId: ID, updatedAt: at };

  expect(read({ ...said, status: "busy" })).toEqual({ sessionId: ID, state: "working", since: at, pid: 41 });
  expect(read({ ...said, status: "waiting", waitingFor: "permission prompt" })).toMatchObject({
    state: "waiting",
    waitingFor: "permission prompt",
  });
  expect(read({ ...said, status: "idle" })).toMatchObject({ state: "idle" });
  expect(read({ ...said, status: "pondering" })).toMatchObject({ state: "idle" });
  expect(read({ ...said, status: "constructor" })).toMatchObject({ state: "idle" });
  expect(read(said)).toMatchObject({ state: "idle" });
  expect(read({ ...said, updatedAt: "2026-11-21T20:00:00.000Z" })?.since).toBe(Date.UTC(2026, 10, 21, 20));
});

test("a signal without a session, or of another process than its name says, says nothing", () => {
  expect(read({ pid: 41, status: "busy" })).toBeNull();
  expect(read({ pid: 42, sessionId: ID, status: "busy" })).toBeNull();
  expect(read({ sessionId: ID, status: "busy" })?.pid).toBe(41);
});

test("whatever stands in a signal, reading it does not throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const found = signals()[0]!.read("41.json", text);
      expect(found === null || found.sessionId !== "").toBe(true);
    }),
  );
  fc.assert(
    fc.property(
      fc.record({ status: fc.anything(), waitingFor: fc.anything(), updatedAt: fc.anything(), pid: fc.anything() }),
      (odd) => {
        const found = signals()[0]!.read(
          "41.json",
          JSON.stringify({ ...odd, sessionId: ID }, (_, v) => (typeof v === "bigint" ? 1 : v)),
        );
        expect(found === null || ["working", "waiting", "idle"].includes(found.state)).toBe(true);
        expect(Number.isFinite(found?.since ?? 0)).toBe(true);
      },
    ),
  );
});
