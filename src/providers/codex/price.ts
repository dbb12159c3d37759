/** List prices of the API, US dollars per million tokens, up to 200,000 tokens of input; read in November 2026. */
import type { Price } from "../../domain/provider.ts";

const O3 = /^o3(?![\w.])/;
/** Its price fell by four fifths. */
const O3_BEFORE = {
  until: Date.UTC(2025, 5, 10),
  price: { input: 10, output: 40, cacheRead: 2.5, cacheWrite: 10 },
};

/** Longest name first: a name also stands for its dated versions. */
const PRICES: readonly (readonly [
  model: RegExp,
  input: number,
  cacheRead: number,
  output: number,
  cacheWrite?: number,
])[] = [
  [/^gpt-5\.6-luna(?![\w.])/, 0.2, 0.02, 1.2, 0.25],
  [/^gpt-5\.6-terra(?![\w.])/, 2, 0.2, 12, 2.5],
  [/^gpt-5\.6(?:-sol)?(?![\w.])/, 5, 0.5, 30, 6.25],
  [/^gpt-5\.5(?![\w.])/, 5, 0.5, 30],
  [/^gpt-5\.4-mini(?![\w.])/, 0.75, 0.075, 4.5],
  [/^gpt-5\.4-nano(?![\w.])/, 0.2, 0.02, 1.25],
  [/^gpt-5\.4(?![\w.])/, 2.5, 0.25, 15],
  [/^gpt-5\.[23](?![\w.])/, 1.75, 0.175, 14],
  [/^gpt-5(?:\.1)?(?:-codex)?-mini(?![\w.])/, 0.25, 0.025, 2],
  [/^gpt-5-nano(?![\w.])/, 0.05, 0.005, 0.4],
  [/^gpt-5(?:\.1)?(?![\w.])/, 1.25, 0.125, 10],
  [/^codex-mini(?![\w.])/, 1.5, 0.375, 6],
  [/^gpt-4\.1(?![\w.])/, 2, 0.5, 8],
  [/^o4-mini(?![\w.])/, 1.1, 0.275, 4.4],
  [O3, 2, 0.5, 8],
];
/** Members of these families with prices of their own, not listed here. */
const OTHERS = /-(?:pro|spark|chat|oss|audio|realtime|search|deep)\b|^o3-mini|^gpt-4\.1-(?:mini|nano)/;

/** null for models without a price we know. */
export function price(model: string): Price | null {
  if (OTHERS.test(model)) return null;
  const found = PRICES.find(([name]) => name.test(model));
  if (!found) return null;
  const [name, input, cacheRead, output, cacheWrite = input] = found;
  const now = { input, output, cacheRead, cacheWrite };
  return name === O3 ? { ...now, before: O3_BEFORE } : now;
}
