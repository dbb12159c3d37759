/** The archive's tools for one turn: a token that can read and remember, and ends with it. A device's token is enough to get one. */
import * as z from "zod";
import { hasTools } from "../commis/turn/tools.ts";
import type { Config } from "../config.ts";
import type { Provider } from "../domain/provider.ts";
import type { Turn } from "../domain/turn.ts";
import { authorization } from "../shipper/ship.ts";
import { findServer, type ServerAddress } from "./find-server.ts";
import { deviceOf } from "./home.ts";

/** Nobody waits longer for tools than for this, ms: a turn goes on without them. */
const PATIENCE_MS = 2000;

export type TurnTools = {
  /** null = no server, no right to give tools away, or the agent has them already. */
  readonly tools: Turn["tools"];
  /** Ends the token. Never rejects: one that stays ends by itself. */
  end(): Promise<void>;
};

const NONE: TurnTools = { tools: null, end: async () => {} };
const Made = z.object({ id: z.string(), token: z.string() });
type Asked = { readonly token: string; readonly body?: string };

/** Tools of the server that this machine knows. Never rejects. */
export async function toolsFor(config: Config, agent: Provider): Promise<TurnTools> {
  try {
    const server = hasTools(config.env, agent) ? null : await findServer(config);
    if (!server?.token) return NONE;
    const body = JSON.stringify({ device_id: deviceOf(config), scope: "tools" });
    const answer = await ask(server, "POST", "/api/devices/tokens", { token: server.token, body });
    if (!answer.ok) return NONE;
    const { id, token } = Made.parse(await answer.json());
    const end = async () =>
      void (await ask(server, "DELETE", `/api/devices/tokens/${id}`, { token }).catch(() => null));
    return { tools: { url: `${server.url}/mcp`, token }, end };
  } catch {
    // The agent works all the same.
    return NONE;
  }
}

function ask({ url }: ServerAddress, method: string, path: string, { token, body }: Asked): Promise<Response> {
  const headers = { ...authorization(token), "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return fetch(url + path, { method, headers, body, redirect: "error", signal });
}
