import { expect, test } from "bun:test";
import fc from "fast-check";
import { routine, untilNext } from "../../src/lib/routine.ts";

const period = fc.constantFrom(20, 250, 500, 1000, 30_000);
const moment = fc.double({ min: 0, max: 1e7, noNaN: true });

test("the next turn is a multiple of the period, at least most of one ahead of a timer that fired early", () => {
  fc.assert(
    fc.property(period, moment, (ms, now) => {
      const left = untilNext(ms, now);
      const off = (now + left) % ms;
      expect(Math.min(off, ms - off)).toBeLessThan(1e-6);
      expect(left).toBeGreaterThanOrEqual(ms / 10);
      expect(left).toBeLessThan(1.1 * ms);
    }),
  );
});

test("every turn of a longer period is one of a shorter that divides it", () => {
  fc.assert(
    fc.property(moment, (now) => {
      const next = now + untilNext(1000, now);
      const off = next % 500;
      expect(Math.min(off, 500 - off)).toBeLessThan(1e-6);
    }),
  );
});

test("a routine goes on until it is stopped, from within too", async () => {
  let turns = 0;
  await new Promise<void>((resolve) => {
    const stop = routine(10, () => {
      if (++turns < 3) return;
      stop();
      resolve();
    });
  });
  await Bun.sleep(50);
  expect(turns).toBe(3);
});
