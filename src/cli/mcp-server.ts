/** `longhouse mcp-server`: the archive's tools for an agent on this machine, over standard input and output. */
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { projectName } from "../domain/project.ts";
import { createMcp } from "../mcp/server.ts";
import type { Ask } from "../tools/tool.ts";
import { type Client, clientOf } from "./client.ts";
import { EXIT } from "./exit.ts";
import { URL_FLAG } from "./flags.ts";

export const mcpServer = defineCommand({
  meta: { name: "mcp-server", description: "Give an agent the archive's tools (Model Context Protocol, stdio)" },
  args: { url: URL_FLAG },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    const session = config.env["CLAUDE_CODE_SESSION_ID"] ?? null;
    const client = await clientOf(config);
    const ended = Promise.withResolvers<void>();
    // Agents start it in the folder where they work.
    const project = projectName(process.cwd(), null);
    const server = createMcp({ ask: askOf(client), site: client.url, session, project, now: Date.now });
    const transport = new StdioServerTransport();
    server.server.onclose = () => ended.resolve();
    // The agent is gone, or has had enough.
    process.stdin.on("end", () => ended.resolve());
    await server.connect(transport);
    await ended.promise;
    return EXIT.ok;
  },
});

/** Each request on its own: a server that was away is found again by the next. */
function askOf(client: Client): Ask {
  return (method, path, body) => client.ask(method, path, body);
}
