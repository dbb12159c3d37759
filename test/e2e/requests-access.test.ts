/** Who may ask: foreign names and pages, no token, too small a token, one that was revoked. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { expectFault } from "../support/faults.ts";
import type { FaultBody } from "../support/faults.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { getTyped } from "../support/raw-http.ts";
import { archive } from "../support/remote.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";

let server: Server;
let session: string;
let source: string;
beforeAll(async () => {
  server = await startServer();
  const answer = await archive(server, { path: fileOf(psid(1)) }, talk(5, { id: psid(1) }));
  session = answer.session_id!;
  source = answer.source_id;
  await server.settled();
});
afterAll(() => server.stop());

const nobody = (path: string, init?: RequestInit) => fetch(server.url + path, init);
const as = (token: string, path: string, init: RequestInit = {}) =>
  fetch(server.url + path, { ...init, headers: { ...(init.headers as object), authorization: `Bearer ${token}` } });
const json = (body: unknown, method = "POST"): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

async function token(scope: string): Promise<{ readonly id: string; readonly token: string }> {
  const answer = await as(server.token, "/api/devices/tokens", json({ device_id: "probe", scope }));
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: string; token: string };
}

test.each(["evil.com", "127.0.0.1.nip.io", "localhost.evil.com", "evil.com:80"])("Host %s: 403", async (host) => {
  for (const path of ["/", "/timeline", "/api/health", "/api/agents/sessions", "/metrics"]) {
    const answer = await getTyped(server.url, path, [`Host: ${host}`, `Authorization: Bearer ${server.token}`]);
    expect([path, answer.status, (JSON.parse(answer.body) as FaultBody).error?.code]).toEqual([path, 403, "bad_host"]);
  }
});

test.each(["http://evil.com", "null", "http://127.0.0.1:1", "http://localhost.evil.com"])(
  "Origin %s: 403 for reads, changes and preflights, and no page of it may read the answer",
  async (origin) => {
    const headers = { origin };
    for (const answer of [
      await server.api("/api/agents/sessions", { headers }),
      await server.api(`/api/agents/sessions/${session}`, { method: "DELETE", headers }),
      await server.api("/api/agents/ingest", { method: "OPTIONS", headers }),
      await nobody("/api/auth/password", {
        ...json({ password: "x" }),
        headers: { ...headers, "content-type": "application/json" },
      }),
    ]) {
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      await expectFault(answer, 403, "bad_origin");
    }
  },
);

test("no token, a wrong one, one in the address: 401", async () => {
  const path = "/api/agents/sessions";
  await expectFault(await nobody(path), 401, "unauthenticated");
  await expectFault(await as("lh_nonsense", path), 401, "unauthenticated");
  await expectFault(await nobody(`${path}?token=${server.token}`), 401, "unauthenticated");
  await expectFault(await nobody(path, { headers: { cookie: "longhouse_session=forged" } }), 401, "unauthenticated");
});

test("a token may what its scope says, and nothing else", async () => {
  const { token: ingest } = await token("ingest");
  const { token: read } = await token("read");
  const post = { method: "POST", body: "" };
  const path = `/api/agents/ingest?provider=claude&path=${fileOf(psid(2))}`;

  for (const closed of [
    "/api/agents/sessions",
    `/api/agents/sessions/${session}`,
    "/api/status",
    "/api/devices/tokens",
  ])
    await expectFault(await as(ingest, closed), 403, "scope");
  await expectFault(await as(ingest, `/api/agents/sources/${source}/raw`), 403, "scope");
  await expectFault(await as(read, path, post), 403, "scope");
  await expectFault(await as(read, `/api/agents/sessions/${session}`, { method: "DELETE" }), 403, "scope");
  await expectFault(await as(read, "/api/devices/tokens", json({ device_id: "x", scope: "full" })), 403, "scope");
  expect((await as(ingest, path, post)).status).toBe(200);
  expect((await as(read, "/api/agents/sessions")).status).toBe(200);
});

test("a token that was revoked is nobody's at once", async () => {
  const { id, token: read } = await token("read");
  expect((await as(read, "/api/agents/sessions")).status).toBe(200);

  expect((await as(server.token, `/api/devices/tokens/${id}`, { method: "DELETE" })).status).toBe(204);

  await expectFault(await as(read, "/api/agents/sessions"), 401, "unauthenticated");
});

test("without credentials every route answers 401 but those that are for everybody", async () => {
  const routes = [
    "sessions",
    `sessions/${session}`,
    `sessions/${session}/events`,
    `sessions/${session}/events/x`,
    "sources",
    `sessions/${session}/events/x/parts/0`,
    `sessions/${session}/export`,
    `sources/${source}/raw`,
    "filters",
    "ingest",
    "heartbeat",
    "facets",
    "usage",
    "nothing",
  ].map((path) => `/api/agents/${path}`);
  const others = [
    "/api/status",
    "/api/live",
    "/api/devices/tokens",
    "/api/devices/tokens/x",
    "/api/auth/once",
    "/api/nothing",
  ];

  for (const path of [...routes, ...others])
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
      expect([method, path, (await nobody(path, { method })).status]).toEqual([method, path, 401]);
  for (const path of ["/api/health", "/api/auth/status", "/api/auth/methods", "/", "/timeline", "/login"])
    expect([path, (await nobody(path)).status]).toEqual([path, 200]);
  expect(Object.keys((await (await nobody("/api/health")).json()) as object).toSorted()).toEqual(["status", "version"]);
});
