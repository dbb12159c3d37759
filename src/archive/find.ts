/** A search: the query understood, candidates gathered and ranked, a page of them with their passages read back. */
import type { Database } from "bun:sqlite";
import { hasWords, parseQuery } from "../domain/query.ts";
import type { Query } from "../domain/query.ts";
import type { Session, SessionHit, SessionList, Tier } from "../domain/session.ts";
import { makeFinder } from "../domain/snippet.ts";
import { openForReading } from "../store/open.ts";
import { phraseOf } from "../store/search/match.ts";
import { DamagedShard, openIndexReader } from "../store/search/reader.ts";
import type { IndexReader } from "../store/search/reader.ts";
import { makeScopes, recentOf } from "../store/search/scope.ts";
import type { Scopes } from "../store/search/scope.ts";
import type { SessionFilters } from "../store/session-filters.ts";
import { formatCursor, listRecent, parseCursor } from "../store/session-list.ts";
import { sessionsByRow } from "../store/session-rows.ts";
import { createCandidates } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { gather } from "./collect.ts";
import { mergeFilters } from "./find-filters.ts";
import { formatFindCursor, parseFindCursor } from "./find-cursor.ts";
import type { FindCursor } from "./find-cursor.ts";
import { readPassages } from "./passages.ts";
import type { FindRequest, SearchPaths } from "./search-protocol.ts";

/** Past this only the first passage of a session is read. */
const PASSAGES_MS = 4;
export type FinderThread = ReturnType<typeof openFinder>;

/** Opens both databases for reading. `damaged` is told of shards that can not be read; they are left out. */
export function openFinder(paths: SearchPaths, damaged: (shard: number) => void) {
  const archive = openForReading(paths.longhouse, 4000);
  const index = openIndexReader(paths.search);
  const scopes = makeScopes(archive);
  const search = (what: Omit<Search, "cancelled">, cancelled: () => boolean): SessionList => {
    try {
      return index.snapshot(() => findWords({ ...what, cancelled }));
    } catch (error) {
      if (!(error instanceof DamagedShard)) throw error;
      index.leaveOut(error.shard);
      damaged(error.shard);
      return search(what, cancelled);
    }
  };
  return {
    /** Does once what every first search pays for: spans read, statements prepared, code compiled. */
    warm(now: number): void {
      const filters = { include_subagents: false };
      const request: FindRequest = {
        query: "the of",
        filters,
        sort: "relevance",
        limit: 20,
        cursor: null,
        passages: 1,
      };
      search({ archive, index, scopes, request, query: parseQuery(request.query, now), filters, now }, () => false);
    },
    /** One page. `cancelled` is asked between steps. Throws Fault `invalid` for a cursor that is none. */
    find(request: FindRequest, now: number, cancelled: () => boolean): SessionList {
      const started = performance.now();
      const query = parseQuery(request.query, now);
      const filters = mergeFilters(request.filters, query);
      const page = hasWords(query)
        ? search({ archive, index, scopes, request, query, filters, now }, cancelled)
        : listOnly(archive, request, query, filters, now);
      const took = Math.round((performance.now() - started) * 100) / 100;
      return { ...page, took_ms: took, understood: withoutWords(query) };
    },
    /** Gives back what searches took. */
    rest(): void {
      archive.run("PRAGMA shrink_memory");
      index.rest();
      Bun.gc(true);
    },
    close(): void {
      index.close();
      archive.close();
    },
  };
}

type Search = {
  readonly archive: Database;
  readonly index: IndexReader;
  readonly scopes: Scopes;
  readonly request: FindRequest;
  readonly query: Query;
  readonly filters: SessionFilters;
  readonly now: number;
  cancelled(): boolean;
};

/** Without words there is nothing to search: the sessions that pass, newest first; none when no filter was meant either. */
function listOnly(db: Database, request: FindRequest, query: Query, filters: SessionFilters, now: number): SessionList {
  const meant = query.understood.every(
    ({ as, field, text }) => as === "filter" || field !== undefined || /^[-"“”„*]*$/.test(text),
  );
  if (!meant) return { sessions: [], next: null, tier: "words", partial: false };
  const after = request.cursor === null ? null : parseCursor(request.cursor);
  const { sessions, next } = listRecent(db, { filters, limit: request.limit, after }, now);
  return { sessions, next: next && formatCursor(next), tier: "words", partial: false };
}

function findWords(search: Search): SessionList {
  const { archive, request, query, filters, now } = search;
  const cursor: FindCursor =
    request.cursor === null ? { mode: "words", place: null, given: [] } : parseFindCursor(request.cursor);
  const scope = search.scopes.scope(filters, now);
  const candidates = createCandidates(cursor.given);
  const { index, cancelled } = search;
  const ended = gather({ index, query, limit: request.limit, scope, candidates, cancelled }, cursor);
  for (const [session, at] of recentOf(archive, candidates.untimed(request.sort))) candidates.setTime(session, at);
  const ranked = candidates.ranked(request.sort, now);
  const shown = ranked.slice(0, request.limit);
  const given = [...cursor.given, ...shown.map(({ session }) => session)];
  const next = ranked.length > shown.length ? { ...cursor, given } : ended.next && { ...ended.next, given };
  return {
    ...present(search, shown, query),
    next: next && formatFindCursor(next),
    partial: ended.late && ranked.length < request.limit,
  };
}

/** The sessions with their passages. A session that is gone meanwhile is left out. */
function present(
  { archive, request, now }: Search,
  shown: readonly Candidate[],
  query: Query,
): Pick<SessionList, "sessions" | "tier"> {
  const finder = makeFinder(query);
  const until = performance.now() + PASSAGES_MS;
  let phrases = 0;
  const sessions = withSessions(archive, shown, now).map(([candidate, session]): SessionHit => {
    const positions = candidate.best.slice(0, request.passages).map(({ hit }) => hit.position);
    const passages = readPassages(archive, candidate.session, positions, finder, () => performance.now() < until);
    phrases += passages.some(({ phrase }) => phrase) ? 1 : 0;
    const matches = passages.map(({ match }) => match);
    return { ...session, ...(matches[0] ? { match: matches[0] } : {}), matches, match_count: candidate.hits };
  });
  const loosest: Tier = shown.some(({ mode }) => mode === "any") ? "any" : "words";
  return { sessions, tier: phrases > 0 && phraseOf(query) ? "exact" : loosest };
}

function withSessions(db: Database, shown: readonly Candidate[], now: number): (readonly [Candidate, Session])[] {
  const rows = shown.map(({ session }) => session);
  const sessions = sessionsByRow(db, rows, now);
  if (sessions.length === rows.length) return shown.map((candidate, i) => [candidate, sessions[i]!] as const);
  // One is gone: which one, only asking for each alone tells.
  return shown.flatMap((candidate) =>
    sessionsByRow(db, [candidate.session], now).map((session) => [candidate, session] as const),
  );
}

/** Unwanted words alone leave nothing to take them from. */
function withoutWords(query: Query): Query["understood"] {
  if (hasWords(query)) return query.understood;
  return query.understood.map((piece) => (piece.as === "filter" ? piece : { ...piece, as: "ignored" as const }));
}
