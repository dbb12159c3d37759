/**
 * The archive's tools for one turn: a token that can read and remember, and ends with it. It stands in the turn's folder as long
 * as the turn runs, so that a server that comes after us gives the agent the same, and ends it.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { App } from "../../app.ts";
import { mintToken } from "../../archive/mint-token.ts";
import type { Env, Provider } from "../../domain/provider.ts";
import type { Turn } from "../../domain/turn.ts";
import { readTrimmed, removeDurably, writeDurably } from "../../lib/files.ts";
import { selfPath } from "../../lib/self-path.ts";
import { provider } from "../../providers/all.ts";
import { registrationStates } from "../../shipper/registrations.ts";
import { homeUrlFile } from "../../shipper/token.ts";

const Kept = z.object({ id: z.string(), url: z.string(), token: z.string() });
/** Agents' own modules put files there too: none of them has a name without an ending. */
const fileIn = (dir: string) => join(dir, "token");

/** The tools of the turn in `dir`, made when it has none; null = its agent has them already, or nobody knows our address. */
export async function toolsIn(app: App, dir: string, agent: string): Promise<Turn["tools"]> {
  const kept = read(dir) ?? (await make(app, dir, agent));
  return kept && { url: kept.url, token: kept.token };
}

/** Ends the turn's token; a second time changes nothing. */
export async function endTools(app: App, dir: string): Promise<void> {
  const kept = read(dir);
  if (!kept) return;
  await app.writer.run("revokeToken", { id: kept.id });
  removeDurably(fileIn(dir));
}

async function make(app: App, dir: string, name: string) {
  const { config, device } = app;
  const server = readTrimmed(homeUrlFile(config.home));
  const agent = provider(name);
  if (server === null || !agent || hasTools(config.env, agent)) return null;
  const { id, token } = await mintToken(app, device, "tools");
  const kept = { id, url: `${server}/mcp`, token };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeDurably(fileIn(dir), JSON.stringify(kept));
  return kept;
}

function read(dir: string): z.infer<typeof Kept> | null {
  const text = readTrimmed(fileIn(dir));
  return text === null ? null : Kept.parse(JSON.parse(text));
}

/** Whether the agent's own settings have the tools already (`connect --install`): they are the same. */
export function hasTools(env: Env, agent: Provider): boolean {
  const wish = { self: selfPath(), recent: false };
  const reports = registrationStates({ providers: [agent], env, wish, kinds: ["mcp"] });
  return reports.some(({ state }) => state === "ours" || state === "stale");
}
