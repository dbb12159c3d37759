/** What a person wrote, told from what Cursor put around it. */

const QUERY = /<user_query>\n?([\s\S]*?)\n?<\/user_query>/g;
/** Nothing but tagged context: `<user_info>…</user_info>`, `<system_reminder>…`, one after another. */
const CONTEXT = /^\s*<([a-z][a-z_]{2,40})(?: [^>]*)?>[\s\S]*<\/[a-z_]+>\s*$/;
const TAGS =
  /^\s*<(?:user_info|system_reminder|system-reminder|rules|project_layout|git_status|agent_transcripts|open_and_recently_viewed_files|attached_files|external_links|additional_data|timestamp|manually_attached_skills|agent_skills|mcp_file_system|always_applied_workspace_rules|environment_context|image_files)\b/;

/** `prompt` null: nobody asked anything; `injected` "": nothing stood around it. */
export function splitPrompt(text: string): { readonly prompt: string | null; readonly injected: string } {
  const asked = [...text.matchAll(QUERY)].map((match) => match[1]!.trim());
  if (asked.length > 0) return { prompt: asked.join("\n\n"), injected: text.replace(QUERY, "").trim() };
  if (TAGS.test(text) && CONTEXT.test(text)) return { prompt: null, injected: text };
  return { prompt: text.trim() === "" ? null : text, injected: "" };
}
