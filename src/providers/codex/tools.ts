/** Which tool does what. */
import type { ToolKind } from "../../domain/event.ts";
import type { ToolForm } from "../../domain/provider.ts";
import { type Json, object, word } from "../json.ts";
import { toolKind } from "../tool-kind.ts";
import { patchPaths, toUnified } from "./patch.ts";

/** Names that other agents do not use. */
const KINDS: Readonly<Record<string, ToolKind>> = {
  local_shell: "shell",
  shell_command: "shell",
  "container.exec": "shell",
  write_stdin: "shell",
  exec: "shell",
  js: "shell",
  list_dir: "read",
  grep_files: "search",
  tool_search: "search",
  send_input: "agent",
  send_message: "agent",
  followup_task: "agent",
  assign_task: "agent",
  wait: "agent",
  wait_agent: "agent",
  resume_agent: "agent",
  interrupt_agent: "agent",
  close_agent: "agent",
  list_agents: "agent",
  list_mcp_resources: "mcp",
  list_mcp_resource_templates: "mcp",
  read_mcp_resource: "mcp",
};

/** Tools of MCP servers are named `server__tool`. */
export function kindOf(tool: string): ToolKind {
  const known = Object.hasOwn(KINDS, tool) ? KINDS[tool] : undefined;
  return known ?? (tool.includes("__") ? "mcp" : toolKind(tool));
}

/** `namespace` tells MCP tools apart; the agent's own namespaces say nothing a reader needs. */
export function toolName(name: unknown, namespace: unknown): string {
  const tool = word(name) ?? "unknown";
  const space = word(namespace);
  return space?.startsWith("mcp__") && !tool.startsWith(space) ? `${space}__${tool}` : tool;
}

/** The normal form of a call. The patch costs a walk over its text, so only `whole` forms have it. */
export function formOf(tool: string, input: unknown, whole: boolean): ToolForm {
  const kind = kindOf(tool);
  const patch = patchIn(kind, input);
  if (patch !== undefined) {
    return { kind: "edit", paths: patchPaths(patch), ...(whole ? { patch: toUnified(patch) } : {}) };
  }
  const path = kind === "read" ? word(object(input)?.path) : undefined;
  return path ? { kind, paths: [path] } : { kind };
}

/** Patches come as the input itself, in its `input` field, or as a heredoc inside a shell command. */
function patchIn(kind: ToolKind, input: unknown): string | undefined {
  if (kind === "edit") return typeof input === "string" ? input : (word(object(input)?.input) ?? "");
  const command = kind === "shell" ? commandIn(object(input)) : undefined;
  return command?.includes("apply_patch") && command.includes("*** Begin Patch") ? command : undefined;
}

function commandIn(input: Json | null): string | undefined {
  const command = input?.cmd ?? input?.command;
  if (Array.isArray(command)) return word(command.at(-1));
  return word(command);
}
