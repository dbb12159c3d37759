/** The command line from source, in processes of its own with homes of its own. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { atEnd, tempDir } from "./temp.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");

export type Homes = {
  /** HOME: where the agents' files are. */
  readonly user: string;
  /** LONGHOUSE_HOME. */
  readonly home: string;
};

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string; readonly ms: number };

/** Two new folders; LONGHOUSE_HOME does not exist yet. */
export function homes(): Homes {
  const user = tempDir("user");
  return { user, home: join(user, "longhouse") };
}

function environment({ user, home }: Homes, more: Record<string, string>): Record<string, string> {
  const kept = { PATH: process.env["PATH"] ?? "", NO_COLOR: "1", SKIP_DEMO_SEED: "1" };
  return { ...kept, HOME: user, LONGHOUSE_HOME: home, ...more };
}

/** Runs a command to its end. */
export async function cli(where: Homes, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const began = performance.now();
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: environment(where, env),
    cwd: where.user,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr, ms: performance.now() - began };
}

/** Runs a command to its end in a terminal; `screen` is all that it has written there. */
export async function inTerminal(where: Homes, args: readonly string[]): Promise<{ code: number; screen: string }> {
  let screen = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: environment(where, { TERM: "xterm" }),
    cwd: where.user,
    terminal: { cols: 100, rows: 40, data: (_, bytes) => void (screen += decoder.decode(bytes, { stream: true })) },
  });
  const code = await child.exited;
  // What is written last may come after the exit.
  await Bun.sleep(50);
  return { code, screen };
}

export type Serving = {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** What it has printed when it was ready. */
  readonly said: string;
  get(path: string): Promise<Response>;
  json<T>(path: string): Promise<T>;
  /** Ends it; gives its exit code (128 + n for signal n). */
  stop(signal?: NodeJS.Signals): Promise<number>;
};

const running = new Set<Subprocess>();
atEnd(() => running.forEach((child) => child.kill("SIGKILL")));

/** Starts `serve` on a free port and waits for its link. Throws with its words when it ends instead. */
export async function serving(
  where: Homes,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Serving> {
  const child = Bun.spawn([process.execPath, MAIN, "serve", "--port", "0", "--no-open", ...args], {
    env: environment(where, env),
    cwd: where.user,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const said = await saidUntil(child, /login\?once=\S+\n/);
  const url = readFileSync(join(where.home, "url"), "utf8").trim();
  const token = readFileSync(join(where.home, "token"), "utf8").trim();
  const get = (path: string) => fetch(url + path, { headers: { Authorization: `Bearer ${token}` } });
  return {
    url,
    token,
    pid: child.pid,
    said,
    get,
    json: async <T>(path: string) => (await (await get(path)).json()) as T,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await child.exited;
      running.delete(child);
      return child.exitCode ?? 128 + 9;
    },
  };
}

async function saidUntil(child: Subprocess<"ignore", "pipe", "pipe">, what: RegExp): Promise<string> {
  let said = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (what.test(said)) return said;
  }
  throw new Error(`serve ended: ${said}${await new Response(child.stderr).text()}`);
}

/** The lines of the server's log. */
export function logOf({ home }: Homes): { readonly level: string; readonly message: string }[] {
  const path = join(home, "logs", "server.log");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
