/** A short run of `bun run fuzz` with a seed that stays: what it found once it must not find again. */
import { expect, test } from "bun:test";
import { fuzzIngest } from "./ingest.ts";
import { fuzzQueries } from "./queries.ts";
import { fuzz } from "./run.ts";

const corpus = Bun.env.LONGHOUSE_CORPUS;
/** `.ci/run` gives it two minutes in all. */
const seconds = Number(Bun.env.FUZZ_SECONDS ?? 20);
if (!corpus) console.log("fuzz.test.ts: LONGHOUSE_CORPUS is not set, lines come from our fixtures alone");

test(
  "no line makes a parser throw, hang, grow, or say something else when it is split or read back",
  () => {
    const {
      cases,
      seconds: took,
      failures,
    } = fuzz({ cases: 1000 * seconds * 4, seconds: seconds * 0.4, seed: 20_261_121, corpus });

    console.log(`${cases} cases in ${took} s`);
    expect(cases).toBeGreaterThan(1000);
    expect(failures).toEqual([]);
  },
  60_000 + 2000 * seconds,
);

test(
  "whatever is sent to ingest, it answers, comes back byte for byte, and its session can be read",
  async () => {
    const {
      cases,
      seconds: took,
      failures,
    } = await fuzzIngest({ cases: 20 * seconds, seconds: seconds * 0.4, seed: 20_261_121, corpus });

    console.log(`${cases} sources in ${took} s`);
    expect(cases).toBeGreaterThan(50);
    expect(failures).toEqual([]);
  },
  60_000 + 2000 * seconds,
);

test(
  "whatever is searched for, it is answered, in time, with nothing twice and no mark outside its text",
  async () => {
    const asked = await fuzzQueries({ cases: 1000 * seconds, seconds: seconds * 0.2, seed: 20_261_121 });

    console.log(`${asked.cases} queries in ${asked.seconds} s, the slowest ${asked.slowest} ms`);
    expect(asked.failures).toEqual([]);
    expect(asked.cases).toBeGreaterThanOrEqual(50);
  },
  60_000 + 2000 * seconds,
);
