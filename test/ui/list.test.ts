import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Session } from "../../src/domain/session.ts";
import {
  above,
  admit,
  append,
  arrive,
  byDay,
  dayOf,
  deepen,
  EMPTY,
  refresh,
  remove,
  type List,
} from "../../ui/timeline/list.ts";
import { aSession } from "./session.ts";

/** A session of the minute: the larger, the newer; days are of 1440 minutes. */
const at = (minute: number, id = `s${minute}`): Session =>
  aSession({ id, last_event_at: new Date(2026, 0, 1, 0, minute).toISOString() });
const ids = (list: List): string[] => list.entries.map((entry) => entry.id);
const timesOf =
  (...sessions: readonly Session[]) =>
  (id: string): string =>
    sessions.findLast((session) => session.id === id)?.last_event_at ?? "";

describe("pages", () => {
  test("follow each other, each row once", () => {
    const first = append(EMPTY, [at(30), at(20)], "c");
    const both = append(first, [at(20), at(10)], null);

    expect(ids(both)).toEqual(["s30", "s20", "s10"]);
    expect(both.next).toBeNull();
  });

  test("never open a day a second time, though a row was touched while paging", () => {
    const first = append(EMPTY, [at(3000), at(1500)], "c");
    const both = append(first, [at(2900), at(10)], null);

    expect(byDay(both).map((day) => day.chunks.flatMap((chunk) => chunk.ids))).toEqual([
      ["s3000"],
      ["s1500", "s2900"],
      ["s10"],
    ]);
  });
});

describe("a live row", () => {
  const list = append(EMPTY, [at(2900), at(2800), at(100)], null);

  test("that is shown under its day changes nothing in the order", () => {
    expect(arrive(list, { ...at(2870), id: "s2800" })).toBe(list);
  });

  test("that is new waits, however often it comes", () => {
    const waiting = arrive(arrive(list, at(2950)), at(2950));

    expect(ids(waiting)).toEqual(["s2900", "s2800", "s100"]);
    expect(waiting.pending).toEqual(["s2950"]);
  });

  test("that wakes up on a later day waits too, and leaves its old place when let in", () => {
    const woken = { ...at(2910), id: "s100" };
    const admitted = admit(arrive(list, woken), timesOf(at(2900), at(2800), woken));

    expect(ids(admitted)).toEqual(["s100", "s2900", "s2800"]);
    expect(byDay(admitted).map((day) => day.key)).toEqual(["2026-01-03", "2026-01-02"]);
  });

  test("that is older than what is loaded is left to paging", () => {
    const part = append(EMPTY, [at(2900)], "c");

    expect(arrive(part, at(100))).toBe(part);
  });

  test("before the first page is nothing to show", () => {
    expect(arrive(EMPTY, at(1))).toBe(EMPTY);
  });

  test("of an import goes to its place in time, not on top", () => {
    const old = at(2850);
    const admitted = admit(arrive(list, old), timesOf(at(2900), at(2800), at(100), old));

    expect(ids(admitted)).toEqual(["s2900", "s2850", "s2800", "s100"]);
  });
});

describe("looking again", () => {
  const none = () => false;
  const list = append(EMPTY, [at(50), at(40), at(30), at(20)], "c");

  test("drops what is gone and lets wait what is new", () => {
    const again = refresh(list, { sessions: [at(60), at(50), at(30)], next: "c2" }, none);

    expect(ids(again)).toEqual(["s50", "s30", "s20"]);
    expect(again.pending).toEqual(["s60"]);
  });

  test("keeps what came while the page was on its way", () => {
    const again = refresh(list, { sessions: [at(50), at(20)], next: "c2" }, (id) => id === "s40");

    expect(ids(again)).toEqual(["s50", "s40", "s20"]);
  });

  test("that finds nothing at all empties the list", () => {
    expect(ids(refresh(list, { sessions: [], next: null }, none))).toEqual([]);
  });

  test("keeps rows beyond what the first page covers", () => {
    expect(ids(refresh(list, { sessions: [at(50), at(40)], next: "c2" }, none))).toEqual(["s50", "s40", "s30", "s20"]);
  });

  test("is the first page when none was there", () => {
    expect(ids(refresh(EMPTY, { sessions: [at(2), at(1)], next: null }, none))).toEqual(["s2", "s1"]);
  });
});

test("a removed row is gone from rows and from those that wait", () => {
  const list = arrive(append(EMPTY, [at(20), at(10)], null), at(30));

  expect(ids(remove(list, "s20"))).toEqual(["s10"]);
  expect(remove(list, "s30").pending).toEqual([]);
  expect(remove(list, "other")).toBe(list);
});

describe("a longer look", () => {
  const shown = append(EMPTY, [at(9, "a"), at(8, "b"), at(7, "c"), at(6, "d")], "next");
  const best = [at(1, "x"), at(9, "a"), at(2, "y"), at(7, "c"), at(3, "z")];

  test("leaves the rows that are looked at where they are, and puts its own order under them", () => {
    const list = deepen(shown, best, 2);

    expect(ids(list)).toEqual(["a", "b", "x", "y", "c", "z", "d"]);
    expect(list.next).toBe("next");
    expect(ids(deepen(list, best, 0))).toEqual(["x", "a", "y", "c", "z", "b", "d"]);
  });

  test("tells which of its rows are better than one that is looked at", () => {
    expect(above(shown, best, 2)).toEqual(["x"]);
    expect(above(shown, best, 3)).toEqual(["x", "y"]);
    expect(above(shown, best, 0)).toEqual([]);
    expect(above(shown, [at(1, "x")], 2)).toEqual(["x"]);
  });
});

test("the day of a session is the viewer's own", () => {
  expect(dayOf(at(0))).toBe("2026-01-01");
  expect(dayOf(aSession({ last_event_at: null, started_at: null }))).toBe("");
});

test("whatever comes in whatever order: no row twice, days only go down, no chunk in two places", () => {
  const minute = fc.integer({ min: 0, max: 6000 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant("arrive" as const), id: fc.integer({ min: 0, max: 20 }), minute }),
    fc.record({ kind: fc.constant("admit" as const) }),
    fc.record({ kind: fc.constant("remove" as const), id: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ kind: fc.constant("page" as const), minutes: fc.array(minute, { maxLength: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const known = new Map<string, Session>();
      const timeOf = (id: string) => known.get(id)?.last_event_at ?? "";
      let list = append(EMPTY, [], "c");
      for (const one of steps) {
        if (one.kind === "arrive") {
          known.set(`r${one.id}`, at(one.minute, `r${one.id}`));
          list = arrive(list, known.get(`r${one.id}`)!);
        }
        if (one.kind === "admit") list = admit(list, timeOf);
        if (one.kind === "remove") list = remove(list, `r${one.id}`);
        if (one.kind === "page") {
          const page = one.minutes.toSorted((a, b) => b - a).map((minutes) => at(minutes));
          for (const session of page) known.set(session.id, session);
          list = append(list, page, "c");
        }
        const days = byDay(list);
        expect(new Set(ids(list)).size).toBe(list.entries.length);
        expect(days.map((day) => day.key)).toEqual([...new Set(days.map((day) => day.key))].toSorted().toReversed());
        for (const day of days) expect(new Set(day.chunks.map((chunk) => chunk.key)).size).toBe(day.chunks.length);
      }
    }),
  );
});
