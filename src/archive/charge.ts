/** Who a model call is charged to: once, by what the sessions that hold it say. */
import type { Database } from "bun:sqlite";
import type { PricedTokens } from "../domain/event.ts";
import { costOf, priceAt } from "../domain/price.ts";
import type { Price, Provider, Usage } from "../domain/provider.ts";
import { hash60 } from "../lib/id.ts";
import type { Rows } from "../store/event-rows.ts";
import { pricesOf } from "../store/prices.ts";
import type { SessionState } from "../store/session-state.ts";
import type { Charged, Holder, UsageStore } from "../store/usage.ts";

/** What charging needs of a derive's target. */
export type Charging = {
  readonly db: Database;
  readonly rows: Rows;
  readonly usage: UsageStore;
  readonly provider: Provider;
  readonly session: SessionState;
  /** Another session's state. */
  owner(session: number): SessionState;
};

/** Counts a model call once, and charges its owner. `replayed`: the record that tells of it is a copy. */
export function chargeUsage(target: Charging, usage: Usage, replayed: boolean): void {
  const { db, session, owner, provider, rows } = target;
  const { tokens } = usage;
  const row = {
    ...tokens,
    cache_write_1h: tokens.cache_write_1h ?? 0,
    session: session.id,
    nameId: usage.model === null ? null : rows.name(usage.model),
    at: usage.at ?? null,
    replayed: replayed ? 1 : 0,
  };
  const key = hash60(`${provider.name}\n${usage.key}`);
  const isRather = (holder: Holder) =>
    isRatherOf({ ...row, state: session }, { ...holder, state: owner(holder.session) });
  const { was, added, changed, ...raised } = target.usage.raise(key, row, isRather);
  if (!was && !changed) return;
  const price = (name: string | null, at: number | null) => priceAt(pricesOf(db)(session.provider, name), at);
  const now = price(raised.model ?? usage.model, raised.at);
  const charged = raised.session === session.id ? session : owner(raised.session);
  if (was) {
    charge(was.session === session.id ? session : owner(was.session), negative(was.tokens), price(was.model, was.at));
    charge(charged, was.tokens, now);
  }
  if (changed) charge(charged, added, now);
}

type Claim = Pick<Holder, "at" | "replayed"> & { readonly state: SessionState };

/**
 * Whether a call that two sessions hold is `one`'s: where it is no known copy, then where it is told earlier (forks may
 * stamp copies anew), then in a session that came from no other. By what the files say, and each of these is the same
 * whatever the order in which they come: a child is often shipped before its parent.
 */
function isRatherOf(one: Claim, other: Claim): boolean {
  if (one.replayed !== other.replayed) return one.replayed < other.replayed;
  const [mine, theirs] = [one.at ?? Infinity, other.at ?? Infinity];
  if (mine !== theirs) return mine < theirs;
  if (isDerived(one.state) !== isDerived(other.state)) return !isDerived(one.state);
  // An agent's own ids may grow with time.
  const name = ({ state }: Claim) => `${state.psid}\n${state.uuid}`;
  return name(one) < name(other);
}

const isDerived = ({ fork_uuid, parent_uuid }: SessionState) => fork_uuid !== null || parent_uuid !== null;

const FIGURES = ["input", "output", "cache_read", "cache_write", "reasoning"] as const;

function charge(session: SessionState, tokens: PricedTokens, price: Price | null) {
  for (const figure of FIGURES) session[figure] += tokens[figure];
  if (price) session.cost_usd = exact((session.cost_usd ?? 0) + costOf(tokens, price));
  // All of it was another's: nothing is known of a price.
  if (FIGURES.every((figure) => session[figure] === 0)) session.cost_usd = null;
}

/** Prices have at most five decimals a million tokens: so sums are the same in any order. */
const exact = (dollars: number) => Math.round(dollars * 1e11) / 1e11;

const negative = (tokens: Charged): Charged => ({
  input: -tokens.input,
  output: -tokens.output,
  cache_read: -tokens.cache_read,
  cache_write: -tokens.cache_write,
  reasoning: -tokens.reasoning,
  cache_write_1h: -tokens.cache_write_1h,
});
