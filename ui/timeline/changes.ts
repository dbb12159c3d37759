/**
 * What a person does to sessions. Shown at once, sent, and taken back when the server says no; what touches many can be
 * undone. Tags are put in and taken out, never written over, so that two tabs that tag at once both keep theirs.
 */
import { batch, createSignal } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import { asFault } from "../api/call.ts";
import { deleteSessions, patchSessions, undeleteSession, type SessionPatch } from "../api/sessions.ts";
import { plural } from "../kit/format.ts";
import { toast } from "../kit/Toast.tsx";
import { changeRow, putRows, row } from "./rows.ts";
import { drop } from "./selection.ts";
import { forget } from "./store.ts";
import { titleOf } from "./words.ts";

/** As many as the server changes in one request. */
const MANY = 500;
/** As long as a toast stays. */
const GRACE_MS = 6000;

/** Pins, or lets go; sessions that are so already are left alone. */
export async function pin(ids: readonly string[], on: boolean): Promise<void> {
  const changed = known(ids).filter((session) => session.pinned !== on);
  const set = (to: boolean) => apply(changed, { pinned: to }, () => ({ pinned: to }));
  if (await set(on)) undoable(changed, on ? "Pinned" : "Unpinned", () => set(!on));
}

/** Puts a tag on, or takes it off. */
export async function tag(ids: readonly string[], name: string, on: boolean): Promise<void> {
  const changed = known(ids).filter((session) => session.tags.includes(name) !== on);
  const set = (to: boolean) =>
    apply(changed, to ? { add_tags: [name] } : { remove_tags: [name] }, ({ tags }) => ({
      tags: to ? [...tags, name] : tags.filter((other) => other !== name),
    }));
  if (await set(on)) undoable(changed, on ? `Tagged #${name}:` : `Took #${name} off`, () => set(!on));
}

/** Marks all that is there as read, or as unread again. */
export async function markRead(ids: readonly string[], read: boolean): Promise<void> {
  const changed = known(ids).filter((session) => session.unread === read);
  const set = (to: boolean) => apply(changed, { read_through: to ? "end" : null }, () => ({ unread: !to }));
  if (await set(read)) undoable(changed, read ? "Marked as read:" : "Marked as unread:", () => set(!read));
}

const known = (ids: readonly string[]): Session[] => ids.flatMap((id) => row(id) ?? []);

async function apply(
  sessions: readonly Session[],
  patch: SessionPatch,
  shown: (session: Session) => Partial<Session>,
): Promise<boolean> {
  const ids = sessions.map((session) => session.id);
  if (ids.length === 0) return false;
  const back = batch(() => ids.map((id) => changeRow(id, shown(row(id)!))));
  try {
    for (let at = 0; at < ids.length; at += MANY) {
      const answer = await patchSessions(ids.slice(at, at + MANY), patch);
      batch(() => putRows(answer.sessions));
    }
    return true;
  } catch (error) {
    batch(() => back.forEach((undo) => undo()));
    sayFault(error);
    return false;
  }
}

/** One row shows by itself what became of it. */
function undoable(changed: readonly Session[], what: string, undo: () => Promise<unknown>): void {
  if (changed.length < 2) return;
  toast({ text: `${what} ${plural(changed.length, "session")}`, action: { label: "Undo", run: () => void undo() } });
}

function sayFault(error: unknown): void {
  const { message, hint } = asFault(error);
  toast({ text: message, tone: "bad", ...(hint === undefined ? {} : { hint }) });
}

const [going, setGoing] = createSignal<ReadonlySet<string>>(new Set());
const waiting = new Map<readonly string[], ReturnType<typeof setTimeout>>();

/** Whether a row is being deleted: out of sight, and still to be had back. */
export const isGoing = (id: string): boolean => going().has(id);

/** Takes rows out of sight; they are deleted, for good, when nobody undoes it within six seconds or leaves the page. */
export function remove(ids: readonly string[]): void {
  const sessions = known(ids);
  if (sessions.length === 0) return;
  const all = sessions.map((session) => session.id);
  batch(() => (setGoing((old) => new Set([...old, ...all])), drop(all)));
  waiting.set(
    all,
    setTimeout(() => void finish(all), GRACE_MS),
  );
  toast({
    text:
      sessions.length === 1 ? `Deleted “${brief(titleOf(sessions[0]!))}”` : `Deleted ${plural(all.length, "session")}`,
    hint: "In a few seconds for good, sub-agents too.",
    action: { label: "Undo", run: () => spare(all) },
  });
}

const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 60).trimEnd()}…` : text);

function spare(ids: readonly string[]): void {
  clearTimeout(waiting.get(ids));
  if (!waiting.delete(ids)) return;
  stay(ids);
}

const stay = (ids: readonly string[]) => setGoing((old) => new Set([...old].filter((id) => !ids.includes(id))));

async function finish(ids: readonly string[]): Promise<void> {
  waiting.delete(ids);
  try {
    const gone: string[] = [];
    const copies = new Set<string>();
    for (let at = 0; at < ids.length; at += MANY) {
      const answer = await deleteSessions(ids.slice(at, at + MANY));
      gone.push(...answer.deleted);
      answer.copies.forEach((id) => copies.add(id));
    }
    batch(() => gone.forEach(forget));
    sayGone(
      ids,
      gone,
      [...copies].filter((id) => !gone.includes(id)),
    );
  } catch (error) {
    sayFault(error);
  }
  stay(ids);
}

function sayGone(ids: readonly string[], gone: readonly string[], copies: readonly string[]): void {
  if (copies.length > 0)
    return toast({
      text: `${plural(copies.length, "session")} still ${copies.length === 1 ? "repeats" : "repeat"} the same history`,
      stays: true,
      action: { label: "Delete too", run: () => remove(copies) },
    });
  toast({
    text: `${plural(ids.length, "session")} deleted for good`,
    hint: "It can come back from machines that still have its files.",
    action: { label: "Bring back", run: () => void bringBack(ids.filter((id) => gone.includes(id))) },
  });
}

async function bringBack(ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids) await undeleteSession(id);
    toast({ text: "Asked for again", hint: "It comes back when a machine that has its files sends them." });
  } catch (error) {
    sayFault(error);
  }
}

// Who leaves has not undone it.
if (typeof addEventListener === "function")
  addEventListener("pagehide", () => {
    for (const [ids, timer] of waiting) {
      clearTimeout(timer);
      for (let at = 0; at < ids.length; at += MANY) void deleteSessions(ids.slice(at, at + MANY), true).catch(() => {});
    }
    waiting.clear();
  });
