/** Hits grouped by session, and sessions in order: how well they match, how often, how lately, and by title. */
import { KINDS } from "../domain/event.ts";
import type { Kind } from "../domain/event.ts";
import { MODES } from "../store/search/match.ts";
import type { Mode } from "../store/search/match.ts";
import type { Hit } from "../store/search/walk.ts";
import type { FindRequest } from "./search-protocol.ts";
import type { Near } from "./semantic-protocol.ts";

export type Candidate = {
  readonly session: number;
  /** How strictly it was found; a stricter one comes first. */
  mode: Mode;
  hits: number;
  /** Its best events, the best first. */
  best: Ranked[];
  /** Its newest matching event, or its last event, ms. */
  at: number;
  /** How much of the words its title, tags and note hold, 0 to 1. */
  titled: number;
  phrased: boolean;
  /** Found word by word (mode `any`): the best rank of each word's events. */
  readonly words: number[];
  /** Found by its meaning alone: these pieces of it. */
  readonly near?: Near;
};

export type Ranked = { readonly hit: Hit; score: number };

/** What a person said is looked for more often than what a tool put out. */
const WEIGHT: Record<Kind, number> = {
  prompt: 1.6,
  reply: 1.3,
  thinking: 1,
  compaction: 0.9,
  tool_call: 0.9,
  tool_result: 0.7,
  notice: 0.5,
  unknown: 0.5,
};
const SAID: ReadonlySet<Kind> = new Set(["prompt", "reply", "thinking"]);
const PHRASE = 4;
const TITLE = 4;
const HITS = 0.7;
const RECENT = 2;
/** Half as recent after so long, milliseconds. */
const RECENT_MS = 14 * 86_400_000;
const BEST_MAX = 3;

export type Candidates = ReturnType<typeof createCandidates>;

/** `given` were shown by earlier pages and are left out. */
export function createCandidates(given: readonly number[]) {
  const skip = new Set(given);
  const found = new Map<number, Candidate>();

  const enter = (session: number, mode: Mode): Candidate | null => {
    if (skip.has(session)) return null;
    const known = found.get(session);
    if (known) return known;
    const made = { session, mode, hits: 0, best: [], at: 0, titled: 0, phrased: false, words: [] };
    found.set(session, made);
    return made;
  };

  return {
    get size() {
      return found.size;
    },
    /** `part`: which of the mode's expressions found it. */
    add(hit: Hit, mode: Mode, part = 0): void {
      const candidate = enter(hit.session, mode);
      // What was found strictly is not counted again by a looser mode.
      if (!candidate || candidate.mode !== mode) return;
      candidate.hits++;
      candidate.at = Math.max(candidate.at, hit.at);
      const rank = hit.rank * WEIGHT[KINDS[hit.kind] ?? "unknown"];
      const known = candidate.best.findIndex((ranked) => isSame(ranked.hit, hit));
      const more = known < 0 ? 0 : candidate.best.splice(known, 1)[0]!.score;
      if (mode === "any") candidate.words[part] = Math.max(candidate.words[part] ?? 0, rank);
      // An event that another expression found too holds more of the words.
      keepBest(candidate.best, { hit, score: mode === "any" ? more + rank : Math.max(more, rank) });
    },
    /** Sessions that count without any event, by what the filters say. */
    addListed(sessions: readonly number[]): void {
      for (const session of sessions) enter(session, "words");
    },
    /** `share` of the words; those of several calls add up. */
    addTitled(session: number, mode: Mode, share: number): void {
      const candidate = enter(session, mode);
      if (candidate?.mode === mode) candidate.titled = Math.min(1, candidate.titled + share);
    },
    /** A session is called so, or somebody said it. */
    isTold: (): boolean => [...found.values()].some(isTold),
    /** Lets what was found be found again by any of the words, as if it had not been; true when nothing is left over. */
    loosen(): boolean {
      for (const candidate of found.values()) {
        const best = candidate.best.map(({ hit }) => ({ hit, score: 0 }));
        Object.assign(candidate, { mode: "any", hits: 0, best } satisfies Partial<Candidate>);
      }
      return false;
    },
    /** Sessions whose time of any event must be known: a title has none, and lists go by the last event. */
    untimed: (sort: FindRequest["sort"]): number[] =>
      [...found.values()].filter(({ at }) => at === 0 || sort === "recent").map(({ session }) => session),
    setTime(session: number, at: number): void {
      const candidate = found.get(session);
      if (candidate) candidate.at = at;
    },
    /** The event holds all words as one phrase. */
    addPhrased(hit: Hit): void {
      const candidate = found.get(hit.session);
      if (!candidate) return;
      candidate.phrased = true;
      const known = candidate.best.findIndex((ranked) => isSame(ranked.hit, hit));
      if (known >= 0) candidate.best.splice(known, 1);
      keepBest(candidate.best, { hit, score: hit.rank + PHRASE * 4 });
    },
    /** Shards in which candidates have their best events. */
    shards: (): Set<number> => new Set([...found.values()].flatMap(({ best }) => best.map(({ hit }) => hit.shard))),
    ranked(sort: FindRequest["sort"], now: number): Candidate[] {
      const worth = (candidate: Candidate) => (sort === "recent" ? candidate.at : score(candidate, now));
      return [...found.values()]
        .map((candidate) => ({ candidate, order: MODES.indexOf(candidate.mode), worth: worth(candidate) }))
        .toSorted((a, b) => a.order - b.order || b.worth - a.worth || b.candidate.session - a.candidate.session)
        .map(({ candidate }) => candidate);
    },
  };
}

const isTold = ({ titled, best }: Candidate): boolean =>
  titled > 0 || best.some(({ hit }) => SAID.has(KINDS[hit.kind] ?? "unknown"));

const isSame = (one: Hit, other: Hit) => one.row === other.row && one.shard === other.shard;

function keepBest(best: Ranked[], ranked: Ranked) {
  if (best.length === BEST_MAX && best[BEST_MAX - 1]!.score >= ranked.score) return;
  const at = best.findIndex((other) => other.score < ranked.score);
  best.splice(at < 0 ? best.length : at, 0, ranked);
  if (best.length > BEST_MAX) best.pop();
}

function score({ best, hits, at, titled, phrased, words }: Candidate, now: number): number {
  const match = best[0] ? Math.min(best[0].score, 30) : 0;
  const covered = words.reduce((sum, rank) => sum + (rank ?? 0), 0);
  const recent = RECENT * 0.5 ** (Math.max(0, now - at) / RECENT_MS);
  return match + covered + HITS * Math.log1p(hits) + recent + TITLE * titled + (phrased ? PHRASE : 0);
}
