/** Puts an archived session where its agent finds it. */
import type { App } from "../../app.ts";
import { Fault } from "../../domain/fault.ts";

export type Restored = {
  /** The agent's own id to go on with. Of a copy: a new one. */
  readonly resume: string;
  /** Whether the agent itself still has to fork: false where a copy was made instead. */
  readonly fork: boolean;
  /** Absolute paths of the session's files here, its own first. */
  readonly files: readonly string[];
};

/**
 * Restores a session of the archive for an agent that will work in `cwd`. Throws a Fault: `not_found`, `invalid` (no agent can
 * go on with it), `diverged` (other bytes stand in its place: a fork still works), `disk_full`.
 */
export async function restoreSession(
  _app: Pick<App, "db" | "config">,
  _session: string,
  _cwd: string,
  _options: { readonly fork?: boolean } = {},
): Promise<Restored> {
  throw new Fault("invalid", "Restoring is not built yet.");
}
