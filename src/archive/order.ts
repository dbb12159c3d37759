/**
 * Several sources of one session (a copy that went on, a resumed history): its events stand in an order that their bytes
 * say, not their arrival: the source whose records end first is first, so that what goes on stands at the end and is
 * appended cheaply. Sources are derived as they come; when nothing else is to do, a session whose order is not that one is
 * derived anew, once, and noted as settled when that has come to its end: a start in between reads what is left in another
 * order. A session with one source is never looked at.
 */
import type { Database } from "bun:sqlite";
import {
  putClaims,
  readClaims,
  readSettled,
  sessionByUuid,
  severalSources,
  writeSettled,
} from "../store/session-order.ts";
import type { Settled } from "../store/session-order.ts";
import { mainSources } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { lastTime } from "./contexts.ts";

export type Order = ReturnType<typeof createOrder>;

type Options = {
  /** Sources that are left alone: a session with one of them has no order. */
  readonly skipped: ReadonlySet<number>;
  /** Derives a session anew from its sources, in the order given. */
  startOver(session: number, sources: readonly SourceRow[]): void;
};

/** `recover` after a rollback. */
export function createOrder(db: Database, { skipped, startOver }: Options) {
  /** Sessions to look at when nothing else is to do. */
  const unsettled = new Set(severalSources(db));
  /** Sessions that are being derived anew, and in which order. */
  const underway = new Map<number, Settled>();
  /** Sessions whose calls may be charged to one that came from them; ids. */
  let origins = new Set(readClaims(db));

  const settle = (session: number) => {
    const sources = mainSources(db, session);
    // Generations of files that are rewritten have an order of their own.
    if (sources.length < 2 || sources.some(({ id, unit }) => unit === "file" || skipped.has(id))) return;
    const wanted = sources.toSorted(byEnd);
    if (!isSettled(underway.get(session) ?? readSettled(db, session), wanted)) return again(session, wanted);
    if (underway.delete(session)) writeSettled(db, session, settledAs(wanted));
  };

  const again = (session: number, wanted: readonly SourceRow[]) => {
    if (wanted.length > 1) {
      writeSettled(db, session, null);
      underway.set(session, settledAs(wanted));
      unsettled.add(session);
    }
    startOver(session, wanted);
  };

  const chargeAnew = (uuid: string) => {
    const session = sessionByUuid(db, uuid);
    const sources = session === null ? [] : mainSources(db, session);
    if (session !== null && sources.every(({ unit }) => unit !== "file")) again(session, sources.toSorted(byEnd));
  };

  return {
    get size(): number {
      return unsettled.size + origins.size;
    },
    /** Bytes of a session with several sources were derived. */
    touch: (session: number): void => void unsettled.add(session),
    /** A session turned out to come from another, after calls were charged to it: the other claims its own. */
    claim(origin: string): void {
      if (origins.has(origin)) return;
      origins.add(origin);
      putClaims(db, origins);
    },
    /** Looks at one session; call when nothing is left to derive. */
    settleNext(): void {
      for (const uuid of origins) {
        origins.delete(uuid);
        putClaims(db, origins);
        return chargeAnew(uuid);
      }
      for (const session of unsettled) return (unsettled.delete(session), settle(session));
    },
    recover(): void {
      underway.clear();
      origins = new Set(readClaims(db));
    },
  };
}

function settledAs(wanted: readonly SourceRow[]): Settled {
  return wanted.map(({ id, through }) => [id, through]);
}

/** By what is in them. Equal ones share all but their names. */
function byEnd(a: SourceRow, b: SourceRow): number {
  return (
    lastTime(a) - lastTime(b) || a.through - b.through || (a.path < b.path ? -1 : 1) || a.generation - b.generation
  );
}

/** They were derived one after another in this order, and only the last has grown since. */
function isSettled(before: Settled | null, wanted: readonly SourceRow[]): boolean {
  if (before === null || before.length !== wanted.length) return false;
  const last = wanted.length - 1;
  return wanted.every(({ id, through }, n) => before[n]![0] === id && (n === last || before[n]![1] === through));
}
