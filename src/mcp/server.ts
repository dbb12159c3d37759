/** The archive's tools by the Model Context Protocol, whatever carries it. */
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { Fault } from "../domain/fault.ts";
import { TOOLS } from "../tools/all.ts";
import { getSessionDetail } from "../tools/get-session-detail.ts";
import { recentSessions } from "../tools/recent-sessions.ts";
import type { Tool, ToolContext } from "../tools/tool.ts";
import { VERSION } from "../version.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

export type McpOptions = Omit<ToolContext, "agent"> & {
  /** The agent's session where its environment tells it; null = its messages may. */
  readonly session: string | null;
  /** The project it works in, by its name; null = unknown. */
  readonly project: string | null;
};

const INSTRUCTIONS =
  "Longhouse keeps every session of the person's coding agents. Search it before solving what may have been solved before " +
  "(search_sessions, then get_session_detail); keep what later sessions need (memory_write) and look for it first (memory_read).";

/** A server with all tools, and the sessions as resources. The caller connects it. */
export function createMcp(options: McpOptions): McpServer {
  const mcp = new McpServer(
    { name: "longhouse", title: "Longhouse", version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  const contextOf = (extra: Extra): ToolContext => ({ ...options, agent: agentOf(mcp, options.session, extra) });
  for (const tool of TOOLS) register(mcp, tool, contextOf);
  resources(mcp, contextOf);
  projectResource(mcp, options.project, contextOf);
  prompts(mcp, options.project);
  return mcp;
}

function register(mcp: McpServer, tool: Tool, contextOf: (extra: Extra) => ToolContext) {
  const { name, title, description, input, writes } = tool;
  const annotations = { title, readOnlyHint: !writes, destructiveHint: false, openWorldHint: false };
  mcp.registerTool(name, { title, description, inputSchema: input, annotations }, async (args, extra) => {
    try {
      return { content: [{ type: "text", text: await tool.run(args as never, contextOf(extra)) }] };
    } catch (error) {
      return { content: [{ type: "text", text: wordsOf(error) }], isError: true };
    }
  });
}

/** What the agent's model is told when something went wrong: what happened, then what to do. */
function wordsOf(error: unknown): string {
  if (error instanceof Fault) return [error.message, error.hint].filter(Boolean).join(" ");
  return error instanceof Error ? error.message : String(error);
}

function resources(mcp: McpServer, contextOf: (extra: Extra) => ToolContext) {
  const mimeType = "text/plain";
  const recent = { title: "Recent sessions", description: "The newest sessions of all agents", mimeType };
  mcp.registerResource("recent", "longhouse://sessions/recent", recent, async (uri, extra) => {
    const text = await recentSessions.run({ limit: 20 }, contextOf(extra));
    return { contents: [{ uri: uri.href, mimeType, text }] };
  });
  const session = { title: "A session", description: "One session from its beginning", mimeType };
  const template = new ResourceTemplate("longhouse://sessions/{id}", { list: undefined });
  mcp.registerResource("session", template, session, async (uri, { id }, extra) => {
    const text = await getSessionDetail.run({ session_id: z.uuid().parse(id), limit: 100 }, contextOf(extra));
    return { contents: [{ uri: uri.href, mimeType, text }] };
  });
}

/** The one of the project where the agent works is listed; any other can be read by its name. */
function projectResource(mcp: McpServer, here: string | null, contextOf: (extra: Extra) => ToolContext) {
  const mimeType = "text/plain";
  const uri = `longhouse://projects/${encodeURIComponent(here ?? "")}/recent`;
  const list = () => ({ resources: [{ uri, name: `Recent sessions of ${here}`, mimeType }] });
  const template = new ResourceTemplate("longhouse://projects/{project}/recent", {
    list: here === null ? undefined : list,
  });
  const about = { title: "Recent sessions of a project", description: "The newest of all agents in it", mimeType };
  mcp.registerResource("project", template, about, async (uri, { project }, extra) => {
    const wish = { project: decodeURIComponent(String(project)), limit: 20 };
    return { contents: [{ uri: uri.href, mimeType, text: await recentSessions.run(wish, contextOf(extra)) }] };
  });
}

function prompts(mcp: McpServer, here: string | null) {
  const argsSchema = { project: z.string().max(200).optional() };
  const title = "Go on where we were";
  const description = "Looks at the last sessions of this project and says where work stands";
  mcp.registerPrompt("where_were_we", { title, description, argsSchema }, ({ project = here }) => {
    const which = project === null ? "this project" : `the project ${JSON.stringify(project)}`;
    const text = `Use recent_sessions and get_session_detail to find out where work on ${which} stands: what was done last, what is left, what was decided. Say it in a few lines.`;
    return { messages: [{ role: "user", content: { type: "text", text } }] };
  });
}

/** "NAME SESSION" of the client that asks, as far as it tells: its handshake, the environment, what it sends along. */
function agentOf(mcp: McpServer, session: string | null, { _meta }: Extra): string | null {
  const name = mcp.server
    .getClientVersion()
    ?.name.replace(/[^\w.-]/g, "")
    .slice(0, 40);
  const told = [session, _meta?.["sessionId"], _meta?.["threadId"]].find((id) => typeof id === "string");
  const parts = [name, typeof told === "string" ? told.replace(/[^\w-]/g, "").slice(0, 8) : null].filter(Boolean);
  return parts.length === 0 ? null : parts.join(" ");
}
