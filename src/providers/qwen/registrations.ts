/** Qwen Code's triggers and its tools, in its user settings (JSON with comments): hooks of Claude's shape and names. */
import type { Registrations } from "../../domain/registration.ts";
import { hookSettings } from "../hook-settings.ts";
import { mcpSettings } from "../mcp-settings.ts";

/** Its own limit (a minute) does: the unit of `timeout` has changed between its versions. */
export const registrations: Registrations = (env) => {
  const dir = env.QWEN_HOME || (env.HOME && `${env.HOME}/.qwen`);
  if (!dir) return [];
  const hooks = ["Stop", "SessionEnd"].map((event) => ({ event, runs: "ship" }) as const);
  const file = `${dir.replace(/\/+$/, "")}/settings.json`;
  return [hookSettings(file, () => hooks), mcpSettings({ file })];
};
