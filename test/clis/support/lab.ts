/** A home with one real agent, the model, and Longhouse beside them. */
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PROVIDERS } from "../../../src/providers/all.ts";
import {
  installRegistrations,
  type RegistrationScope,
  removeRegistrations,
} from "../../../src/shipper/registrations.ts";
import { type ModelServer, startModel } from "../../support/model/server.ts";
import { raw, type Session, sessionsOf, type Source, sourcesOf } from "../../support/remote.ts";
import { BINARY, type Server, startServer } from "../../support/server.ts";
import { tempDir } from "../../support/temp.ts";
import type { Desk, RealAgent } from "./agents.ts";

export type Lab = {
  readonly agent: RealAgent;
  readonly desk: Desk;
  readonly server: Server;
  readonly model: ModelServer;
  /** What `connect --install` puts into the agent's settings; `kinds`: only these. */
  hooks(kinds?: RegistrationScope["kinds"]): void;
  unhook(): void;
  /** The settings file that we change, to the byte. */
  settings(): Buffer;
  close(): Promise<void>;
};

/** `ships`: the server looks after this home's sessions by itself; else only hooks do. */
export async function openLab(
  agent: RealAgent,
  { clis, ships }: { readonly clis: string; readonly ships: boolean },
): Promise<Lab> {
  const home = tempDir(`clis-${agent.name}`);
  const cwd = join(home, "work/loom");
  mkdirSync(cwd, { recursive: true });
  const model = startModel();
  const desk: Desk = { home, cwd, model: model.url, clis };
  agent.prepare(desk);
  // Where hooks look when nobody says otherwise: they are given no variables.
  const server = await startServer({ home, data: join(home, ".longhouse"), args: ships ? [] : ["--no-ship"] });
  const scope = { providers: PROVIDERS, env: { HOME: home }, wish: { self: BINARY, recent: true } };
  return {
    agent,
    desk,
    server,
    model,
    hooks: (kinds) => must(installRegistrations({ ...scope, ...(kinds && { kinds }) }), "ours"),
    unhook: () => must(removeRegistrations(scope), "none"),
    settings: () => readFileSync(join(home, agent.settings)),
    async close() {
      await server.stop();
      await model.close();
    },
  };
}

function must(reports: readonly { readonly state: string; readonly reason: string }[], state: string) {
  const wrong = reports.filter((report) => report.state !== state);
  if (wrong.length > 0 || reports.length === 0) throw new Error(`hooks: ${JSON.stringify(reports)}`);
}

export type Arrival = {
  readonly session: Session;
  /** From the agent's last write to its file until all of it was archived and its session on the timeline, ms. */
  readonly lateMs: number;
};

/**
 * Watches the timeline while `work` is done by the agent, and until its session's file is archived to the last byte. `work`
 * may go on: the session counts as it is when it ends.
 */
export async function arrival<T>(lab: Lab, work: Promise<T>): Promise<Arrival & { readonly done: T }> {
  const reached = new Map<string, number>();
  let ended = false;
  const watching = (async () => {
    for (const end = Date.now() + 90_000; Date.now() < end; await Bun.sleep(10)) {
      const isLast = ended;
      const sources = await noteSources(lab, reached);
      if (!isLast) continue;
      const found = await wholeSession(lab, sources, reached);
      if (found) return found;
    }
    throw new Error(
      `nothing whole arrived: ${JSON.stringify(await sourcesOf(lab.server))} ${files(lab.desk.home).join(" ")}`,
    );
  })();
  const done = await work.finally(() => (ended = true));
  return { ...(await watching), done };
}

/** Remembers when which byte of which file was on the timeline. */
async function noteSources(lab: Lab, reached: Map<string, number>): Promise<readonly Source[]> {
  const sources = (await sourcesOf(lab.server)).filter(
    ({ path, session_id }) => session_id !== null && isSession(path),
  );
  const now = Date.now();
  for (const { path, through } of sources)
    if (!reached.has(`${path} ${through}`)) reached.set(`${path} ${through}`, now);
  return sources;
}

async function wholeSession(
  lab: Lab,
  sources: readonly Source[],
  reached: ReadonlyMap<string, number>,
): Promise<Arrival | null> {
  const main = sources[0];
  if (sources.length !== 1 || !main) return null;
  const { size, mtimeMs } = statSync(main.path);
  const at = reached.get(`${main.path} ${size}`);
  const session = (await sessionsOf(lab.server)).find(({ id }) => id === main.session_id);
  if (at === undefined || !session) return null;
  const bytes = await raw(lab.server, main.id);
  return bytes.equals(readFileSync(main.path)) ? { session, lateMs: at - mtimeMs } : null;
}

const isSession = (path: string): boolean => /\/(?:projects|sessions|chats)\/.*\.jsonl$/.test(path);

function files(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jsonl"));
}
