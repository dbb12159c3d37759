/** How long Gemini CLI keeps sessions: `general.sessionRetention`, on with 30 days where nothing is said. */
import type { Advice, SettingsAdvice } from "../../domain/advice.ts";
import type { Env } from "../../domain/provider.ts";
import { object } from "../json.ts";
import { settingsIn } from "../settings-json.ts";

/** Its settings: one file. */
export function advice(env: Env): readonly SettingsAdvice[] {
  const home = env.GEMINI_CLI_HOME || env.HOME;
  if (!home) return [];
  const file = `${home.replace(/\/+$/, "")}/.gemini/settings.json`;
  return [{ file, read: (text) => adviseOn(text, file) }];
}

function adviseOn(text: string | null, file: string): Advice {
  const settings = settingsIn(text);
  if (!settings) return { level: "problem", title: `Gemini's settings cannot be read: ${file}`, fix: "Mend its JSON." };
  const retention = object(object(settings.general)?.sessionRetention) ?? {};
  if (retention.enabled === false) return { level: "ok", title: "Gemini keeps its sessions" };
  const age = typeof retention.maxAge === "string" ? retention.maxAge : "30d";
  const count = typeof retention.maxCount === "number" ? `, all but the newest ${retention.maxCount}` : "";
  return {
    level: "note",
    // Seen in 0.61: its clean-up also takes transcripts that share a short id with an empty one, however young.
    title: `Gemini deletes sessions older than ${age}${count}, and at times young ones; what was shipped stays in the archive`,
    fix: `To keep the files too, put into ${file}: "general": { "sessionRetention": { "enabled": false } }`,
  };
}
