/** Gemini CLI's trigger, in its user settings (JSON with comments). The session's file is complete at `AfterAgent`. */
import type { Registrations } from "../../domain/registration.ts";
import { hookSettings } from "../hook-settings.ts";

/** Times are milliseconds here. */
export const registrations: Registrations = (env) => {
  const home = env.GEMINI_CLI_HOME || env.HOME;
  if (!home) return [];
  const hooks = [{ event: "AfterAgent", runs: "ship", name: "longhouse", timeout: 10_000 }] as const;
  return [hookSettings(`${home.replace(/\/+$/, "")}/.gemini/settings.json`, () => hooks)];
};
