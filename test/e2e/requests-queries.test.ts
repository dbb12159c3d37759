/** Paths and queries that mean harm, or are only odd: never a 500, nothing of our insides. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { expectFault } from "../support/faults.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { getTyped } from "../support/raw-http.ts";
import { archive } from "../support/remote.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";

let server: Server;
let session: string;
beforeAll(async () => {
  server = await startServer();
  const answer = await archive(server, { path: fileOf(psid(1)) }, talk(5, { id: psid(1) }));
  session = answer.session_id!;
  await server.settled();
});
afterAll(() => server.stop());

test("no spelling leaves the folder of the web app, or opens a closed route", async () => {
  const climbs = [
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/..%5c..%5cetc",
    "/%00",
    "/assets/%00.js",
    "/%ff%fe",
    "/%",
    "/%zz",
    "/assets/..%2f..%2f..%2fetc/passwd",
    "/....//....//etc/passwd",
    "//etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
  ];
  const spellings = [
    "/%61pi/status",
    "/api//status",
    "//api/status",
    "/api/health/..%2fstatus",
    "/api/status%00",
    "/api\\status",
  ];

  for (const path of climbs) {
    const { status, body } = await getTyped(server.url, path);
    expect([path, status < 500, body.includes("root:")]).toEqual([path, true, false]);
  }
  for (const path of spellings)
    expect([path, (await getTyped(server.url, path)).body.includes("archive_id")]).toEqual([path, false]);
});

test("ids that are none are not found", async () => {
  for (const id of [
    "x",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "'%20OR%201=1--",
    "-rf",
    "9".repeat(400),
    encodeURIComponent("ü😀"),
  ]) {
    await expectFault(await server.api(`/api/agents/sessions/${id}`), 404, "not_found");
    await expectFault(await server.api(`/api/agents/sessions/${session}/events/${id}`), 404, "not_found");
    await expectFault(await server.api(`/api/agents/sources/${id}/raw`), 404, "not_found");
  }
  await expectFault(await server.api("/api/nothing"), 404, "not_found");
  await expectFault(await server.api(`/api/agents/sessions/${session}`, { method: "POST" }), 405, "method_not_allowed");
});

test("bad values are named, out-of-range numbers are brought into range", async () => {
  for (const bad of ["limit=many", "sort=sideways", "since=yesterday", "state=asleep", "has=fun"])
    await expectFault(await server.api(`/api/agents/sessions?${bad}`), 422, "invalid");
  for (const fine of ["limit=0", "limit=-5", "limit=99999", "unknown=x", "project=%25_%27%3B--", "sort=recent"])
    expect([fine, (await server.api(`/api/agents/sessions?${fine}`)).status]).toEqual([fine, 200]);
});

test("a query string of 1 MB gets a clean no", async () => {
  const { status } = await getTyped(server.url, `/api/agents/sessions?query=${"a".repeat(1 << 20)}`, [
    `Authorization: Bearer ${server.token}`,
  ]);

  expect([400, 413, 414, 431]).toContain(status);
  expect((await server.api("/api/health")).status).toBe(200);
});

test.each([
  '"',
  '""',
  "C++",
  "AND",
  "OR NOT",
  "NEAR(",
  "*",
  "a*",
  "-",
  "-word",
  "don't",
  "foo-bar",
  "a:b",
  "agent:",
  "before:never",
  "(".repeat(300),
  "\0",
  "que\0stion",
  "😀",
  "検索",
  "\ud800",
  "'; DROP TABLE events; --",
  "%",
  "_",
  "{}[]^~\\",
  "\u202e",
])("a search for %j is a search", async (query) => {
  const answer = await server.api(`/api/agents/sessions?query=${encodeURIComponent(query.toWellFormed())}`);

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ sessions: expect.any(Array), tier: expect.any(String) });
  expect(answer.headers.get("server-timing")).toMatch(/search;dur=/);
  const found = await server.api(
    `/api/agents/sessions/${session}/events?query=${encodeURIComponent(query.toWellFormed())}`,
  );
  expect(found.status).toBe(200);
});

test("a search of 40 kB gets a clean no", async () => {
  const answer = await server.api(`/api/agents/sessions?query=${"x".repeat(40_000)}`);

  expect([200, 400, 413, 414, 431]).toContain(answer.status);
});

test("a search of 14 kB is a search, one of many words too", async () => {
  for (const query of ["x".repeat(14_000), "w ".repeat(3000), '"'.repeat(4000)])
    expect((await server.api(`/api/agents/sessions?query=${encodeURIComponent(query)}`)).status).toBe(200);
});

test("the log names no error after all this", async () => {
  const { errors } = await server.json<{ errors: unknown[] }>("/api/status");

  expect(errors).toEqual([]);
});
