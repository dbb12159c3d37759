/** Two machines with a real agent: a session that was made on the one, and a server on the other that goes on with it. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../support/agent-home.ts";
import { type ModelServer, startModel } from "../../support/model/server.ts";
import { sessionsOf } from "../../support/remote.ts";
import { BINARY, isolated, type Server, startServer } from "../../support/server.ts";
import { tempDir } from "../../support/temp.ts";
import type { Desk, RealAgent } from "./agents.ts";
import { runHeadless } from "./run.ts";
import { agentEnv } from "./turns.ts";

/** One agent on "machine B". */
export type There = {
  readonly agent: RealAgent;
  readonly server: Server;
  readonly home: string;
  readonly desk: Desk;
  readonly model: ModelServer;
  again(): Promise<Server>;
  close(): Promise<void>;
};

/** A server with the agent's CLI in its PATH, and a home without sessions. */
export async function setUp(agent: RealAgent, clis: string): Promise<There> {
  const model = startModel();
  const home = tempDir(`chat-${agent.name}`);
  const data = join(home, ".longhouse");
  const desk: Desk = { home, cwd: join(home, "work"), model: model.url, clis };
  mkdirSync(desk.cwd, { recursive: true });
  agent.prepare(desk);
  const start = (port?: number) =>
    startServer({ home, data, args: ["--no-ship"], env: agentEnv(agent, desk), ...(port && { port }) });
  let server = await start();
  return {
    agent,
    get server() {
      return server;
    },
    home,
    desk,
    model,
    again: async () => (server = await start(Number(new URL(server.url).port))),
    async close() {
      await server.stop();
      await model.close();
    },
  };
}

/** A session that was made on "machine A", archived from there, and is gone there. Gives our id of it. */
export async function made({ agent, server, desk: here }: There, word: string): Promise<string> {
  const home = tempDir(`other-${agent.name}`);
  const desk: Desk = { ...here, home, cwd: join(home, "projects/loom") };
  mkdirSync(desk.cwd, { recursive: true });
  agent.prepare(desk);
  await runHeadless(agent, desk, `Please. ${model([{ text: `last ${word}` }])}`);
  const minted = await server.api("/api/devices/tokens", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ device_id: "machine-a", scope: "device" }),
  });
  const { token } = (await minted.json()) as { token: string };
  const shipped = Bun.spawn([BINARY, "ship", "--url", server.url, "--json"], {
    env: { ...isolated(home, join(home, ".longhouse")), LONGHOUSE_TOKEN: token },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await shipped.exited) !== 0) throw new Error("the other machine could not ship");
  await server.settled();
  rmSync(home, { recursive: true, force: true });
  const session = (await sessionsOf(server)).find(({ kind }) => kind === "main")!;
  // Its last bytes are not those of an agent at work.
  await until(
    async () => (await server.json<{ state: string }>(`/api/agents/sessions/${session.id}`)).state !== "working",
    70_000,
  );
  return session.id;
}

/** The script that a prompt holds. */
export const model = (steps: readonly unknown[]): string => `FAKE:${JSON.stringify(steps)}`;

/** The agent's own word for doing what it wants. */
export const free = ({ name }: RealAgent): string =>
  ({ claude: "bypassPermissions", codex: "danger-full-access", gemini: "yolo" })[name]!;
