/** Files beside the transcripts: what an agent was started for, and the tool's own index of a project's sessions. */
import type { Aside } from "../../domain/provider.ts";
import { type Json, list, object, word } from "../json.ts";
import { identify } from "./place.ts";

/** What a sidecar says. Overflowed outputs and everything else say nothing. Never throws. */
export function aside(path: string, text: () => string): readonly Aside[] {
  if (path.endsWith("/sessions-index.json"))
    return list(json(text())?.entries).flatMap((entry) => indexed(object(entry)));
  return path.endsWith(".meta.json") ? ofAgent(path, json(text())) : [];
}

function json(text: string): Json | null {
  try {
    return object(JSON.parse(text));
  } catch (error) {
    // Read while it was being written; it comes again whole.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Only the title: folder and branch are as old as the index, and the session itself knows better. */
function indexed(entry: Json | null): readonly Aside[] {
  const id = word(entry?.sessionId);
  const title = word(entry?.summary)?.trim();
  if (id === undefined || !title || entry?.isSidechain === true) return [];
  return [{ session: { id, agent: "" }, facts: { title: { text: title, trust: "index" } } }];
}

/** The agent everybody gets who names none: its name says nothing. */
const ORDINARY = "general-purpose";

function ofAgent(path: string, meta: Json | null): readonly Aside[] {
  const whose = identify({ path, unit: "file", text: "", whole: true });
  const title = word(meta?.description)?.trim();
  if (whose.kind !== "sidecar" || whose.of === null || !title) return [];
  const type = word(meta?.agentType);
  const text = type === undefined || type === ORDINARY ? title : `${type}: ${title}`;
  return [{ session: whose.of, facts: { title: { text, trust: "index" } } }];
}
