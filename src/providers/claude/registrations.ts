/** Claude Code's triggers, in its user settings. */
import type { Registrations } from "../../domain/registration.ts";
import { type HookWish, hookSettings } from "../hook-settings.ts";

/**
 * At `Stop` the last line of a turn is not written yet; at `SessionEnd` all is, and its limit of 1.5 s counts only where none
 * is given. Not `async`: headless runs end such hooks before they begin.
 */
const SHIP: readonly HookWish[] = [
  { event: "Stop", runs: "ship", timeout: 10 },
  { event: "SessionEnd", runs: "ship", timeout: 10 },
];

/** A resumed or compacted session has a context of its own. */
const RECENT: HookWish = { event: "SessionStart", runs: "recent", matcher: "startup|clear", timeout: 5 };

/** CLAUDE_CONFIG_DIR takes the place of ~/.claude. */
export const registrations: Registrations = (env) => {
  const dir = env.CLAUDE_CONFIG_DIR || (env.HOME && `${env.HOME}/.claude`);
  if (!dir) return [];
  return [
    hookSettings(`${dir.replace(/\/+$/, "")}/settings.json`, ({ recent }) => [...SHIP, ...(recent ? [RECENT] : [])]),
  ];
};
