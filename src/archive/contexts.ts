/** What deriving keeps in memory between slices: one context a source, one state a session. All of it can be read again. */
import type { Database } from "bun:sqlite";
import type { Provider } from "../domain/provider.ts";
import { LineCutter } from "../lib/lines.ts";
import { loadSession, saveSession } from "../store/session-state.ts";
import type { SessionState } from "../store/session-state.ts";
import { mainSources, setDerived } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { recount } from "./recount.ts";
import { newSlice } from "./slice.ts";
import type { Slice } from "./slice.ts";

/** A source that is being derived. */
export type Context = {
  readonly source: number;
  readonly provider: Provider;
  readonly session: number;
  readonly cutter: LineCutter;
  state: object;
  /** Bytes given to the cutter so far. */
  fed: number;
  /** Counts equal lines; null in a session with one main source. */
  readonly ordinals: Map<string, number> | null;
  /** Position of the last event, pointing into another source, that this one has told of too. */
  reach: number;
  /** Events of the unfinished last line are shown. */
  provisional: boolean;
  /** The latest time of its records, ms; 0 = none has any. */
  last: number;
};

/** The `state` column: the parser's state, whether provisional events stand, and the latest time. */
type Stored = { readonly state: object; readonly provisional: boolean; readonly last?: number };

/** Sources and sessions kept open; more than are ever live at once. */
const KEEP = 64;

export type Contexts = ReturnType<typeof createContexts>;

/** `save` writes what changed since the last call; `forget` drops what is in memory (after a rollback or a deletion). */
export function createContexts(db: Database) {
  const contexts = new Map<number, Context>();
  const sessions = new Map<number, SessionState>();
  const slices = new Map<number, Slice>();
  const dirtySources = new Set<Context>();
  const dirtySessions = new Set<number>();

  const session = (id: number): SessionState => {
    if (dirtySessions.has(id)) return sessions.get(id)!;
    const state = sessions.get(id) ?? loadSession(db, id);
    sessions.delete(id);
    sessions.set(id, state);
    dirtySessions.add(id);
    return state;
  };

  return {
    find: (source: number): Context | undefined => contexts.get(source),
    open(row: SourceRow, provider: Provider, id: number): Context {
      const context = openContext(db, row, provider, session(id));
      contexts.delete(row.id);
      contexts.set(row.id, context);
      return context;
    },
    session,
    /** What the current slice does to a session. */
    slice(id: number): Slice {
      const found = slices.get(id) ?? newSlice(session(id));
      slices.set(id, found);
      return found;
    },
    touch(context: Context): void {
      dirtySources.add(context);
    },
    /** Writes rows; returns what the slice did, by session. */
    save(): ReadonlyMap<number, Slice> {
      for (const context of dirtySources) saveContext(db, context);
      for (const [id, slice] of slices) if (slice.recount) recount(db, session(id));
      for (const id of dirtySessions) saveSession(db, sessions.get(id)!);
      const done = new Map(slices);
      slices.clear();
      dirtySources.clear();
      dirtySessions.clear();
      trim(contexts);
      trim(sessions);
      return done;
    },
    close(source: number): void {
      contexts.delete(source);
    },
    /** Writes a session's row now: what was charged to it stands in other rows already. */
    flush(id: number): void {
      if (dirtySessions.has(id)) saveSession(db, sessions.get(id)!);
    },
    /** Forgets a session whose rows were rewritten, unsaved changes too. */
    drop(id: number): void {
      for (const [source, context] of contexts)
        if (context.session === id && contexts.delete(source)) dirtySources.delete(context);
      sessions.delete(id);
      slices.delete(id);
      dirtySessions.delete(id);
    },
    forget(): void {
      for (const map of [contexts, sessions, slices]) map.clear();
      dirtySources.clear();
      dirtySessions.clear();
    },
  };
}

/** The latest time of a source's records, ms, as far as it was derived. */
export function lastTime({ state }: SourceRow): number {
  return state === null ? 0 : ((JSON.parse(state) as Stored).last ?? 0);
}

function openContext(db: Database, row: SourceRow, provider: Provider, session: SessionState): Context {
  const several = mainSources(db, session.id).length > 1;
  const stored = row.state === null ? null : (JSON.parse(row.state) as Stored);
  // With several sources equal lines are counted per source, and only a walk from its start counts them all.
  const from = several || !stored ? 0 : row.derived_through;
  return {
    source: row.id,
    provider,
    session: session.id,
    cutter: new LineCutter(from),
    state: from === 0 || !stored ? provider.start() : stored.state,
    fed: from,
    ordinals: several ? new Map() : null,
    reach: several ? -1 : session.next_position - 1,
    provisional: stored?.provisional ?? false,
    last: (from > 0 && stored?.last) || 0,
  };
}

function saveContext(db: Database, { source, provider, cutter, state, provisional, last }: Context) {
  const stored = JSON.stringify({ state, provisional, last } satisfies Stored);
  setDerived(db, source, { derivedThrough: cutter.lineStart, version: provider.version, state: stored });
}

/** Forgets the oldest. */
function trim(map: Map<number, unknown>) {
  for (const key of map.keys()) {
    if (map.size <= KEEP) return;
    map.delete(key);
  }
}
