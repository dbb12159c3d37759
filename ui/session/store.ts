/** One session as its page keeps it: its row, its children, its prompts, and what the live feed says of them. */
import { batch, createSignal, onCleanup, type Accessor } from "solid-js";
import type { Event } from "../../src/domain/event.ts";
import type { Fault } from "../../src/domain/fault.ts";
import type { Frame } from "../../src/domain/frame.ts";
import type { Session } from "../../src/domain/session.ts";
import { asFault, isAbort } from "../api/call.ts";
import { listEvents } from "../api/events.ts";
import { getSession, patchSession, type SessionDetail } from "../api/sessions.ts";
import { live } from "../live.ts";
import { compareAge } from "../timeline/rows.ts";

export type SessionStore = {
  readonly session: Accessor<SessionDetail | null>;
  /** Why the session cannot be shown: it is not there, or no answer came. */
  readonly fault: Accessor<Fault | null>;
  readonly deleted: Accessor<boolean>;
  /** Every prompt a person wrote, in order, cut to a preview; empty until fetched. */
  readonly prompts: Accessor<readonly Event[]>;
  load(): Promise<void>;
  loadPrompts(): Promise<void>;
  /** Shows a newer row of the session; an older one is passed over. */
  take(session: Session): void;
  /** Tells the server that everything up to this event was seen. */
  read(event: string): void;
};

/** A store that has not asked anything yet. Its questions end with the component. */
export function createSessionStore(id: string): SessionStore {
  const [session, setSession] = createSignal<SessionDetail | null>(null);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const [deleted, setDeleted] = createSignal(false);
  const [prompts, setPrompts] = createSignal<readonly Event[]>([]);
  const leaving = new AbortController();
  onCleanup(() => leaving.abort());

  /** What the feed tells while a question is on its way, for each of them: an answer may be older than that. */
  const hearing = new Set<Session[]>();
  const load = async () => {
    const heard: Session[] = [];
    hearing.add(heard);
    try {
      const detail = await getSession(id, leaving.signal);
      batch(() => (setSession(heard.reduce(mergeNewer, detail)), setFault(null)));
    } catch (error) {
      // What is shown stays, with the offline line above it.
      if (!isAbort(error) && (session() === null || asFault(error).code === "not_found")) setFault(asFault(error));
    } finally {
      hearing.delete(heard);
    }
  };
  const takeFrame = (frame: Frame) => {
    if (frame.type === "session_deleted" && frame.id === id) setDeleted(true);
    if (frame.type !== "session") return;
    for (const heard of hearing) heard.push(frame.session);
    setSession((old) => old && merge(old, frame.session));
  };
  onCleanup(live().onFrame(takeFrame));
  onCleanup(live().onResync(() => void load()));
  return {
    session,
    fault,
    deleted,
    prompts,
    load,
    async loadPrompts() {
      // Without them only the outline is empty.
      const found = await allPrompts(id, leaving.signal).catch(() => null);
      if (found) setPrompts(found);
    },
    take: (now) => setSession((old) => old && (now.version >= old.version ? merge(old, now) : old)),
    read: createReader(id),
  };
}

/** The session or one of its children, as a frame has it. */
function merge(old: SessionDetail, now: Session): SessionDetail {
  if (now.id === old.id) return { ...old, ...now };
  if (now.parent_session_id !== old.id) return old;
  const known = old.children.some((child) => child.id === now.id);
  const children = old.children.map((child) => (child.id === now.id ? now : child));
  return { ...old, children: known ? children : [...children, now] };
}

/** The same, unless the row is an older one. */
function mergeNewer(old: SessionDetail, now: Session): SessionDetail {
  const shown = now.id === old.id ? old : old.children.find((child) => child.id === now.id);
  return shown && compareAge(now, shown) < 0 ? old : merge(old, now);
}

/** More prompts than this no outline needs. */
const PROMPTS_MAX = 5000;

async function allPrompts(id: string, signal: AbortSignal): Promise<readonly Event[]> {
  const found: Event[] = [];
  let after: string | null | undefined;
  do {
    const page = await listEvents(
      id,
      { kinds: ["prompt"], fields: "preview", limit: 1000, ...(after ? { after } : {}) },
      signal,
    );
    found.push(...page.events.filter((event) => !event.flags.includes("injected")));
    after = page.next;
  } while (after && found.length < PROMPTS_MAX);
  return found;
}

const READ_AFTER_MS = 1000;

/** Tells the newest event that was seen, once a reader has rested on it. */
function createReader(id: string): (event: string) => void {
  let told: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  return (event) => {
    if (event === told) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      told = event;
      // A convenience: not worth a word when it fails.
      patchSession(id, { read_through: event }).catch(() => undefined);
    }, READ_AFTER_MS);
  };
}
