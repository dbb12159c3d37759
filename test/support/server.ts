/** The compiled binary as a server of its own: temp home, free port, stopped with the test. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { atEnd, tempDir } from "./temp.ts";

export const BINARY = process.env.LONGHOUSE_BINARY ?? join(import.meta.dir, "../../dist/longhouse");

export type ServerOptions = {
  /** HOME of the agents' files; a new empty folder when absent. */
  readonly home?: string;
  /** LONGHOUSE_HOME; a new one when absent. */
  readonly data?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A free one when absent. */
  readonly port?: number;
  /** A command that runs the binary, as `strace -D …`. */
  readonly wrap?: readonly string[];
  /** Another build of it. */
  readonly binary?: string;
};

export type Server = {
  readonly url: string;
  readonly token: string;
  readonly home: string;
  readonly data: string;
  readonly process: Subprocess;
  /** Milliseconds from spawn to the first answer of /api/health. */
  readonly readyMs: number;
  /** With the full token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  json<T>(path: string): Promise<T>;
  /** Bytes; `peak` is VmHWM. */
  memory(): { readonly now: number; readonly peak: number };
  /** Waits until nothing is left to derive and to index. */
  settled(timeoutMs?: number): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<number>;
};

const running = new Set<Subprocess>();
atEnd(() => running.forEach((child) => child.kill("SIGKILL")));

/** What a command of ours sees: its own homes, none of this shell's agents. */
export function isolated(
  home: string,
  data: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const keep = Object.fromEntries(
    ["PATH", "LANG", "TERM", "TMPDIR"].flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : [])),
  );
  return { ...keep, HOME: home, LONGHOUSE_HOME: data, SKIP_DEMO_SEED: "1", NO_COLOR: "1", ...more };
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = probe.port!;
  probe.stop(true);
  return port;
}

/** Starts `serve` and waits until it answers. Throws with its output when it exits instead. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: bun run build`);
  const home = options.home ?? tempDir("home");
  const data = options.data ?? join(tempDir("data"), "lh");
  const port = options.port ?? freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const args = ["serve", "--port", String(port), "--no-open", ...(options.args ?? ["--no-ship"])];
  const child = Bun.spawn([...(options.wrap ?? []), options.binary ?? BINARY, ...args], {
    env: isolated(home, data, options.env),
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  await answering(url, child);
  const readyMs = performance.now() - started;
  const token = readFileSync(join(data, "token"), "utf8").trim();
  const api = (path: string, init: RequestInit = {}) =>
    fetch(url + path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
  const json = async <T>(path: string) => (await (await api(path)).json()) as T;
  return {
    url,
    token,
    home,
    data,
    process: child,
    readyMs,
    api,
    json,
    memory: () => memory(child.pid),
    async settled(timeoutMs = 60_000) {
      const deadline = performance.now() + timeoutMs;
      for (; performance.now() < deadline; await Bun.sleep(20)) {
        const status = await json<Status>("/api/status");
        if (status.derive.behind_bytes === 0 && status.search.behind === 0) return;
      }
      throw new Error(`not settled after ${timeoutMs} ms: ${JSON.stringify(await json<Status>("/api/status"))}`);
    },
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const code = await child.exited;
      running.delete(child);
      return code;
    },
  };
}

type Status = { readonly derive: { readonly behind_bytes: number }; readonly search: { readonly behind: number } };

async function answering(url: string, child: Subprocess<"ignore", "pipe", "pipe">) {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const said = await new Response(child.stdout).text();
      throw new Error(
        `serve exited ${child.exitCode ?? child.signalCode}: ${said}${await new Response(child.stderr).text()}`,
      );
    }
    const answer = await fetch(`${url}/api/health`).catch(() => null);
    if (answer?.ok) return;
    await Bun.sleep(5);
  }
}

function memory(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return { now: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024 };
}

export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command of the binary against a server, to its end. */
export async function command(
  server: Pick<Server, "home" | "data">,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Result> {
  const child = Bun.spawn([BINARY, ...args], {
    env: isolated(server.home, server.data, env),
    cwd: server.home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}
