/** The sessions that any view shows, by id: one copy each, updated in place by answers and by the live feed. */
import { createStore, produce, reconcile } from "solid-js/store";
import type { Session, SessionHit } from "../../src/domain/session.ts";
import { listSessions } from "../api/sessions.ts";

type Rows = Record<string, Session>;
const [rows, setRows] = createStore<Rows>({});
const [children, setChildren] = createStore<Record<string, readonly string[]>>({});

/** A session's row; undefined when it is gone. */
export const row = (id: string): Session | undefined => rows[id];

/** ISO time a row stands under, "" when none is known. */
export const timeOf = (id: string): string => rows[id]?.last_event_at ?? rows[id]?.started_at ?? "";

/** When the live feed told of a session last, or that it is gone; performance.now(). */
const toldAt = new Map<string, number>();
const goneAt = new Map<string, number>();

/** Takes over what the live feed tells of a session. */
export function tellRow(session: Session): void {
  goneAt.delete(session.id);
  toldAt.set(session.id, performance.now());
  putRows([session]);
}

/** Whether the feed told of a session after `askedAt`: an answer of then may lack it. */
export const toldSince = (id: string, askedAt: number): boolean => (toldAt.get(id) ?? -1) >= askedAt;

/**
 * Takes newer content over. What is older than what is shown is left out; so is an answer that the feed overtook, which says
 * no more than what was told since it was asked for (`askedAt`, performance.now()): who waits changes without new bytes.
 * Returns those of the sessions that were not deleted since then.
 */
export function putRows<T extends SessionHit>(sessions: readonly T[], askedAt = Infinity): readonly T[] {
  const here = sessions.filter(({ id }) => (goneAt.get(id) ?? -1) < askedAt);
  for (const hit of here) {
    const { match: _match, matches: _matches, match_count: _count, ...session } = hit;
    const old = rows[session.id];
    const age = old ? compareAge(session, old) : 1;
    if (age < 0 || (age === 0 && toldSince(session.id, askedAt))) continue;
    setRows(session.id, reconcile(session));
    const parent = session.parent_session_id;
    if (parent && children[parent] && !children[parent].includes(session.id)) {
      setChildren(parent, (ids) => [...(ids ?? []), session.id]);
    }
  }
  return here;
}

/** Less than 0: `a` is an older row of the session than `b`. 0: they may still differ in its state. */
export function compareAge(a: Session, b: Session): number {
  const [at, was] = [a.last_event_at ?? "", b.last_event_at ?? ""];
  return at === was ? a.version - b.version : at < was ? -1 : 1;
}

/** A change of the user's own, shown before the server has answered. Returns the way back. */
export function changeRow(id: string, change: Partial<Session>): () => void {
  const old = rows[id];
  if (!old) return () => {};
  const before = Object.fromEntries(Object.keys(change).map((key) => [key, old[key as keyof Session]]));
  setRows(id, change);
  return () => setRows(id, before);
}

export function dropRow(id: string): void {
  toldAt.delete(id);
  goneAt.set(id, performance.now());
  setRows(produce((all: Rows) => void delete all[id]));
}

/** Sub-agents of a session that was unfolded; undefined while they are on their way. */
export const childrenOf = (id: string): readonly string[] | undefined => children[id];

/** Fetches a session's sub-agents once; the feed keeps them. Rejects with a Fault. */
export async function unfold(id: string): Promise<void> {
  const askedAt = performance.now();
  const { sessions } = await listSessions({ parent_session_id: id, include_subagents: 1, limit: 100 });
  const here = putRows(sessions, askedAt);
  setChildren(
    id,
    here.map((session) => session.id),
  );
}
