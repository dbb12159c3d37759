/** Where a session goes on: its own folder, a clone of its repository, or an empty folder. */
import type { App } from "../../app.ts";
import type { WorkspaceChoice, WorkspaceKind } from "../../domain/chat.ts";
import type { Session } from "../../domain/session.ts";
import { Fault } from "../../domain/fault.ts";

export type Workspace = { readonly kind: WorkspaceKind; readonly path: string };

export type Resolved =
  | { readonly kind: "ready"; readonly workspace: Workspace }
  | { readonly kind: "choose"; readonly choices: readonly WorkspaceChoice[] };

/** Where the session goes on, or what the person may choose from. Clones when that is what it comes to; throws a Fault when it fails. */
export async function workspaceFor(
  _app: Pick<App, "db" | "config" | "device">,
  _session: Session,
  _choice: WorkspaceKind | null,
): Promise<Resolved> {
  throw new Fault("invalid", "Workspaces are not built yet.");
}

/** After a turn: removes a clean clone and an empty folder; what holds changes stays, and is reported. */
export async function leaveWorkspace(
  _app: Pick<App, "db" | "config">,
  { kind, path }: Workspace,
): Promise<Workspace & { readonly changed: boolean }> {
  return { kind, path, changed: false };
}
