/** `search_sessions`: where something was done, said or seen before. */
import * as z from "zod";
import type { SessionList } from "../domain/session.ts";
import { readSince } from "../lib/units.ts";
import { Fault } from "../domain/fault.ts";
import { DATA_NOTE } from "./frame.ts";
import { hitText } from "./sessions.ts";
import { clamped, literal, type Tool, withQuery } from "./tool.ts";

/** Further pages asked for at most: each is ten milliseconds. */
const PAGES_MAX = 20;

const input = {
  query: z
    .string()
    .min(1)
    .max(2000)
    .describe('Words, "a phrase", -without, prefix*, OR, and filters such as file:path tool:name before:2026-05-01'),
  project: z.string().max(200).optional().describe("Only this project, by its name"),
  provider: z.string().max(50).optional().describe("Only this agent's sessions"),
  since: z.string().max(40).optional().describe("Only from then on: 7d, 12h, 2026-05-01"),
  limit: clamped({ min: 1, max: 50, fallback: 10 }),
  cursor: z.string().max(4000).optional().describe("Goes on where the last answer ended"),
};

export const searchSessions: Tool<typeof input> = {
  name: "search_sessions",
  title: "Search past sessions",
  description:
    "Searches all archived sessions of all coding agents on all machines: prompts, replies, tool calls, outputs, file paths. " +
    "Use it before solving something that may have been solved before. Gives sessions with the passages that were found.",
  input,
  writes: false,
  async run({ query, project, provider, since, limit, cursor }, { ask, site, now }) {
    const filters = { project: literal(project), provider: literal(provider), since: sinceOf(since, now()) };
    const asked = { query, ...filters, passages: 2, semantic: 1 };
    const page = async (more: { readonly limit: number; readonly cursor?: string | undefined }) =>
      (await ask("GET", withQuery("/api/agents/sessions", { ...asked, ...more }))) as SessionList;
    const { sessions, next, tier, partial } = await goOn(page, await page({ limit, cursor }), limit);
    if (sessions.length === 0 && !next) return `Nothing was found for ${JSON.stringify(query)}.`;
    const how = tier && tier !== "exact" && tier !== "words" ? `No session has all of it; the nearest (${tier}):` : "";
    const rest = next ? `There ${partial ? "may be" : "is"} more: cursor ${JSON.stringify(next)}` : "";
    return [DATA_NOTE, how, ...sessions.map((hit) => hitText(hit, site)), rest].filter(Boolean).join("\n\n");
  },
};

type Ask = (more: { readonly limit: number; readonly cursor: string }) => Promise<SessionList>;

/** A model waits for a whole answer rather than asking again for what ran out of time. */
async function goOn(ask: Ask, first: SessionList, limit: number): Promise<SessionList> {
  let found = first;
  for (let n = 0; n < PAGES_MAX && found.partial && found.next !== null; n++) {
    if (found.sessions.length >= limit) break;
    const more = await ask({ limit: limit - found.sessions.length, cursor: found.next });
    // The tier that spoke is that of the first page with anything in it.
    const { tier } = found.sessions.length > 0 ? found : more;
    found = { ...more, tier, sessions: [...found.sessions, ...more.sessions] };
  }
  return found;
}

function sinceOf(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const at = readSince(text, now);
  if (at === null)
    throw new Fault("invalid", `since: ${JSON.stringify(text)} is no time.`, "Accepted: 7d, 12h, 2026-05-01.");
  return new Date(at).toISOString();
}
