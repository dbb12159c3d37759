/**
 * `bun run fuzz [--cases N] [--seconds S] [--seed X] [--only PROVIDER] [--ingest N]`: parsers and the ingest endpoint under
 * lines that were made worse; `--queries`: search under 100,000 queries of any kind instead. The same seed gives the same cases. Ends with 1 when something fails.
 */
import { parseArgs } from "node:util";
import { fuzzIngest } from "./ingest.ts";
import { fuzzQueries } from "./queries.ts";
import type { Fuzzed } from "./run.ts";

/** A case at work for longer never ends, milliseconds. */
const STUCK_MS = 20_000;

const { values: args } = parseArgs({
  options: {
    cases: { type: "string" },
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    ingest: { type: "string", default: "1000" },
    only: { type: "string" },
    queries: { type: "boolean", default: false },
  },
});

const [cases, seconds, seed] = [Number(args.cases ?? 200_000), Number(args.seconds), Number(args.seed)];
if (args.queries) await queries();
const corpus = process.env["LONGHOUSE_CORPUS"];
console.log(
  `seed ${seed}, ${corpus ? "lines of the corpus and fixtures" : "lines of our fixtures (LONGHOUSE_CORPUS is not set)"}`,
);

const parsed = await parsers();
for (const { provider, case: number, what, lines } of parsed.failures) {
  console.log(`\n${provider}, case ${number}: ${what}`);
  for (const line of lines) console.log(`  ${JSON.stringify(line.length > 2000 ? `${line.slice(0, 2000)}…` : line)}`);
}
console.log(`parsers: ${parsed.cases} cases in ${parsed.seconds} s, ${parsed.failures.length} kinds of failure`);
const left = Math.max(5, seconds - parsed.seconds);
const ingested = await fuzzIngest({ cases: Number(args.ingest), seconds: left, seed, corpus });
for (const { case: number, what } of ingested.failures) console.log(`\ningest, case ${number}: ${what}`);
console.log(`ingest: ${ingested.cases} cases in ${ingested.seconds} s, ${ingested.failures.length} failures`);
process.exit(parsed.failures.length + ingested.failures.length > 0 ? 1 : 0);

/** Ends the program. */
async function queries(): Promise<never> {
  const asked = await fuzzQueries({ cases: Number(args.cases ?? 100_000), seconds, seed });
  for (const { query, what } of asked.failures) console.log(`\n${JSON.stringify(query.slice(0, 2000))}: ${what}`);
  console.log(`seed ${seed}: ${asked.cases} queries in ${asked.seconds} s, the slowest ${asked.slowest} ms`);
  process.exit(asked.failures.length > 0 ? 1 : 0);
}

function parsers(): Promise<Fuzzed> {
  const now = new SharedArrayBuffer(4);
  const at = new Int32Array(now);
  const worker = new Worker(new URL("./fuzz.worker.ts", import.meta.url));
  const { promise, resolve } = Promise.withResolvers<Fuzzed>();
  let [seen, since] = [-1, performance.now()];
  const watch = setInterval(() => {
    const number = Atomics.load(at, 0);
    if (number !== seen) [seen, since] = [number, performance.now()];
    if (performance.now() - since < STUCK_MS) return;
    const what = `never ends (--seed ${seed} --cases ${number + 1})`;
    resolve({ cases: number, seconds: 0, failures: [{ provider: "?", case: number, what, lines: [] }] });
  }, 500);
  worker.onmessage = ({ data }: MessageEvent<Fuzzed>) => resolve(data);
  worker.onerror = ({ message }) =>
    resolve({ cases: seen, seconds: 0, failures: [{ provider: "?", case: seen, what: message, lines: [] }] });
  worker.postMessage({ cases, seconds, seed, corpus, only: args.only, now });
  return promise.finally(() => {
    clearInterval(watch);
    worker.terminate();
  });
}
