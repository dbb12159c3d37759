/** The tools as `connect --install` registers them, called by the real agents: their settings to the byte before and after. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hatch } from "../../src/commis/hatch/hatch.ts";
import type { Said } from "../../src/domain/turn.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { installRegistrations, removeRegistrations } from "../../src/shipper/registrations.ts";
import { startModel } from "../support/model/server.ts";
import { BINARY, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { AGENTS, type Desk, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { agentEnv, scripted, turnIn } from "./support/turns.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const title = clis.kind === "ready" ? "tools of real agents" : `tools of real agents (skipped: ${clis.reason})`;

const tool = (name: string, args: Readonly<Record<string, unknown>>) => ({
  tools: [{ mcp: { server: "longhouse", tool: name, args } }],
});
const ASKS = scripted(
  tool("memory_write", { key: "tea", value: "green" }),
  tool("search_sessions", { query: "nothing-like-it" }),
  { text: "I know." },
);
/** Of each agent: all files that we change. */
const FILES = [".claude.json", ".claude/settings.json", ".codex/config.toml", ".gemini/settings.json"];

describe.skipIf(clis.kind === "missing")(title, () => {
  for (const agent of AGENTS)
    test(`${agent.name} remembers and searches through what was registered, and nothing of it stays`, async () => {
      const desk = deskOf(agent);
      const server = await startServer({ home: desk.home, data: join(desk.home, ".longhouse"), args: ["--no-ship"] });
      const settings = () => FILES.map((name) => textOf(join(desk.home, name)));
      const before = settings();
      const scope = { providers: PROVIDERS, env: { HOME: desk.home }, wish: { self: BINARY, recent: false } };
      const kinds = installRegistrations(scope).map(({ kind, state, reason }) => `${kind} ${state}${reason}`);
      expect(kinds).toEqual(["hooks ours", "mcp ours"]);

      const heard: Said[] = [];
      const done = await hatch({
        runner: PROVIDERS.find(({ name }) => name === agent.name)!.runner!,
        turn: turnIn(desk, { prompt: ASKS }),
        env: agentEnv(agent, desk),
        limits: { total: 60_000, silence: 60_000, grace: 1000 },
        hear: (said) => heard.push(said),
      });

      expect([done.status, done.output], done.errors).toEqual(["ok", "I know."]);
      const answers = heard.flatMap((one) => (one.kind === "result" ? [one.text] : []));
      expect(answers[0]).toContain("Kept under tea as version 1.");
      expect(answers[1]).toContain('Nothing was found for "nothing-like-it".');
      const kept = await server.json<{ value: string; by: string }>("/api/memory/tea");
      expect(kept.value).toBe("green");
      // Gemini CLI says its name, and of which session it is nothing.
      expect(kept.by).toMatch(agent.name === "gemini" ? /^gemini/ : new RegExp(` ${done.sessionId!.slice(0, 8)} `));
      removeRegistrations(scope);
      // Claude Code writes into its own file while it works: that stays, ours goes.
      const after = settings();
      expect(after.slice(1)).toEqual(before.slice(1));
      expect(after[0] ?? "").not.toContain("mcp-server");
      await server.stop();
      await desk.close();
    }, 90_000);
});

const textOf = (path: string): string | null => (existsSync(path) ? readFileSync(path, "utf8") : null);

function deskOf(agent: RealAgent): Desk & { close(): Promise<void> } {
  const home = tempDir(`mcp-${agent.name}`);
  const cwd = join(home, "work/loom");
  mkdirSync(cwd, { recursive: true });
  const model = startModel();
  const desk = { home, cwd, model: model.url, clis: dir };
  agent.prepare(desk);
  return { ...desk, close: () => model.close() };
}
