/** How a session is told to a model, in every tool. */
import type { Session, SessionHit } from "../domain/session.ts";
import { framed, inline } from "./frame.ts";

/** Its title, where and when it was, its id and its link. */
export function sessionText(session: Session, site: string): string {
  const { id, provider, project, git_branch, device_id, started_at, last_event_at, state } = session;
  const where = [provider, project, git_branch, device_id].filter(Boolean).join(" · ");
  const when = `${started_at ?? "?"} to ${last_event_at ?? "?"}, ${state}`;
  const head = framed(`${inline(session.title ?? "(no title)", 200)}\n${inline(where, 300)}`, `session ${id}`);
  return `${head}\nsession_id: ${id}\n${when}; ${session.user_messages} prompts\n${site}/sessions/${id}`;
}

/** The session and the passages that were found in it. */
export function hitText(hit: SessionHit, site: string): string {
  const matches = hit.matches ?? (hit.match ? [hit.match] : []);
  const passages = matches.map(({ event_id, role, tool_name, snippet }) =>
    framed(snippet, `event ${event_id}, ${tool_name ?? role}`),
  );
  return [sessionText(hit, site), ...passages].join("\n");
}
