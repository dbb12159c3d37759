/**
 * A thread is found by its id at the end of a rollout's name, in a folder of the day it began. A fork's rollout holds only what
 * came after it: its parent's must be there too.
 */
import type { Look, Placing, Restore } from "../../domain/restore.ts";
import { object, word } from "../json.ts";
import { parsed, UUID } from "../restore.ts";

export const restore: Restore = {
  forks: true,
  idInside: true,
  place(wish, look) {
    const home = (wish.env.CODEX_HOME || (wish.env.HOME ? `${wish.env.HOME}/.codex` : "")).replace(/\/+$/, "");
    if (home === "" || !UUID.test(wish.id) || !/"session_meta"/.test(wish.head)) return null;
    const sessions = `${home}/sessions`;
    const path = existing(sessions, wish.id, look) ?? fresh(sessions, wish);
    return path === null ? null : { path };
  },
  needs(head) {
    const base = object(object(object(parsed(head))?.payload)?.history_base);
    const parent = word(base?.thread_id) ?? BASE.exec(head)?.[1];
    return parent === undefined ? [] : [parent];
  },
};

/** A header may be longer than what is read of it. */
const BASE = /"history_base"\s*:\s*\{[^{}]*"thread_id"\s*:\s*"([^"\\]{1,200})"/;

/** Years, months, days: the newest first. */
function existing(sessions: string, id: string, look: Look): string | null {
  const end = `-${id.toLowerCase()}.jsonl`;
  const below = (dir: string) => inside(dir, look);
  for (const day of below(sessions).flatMap(below).flatMap(below)) {
    const name = look.names(day).find((each) => each.startsWith("rollout-") && each.toLowerCase().endsWith(end));
    if (name !== undefined) return `${day}/${name}`;
  }
  return null;
}

function inside(dir: string, look: Look): string[] {
  const numbers = look.names(dir).filter((name) => /^\d{2,4}$/.test(name));
  return numbers.toSorted((a, b) => Number(b) - Number(a)).map((name) => `${dir}/${name}`);
}

const NAME = /(rollout-(\d{4})-(\d{2})-(\d{2})T\d{2}-\d{2}-\d{2}-[0-9a-f-]{36}\.jsonl)(?:\.zst)?$/i;

/** The name it had, or one of when it began. */
function fresh(sessions: string, { source, id, startedAt }: Placing): string | null {
  const [, name, year, month, day] = NAME.exec(source) ?? [];
  if (name?.toLowerCase().includes(id.toLowerCase())) return `${sessions}/${year}/${month}/${day}/${name}`;
  if (startedAt === null || !(Math.abs(startedAt) < 8.64e15)) return null;
  const at = new Date(startedAt).toISOString().slice(0, 19);
  return `${sessions}/${at.slice(0, 10).replaceAll("-", "/")}/rollout-${at.replaceAll(":", "-")}-${id}.jsonl`;
}
