/**
 * Sidecars: files beside the sessions that say something of them. They are read when all of them is there and nothing else
 * is to do; what they say is remembered for sessions that come later, and stands behind what a session says of itself, so
 * that neither order nor repetition changes anything.
 */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import { TITLE_TRUST } from "../domain/provider.ts";
import type { Aside, Facts, Provider, SessionKey } from "../domain/provider.ts";
import { PROVIDERS } from "../providers/all.ts";
import { adoptSidecars, heardOf, replaceAsides, setHeard, unreadSidecars } from "../store/asides.ts";
import type { AsideRow, Heard } from "../store/asides.ts";
import { readRange } from "../store/bytes.ts";
import { deviceId, generations, isWhole, sourceById } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { graveOf } from "../store/tombstones.ts";
import type { Contexts } from "./contexts.ts";
import { identityOf } from "./place.ts";

/** Longer ones are archived and not read. */
const LONGEST = 8 * MIB;

export type Asides = ReturnType<typeof createAsides>;

/** What the deriver lends: `begin` is told which source is looked at, `skipped` has those that failed. */
export type Lent = {
  readonly contexts: Contexts;
  readonly skipped: ReadonlySet<number>;
  parserOf(row: SourceRow): Provider | null;
  begin(source: number): void;
};

export function createAsides(db: Database, { contexts, skipped, parserOf, begin }: Lent) {
  const versions = new Map(PROVIDERS.map(({ name, version }) => [name, version]));
  const unread = new Set<number>();

  /** What files say of a session now. */
  const refresh = (session: number) => {
    adoptSidecars(db, session);
    const heard = heardOf(db, session);
    const said = heard.length === 0 ? null : together(heard);
    const state = contexts.session(session);
    if (Bun.deepEquals(state.said, said)) return;
    contexts.slice(session);
    state.said = said;
  };

  const hear = (source: SourceRow, parser: Provider) => {
    const identity = identityOf(db, source, parser);
    const owner = identity.kind === "sidecar" ? identity.of : null;
    const text = () => Buffer.from(readRange(db, source.id, 0, source.through)).toString("utf8");
    const isKept = (session: SessionKey) =>
      graveOf(db, source.provider, { key: session, own: deviceId(db, source.device) }) === null;
    const rows = hearSafely(parser, source.path, text).flatMap((aside): AsideRow[] => {
      if ("under" in aside) return [{ session: null, under: aside.under, facts: aside.facts }];
      return isKept(aside.session) ? [{ session: aside.session, under: null, facts: aside.facts }] : [];
    });
    const owned = owner && isKept(owner) ? [{ session: owner, under: null, facts: null }] : [];
    for (const session of replaceAsides(db, source, [...owned, ...rows])) refresh(session);
  };

  const look = (id: number) => {
    const source = sourceById(db, id);
    const parser = parserOf(source);
    if (!parser || source.role !== "sidecar" || source.discarded) return;
    if (source.unit === "file" && !isWhole(source)) return;
    const newer = (other: SourceRow) => other.generation > source.generation && !other.discarded && isWhole(other);
    if (source.through <= LONGEST && !generations(db, source).some(newer)) hear(source, parser);
    setHeard(db, source, parser.version);
  };

  const recover = () => {
    unread.clear();
    for (const id of unreadSidecars(db, versions)) unread.add(id);
  };
  recover();

  return {
    /** Sidecars that are to be read. */
    get size(): number {
      return unread.size;
    },
    /** More of a source is there. */
    note(source: number): void {
      if (sourceById(db, source).role === "sidecar") unread.add(source);
    },
    refresh,
    /** Reads sidecars for some milliseconds; call when nothing is left to derive. */
    readSome(ms: number): void {
      const until = performance.now() + ms;
      for (const id of unread) {
        if (performance.now() > until) return;
        unread.delete(id);
        if (skipped.has(id)) continue;
        begin(id);
        look(id);
      }
    },
    /** After a rollback, or when sources were set back. */
    recover,
  };
}

/** Providers must not throw, nor name nobody; one that does all the same costs its sidecar. What reading throws is passed on. */
function hearSafely(parser: Provider, path: string, text: () => string): readonly Aside[] {
  let unread = false;
  const read = () => {
    try {
      return text();
    } catch (error) {
      unread = true;
      throw error;
    }
  };
  try {
    const said = parser.aside?.(path, read) ?? [];
    return said.filter((one) => ("under" in one ? one.under !== "" : typeof one.session.id === "string"));
  } catch (error) {
    if (unread) throw error;
    return [];
  }
}

/** One set of facts: the most trusted title; else the nearest that says something, by device, folder and name. */
function together(heard: readonly Heard[]): Facts {
  const nearest = heard.toSorted(
    (a, b) =>
      b.near - a.near ||
      Number(a.under !== "") - Number(b.under !== "") ||
      b.under.length - a.under.length ||
      (a.path === b.path ? b.generation - a.generation : a.path < b.path ? -1 : 1),
  );
  const title = nearest
    .flatMap(({ facts }) => facts.title ?? [])
    .reduce<Facts["title"]>(
      (best, one) => (best && TITLE_TRUST[best.trust] >= TITLE_TRUST[one.trust] ? best : one),
      undefined,
    );
  const facts = nearest.reduceRight<Facts>((all, one) => ({ ...all, ...one.facts }), {});
  return JSON.parse(JSON.stringify({ ...facts, title })) as Facts;
}
