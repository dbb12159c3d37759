/** What a row says in words. Pure. */
import type { Match, Session } from "../../src/domain/session.ts";
import { agentOf } from "../kit/agents.ts";
import { oneLine } from "../kit/lines.ts";
import { baseName, duration, elapsed, money, plural, short } from "../kit/format.ts";

/** Tool kinds (normal form) as what is being done; another tool stands for itself. */
const DOING: Readonly<Record<string, string>> = {
  shell: "running",
  edit: "editing",
  write: "writing",
  read: "reading",
  search: "searching",
  web: "browsing",
  todo: "planning",
  agent: "delegating",
  mcp: "calling",
};

/** What was asked, or the best stand-in. */
export const titleOf = (session: Session): string =>
  oneLine(session.title ?? "") ||
  (session.project ? `Session in ${oneLine(session.project)}` : `${agentOf(session.provider).label} session`);

/** "editing archive.ts", "Bash make test", "working". Without seconds. */
export function doing(session: Session): string {
  if (!session.current) return "working";
  const [tool, target] = [oneLine(session.current.tool), oneLine(session.current.target ?? "")];
  const verb = DOING[tool.toLowerCase()] ?? tool;
  if (!target) return verb;
  return `${verb} ${/^[/~.]|^[A-Za-z]:\\|^\S+\/\S+$/.test(target) ? baseName(target) : target}`;
}

/** Seconds of the current action, "" while none is known. */
export const doingFor = (session: Session, now: number): string =>
  session.current ? elapsed(session.current.since, now) : "";

/** "14 turns · $1.12 · 41 min": what it took, each only when known. */
export function effort(session: Session): string[] {
  const used = session.tokens.input + session.tokens.output + session.tokens.cache_write;
  const cost =
    session.cost_usd === null
      ? used > 0
        ? `${short(used)} tokens`
        : ""
      : session.cost_usd === 0
        ? ""
        : money(session.cost_usd);
  const parts = [session.user_messages > 0 ? plural(session.user_messages, "turn") : "", cost, lasted(session)];
  return parts.filter((part) => part !== "");
}

function lasted(session: Session): string {
  const end = session.last_event_at ?? session.ended_at;
  if (!session.started_at || !end) return "";
  const ms = Date.parse(end) - Date.parse(session.started_at);
  return ms < 60_000 ? "" : duration(ms);
}

/** Who speaks in a passage, as one word. */
export function speaker(match: Match, provider: string): string {
  if (match.role === "user") return "you";
  if (match.role === "assistant") return match.kind === "tool_call" ? "tool" : provider;
  return match.role === "tool" ? "tool" : "note";
}

/** A tag as the server takes it: no sign that filters use, one line, 64 characters; "" when nothing is left. */
export const tagOf = (text: string): string =>
  text
    .replace(/[\s\p{Cc},]+/gu, " ")
    .replace(/^[#\s-]+/, "")
    .slice(0, 64)
    // The cut may have split a letter of two halves.
    .replace(/[\uD800-\uDBFF]$/, "")
    .trim();
