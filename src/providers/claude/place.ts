/** Where Claude Code writes, and whose a file is: the path says it, the records do not (sub-agents carry their parent's id). */
import type { Env, Head, Identity, Root, SessionKey, Unit } from "../../domain/provider.ts";

/** The `projects` folder of every place where the tool keeps its files, equal ones once; and where the desktop app runs it. */
export function roots(env: Env): readonly Root[] {
  const { home, xdg } = userDirs(env);
  const apps = [home && `${home}/Library/Application Support`, env.APPDATA, xdg];
  const agents = tidied(apps).map((dir) => ({
    dir: `${dir}/Claude/local-agent-mode-sessions`,
    unit: unitInApp,
    enters: entersInApp,
  }));
  return [...homes(env).map((dir) => ({ dir: `${dir}/projects`, unit })), ...agents];
}

/** Every place where the tool keeps its files, without a slash at the end; equal ones once. */
export function homes(env: Env): readonly string[] {
  const { home, xdg } = userDirs(env);
  const dirs = [env.CLAUDE_CONFIG_DIR, home && `${home}/.claude`, xdg && `${xdg}/claude`];
  return tidied(dirs).map((dir) => (dir === "/" ? "" : dir));
}

function userDirs(env: Env) {
  const home = env.HOME || env.USERPROFILE;
  return { home, xdg: env.XDG_CONFIG_HOME || (home && `${home}/.config`) };
}

function tidied(dirs: readonly (string | undefined)[]): readonly string[] {
  const named = dirs.filter((dir): dir is string => dir !== undefined && dir !== "").map(tidy);
  return [...new Set(named)];
}

function tidy(dir: string): string {
  const path = dir.replaceAll("\\", "/").replace(/\/(?:\.?\/)+/g, "/");
  return path.length > 1 ? path.replace(/\/\.?$/, "") : path;
}

function unit(relative: string): Unit | null {
  if (relative.endsWith("/.DS_Store") || relative === ".DS_Store") return null;
  return relative.endsWith(".jsonl") ? "lines" : "file";
}

/** The desktop app gives each of its agents a home of its own, with much beside the transcripts. */
function unitInApp(relative: string): Unit | null {
  const at = relative.indexOf("/.claude/projects/");
  const folders = relative.split("/").slice(0, -1);
  const reached = folders.every((_, index) => entersInApp(folders.slice(0, index + 1).join("/")));
  return at < 0 || !reached ? null : unit(relative.slice(at + "/.claude/projects/".length));
}

/** The folders above an agent's home may have any name; in the home only what leads to its transcripts counts. */
function entersInApp(relative: string): boolean {
  const inHome = /(?:^|\/)\.claude(?:\/(.*))?$/.exec(relative);
  if (inHome) return inHome[1] === undefined || /^projects(?:\/|$)/.test(inHome[1]);
  return !/(?:^|\/)(?:node_modules|\.git)$/.test(relative);
}

/** Whose a file is. A transcript's first line says of whom it is a copy, or (the old flat layout) a sub-agent. Never throws. */
export function identify(head: Head): Identity {
  const all = head.path.split("/");
  const name = all.pop() ?? "";
  // Above the projects anything may stand, the desktop app's UUIDs too.
  const dirs = all.slice(all.lastIndexOf("projects") + 1);
  const inside = sessionAbove(dirs);
  if (name === "sessions-index.json") return { kind: "sidecar", of: null };
  if (inside) return ofSession(name, { dirs, inside, lines: head.unit === "lines" });
  const stem = /^(.+)\.jsonl$/s.exec(name)?.[1];
  if (stem === undefined || head.unit !== "lines") return { kind: "none" };
  return stem.startsWith("agent-") ? flatAgent(head, stem) : mainSession(head, stem);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The session whose folder these folders are in: one named by a UUID, or the one above `subagents` or `tool-results`. */
function sessionAbove(dirs: readonly string[]): string | undefined {
  const at = dirs.findIndex((dir) => dir === "subagents" || dir === "tool-results");
  return dirs.find((dir) => UUID.test(dir)) ?? (at > 0 ? dirs[at - 1] : undefined);
}

/** A file that begins with another session's records is a copy of it, made by hand or by a resume of old. */
function mainSession(head: Head, stem: string): Identity {
  const session = { id: stem, agent: "" };
  if (!head.whole) return { kind: "wait" };
  const said = UUID.test(stem) ? SESSION_ID.exec(head.text)?.[1] : undefined;
  if (said === undefined || said === stem || !UUID.test(said)) return { kind: "session", session };
  return { kind: "session", session, facts: { forkOf: { id: said, agent: "" } } };
}

const SESSION_ID = /"sessionId":\s?"([^"\\]+)"/;

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
  const parent = SESSION_ID.exec(head.text)?.[1];
  const agent = stem.slice("agent-".length);
  if (parent !== undefined) return subagent({ id: parent, agent }, { id: parent, agent: "" });
  return head.whole
    ? { kind: "session", session: { id: stem, agent: "" }, facts: { kind: "subagent" } }
    : { kind: "wait" };
}

/** Agents that work for the tool itself: a compaction replays its parent, others answer a side question or guess a prompt. */
const INTERNAL = /^a(?:compact|side_question|prompt_suggestion)-/;

/** Says whether the agent of that id works for the tool itself. */
export function isInternal(agent: string): boolean {
  return INTERNAL.test(agent);
}

function subagent(session: SessionKey, parent: SessionKey): Identity {
  const kind = isInternal(session.agent) ? "internal" : "subagent";
  return { kind: "session", session, facts: { kind, parent } };
}
