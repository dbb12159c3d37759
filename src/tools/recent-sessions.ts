/** `recent_sessions`: what was done lately, here or anywhere. */
import * as z from "zod";
import type { SessionList } from "../domain/session.ts";
import { DATA_NOTE } from "./frame.ts";
import { sessionText } from "./sessions.ts";
import { clamped, literal, type Tool, withQuery } from "./tool.ts";

const input = {
  project: z.string().max(200).optional().describe("Only this project, by its name"),
  limit: clamped({ min: 1, max: 50, fallback: 10 }),
};

export const recentSessions: Tool<typeof input> = {
  name: "recent_sessions",
  title: "List recent sessions",
  description: "Lists the newest sessions of all coding agents, of one project or of all, newest first.",
  input,
  writes: false,
  async run({ project, limit }, { ask, site }) {
    const path = withQuery("/api/agents/sessions", { project: literal(project), limit });
    const { sessions } = (await ask("GET", path)) as SessionList;
    if (sessions.length === 0)
      return project === undefined ? "There are no sessions yet." : "That project has no sessions.";
    return [DATA_NOTE, ...sessions.map((session) => sessionText(session, site))].join("\n\n");
  },
};
