import { afterEach, expect, test } from "bun:test";
import { memory } from "../../src/http/memory.ts";
import { notices } from "../../src/http/notices.ts";
import { httpApp, type TestApp } from "../support/http-app.ts";

const apps: TestApp[] = [];

afterEach(() => apps.splice(0).forEach((app) => app.close()));

test("what is written is read again, with who wrote it and its version", async () => {
  const { write, read } = await setUp();
  expect(await write("deploy.notes", { value: "use port 8", agent: "claude 1f2e" })).toMatchObject({ version: 1 });
  expect(await write("deploy.notes", { value: "use port 9" })).toMatchObject({ version: 2 });
  expect(await read("deploy.notes")).toMatchObject({ value: "use port 9", version: 2, by: "laptop" });
  const { versions } = await read("deploy.notes/history");
  expect(versions.map(({ value, by }: { value: string; by: string }) => [value, by])).toEqual([
    ["use port 9", "laptop"],
    ["use port 8", "claude 1f2e on laptop"],
  ]);
});

test("appending adds a line, and writing the same again changes nothing", async () => {
  const { write } = await setUp();
  await write("log", { value: "one", mode: "append" });
  expect(await write("log", { value: "two", mode: "append" })).toMatchObject({ value: "one\ntwo", version: 2 });
  expect(await write("log", { value: "one\ntwo" })).toMatchObject({ version: 2 });
});

test("a change that somebody else overtook is refused, and both versions are kept", async () => {
  const { write, send, read } = await setUp();
  await write("plan", { value: "a" });
  await write("plan", { value: "b" });
  const stale = await send("PUT", "plan", { value: "c" }, { "If-Match": "1" });
  expect(stale.status).toBe(409);
  expect((await stale.json()).error.code).toBe("stale");
  expect((await send("PUT", "plan", { value: "c" }, { "If-Match": "2" })).status).toBe(200);
  expect((await read("plan/history")).versions).toHaveLength(3);
});

test("If-Match 0 writes only where nothing is", async () => {
  const { send } = await setUp();
  expect((await send("PUT", "fresh", { value: "a" }, { "If-Match": "0" })).status).toBe(200);
  expect((await send("PUT", "fresh", { value: "b" }, { "If-Match": "0" })).status).toBe(409);
  await send("DELETE", "fresh");
  expect((await send("PUT", "fresh", { value: "c" }, { "If-Match": "0" })).status).toBe(200);
});

test("a deleted key is gone from reading and listing, and undo brings it back", async () => {
  const { write, send, read, list } = await setUp();
  await write("gone", { value: "still known" });
  expect((await send("DELETE", "gone")).status).toBe(204);
  expect((await send("DELETE", "gone")).status).toBe(404);
  expect(await list("")).toEqual([]);
  expect(await (await send("POST", "gone/undo", {})).json()).toMatchObject({ value: "still known", version: 3 });
  expect(await read("gone")).toMatchObject({ value: "still known" });
});

test("undo takes the last change back, the first one too, and goes to any version that is named", async () => {
  const { write, send, list } = await setUp();
  for (const value of ["a", "b", "c"]) await write("k", { value });
  expect(await (await send("POST", "k/undo", {})).json()).toMatchObject({ value: "b", version: 4 });
  expect(await (await send("POST", "k/undo", { to: 1 })).json()).toMatchObject({ value: "a", version: 5 });
  expect((await send("POST", "k/undo", { to: 0 })).status).toBe(204);
  expect(await list("")).toEqual([]);
  expect((await send("POST", "k/undo", { to: 99 })).status).toBe(404);
});

test("keys are listed by their beginning and by words of key or value, page by page", async () => {
  const { write, list, ask } = await setUp();
  await write("app.port", { value: "The PORT is eight" });
  await write("app.name", { value: "longhouse" });
  await write("other", { value: "eight names" });
  expect(await list("prefix=app.")).toEqual(["app.name", "app.port"]);
  expect(await list("query=eight+port")).toEqual(["app.port"]);
  expect(await list("query=NAME")).toEqual(["app.name", "other"]);
  const page = await (await ask("/api/memory?limit=2")).json();
  expect([page.memory.length, page.next]).toEqual([2, "app.port"]);
  expect(await list("limit=2&cursor=app.port")).toEqual(["other"]);
});

test("keys that are paths, empty, too long or of other letters are none", async () => {
  const { send } = await setUp();
  for (const key of ["..%2f..%2fx", "a%20b", "x".repeat(201), "%00", "schl%C3%BCssel"])
    expect([key, (await send("PUT", key, { value: "x" })).status]).toEqual([key, 404]);
});

test("a value over 64 KiB is refused, counted in bytes, also when it grew by appending", async () => {
  const { send, write } = await setUp();
  expect((await send("PUT", "big", { value: "é".repeat(40_000) })).status).toBe(413);
  await write("big", { value: "x".repeat(65_000) });
  expect((await send("PUT", "big", { value: "x".repeat(1000), mode: "append" })).status).toBe(413);
});

test("a key's versions are bounded: the newest fifty are kept", async () => {
  const { write, read } = await setUp();
  for (let n = 1; n <= 60; n++) await write("busy", { value: `v${n}` });
  const { versions } = await read("busy/history");
  expect([versions.length, versions[0].value, versions.at(-1).value]).toEqual([50, "v60", "v11"]);
});

test("a token that only ingests or only reads writes no memory", async () => {
  const { app } = await setUp();
  for (const scope of ["ingest", "read"] as const) {
    const headers = { Authorization: `Bearer ${await app.token(scope)}`, "Content-Type": "application/json" };
    const answer = await app.ask("/api/memory/k", { method: "PUT", headers, body: '{"value":"x"}' });
    expect([scope, answer.status]).toEqual([scope, 403]);
  }
});

test("a notice is shown newest first, marked read, and a flood is slowed down for that device alone", async () => {
  const { app, ask } = await setUp();
  const token = async (device: string) => ({
    Authorization: `Bearer ${await app.token("device", device)}`,
    "Content-Type": "application/json",
  });
  const [a, b] = [await token("a"), await token("b")];
  const tell = (headers: Record<string, string>, message: string) =>
    app.ask("/api/notices", { method: "POST", headers, body: JSON.stringify({ message, level: "done" }) });
  for (let n = 0; n < 20; n++) expect((await tell(a, `n${n}`)).status).toBe(201);
  const slow = await tell(a, "one too many");
  expect([slow.status, slow.headers.get("Retry-After")]).toEqual([429, "60"]);
  expect((await tell(b, "<b>mine</b>\u001b[31m")).status).toBe(201);
  const { notices: shown } = await (await ask("/api/notices")).json();
  expect([shown.length, shown[0].by, shown[0].read]).toEqual([21, "b", false]);
  app.ahead = 61_000;
  expect((await tell(a, "later")).status).toBe(201);
});

async function setUp() {
  const app = httpApp({}, (hono, made) => {
    hono.route("/api/memory", memory(made));
    hono.route("/api/notices", notices(made));
  });
  apps.push(app);
  const headers = {
    Authorization: `Bearer ${await app.token("device", "laptop")}`,
    "Content-Type": "application/json",
  };
  const ask = (path: string) => app.ask(path, { headers });
  const send = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    app.ask(`/api/memory/${path}`, {
      method,
      headers: { ...headers, ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const write = async (key: string, body: unknown) => (await send("PUT", key, body)).json();
  const read = async (path: string) => (await ask(`/api/memory/${path}`)).json();
  const list = async (query: string): Promise<string[]> =>
    (await (await ask(`/api/memory?${query}`)).json()).memory.map(({ key }: { key: string }) => key);
  return { app, ask, send, write, read, list };
}
