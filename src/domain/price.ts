/** What a person's price file says, and which of its lines a model is charged by. */
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
