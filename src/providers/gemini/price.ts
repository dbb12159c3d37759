/** List prices of the API, US dollars per million tokens, for prompts up to 200,000 tokens; read in November 2026. */
import type { Price } from "../../domain/provider.ts";

const PRICES: readonly (readonly [model: RegExp, input: number, cacheRead: number, output: number])[] = [
  [/^gemini-2\.5-pro(?![\w.])/, 1.25, 0.125, 10],
  [/^gemini-2\.5-flash-lite(?![\w.])/, 0.1, 0.01, 0.4],
  [/^gemini-2\.5-flash(?![\w.])/, 0.3, 0.03, 2.5],
  [/^gemini-3(?:\.1)?-pro(?![\w.])/, 2, 0.2, 12],
  [/^gemini-3-flash(?![\w.])/, 0.5, 0.05, 3],
  [/^gemini-3\.5-flash(?![\w.])/, 1.5, 0.15, 9],
];
/** Members of these families with prices of their own. */
const OTHERS = /-(?:image|tts|live|audio|native|computer)\b|-flash-lite-image/;

/** null for models without a price we know. */
export function price(model: string): Price | null {
  const found = OTHERS.test(model) ? undefined : PRICES.find(([name]) => name.test(model));
  if (!found) return null;
  const [, input, cacheRead, output] = found;
  return { input, output, cacheRead, cacheWrite: input };
}
