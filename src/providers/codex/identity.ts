/** Where the logs live and whose they are. */
import type { Env, Head, Identity, Root, SessionKey, Unit } from "../../domain/provider.ts";
import { object, word } from "../json.ts";

/** Only the two session folders: beside them lie credentials and databases. */
export function roots(env: Env): readonly Root[] {
  const home = env.CODEX_HOME || (env.HOME ? `${env.HOME}/.codex` : "");
  if (home === "") return [];
  return ["sessions", "archived_sessions"].map((folder) => ({ dir: `${home.replace(/\/+$/, "")}/${folder}`, unit }));
}

function unit(relative: string): Unit | null {
  // A compression in progress; its result has a name of its own.
  if (relative.endsWith(".tmp")) return null;
  return /\.jsonl(?:\.zst)?$/.test(relative) ? "lines" : "file";
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=\.[^/]*$)/i;

/** By the first header, else by the file's name; a log without either is known by its first line. */
export function identify(head: Head): Identity {
  const named = UUID.exec(head.path)?.[0].toLowerCase();
  if (head.path.endsWith(".zst")) return { kind: "packed", session: named ? key(named) : null };
  // The first releases' one-object files are kept; they are read when their format is.
  if (head.unit !== "lines") return { kind: "none" };
  if (!head.whole) return { kind: "wait" };
  const id = headerId(head.text) ?? named ?? `head-${Bun.hash.xxHash64(head.text).toString(16)}`;
  return { kind: "session", session: key(id) };
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
