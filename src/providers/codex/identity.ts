/** Where the logs live and whose they are. */
import type { Env, Head, Identity, Root, SessionKey, Unit } from "../../domain/provider.ts";
import { object, word } from "../json.ts";
import { INDEX } from "./names.ts";
import { wholeId } from "./whole.ts";

/** Only the session folders and one index: beside them lie credentials, databases and prompts that sessions hold anyway. */
export function roots(env: Env): readonly Root[] {
  const home = (env.CODEX_HOME || (env.HOME ? `${env.HOME}/.codex` : "")).replace(/\/+$/, "");
  if (home === "") return [];
  const folders = ["sessions", "archived_sessions"].map((folder) => ({ dir: `${home}/${folder}`, unit }));
  return [...folders, { dir: home, flat: true, unit: (name) => (name === INDEX ? "lines" : null) }];
}

function unit(relative: string): Unit | null {
  // A compression in progress (its result has a name of its own), locks.
  if (relative.endsWith(".tmp") || /(?:^|\/)\./.test(relative)) return null;
  return /\.jsonl(?:\.zst)?$/.test(relative) ? "lines" : "file";
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=\.[^/]*$)/i;

/** By the first header, else by the file's name; a log without either is known by its first line. */
export function identify(head: Head): Identity {
  if (head.path.endsWith(`/${INDEX}`)) return { kind: "sidecar", of: null };
  const named = UUID.exec(head.path)?.[0].toLowerCase();
  if (head.path.endsWith(".zst")) return { kind: "packed", session: named ? key(named) : null };
  if (head.unit !== "lines") return ofWhole(head, named);
  if (!head.whole) return { kind: "wait" };
  const id = headerId(head.text) ?? named ?? `head-${Bun.hash.xxHash64(head.text).toString(16)}`;
  return { kind: "session", session: key(id) };
}

/** An object of the first releases. Its head is rewritten with it, so without an id and a name it is nobody's. */
function ofWhole({ path, text, whole }: Head, named: string | undefined): Identity {
  if (!path.endsWith(".json")) return { kind: "none" };
  const id = wholeId(text) ?? (/^\s*\{\s*"session"\s*:/.test(text) ? named : undefined);
  if (id) return { kind: "session", session: key(id) };
  return whole && text.trim() !== "{" ? { kind: "none" } : { kind: "wait" };
}

function key(id: string): SessionKey {
  return { id, agent: "" };
}

function headerId(text: string): string | undefined {
  const value = object(parsed(text));
  if (!value) return cutHeaderId(text);
  const payload = value.type === "session_meta" ? object(value.payload) : null;
  if (payload) return word(payload.id) ?? word(payload.session_id);
  return value.type === undefined && value.timestamp !== undefined ? word(value.id) : undefined;
}

/** A header's first KiB: it goes on with the agent's whole instructions, the id stands at its beginning. */
function cutHeaderId(text: string): string | undefined {
  const isHeader = /"type"\s*:\s*"session_meta"/.test(text) || /^\s*\{\s*"id"\s*:/.test(text);
  return isHeader ? /[{,]\s*"id"\s*:\s*"([^"\\]{1,200})"/.exec(text)?.[1] : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
