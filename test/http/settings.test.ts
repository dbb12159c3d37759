import { afterEach, expect, test } from "bun:test";
import type { Settings } from "../../src/domain/settings.ts";
import { settings } from "../../src/http/settings.ts";
import { httpApp, type TestApp, type TestConfig } from "../support/http-app.ts";

const apps: TestApp[] = [];

afterEach(() => apps.splice(0).forEach((app) => app.close()));

function open(config: TestConfig = {}): TestApp {
  const app = httpApp(config, (hono, made) => void hono.route("/api/settings", settings(made)));
  apps.push(app);
  return app;
}

async function ask(app: TestApp, scope: "full" | "device"): Promise<Response> {
  return app.ask("/api/settings", { headers: { Authorization: `Bearer ${await app.token(scope)}` } });
}

test("settings say whether there is a password, never which", async () => {
  const app = open({ password: "open sesame", origins: { "server.password": "config.toml" } });

  const text = await (await ask(app, "full")).text();

  // The parse boundary of the test: it is the route's own type.
  expect((JSON.parse(text) as Settings).access.password).toEqual({ value: true, origin: "config.toml" });
  expect(text).not.toContain("sesame");
});

test("what nobody has set is a default, and what is set says where", async () => {
  const app = open({
    server: { allowedHosts: ["box.example"] },
    origins: { "server.allowed_hosts": "config.toml" },
  });

  const { access } = (await (await ask(app, "full")).json()) as Settings;

  expect(access.allowed_hosts).toEqual({ value: ["box.example"], origin: "config.toml" });
  expect(access.public_url).toEqual({ value: null, origin: "default" });
});

test("a machine's token reads no settings", async () => {
  expect((await ask(open(), "device")).status).toBe(403);
});
