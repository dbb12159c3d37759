/** How long Claude Code keeps transcripts: `cleanupPeriodDays`, 30 where nothing is said. */
import type { Advice, SettingsAdvice } from "../../domain/advice.ts";
import type { Env } from "../../domain/provider.ts";
import { settingsIn } from "../settings-json.ts";

const DEFAULT_DAYS = 30;
/** A machine that is away for so long loses nothing. */
const SAFE_DAYS = 365;

/** Its settings: one file. */
export function advice(env: Env): readonly SettingsAdvice[] {
  const dir = env.CLAUDE_CONFIG_DIR || (env.HOME && `${env.HOME}/.claude`);
  if (!dir) return [];
  const file = `${dir.replace(/\/+$/, "")}/settings.json`;
  return [{ file, read: (text) => adviseOn(text, file) }];
}

function adviseOn(text: string | null, file: string): Advice {
  const settings = settingsIn(text);
  if (!settings)
    return { level: "problem", title: `Claude Code's settings cannot be read: ${file}`, fix: "Mend its JSON." };
  const said = settings.cleanupPeriodDays;
  const days = typeof said === "number" ? said : DEFAULT_DAYS;
  const fix = `To keep the files too, put into ${file}: "cleanupPeriodDays": 3650`;
  if (days >= SAFE_DAYS) return { level: "ok", title: `Claude Code keeps its transcripts for ${days} days` };
  if (days < 1)
    return {
      level: "problem",
      title: `Claude Code keeps no transcripts (cleanupPeriodDays is ${days}): they may go before they are shipped`,
      fix,
    };
  const why = typeof said === "number" ? "" : ", its default";
  return {
    level: "note",
    title: `Claude Code deletes transcripts after ${days} days${why}; what was shipped stays in the archive`,
    fix,
  };
}
