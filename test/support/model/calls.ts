/** What a script asks for in any agent's words, as a call of a tool that the agent really offers. */
import type { Call, Json, Tool } from "./plan.ts";

let made = 0;
/** An id that no other has. */
export const uid = (prefix: string) => `${prefix}${Date.now().toString(36)}${(++made).toString(36).padStart(4, "0")}`;

const find = (tools: Tool[], ...names: string[]) => names.map((n) => tools.find((t) => t.name === n)).find(Boolean);
const key = (t: Tool, ...names: string[]) => names.find((n) => t.props.includes(n)) ?? names[0]!;
const PATH = ["file_path", "filePath", "absolute_path", "path"];

/** Turns a CLI-neutral action into a call of a tool that this request really offers. */
export function toCall(a: Json, tools: Tool[]): Call | undefined {
  const call = (t: Tool | undefined, args: (t: Tool) => Json): Call | undefined =>
    t && { id: uid("call_"), name: t.name, args: args(t), ns: t.ns };
  if (a.name) return { id: uid("call_"), name: a.name, args: a.args ?? {}, custom: a.custom, ns: a.ns };
  if (a.bash !== undefined) {
    const t = find(tools, "Bash", "bash", "exec_command", "shell_command", "run_shell_command", "shell");
    return call(t, (t) =>
      t.name === "shell"
        ? { command: ["bash", "-lc", a.bash] }
        : { [key(t, "command", "cmd")]: a.bash, ...(t.props.includes("description") && { description: "scripted" }) },
    );
  }
  if (a.write) {
    const t = find(tools, "Write", "write", "write_file");
    if (t) return call(t, (t) => ({ [key(t, ...PATH)]: a.write.path, content: a.write.content }));
    const patch = `*** Begin Patch\n*** Add File: ${a.write.path}\n${a.write.content
      .replace(/\n$/, "")
      .split("\n")
      .map((l: string) => "+" + l)
      .join("\n")}\n*** End Patch\n`;
    return applyPatch(tools, patch);
  }
  if (a.edit) {
    const t = find(tools, "Edit", "edit", "replace");
    if (t)
      return call(t, (t) => ({
        [key(t, ...PATH)]: a.edit.path,
        [key(t, "old_string", "oldString", "oldText")]: a.edit.old,
        [key(t, "new_string", "newString", "newText")]: a.edit.new,
        ...(t.props.includes("instruction") && { instruction: "scripted edit" }),
      }));
    return applyPatch(
      tools,
      `*** Begin Patch\n*** Update File: ${a.edit.path}\n@@\n-${a.edit.old}\n+${a.edit.new}\n*** End Patch\n`,
    );
  }
  if (a.read) {
    const t = find(tools, "Read", "read", "read_file");
    return t ? call(t, (t) => ({ [key(t, ...PATH)]: a.read })) : toCall({ bash: `cat ${a.read}` }, tools);
  }
  if (a.task) {
    const t = find(tools, "Agent", "Task", "task", "spawn_agent", "invoke_agent");
    return call(t, (t) => ({
      [key(t, "prompt", "message")]: a.task.prompt,
      ...(t.props.includes("description") && { description: "scripted subagent" }),
      ...(t.props.includes("subagent_type") && { subagent_type: a.task.agent ?? "general-purpose" }),
      ...(t.props.includes("agent_name") && { agent_name: a.task.agent ?? "generalist" }),
      ...a.task.args,
    }));
  }
  if (a.mcp) {
    const t =
      tools.find((t) =>
        t.ns
          ? t.name === a.mcp.tool && t.ns.includes(a.mcp.server)
          : t.name.endsWith(a.mcp.tool) && t.name.includes(a.mcp.server),
      ) ?? tools.find((t) => t.name.endsWith(a.mcp.tool));
    // not offered (claude defers MCP tools behind ToolSearch): call it by its conventional name anyway
    return call(t ?? { name: `mcp__${a.mcp.server}__${a.mcp.tool}`, props: [] }, () => a.mcp.args ?? {});
  }
}
function applyPatch(tools: Tool[], patch: string): Call | undefined {
  const t = find(tools, "apply_patch");
  if (t) return { id: uid("call_"), name: t.name, args: { input: patch }, custom: t.custom ? patch : undefined };
  return toCall({ bash: `apply_patch <<'EOP'\n${patch}EOP` }, tools);
}
