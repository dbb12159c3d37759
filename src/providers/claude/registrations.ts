/** Claude Code's triggers, in its user settings, and its tools, in its own file: in the settings it does not see them. */
import type { Registrations } from "../../domain/registration.ts";
import { type HookWish, hookSettings } from "../hook-settings.ts";
import { mcpSettings } from "../mcp-settings.ts";

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

/** CLAUDE_CONFIG_DIR takes the place of ~/.claude, and of ~ for the file beside it. */
export const registrations: Registrations = (env) => {
  const dir = env.CLAUDE_CONFIG_DIR || (env.HOME && `${env.HOME}/.claude`);
  if (!dir) return [];
  const home = dir.replace(/\/+$/, "");
  const beside = env.CLAUDE_CONFIG_DIR ? home : env.HOME!.replace(/\/+$/, "");
  return [
    hookSettings(`${home}/settings.json`, ({ recent }) => [...SHIP, ...(recent ? [RECENT] : [])]),
    mcpSettings({ file: `${beside}/.claude.json`, home, beside: { type: "stdio" } }),
  ];
};
