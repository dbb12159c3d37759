/**
 * Copied history is another session's and is searched there. Where that session was never archived (its file was gone
 * before anybody looked), the copy is all there is: it is indexed with the session that holds it, until the other one
 * comes. A child often comes before its parent, so this is decided when nothing else is to do.
 */
import type { Database } from "bun:sqlite";
import { doubtCopies, doubtfulCopies, findableCopiesOf, settleCopies } from "../store/ownerless.ts";
import type { Contexts } from "./contexts.ts";

export type Copies = ReturnType<typeof createCopies>;

/** `recover` after a rollback. */
export function createCopies(db: Database, contexts: Contexts) {
  const doubtful = new Set<number>();
  const doubt = (session: number) => {
    if (doubtful.has(session)) return;
    doubtCopies(db, session);
    doubtful.add(session);
  };
  const recover = () => {
    doubtful.clear();
    for (const session of doubtfulCopies(db)) doubtful.add(session);
  };
  recover();

  return {
    get size(): number {
      return doubtful.size;
    },
    /** Copied history was derived in a session. */
    doubt,
    /** A session is new: others may hold copies of it that are searched there. */
    appeared(session: number): void {
      for (const holder of findableCopiesOf(db, session)) doubt(holder);
    },
    /** Decides about one session; call when nothing is left to derive. */
    settleNext(): void {
      const [session] = doubtful;
      if (session === undefined) return;
      doubtful.delete(session);
      if (settleCopies(db, session)) contexts.slice(session).rewritten.add(0);
    },
    recover,
  };
}
