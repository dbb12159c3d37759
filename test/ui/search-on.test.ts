import { expect, test } from "bun:test";
import type { SessionList } from "../../src/domain/session.ts";
import { searchOn, type Further } from "../../ui/timeline/search-on.ts";
import { aSession } from "./session.ts";

const page = (ids: string, more: Partial<SessionList> = {}): SessionList => ({
  sessions: [...ids].map((id) => aSession({ id })),
  next: null,
  ...more,
});

/** Answers one after another; gives what was asked and what was shown. */
async function searched(wanted: number, ...pages: readonly (SessionList | Error)[]) {
  const asked: Further[] = [];
  const shown: string[] = [];
  const ask = async (further: Further) => {
    const answer = pages[asked.push(further) - 1]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const show = (sessions: SessionList["sessions"]) => void shown.push(sessions.map(({ id }) => id).join(""));
  await searchOn(ask, { wanted, show, rest: async () => {} });
  return { asked, shown };
}

test("an answer that ran out of time is continued by its cursor until there are enough, and nothing moves", async () => {
  const { asked, shown } = await searched(
    4,
    page("ab", { partial: true, next: "1" }),
    page("bc", { partial: true, next: "2" }),
    page("d", { partial: true, next: "3" }),
  );

  expect(asked).toEqual([{}, { cursor: "1" }, { cursor: "2" }]);
  expect(shown).toEqual(["ab", "abc", "abcd"]);
});

test("where older sessions were left out, the best of all time come under those there", async () => {
  const { asked, shown } = await searched(2, page("ab", { next: "1", cut: true }), page("xaby"));

  expect(asked).toEqual([{}, { thorough: 1 }]);
  expect(shown).toEqual(["ab", "abxy"]);
});

test("a whole answer is not asked for again", async () => {
  expect((await searched(8, page("ab"))).asked).toEqual([{}]);
});

test("a later failure leaves what is there, the first one is told", async () => {
  const { shown } = await searched(4, page("ab", { partial: true, next: "1" }), new Error("gone"));

  expect(shown).toEqual(["ab"]);
  expect(searched(4, new Error("gone"))).rejects.toThrow("gone");
});
