/**
 * Gathers a search's candidates: all words as typed; if that gives no whole page, the unfinished last word as a prefix; if
 * nothing was found at all, all words that tell something, what is spelt alike, any of the words. Titles stand beside
 * each, and words that stand together are looked for last.
 */
import type { Match as Claim } from "../domain/query-branches.ts";
import { isQuestion } from "../domain/query.ts";
import type { Query } from "../domain/query.ts";
import { MODES, matchesOf, phraseOf } from "../store/search/match.ts";
import type { Lookup, Mode } from "../store/search/match.ts";
import type { IndexReader } from "../store/search/reader.ts";
import { hitAt, walk } from "../store/search/walk.ts";
import type { Clock, Part, Place, Scope, Walked } from "../store/search/walk.ts";
import type { Candidates } from "./candidates.ts";
import type { Deadline, Pace } from "./deadline.ts";
import type { FindCursor } from "./find-cursor.ts";

/** One of the query's branches. `claim` null: every session of the scope counts, the newest ones are `listed` by row. */
export type Alternative = { readonly claim: Claim | null; readonly scope: Scope; readonly listed: readonly number[] };

export type Gathering = {
  readonly index: IndexReader;
  readonly query: Query;
  readonly lookup: Lookup;
  /** Sessions that make a page. */
  readonly limit: number;
  readonly alternatives: readonly Alternative[];
  readonly candidates: Candidates;
  /** A walk's time when there is more of it than a person who types has, milliseconds. */
  readonly patience?: number | undefined;
  /** Else the walk leaves what the page will take of this. */
  readonly deadline: Deadline;
  readonly pace: Pace;
  /** Nobody waits any more. */
  cancelled(): boolean;
};

/** Where to go on (null: nothing is left), and whether time was what ended it. */
export type Gathered = { readonly next: Omit<FindCursor, "given"> | null; readonly late: boolean };

/** A walk's time at least, whatever is left, and that of phrases. Milliseconds. */
const LEAST_MS = 2;
const PHRASE_MS = 0.7;
/** To rank one session, milliseconds. */
const RANK_MS = 0.001;
/** To look for what is spelt alike takes so long; then it waits for the next request. */
const SPELLING_MS = 3;
/** Hits that are ranked before a page is made of the best. */
const ENOUGH_ROWS = 1000;
const TITLES = 200;
/** Modes that answer only where no stricter one did. */
const FALLBACKS: readonly Mode[] = ["loose", "spelling", "any"];

/** Whether a mode answers only where no stricter one did. */
export const isFallback = (mode: Mode): boolean => FALLBACKS.includes(mode);

/** Walks mode by mode from the cursor until there is a page, or time is up. Throws DamagedShard. */
export function gather(gathering: Gathering, cursor: FindCursor): Gathered {
  const clock = makeClock(gathering);
  for (const { listed } of gathering.alternatives) gathering.candidates.addListed(listed);
  const gathered = walkModes(gathering, clock, cursor);
  if (cursor.mode === "words") addPhrases(gathering, clock);
  return gathered;
}

function walkModes(gathering: Gathering, clock: GatherClock, cursor: FindCursor): Gathered {
  const { candidates, limit } = gathering;
  const isAnswered = answeredBy(gathering, cursor);
  let place: Place | null = cursor.place;
  for (const mode of MODES.slice(MODES.indexOf(cursor.mode))) {
    const entered = mode !== cursor.mode;
    if (entered && isFallback(mode) && isAnswered()) break;
    // What comes before has taken its time: the next request goes on here.
    if (entered && isFallback(mode) && clock.late(mode === "spelling" ? SPELLING_MS : 0))
      return { next: { mode, place: null }, late: true };
    const walked = walkMode(gathering, clock, mode, place);
    if (walked.place) return { next: { mode, place: walked.place }, late: walked.late };
    if (candidates.size >= limit) return { next: nextMode(gathering, mode), late: false };
    place = null;
  }
  return { next: null, late: false };
}

/**
 * Whether what was found leaves nothing for looser modes. A question of many words is not answered by tool noise that holds
 * them all: such sessions are looked at again among those that hold any.
 */
function answeredBy({ candidates, query }: Gathering, { mode, given }: FindCursor): () => boolean {
  if (!isQuestion(query)) return () => candidates.size + given.length > 0;
  if (isFallback(mode)) return () => candidates.size > 0;
  return () => given.length > 0 || candidates.isTold() || candidates.loosen();
}

function walkMode(gathering: Gathering, clock: Clock, mode: Mode, from: Place | null): Walked {
  const { index, query, lookup, candidates, limit, alternatives, patience } = gathering;
  const parts = alternatives.flatMap(({ claim, scope }): Part[] =>
    claim ? matchesOf(query, claim, mode, lookup).map((match) => ({ match, scope, once: mode === "any" })) : [],
  );
  if (parts.length === 0) return { place: null, late: false };
  if (from === null) for (const part of parts) addTitles(gathering, part, mode, mode === "any" ? 1 / parts.length : 1);
  return walk(index, {
    parts,
    from,
    clock,
    hit: (hit, part) => candidates.add(hit, mode, part),
    // Who is patient wants the best of all there are.
    enough: (rows) =>
      patience === undefined && rows >= ENOUGH_ROWS * (mode === "any" ? parts.length : 1) && candidates.size >= limit,
  });
}

function nextMode({ alternatives, query, lookup }: Gathering, mode: Mode): Gathered["next"] {
  const goesOn =
    mode === "words" && alternatives.some(({ claim }) => claim && matchesOf(query, claim, "prefix", lookup).length > 0);
  return goesOn ? { mode: "prefix", place: null } : null;
}

function addTitles({ index, candidates }: Gathering, { match, scope }: Part, mode: Mode, share: number) {
  // A title has no time.
  if (scope.until !== Infinity) return;
  const titled = index.titles(match.expression, TITLES).filter((session) => scope.sessions[session] === 1);
  for (const session of scope.lately(titled)) candidates.addTitled(session, mode, share);
}

/** Words that stand together are worth more than the same words apart: bm25 does not know. */
function addPhrases({ index, query, alternatives, candidates }: Gathering, clock: Clock) {
  const expression = phraseOf(query);
  const scope = alternatives[0]?.scope;
  if (!expression || !scope) return;
  const shards = candidates.shards();
  const until = performance.now() + PHRASE_MS;
  for (const spans of index.shards) {
    const { id, next } = spans.shard;
    if (!shards.has(id)) continue;
    if (performance.now() > until) return;
    const step = {
      shard: id,
      expression,
      ranked: false,
      falling: spans.falling,
      from: 0,
      to: next,
      limit: ENOUGH_ROWS,
    };
    for (const [row] of clock.run(() => index.step(step))) {
      const hit = hitAt(spans, row, scope, 1);
      if (hit) candidates.addPhrased(hit);
    }
  }
}

type GatherClock = ReturnType<typeof makeClock>;

/** Late when the next step, a third longer than the last, would overrun: what is found now must still be read back. */
function makeClock({ candidates, limit, cancelled, patience, deadline, pace, query }: Gathering) {
  const started = performance.now();
  const phrases = phraseOf(query) === null ? 0 : PHRASE_MS;
  let last = 0;
  return {
    /** `more`: what it will take beside a step. */
    late(more = 0): boolean {
      if (cancelled()) return true;
      const next = 1.3 * last + more;
      const walked = performance.now() - started + next;
      if (patience !== undefined) return walked > patience;
      const page = pace.session * Math.min(candidates.size, limit) + RANK_MS * candidates.size;
      return walked > LEAST_MS && next + phrases + page > deadline.left();
    },
    run<T>(step: () => T): T {
      const from = performance.now();
      const value = step();
      last = performance.now() - from;
      return value;
    },
  };
}
