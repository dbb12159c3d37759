/** Gemini CLI's trigger and its tools, in its user settings (JSON with comments). The session's file is complete at `AfterAgent`. */
import type { Registrations } from "../../domain/registration.ts";
import { hookSettings } from "../hook-settings.ts";
import { mcpSettings } from "../mcp-settings.ts";

/** Times are milliseconds here. */
export const registrations: Registrations = (env) => {
  const home = env.GEMINI_CLI_HOME || env.HOME;
  if (!home) return [];
  const hooks = [{ event: "AfterAgent", runs: "ship", name: "longhouse", timeout: 10_000 }] as const;
  const file = `${home.replace(/\/+$/, "")}/.gemini/settings.json`;
  return [hookSettings(file, () => hooks), mcpSettings({ file })];
};
