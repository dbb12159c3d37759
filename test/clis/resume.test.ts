/** A session of one machine, gone on with in a terminal of another, with the real agents: `longhouse resume` there. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cli } from "../support/cli.ts";
import { type ModelServer, startModel } from "../support/model/server.ts";
import { eventsOf, sessionsOf } from "../support/remote.ts";
import { type Server, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { AGENTS, type Desk, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { runHeadless, runTyped } from "./support/run.ts";
import { agentEnv, scripted } from "./support/turns.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const title = clis.kind === "ready" ? "resume in a terminal" : `resume in a terminal (skipped: ${clis.reason})`;

/** A model that also tells what it was sent last. */
function listening(model: ModelServer) {
  const heard: string[] = [];
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 255,
    async fetch(request) {
      const body = request.method === "POST" ? await request.text() : undefined;
      if (body) heard.push(body);
      const { pathname, search } = new URL(request.url);
      return fetch(model.url + pathname + search, { method: request.method, body });
    },
  });
  return { url: `http://127.0.0.1:${proxy.port}`, heard, close: () => proxy.stop(true) };
}

function deskIn(agent: RealAgent, folder: string, model: string): Desk {
  const home = tempDir(`clis-${agent.name}`);
  const cwd = join(home, folder);
  mkdirSync(cwd, { recursive: true });
  const desk: Desk = { home, cwd, model, clis: dir };
  agent.prepare(desk);
  return desk;
}

/** The machine's own Longhouse: it knows the server, and is called `name`. */
async function machine({ home }: Desk, name: string, server: Server) {
  const where = { user: home, home: join(home, "lh") };
  mkdirSync(where.home);
  writeFileSync(join(where.home, "device"), `${name}\n`);
  const minted = await server.api("/api/devices/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ device_id: name, scope: "device" }),
  });
  const { token } = (await minted.json()) as { token: string };
  const run = (...args: string[]) => cli(where, [...args, "--url", server.url], { LONGHOUSE_TOKEN: token });
  return { ...where, run };
}

type Shown = { readonly line: string; readonly files: readonly string[]; readonly provider_session_id: string };

describe.skipIf(clis.kind === "missing")(title, () => {
  for (const agent of AGENTS)
    test(`${agent.name}: what one machine began another goes on with, and both turns are archived once`, async () => {
      const model = startModel();
      const ear = listening(model);
      const server = await startServer();
      const [there, here] = [deskIn(agent, "work/loom", ear.url), deskIn(agent, "other/place", ear.url)];
      const [laptop, desk] = [await machine(there, "laptop", server), await machine(here, "desk", server)];
      const first = await runHeadless(agent, there, scripted({ text: "I keep plumstone in mind." }));
      expect(first.code, first.stderr + first.stdout).toBe(0);
      const shipped = await laptop.run("ship", "--json");
      expect([shipped.code, shipped.stderr]).toEqual([0, ""]);
      await server.settled();
      const [session] = await sessionsOf(server);
      rmSync(there.home, { recursive: true });

      const { code, stdout, stderr } = await desk.run("resume", session!.id, "--cwd", here.cwd, "--json");
      expect([code, stderr]).toEqual([0, ""]);
      const { line, files } = JSON.parse(stdout) as Shown;
      const before = readFileSync(files[0]!);
      const path = agentEnv(agent, here)["PATH"]!;
      // Without a model of its own this one asks another which to take.
      const run = agent.name === "gemini" ? `${line} -m gemini-2.5-flash` : line;
      const interactive = () => ["env", `PATH=${path}`, "sh", "-c", run];
      // What was said there is on the screen before one can type.
      const typed: RealAgent = { ...agent, interactive, prompt: /plumstoneinmind/ };
      await runTyped(typed, here, {
        prompt: scripted({ text: "So plumquat it is." }),
        answer: 'Soplumquatitis(?!\\.?["\\\\])',
        look: () => Bun.sleep(3000),
        pause: 5000,
      });

      // The model was told all that was said on the other machine.
      expect(ear.heard.some((body) => body.includes("plumquat") && body.includes("plumstone"))).toBe(true);
      const after = readFileSync(files[0]!);
      expect(after.subarray(0, before.length).equals(before)).toBe(true);
      expect(after.length).toBeGreaterThan(before.length);
      expect((await desk.run("ship", "--json")).code).toBe(0);
      await server.settled();
      const all = await sessionsOf(server);
      const texts = (await eventsOf(server, session!.id)).flatMap((event) =>
        event.kind === "reply" ? [JSON.stringify(event)] : [],
      );
      expect(texts.filter((text) => text.includes("plumstone"))).toHaveLength(1);
      expect(texts.filter((text) => text.includes("plumquat"))).toHaveLength(1);
      expect(texts.findIndex((text) => text.includes("plumstone"))).toBeLessThan(
        texts.findIndex((text) => text.includes("plumquat")),
      );
      expect(all.filter(({ kind }) => kind === "main").map(({ id }) => id)).toEqual([session!.id]);
      expect(dirname(files[0]!)).toStartWith(here.home);
      await server.stop();
      ear.close();
      await model.close();
    }, 180_000);
});
