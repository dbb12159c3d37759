/** The whole API on a real archive, without a network: sessions, events, sources as a client sees them. */
import type { App } from "../../src/app.ts";
import { createFeed } from "../../src/archive/feed.ts";
import type { FindRequest } from "../../src/archive/search-protocol.ts";
import { loadConfig } from "../../src/config.ts";
import type { SessionList } from "../../src/domain/session.ts";
import { createApi } from "../../src/http/api.ts";
import type { Api } from "../../src/http/api.ts";
import type { Scope } from "../../src/http/access.ts";
import { mintToken } from "../../src/archive/mint-token.ts";
import { relayLog } from "../../src/lib/log.ts";
import { createStats } from "../../src/lib/stats.ts";
import { openArchive } from "./archive.ts";
import type { TestArchive } from "./archive.ts";
import { tempDir } from "./temp.ts";

export type ApiApp = {
  readonly app: App;
  readonly api: Api;
  readonly archive: TestArchive;
  readonly audit: { readonly action: string; readonly fields: unknown }[];
  /** What search was asked; it answers `found`. */
  readonly asked: FindRequest[];
  found: SessionList;
  token(scope: Scope, device?: string): Promise<string>;
  /** With the full token unless `headers` has an Authorization. */
  ask(path: string, init?: RequestInit & { readonly headers?: Record<string, string> }): Promise<Response>;
  json<T>(path: string, init?: RequestInit & { readonly headers?: Record<string, string> }): Promise<T>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): void;
};

export const HOST = "127.0.0.1:8080";

/** Opens an empty archive and mounts everything on it. */
export async function apiApp(): Promise<ApiApp> {
  const archive = openArchive();
  const audit: ApiApp["audit"] = [];
  const asked: FindRequest[] = [];
  const feed = createFeed(archive.db, Date.now);
  let told = 0;
  const tell = setInterval(() => archive.changes.slice(told).forEach((c) => (told++, feed.onChanged(c))), 5);
  const app = {
    config: { ...loadConfig({}, { HOME: tempDir(), LONGHOUSE_HOME: tempDir() }), database: archive.path },
    db: archive.db,
    writer: { run: archive.run, status: { behindBytes: 0, walBytes: 0 } },
    search: { find: async (request: FindRequest) => (asked.push(request), test.found) },
    feed,
    log: { ...relayLog(), audit: (action: string, fields?: unknown) => void audit.push({ action, fields }) },
    stats: createStats(),
    device: "this-machine",
    now: Date.now,
    // Only what these routes use.
  } as unknown as App;
  const api = createApi(app);
  const full = (await mintToken(app, "this-machine", "full")).token;
  const ask: ApiApp["ask"] = async (path, { headers = {}, ...init } = {}) =>
    api.fetch(
      new Request(`http://${HOST}${path}`, {
        ...init,
        headers: { host: HOST, ...(headers["authorization"] ? {} : { authorization: `Bearer ${full}` }), ...headers },
      }),
    );
  const test: ApiApp = {
    app,
    api,
    archive,
    audit,
    asked,
    found: { sessions: [], next: null },
    token: async (scope, device = "laptop") => (await mintToken(app, device, scope)).token,
    ask,
    json: async <T>(path: string, init?: Parameters<ApiApp["ask"]>[1]) => (await (await ask(path, init)).json()) as T,
    send: (method, path, body, headers = {}) =>
      ask(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
    close() {
      clearInterval(tell);
      api.close();
      feed.close();
      archive.close();
    },
  };
  return test;
}

/** The `error` of an answer, and its details. */
export async function errorOf(
  answer: Response,
): Promise<{ error: { code: string; message: string }; fields?: Record<string, string> }> {
  return (await answer.json()) as Awaited<ReturnType<typeof errorOf>>;
}
