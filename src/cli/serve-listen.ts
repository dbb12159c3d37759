/** The socket: bound first, so that a taken port is known at once; requests wait until the archive is open. */
import type { Server } from "bun";
import type { Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { codeOf } from "../lib/files.ts";
import { portHolder } from "../lib/port-holder.ts";
import type { Api } from "../http/api.ts";

type LiveServer = Server<Parameters<NonNullable<Api["websocket"]["open"]>>[0]["data"]>;

export type Listener = {
  /** How this machine reaches it; a server on all addresses is reached on the loopback one. */
  readonly url: string;
  /** From now on this answers. */
  answerWith(api: Api): void;
  /** No new connections; what is under way has `ms` to end. */
  close(ms: number): Promise<void>;
};

/** An ingest may wait for a slow disk: longer than Bun's own ten seconds. Seconds. */
const IDLE_S = 60;
/** Bodies are bounded where they are read (http/body), also when they are compressed; this is only the outer wall. */
const BODY_WALL = 1 << 30;
/** Requests that come while the archive is being opened wait so long, ms. */
const PATIENCE_MS = 10_000;

/** Binds `[server] host` and `port`. Throws Fault that names who has the port and what to type. */
export function listen(config: Config): Listener {
  const opened = Promise.withResolvers<void>();
  let api: Api | null = null;
  const server: LiveServer = bind(config, async (request, server) => {
    if (!api) await Promise.race([opened.promise, Bun.sleep(PATIENCE_MS)]);
    return api ? api.fetch(request, server as LiveServer) : starting();
  });
  return {
    url: urlOf(config.server.host, server.port!),
    answerWith(opening) {
      api = opening;
      const fetch = (request: Request) => opening.fetch(request, server);
      server.reload({ fetch, websocket: opening.websocket });
      opened.resolve();
    },
    async close(ms) {
      const ended = server.stop();
      await Promise.race([ended, Bun.sleep(ms)]);
      await server.stop(true);
    },
  };
}

function bind(config: Config, fetch: (request: Request, server: unknown) => Promise<Response> | Response): LiveServer {
  const { host, port } = config.server;
  try {
    return Bun.serve({
      hostname: host.replace(/^\[(.*)\]$/, "$1"),
      port,
      idleTimeout: IDLE_S,
      maxRequestBodySize: BODY_WALL,
      fetch,
      websocket: { message() {} },
    }) as LiveServer;
  } catch (error) {
    throw bindFault(host, port, codeOf(error));
  }
}

function bindFault(host: string, port: number, code: string): Fault {
  if (code === "EADDRINUSE") return taken(host, port);
  if (code === "EACCES")
    return new Fault(
      "internal",
      `Port ${port} is not for ordinary users.`,
      "Take one from 1024 on: longhouse serve --port 8080",
    );
  const hint = "Take an address of this machine: longhouse serve --host 127.0.0.1";
  return new Fault("internal", `Cannot listen on ${host} port ${port} (${code || "unknown"}).`, hint);
}

function taken(host: string, port: number): Fault {
  const holder = portHolder(port);
  const by = holder ? ` by ${holder.name} (pid ${holder.pid})` : "";
  const stop = holder ? `, or stop it: kill ${holder.pid}` : "";
  return new Fault(
    "internal",
    `Port ${port} on ${host} is taken${by}.`,
    `Take another: longhouse serve --port ${port + 1 > 65535 ? 8080 : port + 1}${stop}`,
  );
}

function urlOf(host: string, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "0.0.0.0" || bare === "::" || bare === "localhost") return `http://127.0.0.1:${port}`;
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}

function starting(): Response {
  const error = { code: "starting", message: "Longhouse is starting.", hint: "Try again in a moment." };
  return Response.json({ error }, { status: 503, headers: { "Retry-After": "1" } });
}
