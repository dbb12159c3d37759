/** The answer to a search: sessions with their passages, the first one of each first, and which tier spoke. */
import type { Database } from "bun:sqlite";
import type { Query } from "../domain/query.ts";
import type { Session, SessionHit, SessionList, Tier } from "../domain/session.ts";
import { makeFinder } from "../domain/snippet.ts";
import { partReader } from "../store/event-parts.ts";
import { phraseOf } from "../store/search/match.ts";
import { sessionReader } from "../store/session-rows.ts";
import { snapshot } from "../store/snapshot.ts";
import type { Candidate } from "./candidates.ts";
import type { Deadline, Pace } from "./deadline.ts";
import { readNear, readPassages } from "./passages.ts";
import type { Passage } from "./passages.ts";

/** Sessions that an answer gives however late it is, if they were found. */
const HANDFUL = 5;
/** Past this no further passage of a session is read, once each has its first. */
const PASSAGES_MS = 4;

export type PresentRequest = {
  /** longhouse.db. */
  readonly archive: Database;
  readonly query: Query;
  /** In order. */
  readonly shown: readonly Candidate[];
  /** Passages of each session, at most. */
  readonly passages: number;
  /** What else may stand for a word that is misspelt. */
  readonly alike: (word: string) => readonly string[];
  readonly now: number;
  readonly deadline: Deadline;
  readonly pace: Pace;
};

/** `read`: how many of those that were to be shown are; the others had no time. */
export type Presented = Pick<SessionList, "sessions" | "tier"> & { readonly read: number };

/** The sessions with their passages, as many as there is time for. One that is gone meanwhile is left out. */
export function present(request: PresentRequest): Presented {
  const { archive, query, shown, pace } = request;
  return snapshot(archive, () => {
    const started = performance.now();
    const reading = makeReading(request);
    const rows = readFirst(request, reading);
    const read = rows.length;
    pace.learn(read, performance.now() - started);
    const hits = rows.flatMap(({ candidate, session, passages }) =>
      session
        ? [{ candidate, session, passages: [...passages, ...readMore(request, reading, candidate, started)] }]
        : [],
    );
    const phrased = hits.some(({ passages }) => passages.some(({ phrase }) => phrase));
    const tier = loosestOf(shown.slice(0, read));
    return {
      read,
      sessions: hits.map(hitOf),
      // A phrase among what holds only some of the words, or what was not wanted, is not what was asked for.
      tier: tier === "words" && phrased && phraseOf(query) ? "exact" : tier,
    };
  });
}

type Row = { readonly candidate: Candidate; readonly session: Session | null; readonly passages: readonly Passage[] };

function hitOf({ candidate, session, passages }: Row & { readonly session: Session }): SessionHit {
  const matches = passages.map(({ match }) => match);
  return { ...session, ...(matches[0] ? { match: matches[0] } : {}), matches, match_count: candidate.hits };
}

/** Each session with its first passage; after a handful, only while there is time. */
function readFirst({ shown, deadline, pace }: PresentRequest, reading: Reading): Row[] {
  const rows: Row[] = [];
  for (const candidate of shown) {
    if (rows.length >= HANDFUL && deadline.left() < pace.session) break;
    const session = reading.session(candidate.session);
    rows.push({ candidate, session, passages: session ? reading.passages(candidate, 0, 1) : [] });
  }
  return rows;
}

type Reading = ReturnType<typeof makeReading>;

function makeReading({ archive, query, shown, alike, now }: PresentRequest) {
  const spelt = shown.some(({ mode }) => mode === "spelling");
  const finder = makeFinder(query, spelt ? alike : undefined);
  const reader = partReader(archive);
  return {
    session: sessionReader(archive, now),
    passages({ session, best, near }: Candidate, from: number, to: number): Passage[] {
      if (near) return readNear(archive, { session, pieces: near.pieces.slice(from, to), reader });
      const positions = best.slice(from, to).map(({ hit }) => hit.position);
      return positions.length === 0 ? [] : readPassages(archive, { session, positions, finder, reader });
    },
  };
}

/** Further passages of a session, as long as there is time. */
function readMore({ passages }: PresentRequest, reading: Reading, candidate: Candidate, started: number): Passage[] {
  const late = passages === 1 || performance.now() - started > PASSAGES_MS;
  return late ? [] : reading.passages(candidate, 1, passages);
}

/** Words that say nothing were left out in `loose`: that is not all of them. */
function loosestOf(all: readonly Candidate[]): Tier {
  const shown = all.filter(({ near }) => !near);
  if (shown.length < all.length && shown.length === 0) return "semantic";
  if (shown.some(({ mode }) => mode === "any" || mode === "loose")) return "any";
  return shown.some(({ mode }) => mode === "spelling") ? "spelling" : "words";
}
