import { afterEach, expect, test } from "bun:test";
import type { SavedView } from "../../src/domain/view.ts";
import { views } from "../../src/http/views.ts";
import { httpApp, type TestApp } from "../support/http-app.ts";

const apps: TestApp[] = [];

afterEach(() => apps.splice(0).forEach((app) => app.close()));

test("a view that is kept is listed after those before it, until it is deleted", async () => {
  const { add, names, send } = await setUp();
  const first = await add("Loom");
  await add("Waiting");
  expect(first).toMatchObject({ name: "Loom", kind: "timeline", path: "/timeline?project=Loom", position: 0 });
  expect(await names()).toEqual(["Loom", "Waiting"]);

  expect((await send("DELETE", first.id)).status).toBe(204);

  expect(await names()).toEqual(["Waiting"]);
  expect((await send("DELETE", first.id)).status).toBe(404);
  expect((await send("PATCH", first.id, { name: "x" })).status).toBe(404);
});

test("views are put in and moved anywhere, and their positions have no gaps", async () => {
  const { add, names, send, list } = await setUp();
  const [a, , c] = [await add("a"), await add("b"), await add("c")];

  await send("PATCH", c!.id, { position: 0 });
  expect(await names()).toEqual(["c", "a", "b"]);
  await send("PATCH", a!.id, { position: 99, name: "  A\n1 " });
  expect(await names()).toEqual(["c", "b", "A 1"]);
  await add("d", 1);
  await send("DELETE", c!.id);

  expect((await list()).map(({ name, position }) => [name, position])).toEqual([
    ["d", 0],
    ["b", 1],
    ["A 1", 2],
  ]);
});

test("what is no address of the timeline is refused", async () => {
  const { send } = await setUp();
  for (const path of [
    "javascript:alert(1)",
    "//evil.example/timeline",
    "https://evil.example",
    "/timelines",
    "/timeline#x",
    "/timeline?a b",
    "/settings",
    "",
  ])
    expect([path, (await send("POST", "", { name: "x", kind: "timeline", path })).status]).toEqual([path, 422]);
  expect((await send("POST", "", { name: " \n", kind: "timeline", path: "/timeline" })).status).toBe(422);
  expect((await send("POST", "", { name: "x", kind: "other", path: "/timeline" })).status).toBe(422);
});

test("there are at most a hundred, and readers cannot change them", async () => {
  const { add, send, app } = await setUp();
  for (let n = 0; n < 100; n++) await add(`v${n}`);
  expect((await send("POST", "", { name: "x", kind: "timeline", path: "/timeline" })).status).toBe(422);
  const authorization = `Bearer ${await app.token("read")}`;
  expect((await app.ask("/api/views", { headers: { authorization } })).status).toBe(200);
  expect((await app.ask("/api/views/1", { method: "DELETE", headers: { authorization } })).status).toBe(403);
});

async function setUp() {
  const app = httpApp({}, (hono, made) => void hono.route("/api/views", views(made)));
  apps.push(app);
  const headers = { authorization: `Bearer ${await app.token("full")}`, "content-type": "application/json" };
  const send = (method: string, id: string, body?: unknown) =>
    app.ask(`/api/views${id === "" ? "" : `/${id}`}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const list = async () =>
    ((await (await app.ask("/api/views", { headers })).json()) as { views: readonly SavedView[] }).views;
  const add = async (name: string, position?: number) => {
    const view = { name, kind: "timeline", path: `/timeline?project=${name}`, position };
    return (await (await send("POST", "", view)).json()) as SavedView;
  };
  return { app, send, list, add, names: async () => (await list()).map(({ name }) => name) };
}
