/** A real app on a real archive in a temp folder, without a network: what is before the routes, and the routes of access. */
import { Hono } from "hono";
import { createFeed } from "../../src/archive/feed.ts";
import type { App } from "../../src/app.ts";
import type { FromWriter, IngestRequest } from "../../src/archive/protocol.ts";
import { loadConfig, type Config } from "../../src/config.ts";
import { Fault } from "../../src/domain/fault.ts";
import { access, need, type MaybeAuthed, type Scope } from "../../src/http/access.ts";
import { auth } from "../../src/http/auth.ts";
import { bodies, readBody, readBodyPieces } from "../../src/http/body.ts";
import { codes } from "../../src/http/devices.ts";
import { headers } from "../../src/http/headers.ts";
import { health } from "../../src/http/health.ts";
import { login, onceRoutes } from "../../src/http/login.ts";
import { COUNTERS, countIngest, metrics } from "../../src/http/metrics.ts";
import { takeFromBudget } from "../../src/http/rate.ts";
import { status } from "../../src/http/status.ts";
import { mintToken } from "../../src/archive/mint-token.ts";
import { tokens } from "../../src/http/tokens.ts";
import { relayLog, type LogLine } from "../../src/lib/log.ts";
import { createStats } from "../../src/lib/stats.ts";
import { openArchive } from "./archive.ts";
import { tempDir } from "./temp.ts";

export type TestApp = {
  readonly app: App;
  readonly hono: Hono<MaybeAuthed>;
  /** What the log says of late. */
  readonly recent: LogLine[];
  readonly audit: { readonly action: string; readonly fields: unknown }[];
  /** Names of the writes so far. */
  readonly commands: readonly string[];
  /** What the writer is said to be behind, bytes. */
  behind: number;
  /** Milliseconds that the clock is ahead. */
  ahead: number;
  /** When the clock stands still, that moment; ms UTC. */
  still: number | null;
  /** A request to http://127.0.0.1:8080 with a Host header; `headers` may say otherwise. */
  ask(path: string, init?: RequestInit & { readonly headers?: Record<string, string> }): Promise<Response>;
  token(scope: Scope, device?: string): Promise<string>;
  close(): void;
};

export type TestConfig = Partial<Omit<Config, "server">> & { readonly server?: Partial<Config["server"]> };

/** `more` adds routes, after those of access; /api/probe/SCOPE ask for SCOPE, POST /api/probe/body reads a body. */
export function httpApp(config: TestConfig = {}, more?: (hono: Hono<MaybeAuthed>, app: App) => void): TestApp {
  const archive = openArchive();
  const audit: TestApp["audit"] = [];
  const commands: string[] = [];
  const recent: LogLine[] = [];
  const log = {
    ...relayLog(),
    recent: () => recent,
    audit: (action: string, fields?: unknown) => void audit.push({ action, fields }),
  };
  const base = loadConfig({}, { HOME: tempDir(), LONGHOUSE_HOME: tempDir() });
  const writer = {
    run: (name: string, input: unknown) => (commands.push(name), archive.run(name, input).catch(asFault)),
    ingest: ({ bytes, ...request }: IngestRequest) => archive.send({ ...request, bytes: new Uint8Array(bytes) }),
    get status() {
      return { behindBytes: test.behind, walBytes: 0 };
    },
  };
  // Only what these routes use: the rest of an app comes with its own tests.
  const app = {
    config: { ...base, database: archive.path, ...config, server: { ...base.server, ...config.server } },
    db: archive.db,
    writer,
    log,
    stats: createStats(COUNTERS),
    feed: createFeed(archive.db, Date.now),
    search: { status: () => ({ bytes: 7, behind: 3 }) },
    device: "this-machine",
    now: () => (test.still ?? Date.now()) + test.ahead,
  } as unknown as App;
  const hono = routes(app, more);
  const test: TestApp = {
    app,
    hono,
    audit,
    recent,
    commands,
    behind: 0,
    ahead: 0,
    still: null,
    ask: async (path, { headers = {}, ...init } = {}) =>
      hono.request(`http://127.0.0.1:8080${path}`, { ...init, headers: { host: "127.0.0.1:8080", ...headers } }),
    token: async (scope, device = "laptop") => (await mintToken(app, device, scope)).token,
    close: () => (app.feed.close(), archive.close()),
  };
  return test;
}

function routes(app: App, more?: (hono: Hono<MaybeAuthed>, app: App) => void): Hono<MaybeAuthed> {
  const hono = new Hono<MaybeAuthed>();
  hono.use("*", headers(), bodies(), access(app));
  hono.route("/api/auth/once", onceRoutes(app));
  hono.route("/api/auth", auth(app));
  hono.route("/api/devices/tokens", tokens(app));
  hono.route("/api/devices/codes", codes(app));
  hono.route("/login", login(app));
  hono.route("/api/health", health(app));
  hono.route("/api/status", status(app));
  hono.route("/metrics", metrics(app));
  hono.use("/api/agents/ingest", countIngest(app));
  hono.post("/api/agents/ingest", need("ingest"), async (c) => {
    for await (const piece of readBodyPieces(c)) takeFromBudget(app, c, piece);
    await Bun.sleep(Number(c.req.query("ms") ?? 0));
    return c.text("");
  });
  for (const scope of ["ingest", "read", "write", "full"] as const)
    hono.all(`/api/probe/${scope}`, need(scope), (c) => c.json(c.get("who")));
  hono.post("/api/probe/body", need("ingest"), async (c) => c.text(String((await readBody(c)).byteLength)));
  hono.get("/api/forgot-need", (c) => c.text("secret"));
  more?.(hono, app);
  hono.get("*", (c) => (c.req.path.startsWith("/api/") ? c.notFound() : c.html("<!doctype html>the app")));
  hono.onError((error, c) => {
    const { code, message, hint, details, status } =
      error instanceof Fault ? error : new Fault("internal", String(error), error.stack);
    if (details["retry_after"] !== undefined) c.header("Retry-After", String(details["retry_after"]));
    return c.json({ error: { code, message, hint }, ...details }, status as 400);
  });
  return hono;
}

/** What the writer's thread says of a command that it refused, as main's side of it makes it. */
function asFault({ body, details }: Extract<FromWriter, { type: "fault" }>): never {
  throw new Fault(body.error.code, body.error.message, body.error.hint, details);
}

/** The cookie that an answer sets, as a Cookie header; "" when it sets none. */
export function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** The `error.code` of an answer. */
export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}
