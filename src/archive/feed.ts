/**
 * The live feed's source: what commits changed, as frames. A frame is a whole row or a doorbell, so what comes in a burst
 * is told once; what is lost costs a refetch. One counter over all frames: it starts at the clock, so that a client of
 * the server before a restart sees a gap.
 */
import type { Database } from "bun:sqlite";
import type { Frame } from "../domain/frame.ts";
import type { State } from "../domain/session.ts";
import { readPresence } from "../store/presence.ts";
import type { Presence } from "../store/presence.ts";
import { liveRows, sessionRow, toSession } from "../store/session-rows.ts";
import type { Changed } from "./protocol.ts";

/** A frame of the feed before it has its number. */
export type Unnumbered = DistributiveOmit<Extract<Frame, { seq: number }>, "seq">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Takes a frame as JSON. Must not throw, and must not keep the feed waiting. */
export type Listener = (frame: string) => void;

export type Feed = {
  /** Of the last frame. */
  readonly seq: number;
  /** Every frame from now on. Returns the way to stop. */
  subscribe(listener: Listener): () => void;
  /** Numbers a frame and sends it to all. */
  publish(frame: Unnumbered): void;
  /** Tells what the writer has committed; a session at most every 30 ms. */
  onChanged(changed: Changed): void;
  /** Clients that listen. */
  readonly listeners: number;
  close(): void;
};

/** A session that is written steadily is told this often. */
const EVERY_MS = 30;
/** Sessions told at once; an import of small files commits hundreds a second. */
const BATCH = 100;
/** How often states that change by time alone are looked at. */
const STATES_MS = 3000;

/** What is to be told of a session. `event` = the last one appended; undefined = nothing was. */
type Dirty = { event?: string | null };

/** Reads rows on `db` (main's, read-only); `now` in ms. `statesMs`: for tests. */
export function createFeed(db: Database, now: () => number, { statesMs = STATES_MS } = {}): Feed {
  const listeners = new Set<Listener>();
  const dirty = new Map<number, Dirty>();
  const states = createStates(db);
  let seq = now();
  let flushedAt = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const publish = (frame: Unnumbered) => {
    seq++;
    if (listeners.size === 0) return;
    const text = JSON.stringify({ ...frame, seq });
    for (const listener of listeners) listener(text);
  };

  const mark = (session: number, event?: string | null) => {
    const known = dirty.get(session) ?? {};
    if (event !== undefined) known.event = event;
    dirty.set(session, known);
  };

  const flushSoon = () => {
    if (timer || dirty.size === 0) return;
    timer = setTimeout(flush, Math.max(0, flushedAt + EVERY_MS - performance.now()));
  };

  const flush = () => {
    timer = null;
    flushedAt = performance.now();
    // Nobody listens: the number grows all the same, so that who comes back sees a gap.
    if (listeners.size === 0) {
      seq += dirty.size;
      return dirty.clear();
    }
    const presence = readPresence(db, now());
    for (const [session, what] of [...dirty].slice(0, BATCH)) {
      dirty.delete(session);
      tell(session, what, presence);
    }
    flushSoon();
  };

  const tell = (id: number, { event }: Dirty, presence: Presence) => {
    const row = sessionRow(db, id);
    if (!row || row.events === 0) return;
    const session = toSession(row, presence, now());
    states.note(id, session.state);
    publish({ type: "session", session });
    if (event !== undefined)
      publish({ type: "events", session_id: session.id, last_event_id: event, revision: row.revision });
  };

  const aging = setInterval(() => {
    if (listeners.size === 0) return;
    for (const id of states.changed(now())) mark(id);
    flushSoon();
  }, statesMs);
  // A server is kept alive by what it serves, not by this.
  aging.unref();

  return {
    get seq() {
      return seq;
    },
    get listeners() {
      return listeners.size;
    },
    subscribe(listener) {
      if (listeners.size === 0) states.reset(now());
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    publish,
    onChanged({ sessions, appended, deleted }) {
      for (const session of sessions) mark(session);
      for (const { session, eventId } of appended) mark(session, eventId);
      for (const id of deleted) publish({ type: "session_deleted", id });
      flushSoon();
    },
    close() {
      clearInterval(aging);
      if (timer) clearTimeout(timer);
      listeners.clear();
    },
  };
}

/** Remembers the states last told of the sessions that are not ended: few, so looking at all of them is cheap. */
function createStates(db: Database) {
  const told = new Map<number, State>();

  /** States at `now` of all that may live, and of what was told to live. */
  const current = (now: number): Map<number, State> => {
    const presence = readPresence(db, now);
    const rows = new Set([...liveRows(db, presence, now), ...told.keys()]);
    const found = new Map<number, State>();
    for (const id of rows) {
      const row = sessionRow(db, id);
      if (row) found.set(id, toSession(row, presence, now).state);
    }
    return found;
  };

  return {
    note(id: number, state: State): void {
      if (state === "ended") told.delete(id);
      else told.set(id, state);
    },
    /** Everybody has just fetched what there is. */
    reset(now: number): void {
      told.clear();
      for (const [id, state] of current(now)) this.note(id, state);
    },
    /** Rows whose state is another than was told; notes the new ones. */
    changed(now: number): number[] {
      const states = current(now);
      for (const id of told.keys()) if (!states.has(id)) told.delete(id);
      const changed = [...states].filter(([id, state]) => (told.get(id) ?? "ended") !== state).map(([id]) => id);
      for (const [id, state] of states) this.note(id, state);
      return changed;
    },
  };
}
