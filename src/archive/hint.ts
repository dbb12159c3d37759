/** What the shipper says about a session counts where its bytes say nothing. */
import { projectName } from "../domain/project.ts";
import type { SessionState } from "../store/session-state.ts";
import type { Hint } from "./protocol.ts";

/** `hint` as `sources.hint` keeps it: JSON, or null. */
export function applyHint(session: SessionState, hint: string | null): void {
  if (hint === null) return;
  const said = JSON.parse(hint) as Hint;
  session.cwd ??= said.cwd ?? null;
  session.git_repo ??= said.git_repo ?? null;
  session.git_branch ??= said.git_branch ?? null;
  session.project ??= said.project ?? projectName(session.cwd, session.git_repo);
  if (said.started_at) session.started_at ??= said.started_at;
  if (said.environment) session.environment = said.environment;
  if (said.demo) session.demo = 1;
}
