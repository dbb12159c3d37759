/** Where Claude Code writes, and whose a file is: the path says it, the records do not (sub-agents carry their parent's id). */
import type { Env, Head, Identity, Root, SessionKey, Unit } from "../../domain/provider.ts";

/** The `projects` folder of every place where the tool keeps its files; equal ones once. */
export function roots(env: Env): readonly Root[] {
  const home = env.HOME || env.USERPROFILE;
  const xdg = env.XDG_CONFIG_HOME || (home && `${home}/.config`);
  const dirs = [env.CLAUDE_CONFIG_DIR, home && `${home}/.claude`, xdg && `${xdg}/claude`];
  const named = dirs.filter((dir): dir is string => dir !== undefined && dir !== "").map(tidy);
  return [...new Set(named)].map((dir) => ({ dir: `${dir === "/" ? "" : dir}/projects`, unit }));
}

function tidy(dir: string): string {
  const path = dir.replaceAll("\\", "/").replace(/\/(?:\.?\/)+/g, "/");
  return path.length > 1 ? path.replace(/\/\.?$/, "") : path;
}

function unit(relative: string): Unit | null {
  if (relative.endsWith("/.DS_Store") || relative === ".DS_Store") return null;
  return relative.endsWith(".jsonl") ? "lines" : "file";
}

/** Whose a file is. Only a sub-agent's file in the old flat layout needs its first line. Never throws. */
export function identify(head: Head): Identity {
  const dirs = head.path.split("/");
  const name = dirs.pop() ?? "";
  const inside = sessionAbove(dirs);
  if (name === "sessions-index.json") return { kind: "sidecar", of: null };
  if (inside) return ofSession(name, { dirs, inside, lines: head.unit === "lines" });
  const stem = /^(.+)\.jsonl$/s.exec(name)?.[1];
  if (stem === undefined || head.unit !== "lines") return { kind: "none" };
  return stem.startsWith("agent-") ? flatAgent(head, stem) : { kind: "session", session: { id: stem, agent: "" } };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The session whose folder these folders are in: the one above `subagents` or `tool-results`, or one named by a UUID. */
function sessionAbove(dirs: readonly string[]): string | undefined {
  const at = dirs.findLastIndex((dir) => dir === "subagents" || dir === "tool-results");
  return at > 0 ? dirs[at - 1] : dirs.findLast((dir) => UUID.test(dir));
}

type Inside = { readonly dirs: readonly string[]; readonly inside: string; readonly lines: boolean };

function ofSession(name: string, { dirs, inside, lines }: Inside): Identity {
  const main: SessionKey = { id: inside, agent: "" };
  const agent = /^agent-(.+?)(\.meta\.json|\.jsonl)$/.exec(name);
  if (!dirs.includes("subagents") || !agent) {
    return name === "journal.jsonl" ? { kind: "none" } : { kind: "sidecar", of: main };
  }
  const session = { id: inside, agent: agent[1]! };
  if (agent[2] === ".meta.json" || !lines) return { kind: "sidecar", of: session };
  return subagent(session, main);
}

function flatAgent(head: Head, stem: string): Identity {
  const parent = /"sessionId":\s?"([^"\\]+)"/.exec(head.text)?.[1];
  const agent = stem.slice("agent-".length);
  if (parent !== undefined) return subagent({ id: parent, agent }, { id: parent, agent: "" });
  return head.whole
    ? { kind: "session", session: { id: stem, agent: "" }, facts: { kind: "subagent" } }
    : { kind: "wait" };
}

/** Agents that work for the tool itself: a compaction replays its parent, an aside answers a side question. */
const INTERNAL = /^(?:acompact|aside_question)-/;

function subagent(session: SessionKey, parent: SessionKey): Identity {
  const kind = INTERNAL.test(session.agent) ? "internal" : "subagent";
  return { kind: "session", session, facts: { kind, parent } };
}
