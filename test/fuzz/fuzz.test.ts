/** A short run of `bun run fuzz` with a seed that stays: what it found once it must not find again. */
import { expect, test } from "bun:test";
import { fuzzIngest } from "./ingest.ts";
import { fuzz } from "./run.ts";

const corpus = Bun.env.LONGHOUSE_CORPUS;
if (!corpus) console.log("fuzz.test.ts: LONGHOUSE_CORPUS is not set, lines come from our fixtures alone");

test("no line makes a parser throw, hang, grow, or say something else when it is split or read back", () => {
  const { cases, seconds, failures } = fuzz({ cases: 20_000, seconds: 10, seed: 20_261_121, corpus });

  console.log(`${cases} cases in ${seconds} s`);
  expect(cases).toBeGreaterThan(1000);
  expect(failures).toEqual([]);
}, 60_000);

test("whatever is sent to ingest, it answers, comes back byte for byte, and its session can be read", async () => {
  const { cases, seconds, failures } = await fuzzIngest({ cases: 300, seconds: 8, seed: 20_261_121, corpus });

  console.log(`${cases} sources in ${seconds} s`);
  expect(cases).toBeGreaterThan(50);
  expect(failures).toEqual([]);
}, 60_000);
