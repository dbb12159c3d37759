/** What a model call costs; what a person's price file says, and which of its lines a model is charged by. */
import type { PricedTokens } from "./event.ts";
import type { Price } from "./provider.ts";

/** A price of the home's own, for a model by its name; `*` at the end stands for any end. */
export type OwnPrice = { readonly model: string; readonly price: Price };

/** The person's own price of a model: its exact name first, else the longest beginning; null when none is for it. */
export function ownPrice(own: readonly OwnPrice[], model: string): Price | null {
  let best: OwnPrice | null = null;
  for (const one of own) {
    if (one.model === model) return one.price;
    const fits = one.model.endsWith("*") && model.startsWith(one.model.slice(0, -1));
    if (fits && one.model.length > (best?.model.length ?? 0)) best = one;
  }
  return best?.price ?? null;
}

/** The price of a call at `at` (ms UTC); of one without a time the newest. */
export function priceAt(price: Price | null, at: number | null): Price | null {
  if (!price?.before || at === null || at >= price.before.until) return price;
  return priceAt(price.before.price, at);
}

/** The times (ms UTC) at which a price began to be another one. */
export function changesOf(price: Price | null): readonly number[] {
  return price?.before ? [price.before.until, ...changesOf(price.before.price)] : [];
}

/** US dollars for tokens at a price. */
export function costOf(tokens: PricedTokens, price: Price): number {
  const { input, output, cache_read, cache_write, cache_write_1h = 0 } = tokens;
  const written =
    cache_write * price.cacheWrite + cache_write_1h * ((price.cacheWrite1h ?? price.cacheWrite) - price.cacheWrite);
  return (input * price.input + output * price.output + cache_read * price.cacheRead + written) / 1e6;
}
