/** What the parts of deriving share: rows, contexts, what waits, and what was done for each source in this step. */
import type { Database } from "bun:sqlite";
import type { Provider } from "../domain/provider.ts";
import { provider } from "../providers/all.ts";
import type { SourceRow } from "../store/sources.ts";
import type { UsageStore } from "../store/usage.ts";
import type { Asides } from "./asides.ts";
import type { Backlog } from "./backlog.ts";
import type { Reading, Tally } from "./read-lines.ts";

/** What deriving did for one source in a step. */
export type Outcome = { readonly session: number; readonly created: boolean; inserted: number; skipped: number };

export type Deriving = {
  readonly db: Database;
  readonly reading: Reading;
  readonly contexts: Reading["contexts"];
  readonly usage: UsageStore;
  readonly backlog: Backlog;
  readonly asides: Asides;
  /** Sources with an unfinished last line that was not looked at yet. */
  readonly tails: Set<number>;
  /** Sources whose derive failed: they rest until the next start. */
  readonly skipped: Set<number>;
  readonly outcomes: Map<number, Outcome>;
};

/** The JSON form has lines of its own, whichever agent they speak of. */
export function parserOf(row: SourceRow): Provider | null {
  return provider(row.path.startsWith("event:") ? "event" : row.provider);
}

/** Adds up what was done for a source. */
export function tally({ outcomes }: Deriving, source: number, more: Tally & { readonly session: number }): void {
  const outcome = outcomes.get(source) ?? { session: more.session, created: false, inserted: 0, skipped: 0 };
  outcome.inserted += more.inserted;
  outcome.skipped += more.skipped;
  outcomes.set(source, outcome);
}

/** What was derived of an unpacked source is told of the packed one, which was sent. */
export function credit({ outcomes }: Deriving, packed: number, plain: number): void {
  const got = outcomes.get(plain);
  if (!got || !outcomes.delete(plain)) return;
  const before = outcomes.get(packed) ?? { created: false, inserted: 0, skipped: 0 };
  const [inserted, skipped] = [before.inserted + got.inserted, before.skipped + got.skipped];
  outcomes.set(packed, { session: got.session, created: before.created || got.created, inserted, skipped });
}
