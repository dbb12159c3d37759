/** The whole API as it is mounted, without credentials, with the wrong ones, and with nonsense. */
import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { STATUS } from "../../src/domain/fault.ts";
import { createApi } from "../../src/http/api.ts";
import { httpApp } from "../support/http-app.ts";

const made = httpApp();
const api = createApi(made.app);
afterAll(() => (api.close(), made.close()));
const tokens = {
  ingest: await made.token("ingest"),
  read: await made.token("read"),
  device: await made.token("device"),
  full: await made.token("full"),
};
type Init = RequestInit & { readonly headers?: Record<string, string> };
const ask = async (path: string, { headers, ...init }: Init = {}) =>
  await api.fetch(
    new Request(`http://127.0.0.1:8080${path}`, { ...init, headers: { host: "127.0.0.1:8080", ...headers } }),
  );

const ID = "00000000-0000-5000-8000-000000000000";
const S = `/api/agents/sessions/${ID}`;
/** Every route there is behind a token, and the scopes that it lets through. */
const ROUTES: readonly [string, string, readonly (keyof typeof tokens)[]][] = [
  ["GET", "/api/status", ["read", "device", "full"]],
  ["POST", "/api/auth/once", ["full"]],
  ["GET", "/api/devices/tokens", ["full"]],
  // What a device may make, and what not: tokens.test.ts.
  ["POST", "/api/devices/tokens", ["device", "full"]],
  ["DELETE", "/api/devices/tokens/x", ["full"]],
  ["GET", "/api/devices/codes/BCDF-GHJK", ["full"]],
  ["PUT", "/api/devices/codes/BCDF-GHJK", ["full"]],
  ["POST", "/api/agents/ingest?provider=claude&path=/a.jsonl", ["ingest", "device", "full"]],
  ["POST", "/api/agents/heartbeat", ["ingest", "device", "full"]],
  ["GET", "/api/agents/sources", ["ingest", "read", "device", "full"]],
  ["GET", "/api/agents/sources/1/raw", ["ingest", "read", "device", "full"]],
  ["GET", "/api/agents/sessions", ["read", "device", "full"]],
  ["PATCH", "/api/agents/sessions", ["full"]],
  ["GET", S, ["read", "device", "full"]],
  ["PATCH", S, ["full"]],
  ["DELETE", S, ["full"]],
  ["GET", `${S}/events`, ["read", "device", "full"]],
  ["GET", `${S}/events/000000000000`, ["read", "device", "full"]],
  ["GET", `${S}/events/000000000000/parts/0`, ["read", "device", "full"]],
  ["GET", `${S}/export`, ["read", "device", "full"]],
  ["POST", `${S}/undelete`, ["full"]],
  ["GET", "/api/agents/deleted", ["read", "device", "full"]],
  ["GET", "/api/transfer/sources", ["read", "device", "full"]],
  ["GET", "/api/transfer/marks", ["read", "device", "full"]],
  ["POST", "/api/transfer/sources", ["full"]],
  ["POST", "/api/transfer/deleted", ["full"]],
  ["POST", "/api/transfer/marks", ["full"]],
  ["GET", "/api/agents/filters", ["read", "device", "full"]],
  ["GET", "/api/views", ["read", "device", "full"]],
  ["POST", "/api/views", ["full"]],
  ["PATCH", "/api/views/1", ["full"]],
  ["DELETE", "/api/views/1", ["full"]],
  ["GET", "/api/live", ["read", "device", "full"]],
];

describe("every route", () => {
  test.each(ROUTES)(
    "%s %s: 401 for nobody, 403 for the wrong scope, something else for the right one",
    async (method, path, scopes) => {
      expect((await ask(path, { method })).status).toBe(401);
      expect((await ask(path, { method, headers: { "x-agents-token": "lh_wrong" } })).status).toBe(401);

      for (const [scope, token] of Object.entries(tokens)) {
        const { status } = await ask(path, { method, headers: { "x-agents-token": token } });
        if (scopes.some((one) => one === scope)) expect([scope, [401, 403].includes(status)]).toEqual([scope, false]);
        else expect([scope, status]).toEqual([scope, 403]);
      }
    },
  );

  test("whatever is mounted is closed to nobodies, but for what API.md leaves open", async () => {
    const open = new Set<string>();
    for (const { method, path } of api.routes) {
      const answer = await ask(path.replaceAll(/:[a-z_]+/g, ID), { method });
      if (answer.status !== 401) open.add(`${method} ${path}`);
    }

    // A wrong password would be 401 as well: an empty body gets as far as being read.
    expect([...open].toSorted()).toEqual([
      "GET /api/auth/methods",
      "GET /api/auth/status",
      "GET /api/health",
      "GET /login",
      "GET /metrics",
      "POST /api/auth/logout",
      "POST /api/auth/password",
      "POST /api/devices/codes",
      "POST /api/devices/codes/cancel",
      "POST /api/devices/codes/poll",
    ]);
  });

  test("what is not there is 404, what may not be done there 405, to nobody both are 401", async () => {
    const headers = { "x-agents-token": tokens.full };

    expect((await ask("/api/nothing", { headers })).status).toBe(404);
    expect((await ask("/api/status", { method: "POST", headers })).status).toBe(405);
    expect((await ask("/api/nothing")).status).toBe(401);
    expect((await ask("/api/status", { method: "POST" })).status).toBe(401);
  });
});

test("no nonsense is answered with a 5xx, a stack or a body without a code", async () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom(
      "..",
      "%2f",
      "%00",
      "%ff",
      "null",
      "-1",
      "1e999",
      "9".repeat(30),
      "'; DROP TABLE x; --",
      "<script>",
      "__proto__",
      ID,
      "000000000000",
    ),
  );
  const path = fc.oneof(
    fc.constantFrom(...ROUTES.map(([, route]) => route)),
    fc.array(word, { maxLength: 5 }).map((words) => `/api/${words.map(encodeURIComponent).join("/")}`),
    fc
      .tuple(fc.constantFrom(...ROUTES.map(([, route]) => route)), word)
      .map(([route, tail]) => `${route}/${encodeURIComponent(tail)}`),
  );
  const query = fc.dictionary(
    fc.constantFrom(
      "limit",
      "cursor",
      "after",
      "before",
      "around",
      "since",
      "state",
      "has",
      "provider",
      "path",
      "offset",
      "generation",
      "unit",
      "size",
      "ids",
      "once",
      "next",
      "format",
    ),
    word,
    { maxKeys: 4 },
  );
  const body = fc.oneof(fc.json(), fc.string({ maxLength: 40 }), fc.constant(undefined));

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"),
      path,
      query,
      body,
      fc.constantFrom("application/json", "text/plain", "application/x-ndjson", ""),
      async (method, where, parameters, text, type) => {
        const search = new URLSearchParams(parameters).toString();
        const init: Init = {
          method,
          headers: { "x-agents-token": tokens.full, ...(type && { "content-type": type }) },
          ...(method === "GET" || method === "HEAD" ? {} : { body: text }),
        };
        const answer = await ask(`${where}${where.includes("?") ? "&" : "?"}${search}`, init);
        const said = await answer.text();
        expect(answer.status).toBeLessThan(500);
        expect(said).not.toMatch(/\bat \S+ \(|\.ts:\d+|SQLITE|near ".*": syntax/);
        if (answer.status < 400 || method === "HEAD") return;
        const { error } = JSON.parse(said) as { error: { code: string; message: string } };
        expect(STATUS[error.code as keyof typeof STATUS]).toBe(answer.status as 400);
        expect(error.message.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 1500 },
  );
}, 30_000);
