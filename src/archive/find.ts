/** A search: the query understood, candidates gathered and ranked, a page of them with their passages read back. */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import type { Branch } from "../domain/query-branches.ts";
import { hasWords, parseQuery } from "../domain/query.ts";
import type { Query } from "../domain/query.ts";
import type { SessionList } from "../domain/session.ts";
import { keepFrames } from "../store/event-parts.ts";
import { openForReading } from "../store/open.ts";
import { DamagedShard, openIndexReader } from "../store/search/reader.ts";
import type { IndexReader } from "../store/search/reader.ts";
import type { Facets } from "../store/facets.ts";
import { facetsOf } from "../store/search/facets.ts";
import { makeNames } from "../store/search/names.ts";
import type { Names } from "../store/search/names.ts";
import { makeScopes, newestOf, recentOf } from "../store/search/scope.ts";
import type { Scopes } from "../store/search/scope.ts";
import { formatCursor, listRecent, parseCursor } from "../store/session-list.ts";
import { createCandidates } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { gather, isFallback } from "./collect.ts";
import type { Alternative } from "./collect.ts";
import { ANSWER_MS, PATIENT, makeDeadline, makePace } from "./deadline.ts";
import type { Deadline, Pace } from "./deadline.ts";
import { mergeFilters } from "./find-filters.ts";
import { formatFindCursor, parseFindCursor } from "./find-cursor.ts";
import type { FindCursor } from "./find-cursor.ts";
import { mixNear } from "./find-near.ts";
import { present } from "./present.ts";
import type { CountRequest, Counting, FindRequest, SearchPaths } from "./search-protocol.ts";

/** Sessions that filters alone may bring into a search. */
const LISTED_MAX = 10_000;
/** Bytes of unpacked blocks kept while somebody types: the next letter finds much of what the last one found. */
const FRAMES = 12 * MIB;
/** A walk that counts for facets, milliseconds: other searches come between two. */
const COUNT_MS = 3;

/** Of every form, in words that most archives hold: code is fast once it ran often. */
const FIRST_QUERIES: readonly string[] = [
  "the of",
  "file",
  "error in the",
  "test*",
  '"of the"',
  "function -return",
  "build OR run",
  "role:user why",
  "const",
  "update the file",
  "name*",
  "value",
];

export type FinderThread = ReturnType<typeof openFinder>;

/**
 * Opens both databases for reading. `damaged` is told of shards that can not be read; they are left out. `answerMs`: how
 * long an answer may take; what does not fit is left for its cursor.
 */
export function openFinder(paths: SearchPaths, damaged: (shard: number) => void, answerMs = ANSWER_MS) {
  const archive = openForReading(paths.longhouse, 4000);
  keepFrames(archive, FRAMES);
  const index = openIndexReader(paths.search);
  const scopes = makeScopes(archive);
  const names = makeNames(archive);
  const pace = makePace();
  const guarded = <T>(read: () => T): T => {
    try {
      return index.snapshot(read);
    } catch (error) {
      if (!(error instanceof DamagedShard) || index.isLeftOut(error.shard)) throw error;
      index.leaveOut(error.shard);
      damaged(error.shard);
      return guarded(read);
    }
  };
  const search = (what: Omit<Search, "cancelled" | "pace" | "deadline">, cancelled: () => boolean): SessionList => {
    const { patience, asked } = what.request;
    const deadline = patience === undefined ? makeDeadline(answerMs, asked) : PATIENT;
    return guarded(() => findWords({ ...what, cancelled, pace, deadline }));
  };
  return {
    /** Does what every first search pays for: spans read, statements prepared, code compiled. In steps; ends when there is no more. */
    *warm(): Generator<void> {
      for (const query of FIRST_QUERIES) {
        const now = Date.now();
        const filters = { include_subagents: false };
        const request: FindRequest = { query, filters, sort: "relevance", limit: 20, cursor: null, passages: 1 };
        yield void search({ archive, index, scopes, names, request, query: parseQuery(query, now), now }, () => false);
      }
    },
    /** One page. `cancelled` is asked between steps. Throws Fault `invalid` for a cursor that is none. */
    find(request: FindRequest, now: number, cancelled: () => boolean): SessionList {
      const started = performance.now();
      const query = parseQuery(request.query, now, request.zone);
      const what = { archive, index, scopes, names, request, query, now };
      const page = hasWords(query) || query.branches.length > 1 ? search(what, cancelled) : listOnly(what);
      const took = Math.round((performance.now() - started) * 100) / 100;
      return { ...page, took_ms: took, understood: withoutWords(query) };
    },
    /** Walks on from `so_far` for as long as one search may take, and says which sessions are found. */
    count(request: CountRequest, so_far: Counting | null, now: number, cancelled: () => boolean): Counting {
      const query = parseQuery(request.query, now, request.zone);
      const page = { sort: "recent", limit: Infinity, cursor: null, passages: 1 } as const;
      const whole: FindRequest = { ...request, ...page, patience: COUNT_MS };
      const what = { archive, index, scopes, names, request: whole, query, now, pace, deadline: PATIENT };
      return guarded(() => countWords({ ...what, cancelled }, so_far));
    },
    /** Counts sessions by their row numbers. */
    facets: (sessions: readonly number[]): Facets => facetsOf(archive, sessions),
    /** Gives back what searches took. */
    rest(): void {
      keepFrames(archive, FRAMES);
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
  readonly names: Names;
  readonly now: number;
  readonly deadline: Deadline;
  readonly pace: Pace;
  cancelled(): boolean;
};

/** Without words there is nothing to search: the sessions that pass, newest first; none when no filter was meant either. */
function listOnly({
  archive,
  request,
  query,
  names,
  now,
}: Omit<Search, "cancelled" | "deadline" | "pace">): SessionList {
  const meant = query.understood.every(
    ({ as, field, text }) => as === "filter" || field !== undefined || /^[-()"“”„*]*$/.test(text),
  );
  if (!meant && query.branches.length === 0) return { sessions: [], next: null, tier: "words", partial: false };
  const [branch = NO_BRANCH] = query.branches;
  const filters = mergeFilters(request.filters, branch, names);
  const after = request.cursor === null ? null : parseCursor(request.cursor);
  const { sessions, next } = listRecent(archive, { filters, limit: request.limit, after }, now);
  return { sessions, next: next && formatCursor(next), tier: "words", partial: false };
}

const NO_BRANCH: Branch = { match: null, filters: [], since: null, until: null };

function findWords(search: Search): SessionList {
  const { archive, request, query, now, deadline, pace } = search;
  const cursor: FindCursor =
    request.cursor === null ? { mode: "words", place: null, given: [] } : parseFindCursor(request.cursor);
  const candidates = createCandidates(cursor.given);
  const { index, cancelled, names } = search;
  const lookup = { tools: once(names.tools), alike: once(index.alike) };
  const alternatives = query.branches.map((branch) => alternativeOf(search, branch, cursor.given.length));
  const { limit, patience } = request;
  const walk = { index, query, lookup, limit, alternatives, candidates, cancelled, patience, deadline, pace };
  const ended = gather(walk, cursor);
  for (const [session, at] of recentOf(archive, candidates.untimed(request.sort))) candidates.setTime(session, at);
  const ranked = mixNear(candidates.ranked(request.sort, now), request.near ?? [], cursor.given);
  const shown = ranked.slice(0, limit);
  const { alike } = lookup;
  const page = { archive, query, shown, passages: request.passages, alike, now, deadline, pace };
  const { read, ...presented } = present(page);
  const given = [...cursor.given, ...shown.slice(0, read).map(({ session }) => session)];
  const next = ranked.length > read ? againFrom(cursor, ranked.slice(read)) : ended.next;
  return {
    ...presented,
    next: next && formatFindCursor({ ...next, given }),
    partial: read < shown.length || (ended.late && ranked.length < limit),
    cut: ended.next !== null && (ended.next.place !== null || ended.late),
  };
}

/** Where those are found again that this page had no place for: what was found loosely, a strict walk would not look for. */
function againFrom({ mode, place }: FindCursor, left: readonly Candidate[]): Omit<FindCursor, "given"> {
  const first = left.find(({ near }) => !near)?.mode ?? mode;
  return isFallback(first) && first !== mode ? { mode: first, place: null } : { mode, place };
}

function countWords(search: Search, so_far: Counting | null): Counting {
  const { query, index, names, cancelled, archive, request, now, deadline, pace } = search;
  const [branch = NO_BRANCH] = query.branches;
  // Filters alone: all that pass.
  if (!hasWords(query) && query.branches.length < 2)
    return { sessions: newestOf(archive, mergeFilters(request.filters, branch, names), now, LISTED_MAX), next: null };
  const sessions = so_far?.sessions ?? [];
  const cursor: FindCursor = { ...(so_far?.next ?? { mode: "words", place: null }), given: sessions };
  const candidates = createCandidates(sessions);
  const lookup = { tools: once(names.tools), alike: once(index.alike) };
  const alternatives = query.branches.map((each) => alternativeOf(search, each, 0));
  const { limit, patience } = request;
  const walk = { index, query, lookup, limit, alternatives, candidates, cancelled, patience, deadline, pace };
  const { next } = gather(walk, cursor);
  return { sessions: [...sessions, ...candidates.untimed("recent")], next };
}

function alternativeOf({ archive, scopes, names, request, now }: Search, branch: Branch, given: number): Alternative {
  const filters = mergeFilters(request.filters, branch, names);
  const most = Math.min(given + request.limit + 1, LISTED_MAX);
  const listed = branch.match ? [] : newestOf(archive, filters, now, most);
  return { claim: branch.match, scope: scopes.scope(filters, now), listed };
}

/** Asks once for each key. */
function once<K, V>(ask: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, ask(key));
    return known.get(key)!;
  };
}

/** Unwanted words alone leave nothing to take them from. */
function withoutWords(query: Query): Query["understood"] {
  if (hasWords(query)) return query.understood;
  const isWord = ({ as }: Query["understood"][number]) => as === "word" || as === "phrase" || as === "prefix";
  return query.understood.map((piece) => (isWord(piece) ? { ...piece, as: "ignored" as const } : piece));
}
