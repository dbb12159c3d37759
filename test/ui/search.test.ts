import { expect, test } from "bun:test";
import type { Match, SessionHit, Understood } from "../../src/domain/session.ts";
import { addHits, answerOf, without, wordsOf } from "../../ui/timeline/search.ts";
import { aSession } from "./session.ts";

const match = (event_id: string): Match => ({
  event_id,
  role: "user",
  kind: "prompt",
  tool_name: null,
  at: null,
  snippet: "",
  ranges: [],
});
const hit = (id: string, events: readonly string[], count: number): SessionHit => ({
  ...aSession({ id }),
  matches: events.map(match),
  match_count: count,
});
const piece = (text: string, as: Understood["as"], more: Partial<Understood> = {}): Understood => ({
  text,
  as,
  ...more,
});

test("passages of a session that comes again on a later page are added, each once, three at most", () => {
  const first = addHits({}, [hit("a", ["1", "2"], 5)]);
  const both = addHits(first, [hit("a", ["2", "3", "4"], 4), hit("b", ["9"], 1)]);

  expect(both["a"]!.matches.map((one) => one.event_id)).toEqual(["1", "2", "3"]);
  expect(both["a"]!.count).toBe(5);
  expect(both["b"]!.count).toBe(1);
});

test("a server that sends only the first match is understood", () => {
  const one: SessionHit = { ...aSession({ id: "a" }), match: match("1") };

  expect(addHits({}, [one])["a"]).toEqual({ matches: [match("1")], count: 1 });
});

test("titles are marked with what was wanted, without its signs", () => {
  const pieces = [
    piece("retry", "word"),
    piece('"back off"', "phrase"),
    piece("jit*", "prefix"),
    piece("-no", "word", { negated: true }),
    piece("project:a", "filter"),
  ];

  expect(wordsOf(pieces)).toEqual(["retry", "back off", "jit"]);
});

test("a piece taken out leaves the others as they were typed", () => {
  expect(without("retry  project:a 429", piece("project:a", "filter"))).toBe("retry 429");
  expect(without("retry", piece("gone", "word"))).toBe("retry");
});

test("an answer to no query has no tier", () => {
  expect(answerOf({ sessions: [], next: null })).toEqual({
    tier: null,
    partial: false,
    cut: false,
    tookMs: null,
    understood: [],
  });
});
