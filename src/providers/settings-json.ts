/** An agent's JSON settings, looked at only. */
import { readJson } from "../lib/jsonc.ts";
import { type Json, object } from "./json.ts";

/** The object of a settings file; an empty one where there is none, null for what cannot be read. Never throws. */
export function settingsIn(text: string | null): Json | null {
  if (text === null || text.trim() === "") return {};
  try {
    return object(readJson(text.replace(/^\uFEFF/, ""))) ?? null;
  } catch {
    return null;
  }
}
