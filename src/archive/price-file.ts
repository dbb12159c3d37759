/**
 * The home's own prices: `prices.toml` beside config.toml. A table a model, US dollars per million tokens:
 *
 *     ["some-model-4-*"]
 *     input = 5
 *     output = 25
 *     cache_read = 0.5
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../domain/fault.ts";
import type { OwnPrice } from "../domain/price.ts";
import type { Price } from "../domain/provider.ts";
import { readWritten } from "../lib/files.ts";
import { lineOf, readToml } from "../lib/toml.ts";
import type { Writer } from "./writer.ts";

const NAME = "prices.toml";
const KEYS = ["input", "output", "cache_read", "cache_write", "cache_write_1h"] as const;
const ACCEPTED = `Accepted: ${KEYS.join(", ")}; US dollars per million tokens, each a number from 0 to 100000.`;
const DOLLARS_MAX = 100_000;

/** The file's prices in its order; none when it is not there. Throws Fault `invalid` that names file, line and key. */
export function readPriceFile(home: string): readonly OwnPrice[] {
  const path = join(home, NAME);
  const source = readWritten(path);
  const parsed = readToml(source);
  if (parsed.kind === "broken") throw new Fault("invalid", `${path} line ${parsed.line}: ${parsed.reason}.`);
  const refuse = (key: string, reason: string, hint = ACCEPTED): never => {
    throw new Fault("invalid", `${path} line ${lineOf(source, key) ?? "?"}: ${reason}`, hint);
  };
  return Object.entries(parsed.values).map(([model, value]) => ({ model, price: priceOf(model, value, refuse) }));
}

type Refuse = (key: string, reason: string, hint?: string) => never;

function priceOf(model: string, value: unknown, refuse: Refuse): Price {
  if (!isTable(value))
    return refuse(model, `${model} stands in no model's table.`, `Begin with ["MODEL"]. ${ACCEPTED}`);
  for (const [key, inner] of Object.entries(value)) {
    const place = `${model}.${key}`;
    if (isTable(inner)) refuse(place, `${place} is not a price.`, `A name with a dot needs quotes: ["${place}"]`);
    if (!KEYS.some((one) => one === key)) refuse(place, `${place} is not a price.`);
    if (!isDollars(inner)) refuse(place, `${place}: ${JSON.stringify(inner)} is not accepted.`);
  }
  // Checked above, key by key.
  const { input, output, cache_read, cache_write, cache_write_1h } = value as Partial<
    Record<(typeof KEYS)[number], number>
  >;
  if (input === undefined || output === undefined)
    return refuse(model, `${model} needs ${input === undefined ? "input" : "output"}.`);
  return {
    input: rounded(input),
    output: rounded(output),
    cacheRead: rounded(cache_read ?? input),
    cacheWrite: rounded(cache_write ?? input),
    ...(cache_write_1h !== undefined && { cacheWrite1h: rounded(cache_write_1h) }),
  };
}

/** To five decimals: with more, sums of costs would depend on their order. */
const rounded = (dollars: number) => Math.round(dollars * 1e5) / 1e5;

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isDollars = (value: unknown) => typeof value === "number" && value >= 0 && value <= DOLLARS_MAX;

/** How the file looked when it was last read, of each writer: size and time, "" without a file. */
const seen = new WeakMap<Writer, string>();

/** Counts by the file's prices from now on, if it is another one than last time. Throws Fault for a file that is wrong. */
export async function followPriceFile(home: string, writer: Writer): Promise<void> {
  const stat = statSync(join(home, NAME), { throwIfNoEntry: false });
  const look = stat ? `${stat.size}:${stat.mtimeMs}:${stat.ino}` : "";
  if (seen.get(writer) === look) return;
  await writer.run("usePrices", readPriceFile(home));
  seen.set(writer, look);
}

/** A price file is changed by hand, now and then. */
const LOOK_MS = 15_000;

/** Follows the file while the server runs; a mistake in it is told once. Returns what ends that. */
export function watchPriceFile(home: string, writer: Writer, trouble: (message: string) => void): () => void {
  let told = "";
  const look = async () => {
    const wrong = await followPriceFile(home, writer).then(() => "", String);
    if (wrong !== "" && wrong !== told) trouble(`prices stay as they were: ${wrong}`);
    told = wrong;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}
