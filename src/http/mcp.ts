/** The Model Context Protocol over streamable HTTP, without sessions. Mounted at `/mcp`. */
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault, type FaultBody, type FaultCode } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { createMcp } from "../mcp/server.ts";
import type { Ask } from "../tools/tool.ts";
import { type Authed, need } from "./access.ts";
import { publishedUrl } from "./access/hosts.ts";
import { readJson } from "./body.ts";

/** The API itself, without a network. */
type Serve = (request: Request) => Response | Promise<Response>;

/** The routes. Tools ask `serve` with the caller's own token, so each needs what its requests need. */
export function mcp(app: App, serve: Serve): Hono<Authed> {
  return new Hono<Authed>()
    .post("/", need("read"), async (c) => {
      const parsedBody = await readJson(c, z.unknown(), { max: MIB });
      const unknown = { session: null, project: null };
      const server = createMcp({ ask: askWith(c, serve), site: siteOf(app, c), ...unknown, now: () => app.now() });
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await server.connect(transport);
      try {
        return await transport.handleRequest(c.req.raw, { parsedBody });
      } finally {
        await server.close();
      }
    })
    .on(["GET", "DELETE"], "/", need("read"), (c) => {
      c.header("Allow", "POST");
      throw new Fault(
        "method_not_allowed",
        "There are no sessions to listen to or to end here.",
        "POST is all it takes.",
      );
    });
}

function siteOf({ config }: App, c: Context): string {
  return (publishedUrl(config)?.href ?? `http://${c.req.header("host")}`).replace(/\/+$/, "");
}

function askWith(c: Context<Authed>, serve: Serve): Ask {
  const passed = ["host", "authorization", "x-agents-token", "cookie", "origin"];
  const own = passed.flatMap((name) => {
    const value = c.req.header(name);
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
  return async (method, path, body) => {
    const url = new URL(path, c.req.url);
    const headers = new Headers([...own, ["content-type", "application/json"]]);
    const answer = await serve(
      new Request(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }),
    );
    if (answer.status === 204) return null;
    const json: unknown = await answer.json();
    if (answer.ok) return json;
    // Our own answer: its body is that of API.md section 1.
    const { code, message, hint } = (json as FaultBody).error;
    throw new Fault(code satisfies FaultCode, message, hint);
  };
}
