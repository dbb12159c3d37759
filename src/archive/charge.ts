/** Who a model call is charged to: once, by what the sessions that hold it say. */
import type { Database } from "bun:sqlite";
import type { Tokens } from "../domain/event.ts";
import type { Price, Provider, Usage } from "../domain/provider.ts";
import { hash60 } from "../lib/id.ts";
import type { Rows } from "../store/event-rows.ts";
import { costOf, pricesOf } from "../store/prices.ts";
import type { SessionState } from "../store/session-state.ts";
import type { UsageStore } from "../store/usage.ts";

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

/** Counts a model call once, and charges its owner. */
export function chargeUsage(target: Charging, usage: Usage): void {
  const { db, session, owner, provider, rows } = target;
  const { model, tokens } = usage;
  const row = {
    ...tokens,
    session: session.id,
    nameId: model === null ? null : rows.name(model),
    at: usage.at ?? null,
  };
  const key = hash60(`${provider.name}\n${usage.key}`);
  const raised = target.usage.raise(key, row, (other) => isRatherOf(session, owner(other)));
  const { moved, added, changed } = raised;
  const price = (name: string | null) => pricesOf(db)(session.provider, name);
  if (moved) {
    charge(owner(moved.from), negative(moved.tokens), price(moved.model));
    charge(session, moved.tokens, price(moved.model));
  }
  if (!changed) return;
  const charged = raised.session === session.id ? session : owner(raised.session);
  charge(charged, added, price(model));
}

/**
 * Whether a call that two sessions hold is `one`'s: the origin's rather than its fork's or helper's, else the earlier
 * one's. By what the sessions say, never by which came first: a child is often shipped before its parent.
 */
function isRatherOf(one: SessionState, other: SessionState): boolean {
  if (one.fork_uuid === other.uuid || one.parent_uuid === other.uuid) return false;
  if (other.fork_uuid === one.uuid || other.parent_uuid === one.uuid) return true;
  const [mine, theirs] = [one.started_at ?? Infinity, other.started_at ?? Infinity];
  // An agent's own ids may grow with time.
  return mine === theirs ? one.psid < other.psid : mine < theirs;
}

const FIGURES = ["input", "output", "cache_read", "cache_write", "reasoning"] as const;

function charge(session: SessionState, tokens: Tokens, price: Price | null) {
  for (const figure of FIGURES) session[figure] += tokens[figure];
  if (price) session.cost_usd = (session.cost_usd ?? 0) + costOf(tokens, price);
  // All of it was another's: nothing is known of a price.
  if (FIGURES.every((figure) => session[figure] === 0)) session.cost_usd = null;
}

const negative = (tokens: Tokens): Tokens => ({
  input: -tokens.input,
  output: -tokens.output,
  cache_read: -tokens.cache_read,
  cache_write: -tokens.cache_write,
  reasoning: -tokens.reasoning,
});
