/**
 * Whose a source is: the session its provider names, and whether it carries that session's records (main), repeats
 * them (replica), or goes another way. The same bytes come again when homes are synced, folders move, sessions resume.
 *
 * What is shown of a session that is told of more than once is asked three times, each time by what the bytes and their
 * names say, never by what came first. Which store of a conversation is read at all: contest.ts, here, by the provider's
 * rank. In which order the sources that are read stand: order.ts, when all is quiet, by where their records end. Which
 * version of one record is shown: versions.ts, as it is derived, by kind and generation. They are three rules because they
 * are about three things, known at three times.
 */
import type { Database } from "bun:sqlite";
import { OVERSIZE_HEAD } from "../domain/limits.ts";
import { PLAIN } from "../domain/source.ts";
import type { Facts, Identity, Provider, SessionKey } from "../domain/provider.ts";
import { commonPrefix, readRange } from "../store/bytes.ts";
import { isDeleted, linkFork, sessionRow } from "../store/session-state.ts";
import { deviceId, isWhole, mainSources, setDerived, setRole, sourceById } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { contest } from "./contest.ts";
import { compareHistory } from "./whole-history.ts";
import { anyTombstone, discardSource, graveOf, graveOfPath } from "../store/tombstones.ts";
import type { Grave } from "../store/tombstones.ts";

/** `derive`: its records count, from its row's `derived_through` on; `taken` = the former main, now a replica. */
export type Place =
  | {
      readonly kind: "derive";
      readonly session: number;
      readonly created: boolean;
      readonly facts: Facts | null;
      readonly taken: number | null;
      /** Others were derived till now and are not any more: the session is derived anew. */
      readonly anew?: boolean;
    }
  | { readonly kind: "wait" }
  | { readonly kind: "rest" };

/** `last`: no more bytes are near, decide now. `start`: the source's first bytes, when they are at hand. */
export type Sight = { readonly last: boolean; readonly start: Uint8Array | null };

/** Decides about a source that is new or a replica and has new bytes. */
export function place(db: Database, source: SourceRow, provider: Provider, { last, start }: Sight): Place {
  const head = readHead(db, source, last, start);
  const identity = provider.identify(head);
  if (identity.kind === "wait" && !head.whole) return { kind: "wait" };
  // A file that is rewritten whole says whose it is when all of it is there; a torn one may never.
  const beside = identity.kind === "sidecar" || identity.kind === "packed";
  if (source.unit === "file" && !beside && (!head.whole || identity.kind === "wait")) return { kind: "wait" };
  if (identity.kind === "session") {
    const rank = contest(db, source, provider, identity);
    if (rank === "lost") return { kind: "rest" };
    const joining = { provider, key: identity.session, facts: identity.facts ?? null };
    const placed = join(db, source, joining, "");
    return placed.kind === "derive" && rank === "won" ? { ...placed, anew: true } : placed;
  }
  if (identity.kind === "sidecar") return rest(db, source, "sidecar", identity.of);
  if (identity.kind === "packed") return rest(db, source, "packed", identity.session);
  return rest(db, source, "other", null);
}

/** Whose an archived source is, by its name and its beginning. */
export function identityOf(db: Database, source: SourceRow, provider: Provider): Identity {
  return provider.identify(readHead(db, source, true, null));
}

/** What a source's name and its beginning say of its session. */
export function factsOf(db: Database, source: SourceRow, provider: Provider): Facts | null {
  const identity = identityOf(db, source, provider);
  return identity.kind === "session" ? (identity.facts ?? null) : null;
}

/** The name that an unpacked source's file would have. */
function plainPath(path: string): string {
  return path.endsWith(PLAIN) ? path.slice(0, -PLAIN.length).replace(/\.[^./]+$/, "") : path;
}

function readHead(db: Database, source: SourceRow, last: boolean, start: Uint8Array | null) {
  const bytes =
    start?.subarray(0, OVERSIZE_HEAD) ?? readRange(db, source.id, 0, Math.min(source.through, OVERSIZE_HEAD));
  const end = source.unit === "file" ? -1 : bytes.indexOf(10);
  const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
  const whole = source.unit === "file" ? isWhole(source) : last || end >= 0 || bytes.length >= OVERSIZE_HEAD;
  return { path: plainPath(source.path), unit: source.unit, text, whole };
}

function rest(db: Database, source: SourceRow, role: "sidecar" | "packed" | "other", key: SessionKey | null): Place {
  const grave = key && graveOf(db, source.provider, { key, own: deviceId(db, source.device) });
  if (grave) return discard(db, source, grave);
  setRole(db, source.id, role, null);
  return { kind: "rest" };
}

function discard(db: Database, source: SourceRow, grave: Grave): Place {
  discardSource(db, source.id, grave);
  return { kind: "rest" };
}

/** Whose deletion keeps a new source away, told by its name and its first bytes; null = nobody's, or not to be told yet. */
export function buried(db: Database, source: SourceRow, provider: Provider, start: Uint8Array): Grave | null {
  if (!anyTombstone(db)) return null;
  const identity = provider.identify(readHead(db, source, false, start));
  const own = deviceId(db, source.device);
  if (identity.kind === "session")
    return graveOf(db, source.provider, { key: identity.session, parent: identity.facts?.parent, own });
  if (identity.kind === "wait" || identity.kind === "none")
    return source.unit === "file" ? graveOfPath(db, source) : null;
  const key = identity.kind === "sidecar" ? identity.of : identity.session;
  return key && graveOf(db, source.provider, { key, own });
}

type Joining = { readonly provider: Provider; readonly key: SessionKey; readonly facts: Facts | null };

/** Joins the session's branch `variant`: main, replica, or (another device, other bytes) a variant of its own. */
function join(db: Database, source: SourceRow, joining: Joining, variant: string): Place {
  const { provider, key, facts } = joining;
  const own = deviceId(db, source.device);
  const grave = graveOf(db, source.provider, { key, parent: facts?.parent, own });
  if (grave) return discard(db, source, grave);
  // Not a grave, although the first branch is deleted: this device's own branch lives.
  if (variant === "" && isDeleted(db, source.provider, key, "")) return join(db, source, joining, own);
  const { id: session, created } = sessionRow(db, { provider: source.provider, key, variant, device: source.device });
  const mains = mainSources(db, session).filter((main) => main.id !== source.id);
  if (mains.length === 0) return lead(db, source, { session, created, facts, taken: null });
  const near = mains.filter((main) => main.unit === source.unit && !isRewrite(source, main));
  for (const main of near) {
    const common = commonPrefix(db, source, main);
    const repeats = common === source.through && (source.unit !== "file" || common === main.through);
    if (repeats) return (setRole(db, source.id, "replica", session), { kind: "rest" });
    if (common === main.through && source.unit !== "file")
      return takeOver(db, source, main, { session, created, facts });
  }
  const sameDevice = mains.some((main) => main.device === source.device);
  if (sameDevice || variant !== "") return lead(db, source, { session, created, facts, taken: null });
  const known = source.unit === "file" ? compareHistory(db, session, source, provider) : "other";
  if (known === "held") return (setRole(db, source.id, "replica", session), { kind: "rest" });
  if (known === "goes on" && mains.every(({ unit }) => unit === "file")) {
    for (const main of mains) setRole(db, main.id, "replica", session);
    return { ...lead(db, source, { session, created, facts, taken: null }), anew: true };
  }
  const place = join(db, source, joining, own);
  if (place.kind === "derive") linkFork(db, place.session, session);
  return place;
}

/** Of one file on one device: another generation. It may say again what one before it said. */
function isRewrite(one: SourceRow, other: SourceRow): boolean {
  return one.unit === "file" && one.path === other.path && one.device === other.device;
}

type Lead = {
  readonly session: number;
  readonly created: boolean;
  readonly facts: Facts | null;
  readonly taken: number | null;
};

function lead(db: Database, source: SourceRow, found: Lead) {
  setRole(db, source.id, source.path.endsWith(PLAIN) ? "plain" : "main", found.session);
  return { kind: "derive", ...found } as const;
}

/** The longer of two equal histories is the main one; it goes on from where the shorter was derived to. */
function takeOver(db: Database, source: SourceRow, main: SourceRow, found: Omit<Lead, "taken">): Place {
  const { derived_through: derivedThrough, parser_version: version, state } = sourceById(db, main.id);
  if (state !== null) setDerived(db, source.id, { derivedThrough, version, state });
  setRole(db, main.id, "replica", found.session);
  return lead(db, source, { ...found, taken: main.id });
}
