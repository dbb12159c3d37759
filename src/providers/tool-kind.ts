/** What sort of thing a tool does, by its name. */
import type { ToolKind } from "../domain/event.ts";

const NAMES: Readonly<Record<Exclude<ToolKind, "other">, string>> = {
  shell:
    "bash shell powershell bashoutput killbash killshell taskoutput taskstop monitor run_shell_command exec_command",
  edit: "edit multiedit notebookedit replace apply_patch edit_file str_replace_based_edit_tool",
  write: "write write_file create_file",
  read: "read notebookread read_file read_many_files ls list_directory view_image",
  search: "grep glob search_file_content grep_search find_files codesearch",
  web: "webfetch websearch web_fetch web_search google_web_search fetch",
  todo: "todowrite todoread taskcreate taskupdate taskget tasklist write_todos update_plan",
  agent: "task agent workflow sendmessage spawn_agent",
  mcp: "listmcpresources readmcpresource listmcpresourcestool readmcpresourcetool",
};

const KIND_OF = new Map<string, ToolKind>();
for (const [kind, names] of Object.entries(NAMES))
  // Object.entries forgets that the keys are tool kinds.
  for (const name of names.split(" ")) KIND_OF.set(name, kind as ToolKind);

/** The kind of a tool, whatever agent named it; `other` when it is not known. */
export function toolKind(name: string): ToolKind {
  if (name.startsWith("mcp__")) return "mcp";
  return KIND_OF.get(name) ?? KIND_OF.get(name.toLowerCase()) ?? "other";
}
