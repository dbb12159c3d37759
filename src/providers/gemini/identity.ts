/** Where the logs live and whose they are. */
import type { Env, Facts, Head, Identity, Root, Unit } from "../../domain/provider.ts";
import { object, word } from "../json.ts";

export function roots(env: Env): readonly Root[] {
  const home = env.GEMINI_CLI_HOME || env.HOME;
  return home ? [{ dir: `${home.replace(/\/+$/, "")}/.gemini`, unit, enters }] : [];
}

/** Its scratch folders, its shadow repositories and the other agents that live there are large, and none of ours. */
function enters(relative: string): boolean {
  return /^tmp(?:\/[^/]+(?:\/chats(?:\/.*)?)?)?$/.test(relative);
}

function unit(relative: string): Unit | null {
  // Which folder a project is: the records do not say it.
  if (relative === "projects.json" || /^tmp\/[^/]+\/\.project_root$/.test(relative)) return "file";
  if (!/^tmp\/[^/]+\/chats\//.test(relative)) return null;
  if (relative.endsWith(".jsonl")) return "lines";
  return relative.endsWith(".json") ? "file" : null;
}

const CHAT = /\/chats\/(?:([^/]+)\/)?([^/]+)\.jsonl?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** By the header's session id; a sub-agent's parent is the folder it lies in. */
export function identify(head: Head): Identity {
  if (/\/(?:projects\.json|\.project_root)$/.test(head.path)) return { kind: "sidecar", of: null };
  const [, parent, name] = CHAT.exec(head.path) ?? [];
  const id = headerId(head.text);
  if (id !== undefined && (head.unit === "file" || head.whole)) return session(id, parent);
  if (!head.whole) return { kind: "wait" };
  if (head.unit === "lines") return ofLog(head.text, parent, name);
  // Torn while it was rewritten: the next generation will say it.
  if (!/^\s*\{\s*\S/.test(head.text)) return { kind: "wait" };
  // A rewrite changes the head, so its hash is no name; the file's own is one.
  return name !== undefined && /"messages"\s*:/.test(head.text) ? session(name, parent) : { kind: "none" };
}

function ofLog(text: string, parent: string | undefined, name: string | undefined): Identity {
  // One object over many lines: the older format under the newer name.
  if (text.trim() === "{") return { kind: "none" };
  const id = parent === undefined ? undefined : name;
  return session(id ?? `head-${Bun.hash.xxHash64(text).toString(16)}`, parent);
}

function session(id: string, parent: string | undefined): Identity {
  const facts: Facts | undefined = parent ? { kind: "subagent", parent: { id: parent, agent: "" } } : undefined;
  return { kind: "session", session: { id, agent: "" }, ...(facts && { facts }) };
}

/** Ids that are no UUIDs are names that many sessions share ("a2a-server"): the start tells them apart. */
function headerId(text: string): string | undefined {
  const header = headerOf(text);
  const id = header("sessionId");
  if (id === undefined || UUID.test(id)) return id;
  const startTime = header("startTime");
  return startTime === undefined ? id : `${id}@${startTime}`;
}

/** Fields of the header, whose text may be cut off: those of its messages are not its own. */
function headerOf(text: string): (name: string) => string | undefined {
  try {
    const value = object(JSON.parse(text));
    return (name) => word(value?.[name]);
  } catch {
    const own = text.split(/"messages"\s*:/, 1)[0]!;
    return (name) => new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]{1,200})"`).exec(own)?.[1];
  }
}
