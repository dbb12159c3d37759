import { expect, test } from "bun:test";
import fc from "fast-check";
import { createBacklog } from "../../src/archive/backlog.ts";
import { openArchive } from "../support/archive.ts";

const bytes = (length: number) => new Uint8Array(length);

test("what is behind is what was put and not worked off, whatever the pieces", () => {
  const archive = openArchive();
  const act = fc.oneof(
    fc.record({ put: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 5000 }), whole: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const backlog = createBacklog(archive.db);
      const left: number[] = [];
      for (const one of acts) {
        if ("put" in one) {
          backlog.put(1, 0, bytes(one.put));
          left.push(one.put);
        } else if (backlog.head) {
          backlog.take(one.take, one.whole);
          left[0] = one.whole ? 0 : Math.max(0, left[0]! - one.take);
          if (one.whole) left.shift();
        }
        expect(backlog.behind).toBe(left.reduce((sum, n) => sum + n, 0));
      }
    }),
  );
  archive.close();
});

test("the memory of what is worked off is given back", () => {
  const archive = openArchive();
  const backlog = createBacklog(archive.db);
  const body = bytes(1000);
  backlog.put(1, 0, body);

  backlog.take(1000, true);

  expect([backlog.inMemory, backlog.head, body.length]).toEqual([0, null, 0]);
  archive.close();
});
