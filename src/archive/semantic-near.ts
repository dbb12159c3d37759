/** One question by its meaning: its vector from the server, within the time that somebody waits, and the sessions near it. */
import type { Database } from "bun:sqlite";
import { meaningOf } from "../domain/meaning.ts";
import { parseQuery } from "../domain/query.ts";
import { EmbeddingsTrouble } from "../lib/embeddings.ts";
import type { Quantised } from "../lib/vectors.ts";
import { makeNames } from "../store/search/names.ts";
import { makeScopes } from "../store/search/scope.ts";
import { mergeFilters } from "./find-filters.ts";
import type { FindRequest } from "./search-protocol.ts";
import type { Gate } from "./semantic-gate.ts";
import type { Near } from "./semantic-protocol.ts";
import type { VectorStore } from "./semantic-store.ts";

/** Past this the answer goes without. */
const WAIT_MS = 1500;
/** Questions whose vectors are kept: pages of one answer, a step back. */
const KEPT = 32;
/** Vectors are let out of memory when nobody has asked for so long. */
const REST_MS = 10 * 60_000;

export type NearFinder = ReturnType<typeof createNearFinder>;

/** `gate` is that of questions. */
export function createNearFinder(archive: Database, store: VectorStore, gate: Gate) {
  const scopes = makeScopes(archive);
  const names = makeNames(archive);
  const kept = new Map<string, Quantised>();
  let resting: ReturnType<typeof setTimeout> | null = null;

  const vectorOf = async (text: string): Promise<Quantised | null> => {
    const known = kept.get(text);
    if (known) return known;
    if (gate.left() > 0) return null;
    try {
      const [vector] = await gate.ask([text], WAIT_MS);
      kept.set(text, vector!); // one for one text: embed looks
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
      return vector!;
    } catch (error) {
      if (error instanceof EmbeddingsTrouble) return null;
      throw error;
    }
  };

  const rest = () => {
    if (resting !== null) clearTimeout(resting);
    resting = setTimeout(store.rest, REST_MS);
  };

  return {
    /** null when it has no meaning to ask by, or the server did not say one in time. */
    async near(request: FindRequest, now: number): Promise<readonly Near[] | null> {
      const query = parseQuery(request.query, now, request.zone);
      const text = meaningOf(query);
      if (text === null || store.count === 0) return null;
      const wanted = await vectorOf(text);
      const memory = store.memory();
      if (!wanted || memory?.dims !== wanted.numbers.length) return null;
      rest();
      const scope = scopes.scope(mergeFilters(request.filters, query.branches[0]!, names), now);
      return memory.nearest(wanted, scope);
    },
    close: () => void (resting !== null && clearTimeout(resting)),
  };
}
