/** Cases of parsers: each is a number, and the same number gives the same case. */
import { seeded, type Random } from "../support/random.ts";
import { violation, wholeViolation } from "./laws.ts";
import { mutateLine } from "./mutate.ts";
import { seeds, type Seed } from "./seeds.ts";
import { shrink } from "./shrink.ts";

export type Failure = {
  readonly provider: string;
  readonly case: number;
  readonly what: string;
  /** As small as it still fails. */
  readonly lines: readonly string[];
};

export type Fuzzing = {
  readonly cases: number;
  readonly seconds: number;
  readonly seed: number;
  readonly corpus: string | undefined;
  /** A provider's name; all when absent. */
  readonly only?: string;
  /** Told before each case. */
  readonly begins?: (number: number) => void;
};

export type Fuzzed = { readonly cases: number; readonly seconds: number; readonly failures: readonly Failure[] };

/** One kind of failure is shown once; after so many kinds it is enough. */
const FAILURES_MAX = 20;

/** Works until the cases are done or the time is over. */
export function fuzz({ cases, seconds, seed, corpus, only, begins }: Fuzzing): Fuzzed {
  const all = seeds(corpus).filter(({ provider }) => only === undefined || provider.name === only);
  const failures = new Map<string, Failure>();
  const started = performance.now();
  const spent = () => (performance.now() - started) / 1000;
  let number = 0;
  for (; number < cases && spent() < seconds && failures.size < FAILURES_MAX; number++) {
    begins?.(number);
    const failure = tryCase(all[number % all.length]!, number, seed);
    if (!failure) continue;
    const kind = `${failure.provider} ${failure.what.replaceAll(/\d+/g, "N")}`;
    if (!failures.has(kind)) failures.set(kind, failure);
  }
  return { cases: number, seconds: Math.round(spent() * 10) / 10, failures: [...failures.values()] };
}

function tryCase(seed: Seed, number: number, base: number): Failure | null {
  const random = seeded(Math.imul(base, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const lines = linesFor(random, seed);
  const cut = random.next();
  const what = trouble(seed, lines, cut);
  if (what === null) return null;
  const kind = what.replaceAll(/\d+/g, "N");
  const same = (candidate: readonly string[]) => trouble(seed, candidate, cut)?.replaceAll(/\d+/g, "N") === kind;
  const small = shrink(lines, same);
  return { provider: seed.provider.name, case: number, what: trouble(seed, small, cut) ?? what, lines: small };
}

/** A few lines that stand one after another in a file, some of them made worse. */
function linesFor(random: Random, { files }: Seed): string[] {
  const file = random.pick(files);
  const from = random.next() < 0.3 ? 0 : random.int(0, file.length - 1);
  const lines = file.slice(from, from + random.int(1, 6));
  const worse = random.int(0, lines.length - 1);
  return lines.map((line, n) =>
    n === worse || random.next() < 0.3 ? mutateLine(random, line, random.pick(random.pick(files))) : line,
  );
}

function trouble({ provider }: Seed, lines: readonly string[], cut: number): string | null {
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const found = violation(provider, bytes, Math.floor(cut * bytes.length));
  if (found !== null || !(provider.explode || provider.aside)) return found;
  // A whole file of these records, in the shapes that files have.
  const [first = ""] = lines;
  for (const text of [
    first,
    `{"sessionId":"x","messages":[${lines.join(",")}]}`,
    `{"session":{"id":"x"},"items":[${lines.join(",")}]}`,
  ]) {
    const whole = wholeViolation(provider, "/home/u/x/sessions-index.json", text);
    if (whole !== null) return whole;
  }
  return null;
}
