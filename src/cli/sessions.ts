/** Sessions as `search` and `recent` list them. */
import type { Match, SessionHit, SessionList } from "../domain/session.ts";
import { cut, type Paint, plain } from "../lib/ansi.ts";
import { agoText } from "../lib/units.ts";
import type { Client } from "./client.ts";
import { usageFault } from "./exit.ts";
import { columns, paint, print } from "./terminal.ts";

/** Flags that both have. */
export const LIST_FLAGS = {
  limit: { type: "string", valueHint: "N", description: "How many, 1 to 100 (20)" },
  project: { type: "string", valueHint: "NAME", description: "Only sessions of this project" },
  agent: { type: "string", valueHint: "NAME", description: "Only sessions of this agent" },
} as const;

export type ListArgs = { readonly limit?: string; readonly project?: string; readonly agent?: string };

/** Asks for the newest sessions. */
export function listSessions(client: Client, args: ListArgs): Promise<SessionList> {
  return client.get<SessionList>(`/api/agents/sessions?${questionOf(args)}`);
}

const MOST = 100;
const USUAL = 20;

/**
 * Searches until as many are found as were asked for, or all: an answer that ran out of time says where to go on. Where older
 * sessions were left out, it then waits for the best of all time.
 */
export async function findSessions(client: Client, args: ListArgs, query: string): Promise<SessionList> {
  const asked = questionOf(args);
  asked.set("query", query);
  // Nobody types here: the answer may take the second that a server of embeddings may need, where there is one.
  asked.set("semantic", "1");
  asked.set("tz", Intl.DateTimeFormat().resolvedOptions().timeZone);
  const limit = Math.min(MOST, Math.max(1, Number(asked.get("limit") ?? USUAL)));
  asked.set("limit", String(limit));
  const ask = () => client.get<SessionList>(`/api/agents/sessions?${asked}`);
  let found = await ask();
  while (found.next !== null && found.sessions.length < limit) {
    asked.set("cursor", found.next);
    asked.set("limit", String(limit - found.sessions.length));
    const page = await ask();
    // The tier that spoke is that of the first page with anything in it.
    const { tier } = found.sessions.length > 0 ? found : page;
    found = { ...page, tier, sessions: [...found.sessions, ...page.sessions] };
  }
  if (!found.cut) return found;
  asked.delete("cursor");
  asked.set("limit", String(limit));
  asked.set("thorough", "1");
  const best = await ask();
  const ids = new Set(best.sessions.map(({ id }) => id));
  const others = found.sessions.filter(({ id }) => !ids.has(id));
  return { ...best, sessions: [...best.sessions, ...others].slice(0, limit) };
}

function questionOf({ limit, project, agent }: ListArgs): URLSearchParams {
  const asked = new URLSearchParams();
  if (limit !== undefined) asked.set("limit", readLimit(limit));
  if (project) asked.set("project", project);
  if (agent) asked.set("provider", agent);
  return asked;
}

/** Out of range is clamped by the server; what is no number is a mistake. */
function readLimit(text: string): string {
  if (/^\d{1,9}$/.test(text)) return text;
  throw usageFault(`--limit: ${JSON.stringify(text)} is no number.`, "Accepted: 1 to 100.");
}

/** One session: its title and where and when it was, then its best passage. */
export function printSession(url: string, session: SessionHit, now = Date.now()): void {
  const { bold, dim, green, yellow } = paint();
  const { title, project, provider, last_event_at, state, user_messages, match, match_count } = session;
  const when = last_event_at ? agoText(Date.parse(last_event_at), now) : "";
  const live = state === "working" || state === "waiting" ? green(` ${state}`) : "";
  print(`${bold(cut(plain(title ?? "untitled"), columns() - 12))}${live}`);
  const facts = [
    provider,
    project ?? "no project",
    `${user_messages} prompts`,
    when,
    match_count ? `${match_count} hits` : "",
  ];
  print(`  ${dim(facts.filter(Boolean).map(plain).join(" · "))}`);
  if (match) print(`  ${passage(match, { yellow })}${match.by_meaning ? dim(" (by meaning)") : ""}`);
  print(`  ${dim(`${url}/sessions/${session.id}${match ? `?event=${match.event_id}` : ""}`)}`);
}

/** The passage with its hits highlighted; what the text holds of control characters is made visible. */
export function passage({ snippet, ranges }: Match, { yellow }: Pick<Paint, "yellow">): string {
  let [text, at] = ["", 0];
  for (const [start, length] of ranges) {
    text += inline(snippet.slice(at, start)) + yellow(inline(snippet.slice(start, start + length)));
    at = start + length;
  }
  return text + inline(snippet.slice(at));
}

/** Like `plain`, but blanks at the ends stay: it is the middle of a line. */
function inline(text: string): string {
  const [, before = "", middle = "", after = ""] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  return (before && " ") + plain(middle) + (after && " ");
}
