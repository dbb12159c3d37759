/** Where the logs live and whose they are. */
import type { Env, Facts, Head, Identity, Root, Unit } from "../../domain/provider.ts";
import { object, word } from "../json.ts";

export function roots(env: Env): readonly Root[] {
  const home = env.GEMINI_CLI_HOME || env.HOME;
  return home ? [{ dir: `${home.replace(/\/+$/, "")}/.gemini`, unit }] : [];
}

function unit(relative: string): Unit | null {
  // Which folder a project is: the records do not say it.
  if (relative === "projects.json" || /^tmp\/[^/]+\/\.project_root$/.test(relative)) return "file";
  if (!/^tmp\/[^/]+\/chats\//.test(relative)) return null;
  if (relative.endsWith(".jsonl")) return "lines";
  return relative.endsWith(".json") ? "file" : null;
}

const SUBAGENT = /\/chats\/([^/]+)\/([^/]+)\.jsonl$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** By the header's session id; a sub-agent's parent is the folder it lies in. */
export function identify(head: Head): Identity {
  if (head.unit !== "lines")
    return head.path.endsWith(".json") && head.path.includes("/chats/")
      ? { kind: "none" }
      : { kind: "sidecar", of: null };
  if (!head.whole) return { kind: "wait" };
  // One object over many lines: the older format under the newer name.
  if (head.text.trim() === "{") return { kind: "none" };
  const agent = SUBAGENT.exec(head.path);
  const id = headerId(head.text) ?? agent?.[2] ?? `head-${Bun.hash.xxHash64(head.text).toString(16)}`;
  const facts: Facts | undefined = agent ? { kind: "subagent", parent: { id: agent[1]!, agent: "" } } : undefined;
  return { kind: "session", session: { id, agent: "" }, ...(facts && { facts }) };
}

/** Ids that are no UUIDs are names that many sessions share ("a2a-server"): the start tells them apart. */
function headerId(text: string): string | undefined {
  const id = field(text, "sessionId");
  if (id === undefined || UUID.test(id)) return id;
  const startTime = field(text, "startTime");
  return startTime === undefined ? id : `${id}@${startTime}`;
}

/** A field of the first line, which may be cut off. */
function field(text: string, name: string): string | undefined {
  try {
    return word(object(JSON.parse(text))?.[name]);
  } catch {
    return new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]{1,200})"`).exec(text)?.[1];
  }
}
