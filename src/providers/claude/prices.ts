/** Public list prices of the API, US dollars per million tokens, as of 2026-10. */
import type { Price } from "../../domain/provider.ts";

function price(input: number, output: number, cacheRead: number): Price {
  return { input, output, cacheRead, cacheWrite: input * 1.25, cacheWrite1h: input * 2 };
}

const OPUS_OLD = price(15, 75, 1.5);
const OPUS = price(5, 25, 0.5);
const SONNET = price(3, 15, 0.3);
const FABLE = price(10, 50, 1);

/** By family and version. Models with prices by prompt length, or whose price we have not seen from the vendor, are missing. */
const PRICES: Readonly<Record<string, Price>> = {
  "opus-3": OPUS_OLD,
  "opus-4": OPUS_OLD,
  "opus-4-0": OPUS_OLD,
  "opus-4-1": OPUS_OLD,
  "opus-4-5": OPUS,
  "opus-4-6": OPUS,
  "opus-4-7": OPUS,
  "opus-4-8": OPUS,
  "opus-5": OPUS,
  "sonnet-3-5": SONNET,
  "sonnet-3-7": SONNET,
  "sonnet-4": SONNET,
  "sonnet-4-0": SONNET,
  "sonnet-4-5": SONNET,
  "sonnet-4-6": SONNET,
  "sonnet-5": price(2, 10, 0.2),
  "haiku-3": { input: 0.25, output: 1.25, cacheRead: 0.03, cacheWrite: 0.3, cacheWrite1h: 0.5 },
  "haiku-3-5": price(0.8, 4, 0.08),
  "haiku-4-5": price(1, 5, 0.1),
  "fable-5": FABLE,
  "fable-5-1": { ...FABLE, cacheRead: 0.25 },
};

/** The price of a model, named in any of the vendor's or a cloud's ways; null when it is not known. Never throws. */
export function priceOf(model: string): Price | null {
  const now = /claude-([a-z]+)-(\d{1,2})(?:-(\d{1,2}))?(?!\d)/.exec(model);
  if (now) return PRICES[[now[1], now[2], now[3]].filter((part) => part !== undefined).join("-")] ?? null;
  const old = /claude-(\d{1,2})(?:-(\d{1,2}))?-([a-z]+)/.exec(model);
  return old ? (PRICES[[old[3], old[1], old[2]].filter((part) => part !== undefined).join("-")] ?? null) : null;
}
