import { expect, test } from "bun:test";
import { isIn } from "../../src/shipper/survey.ts";
import type { Found } from "../../src/shipper/scan.ts";

const ID = "1895777e-50e8-47e0-b2e1-2a8e32769028";
// Only these are looked at.
const at = (path: string) => ({ path, mtime: 0 }) as Found;

test("a session's files are those with its id in a name, also where only the id's beginning ends the name", () => {
  const scope = { session: ID };
  expect(isIn(at(`/h/projects/-w/${ID}.jsonl`), scope)).toBe(true);
  expect(isIn(at(`/h/projects/-w/${ID}/subagents/a.jsonl`), scope)).toBe(true);
  expect(isIn(at("/h/tmp/loom/chats/session-2026-11-21T22-26-1895777e.jsonl"), scope)).toBe(true);
  expect(isIn(at("/h/tmp/loom/chats/session-2026-11-21T22-26-2895777e.jsonl"), scope)).toBe(false);
  expect(isIn(at("/h/tmp/loom-1895777e/chats/session-2026-11-21T22-26-0000aaaa.jsonl"), scope)).toBe(false);
  expect(isIn(at("/h/session-1895777e.jsonl"), { session: "1895777e-x" })).toBe(false);
});
