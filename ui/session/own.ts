/**
 * What of a session is the user's own: title, note, tags, pin. A change names the version it was made on; the version also
 * grows with every event, so a stale one is tried again unless somebody changed this very field meanwhile.
 */
import { createSignal, type Accessor } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { asFault } from "../api/call.ts";
import { getSession, patchSession } from "../api/sessions.ts";
import { toast } from "../kit/Toast.tsx";
import type { SessionStore } from "./store.ts";

export type Field = "title" | "note" | "tags" | "pinned";
/** `title` and `note`: "" takes them away. */
export type Values = {
  readonly title: string;
  readonly note: string;
  readonly tags: readonly string[];
  readonly pinned: boolean;
};
export type OneField = { [F in Field]: { readonly field: F; readonly value: Values[F] } }[Field];

/** Two that changed the same field at once: what is there now, and what was to be put there. */
export type Conflict = { readonly mine: OneField; readonly theirs: string };

export type Own = {
  readonly conflict: Accessor<Conflict | null>;
  /** Writes one field; shown at once, taken back when it fails. `seen`: the session as the person saw it when they began. */
  change(change: OneField, seen: Session): Promise<void>;
  /** Ends a conflict: mine is written over theirs, or not. */
  settle(keepMine: boolean): void;
};

/** Attempts before a session that is written to all the time is changed without regard to its version. */
const TRIES = 5;

/** Changes of the page's session. */
export function createOwn(store: SessionStore): Own {
  const [conflict, setConflict] = createSignal<Conflict | null>(null);
  const change: Own["change"] = async (mine, seen) => {
    const before = shown(seen, mine.field);
    if (before === said(mine)) return;
    let { version } = seen;
    for (let tries = 0; ; tries++) {
      try {
        const now = await patchSession(seen.id, { [mine.field]: mine.value }, tries < TRIES ? version : undefined);
        return store.take(now);
      } catch (error) {
        const fault = asFault(error);
        if (fault.code !== "stale")
          return void toast({ text: fault.message, tone: "bad", ...(fault.hint ? { hint: fault.hint } : {}) });
        const now = await getSession(seen.id).catch(() => null);
        if (!now) return void toast({ text: fault.message, tone: "bad" });
        store.take(now);
        if (shown(now, mine.field) !== before) return void setConflict({ mine, theirs: shown(now, mine.field) });
        version = now.version;
      }
    }
  };
  return {
    conflict,
    change,
    settle(keepMine) {
      const open = conflict();
      const session = store.session();
      setConflict(null);
      if (keepMine && open && session) void change(open.mine, session);
    },
  };
}

/** A field as text, to be compared and shown. */
function shown(session: Session, field: Field): string {
  if (field === "tags") return session.tags.join(", ");
  if (field === "pinned") return session.pinned ? "pinned" : "not pinned";
  return session[field] ?? "";
}

/** The same of what is to be written. */
export function said(change: OneField): string {
  if (change.field === "tags") return change.value.join(", ");
  if (change.field === "pinned") return change.value ? "pinned" : "not pinned";
  return change.value;
}
