/** The answer to a search: sessions with their passages, the first one of each first, and which tier spoke. */
import type { Database } from "bun:sqlite";
import type { Query } from "../domain/query.ts";
import type { Session, SessionHit, SessionList, Tier } from "../domain/session.ts";
import { makeFinder } from "../domain/snippet.ts";
import { partReader } from "../store/event-parts.ts";
import { phraseOf } from "../store/search/match.ts";
import { sessionsByRow } from "../store/session-rows.ts";
import { snapshot } from "../store/snapshot.ts";
import type { Candidate } from "./candidates.ts";
import { readNear, readPassages } from "./passages.ts";
import type { Passage } from "./passages.ts";

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
};

/** The sessions with their passages. A session that is gone meanwhile is left out. */
export function present(request: PresentRequest): Pick<SessionList, "sessions" | "tier"> {
  const { archive, query, shown, now } = request;
  return snapshot(archive, () => {
    const rows = withSessions(archive, shown, now);
    const found = passagesOf(
      request,
      rows.map(([candidate]) => candidate),
    );
    const sessions = rows.map(([candidate, session], i): SessionHit => {
      const matches = found[i]!.map(({ match }) => match);
      return { ...session, ...(matches[0] ? { match: matches[0] } : {}), matches, match_count: candidate.hits };
    });
    const phrased = found.some((passages) => passages.some(({ phrase }) => phrase));
    const tier = loosestOf(shown);
    // A phrase among what holds only some of the words, or what was not wanted, is not what was asked for.
    return { sessions, tier: tier === "words" && phrased && phraseOf(query) ? "exact" : tier };
  });
}

/** One of each session, then more as long as there is time. */
function passagesOf(request: PresentRequest, candidates: readonly Candidate[]): Passage[][] {
  const { archive, query, alike } = request;
  const spelt = candidates.some(({ mode }) => mode === "spelling");
  const finder = makeFinder(query, spelt ? alike : undefined);
  const reader = partReader(archive);
  const until = performance.now() + PASSAGES_MS;
  const read = ({ session, best, near }: Candidate, from: number, to: number) => {
    if (near) return readNear(archive, { session, pieces: near.pieces.slice(from, to), reader });
    const positions = best.slice(from, to).map(({ hit }) => hit.position);
    return positions.length === 0 ? [] : readPassages(archive, { session, positions, finder, reader });
  };
  const first = candidates.map((candidate) => read(candidate, 0, 1));
  return first.map((passages, i) =>
    performance.now() < until ? [...passages, ...read(candidates[i]!, 1, request.passages)] : passages,
  );
}

/** Words that say nothing were left out in `loose`: that is not all of them. */
function loosestOf(all: readonly Candidate[]): Tier {
  const shown = all.filter(({ near }) => !near);
  if (shown.length < all.length && shown.length === 0) return "semantic";
  if (shown.some(({ mode }) => mode === "any" || mode === "loose")) return "any";
  return shown.some(({ mode }) => mode === "spelling") ? "spelling" : "words";
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
