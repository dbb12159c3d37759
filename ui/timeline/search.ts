/** What search answered beside the rows: passages, how the query was understood, which tier. Pure. */
import type { Match, SessionHit, SessionList, Tier, Understood } from "../../src/domain/session.ts";

export type Hits = Readonly<Record<string, { readonly matches: readonly Match[]; readonly count: number }>>;

export type Answer = {
  readonly tier: Tier | null;
  /** More is to come by `next` of its own accord. */
  readonly partial: boolean;
  /** Older sessions were not looked at, or what is meant was not: there may be better ones. */
  readonly cut: boolean;
  readonly tookMs: number | null;
  readonly understood: readonly Understood[];
};

export const TIER_WORDS: Readonly<Record<Tier, string>> = {
  exact: "exact match",
  words: "all words",
  spelling: "other spelling",
  any: "any of the words",
  semantic: "by meaning",
};

export const answerOf = (list: SessionList): Answer => ({
  tier: list.tier ?? null,
  partial: list.partial ?? false,
  cut: (list.cut ?? false) || list.meaning === "offered",
  tookMs: list.took_ms ?? null,
  understood: list.understood ?? [],
});

/** The passages of a page added to those there; a session that comes again keeps both pages' passages, at most three. */
export function addHits(hits: Hits, sessions: readonly SessionHit[]): Hits {
  const added = sessions.map((session) => {
    const fresh = session.matches ?? (session.match ? [session.match] : []);
    const old = hits[session.id]?.matches ?? [];
    const known = new Set(old.map((match) => match.event_id));
    const matches = [...old, ...fresh.filter((match) => !known.has(match.event_id))].slice(0, 3);
    return [
      session.id,
      { matches, count: Math.max(session.match_count ?? 0, hits[session.id]?.count ?? 0, matches.length) },
    ];
  });
  return { ...hits, ...Object.fromEntries(added) };
}

/** Plain words of the query, for marking titles. */
export const wordsOf = (understood: readonly Understood[]): string[] =>
  understood
    .filter((one) => ["word", "phrase", "prefix"].includes(one.as) && !one.negated)
    .map((one) => one.text.replace(/^"|"$|\*$/g, ""));

/** What joins others, and says nothing alone. */
export const isSign = ({ as }: Understood): boolean => as === "or" || as === "and" || as === "group";

/** The query without one understood piece. */
export function without(query: string, piece: Understood): string {
  const at = query.indexOf(piece.text);
  if (at < 0) return query;
  const rest = query.slice(0, at) + query.slice(at + piece.text.length);
  return rest.replace(/\s+/g, " ").trim();
}
