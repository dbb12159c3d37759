/** What sessions are said to be: titles by their trust, folder, branch, parent. The last word wins, the order of files does not. */
import type { Facts, SessionKey } from "../domain/provider.ts";
import { TITLE_TRUST } from "../domain/provider.ts";
import { projectName } from "../domain/project.ts";
import { sessionId } from "../lib/id.ts";
import type { SessionState } from "../store/session-state.ts";

/** A title is for one line of the timeline. */
const TITLE_MAX = 200;
/** What the agent said first names a session in which nobody asked anything. */
export const REPLY_TRUST = 0;

/** Facts of one line or of the source's name. */
export function applyFacts(session: SessionState, facts: Facts): void {
  if (facts.title) offerTitle(session, facts.title.text, TITLE_TRUST[facts.title.trust]);
  if (facts.cwd) session.cwd ??= facts.cwd;
  if (facts.branch) session.git_branch = facts.branch;
  if (facts.repo) session.git_repo = facts.repo;
  if (facts.startedAt) session.started_at = Math.min(session.started_at ?? Infinity, facts.startedAt);
  if (facts.kind) session.kind = facts.kind;
  if (facts.parent) session.parent_uuid = another(session, facts.parent) ?? session.parent_uuid;
  if (facts.forkOf) session.fork_uuid = another(session, facts.forkOf) ?? session.fork_uuid;
  if (facts.cwd || facts.repo) session.project ??= projectName(session.cwd, session.git_repo);
}

/** Its uuid; null when a session is said to come from itself (a copy that was given its origin's name). */
function another({ provider, uuid }: SessionState, { id, agent }: SessionKey): string | null {
  const named = sessionId(provider, id, agent);
  return named === uuid ? null : named;
}

/** Shows a title unless a better one stands. */
export function offerTitle(session: SessionState, text: string, trust: number) {
  if (trust < session.title_trust) return;
  if (trust <= TITLE_TRUST.prompt && session.title_trust === trust && session.title !== null) return;
  const title = text
    .slice(0, 4 * TITLE_MAX)
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, TITLE_MAX);
  if (title === "") return;
  session.title = title;
  session.title_trust = trust;
}
