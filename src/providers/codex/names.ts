/** `session_index.jsonl`: the names that people gave to sessions, one a line, appended at each change. */
import type { Aside } from "../../domain/provider.ts";
import { object, word } from "../json.ts";

export const INDEX = "session_index.jsonl";

/** The last name of each session. Lines that say nothing are passed over. */
export function asides(path: string, text: () => string): readonly Aside[] {
  if (!path.endsWith(`/${INDEX}`)) return [];
  const names = new Map<string, string>();
  for (const line of text().split("\n")) {
    const said = object(parsed(line));
    const id = word(said?.id);
    const name = word(said?.thread_name)?.trim();
    if (id && name) names.set(id, name);
  }
  return [...names].map(([id, name]) => ({
    session: { id, agent: "" },
    facts: { title: { text: name, trust: "index" } },
  }));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Torn, blank, or cut where the text ends.
    return undefined;
  }
}
