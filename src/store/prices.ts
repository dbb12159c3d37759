/**
 * What a model call costs: the home's own prices (prices.toml) before those that the providers' modules bring.
 *
 * A session's cost is summed up while it is derived, so that a timeline need not look at its calls. The own prices
 * therefore stand in the archive, where the writer has them before the first byte; when they change, or a newer version
 * brings other prices, all sessions' costs are counted anew from their calls (`usePrices`, 0.2 s a million events).
 * So what sessions say and what reports add up is always the same.
 */
import type { Database } from "bun:sqlite";
import { changesOf, costOf, ownPrice, priceAt } from "../domain/price.ts";
import type { OwnPrice } from "../domain/price.ts";
import type { Price } from "../domain/provider.ts";
import type { PricedTokens } from "../domain/event.ts";
import { PROVIDERS, provider } from "../providers/all.ts";
import { readSetting, putSetting } from "./settings.ts";
import type { Effects } from "./write.ts";

/** The price of a provider's model; null when nobody knows it. */
export type Prices = (provider: string, model: string | null) => Price | null;

/** What the sessions' costs were counted by. */
type Stored = { readonly own: readonly OwnPrice[]; readonly counted: string };

const SETTING = "prices";
/** Sessions of one repricing that the live feed is told of; who looks at more fetches them again anyway. */
const TOLD_MAX = 500;
const known = new WeakMap<Database, Prices>();

/** The prices that the archive's costs are counted by, read once for each connection. */
export function pricesOf(db: Database): Prices {
  const found = known.get(db) ?? pricesBy(stored(db).own);
  known.set(db, found);
  return found;
}

/**
 * SQL that says in which era a time lies: between two changes of any price of the archive's models, as a number; NULL for
 * no time. Calls of one era can be added up before they are priced.
 */
export function eraOf(db: Database, column: string): string {
  const prices = pricesOf(db);
  const names = db.query<{ name: string }, []>("SELECT name FROM names").all();
  const all = names.flatMap(({ name }) => PROVIDERS.flatMap((one) => changesOf(prices(one.name, name))));
  return [0, ...new Set(all)].map((change) => `(${column} >= ${change})`).join(" + ");
}

/** Command: counts by these own prices from now on. Returns how many sessions cost something else than before. */
export function usePrices(db: Database, own: readonly OwnPrice[], effects: Effects): number {
  known.delete(db);
  const prices = pricesBy(own);
  const counted = fingerprint(db, prices);
  const before = stored(db);
  if (before.counted === counted && Bun.deepEquals(before.own, own)) return 0;
  putSetting(db, { key: SETTING, value: JSON.stringify({ own, counted } satisfies Stored) });
  const changed = countAnew(db, prices);
  for (const session of changed.slice(0, TOLD_MAX)) effects.touched(session);
  return changed.length;
}

function stored(db: Database): Stored {
  const text = readSetting(db, SETTING);
  return text === null ? { own: [], counted: "" } : (JSON.parse(text) as Stored);
}

function pricesBy(own: readonly OwnPrice[]): Prices {
  const found = new Map<string, Price | null>();
  return (name, model) => {
    if (model === null) return null;
    const key = `${name}\n${model}`;
    const price = found.get(key);
    if (price !== undefined) return price;
    const looked = ownPrice(own, model) ?? provider(name)?.price(model) ?? null;
    found.set(key, looked);
    return looked;
  };
}

/** Differs when any price of a name in the archive does. Most names are tools; they have none. */
function fingerprint(db: Database, prices: Prices): string {
  const names = db.query<{ name: string }, []>("SELECT name FROM names ORDER BY name").all();
  const priced = names.flatMap(({ name }) =>
    PROVIDERS.map((one) => [one.name, name, prices(one.name, name)]).filter(([, , price]) => price !== null),
  );
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(priced)).digest("hex");
}

type Spent = PricedTokens & {
  readonly session: number;
  readonly provider: string;
  readonly model: string | null;
  readonly at: number | null;
};

/** Every session's cost, from its calls. Returns the sessions whose cost is another one now. */
function countAnew(db: Database, prices: Prices): number[] {
  const costs = new Map<number, number>();
  const rows = db.query<Spent, []>(
    `SELECT u.session, s.provider, (SELECT name FROM names WHERE id = u.model) AS model, sum(u.input) AS input,
     sum(u.output) AS output, sum(u.cache_read) AS cache_read, sum(u.cache_write) AS cache_write, 0 AS reasoning,
     sum(u.cache_write_1h) AS cache_write_1h, min(u.at) AS at
     FROM usage u JOIN sessions s ON s.id = u.session GROUP BY u.session, u.model, ${eraOf(db, "u.at")}`,
  );
  for (const row of rows.iterate()) {
    const price = priceAt(prices(row.provider, row.model), row.at);
    if (price) costs.set(row.session, (costs.get(row.session) ?? 0) + costOf(row, price));
  }
  const set = db.query("UPDATE sessions SET cost_usd = ?, version = version + 1 WHERE id = ?");
  const all = db.query<{ id: number; cost: number | null }, []>("SELECT id, cost_usd AS cost FROM sessions").all();
  const changed = all.filter(({ id, cost }) => !isSame(cost, costs.get(id) ?? null));
  for (const { id } of changed) set.run(costs.get(id) ?? null, id);
  return changed.map(({ id }) => id);
}

/** Sums of fractions in another order differ by less than this. */
function isSame(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one === other : Math.abs(one - other) < 1e-9;
}
