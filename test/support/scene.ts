/** A machine whose shipper runs by itself, behind a proxy that may be bad, and the compiled server: for faults one by one. */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "bun:test";
import { bearServer, bearShipper, deviceToken, type Machines, type Mortal } from "../crash/processes.ts";
import { type Proxy, startProxy } from "../crash/proxy.ts";
import { claudeFile } from "./agents.ts";
import { psid, talk, writer } from "./fill.ts";
import { raw, sourcesAt } from "./remote.ts";
import type { Server } from "./server.ts";
import { tempDir } from "./temp.ts";

export type Scene = {
  readonly home: string;
  readonly machines: Machines;
  readonly shipper: Mortal;
  readonly proxy: Proxy;
  server(): Server;
  /** One more shipper of the same machine; the first must have ended. */
  another(run?: Omit<SceneOptions, "home">): Promise<Mortal>;
  /** What the shipper has written into its log. */
  said(): string;
  close(): Promise<void>;
};

export type SceneOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the shipper, as `strace -D …`. */
  readonly wrap?: readonly string[];
  readonly home?: string;
};

/** Server, proxy and shipper, all at work. */
export async function openScene({ env, wrap, home = tempDir("home") }: SceneOptions = {}): Promise<Scene> {
  const now = () => performance.now();
  const machines = await bearServer(now);
  const proxy = await startProxy(machines.port);
  mkdirSync(join(home, ".claude/projects"), { recursive: true });
  const token = await deviceToken(machines.api());
  const place = { home, url: proxy.url, token, log: join(home, "shipper.said") };
  const another: Scene["another"] = (run) => bearShipper({ ...place, ...run }, now);
  const shipper = await another({ env, wrap });
  return {
    home,
    machines,
    shipper,
    proxy,
    another,
    server: () => machines.api(),
    said: () => readFileSync(join(home, ".claude/shipper.log"), "utf8"),
    async close() {
      await shipper.end();
      await machines.server.end();
      proxy.close();
    },
  };
}

/** Appends to a file, made with its folders. Returns its path. */
export function grow(path: string, bytes: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, bytes);
  return path;
}

/** A new session file of a few turns in which nothing but `n` is its own. */
export function begin(scene: Pick<Scene, "home">, n: number, folder = "-w"): string {
  return grow(claudeFile(scene.home, n, folder), talk(3, { id: psid(n) }));
}

/** One more prompt of session `n`, a record of its own for each text. */
export function line(n: number, text: string): string {
  const uuid = `"uuid":"${psid(n).slice(0, 24)}${Bun.hash(text).toString(16).padStart(12, "0").slice(0, 12)}"`;
  const at = Date.parse("2026-02-01T00:00:00Z");
  return `${writer({ id: psid(n), at })
    .prompt(text)
    .replace(/"uuid":"[^"]+"/, uuid)}\n`;
}

/** Waits until the archive has exactly these generations of the file, the oldest first. Fails with what it has instead. */
export async function expectKept(
  scene: Pick<Scene, "server">,
  path: string,
  ...generations: readonly (string | Uint8Array)[]
): Promise<void> {
  const wanted = generations.map((bytes) => Buffer.from(bytes as string).toString("latin1"));
  for (const deadline = performance.now() + WAIT_MS; ; await Bun.sleep(50)) {
    const kept = await keptAt(scene, path);
    if (Bun.deepEquals(kept, wanted)) return;
    if (performance.now() < deadline) continue;
    return expect({ path, kept: kept.map(brief) }).toEqual({ path, kept: wanted.map(brief) });
  }
}

const WAIT_MS = 30_000;
const brief = (text: string) => (text.length < 400 ? text : `${text.length} bytes, sha1 ${Bun.SHA1.hash(text, "hex")}`);

/** The bytes of each generation, as latin1. */
export async function keptAt({ server }: Pick<Scene, "server">, path: string): Promise<string[]> {
  const sources = await sourcesAt(server(), path);
  return Promise.all(sources.map(async ({ id }) => (await raw(server(), id)).toString("latin1")));
}
