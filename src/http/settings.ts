/** How this server is set up, and its samples. Mounted at `/api/settings`; what config.toml decides is only shown. */
import { join } from "node:path";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { seedDemo } from "../archive/demo.ts";
import type { Config } from "../config.ts";
import type { HookState, Setting, Settings } from "../domain/settings.ts";
import { selfPath } from "../lib/self-path.ts";
import { PROVIDERS } from "../providers/all.ts";
import { registrationStates } from "../shipper/registrations.ts";
import { readArchive } from "../store/devices.ts";
import { VERSION } from "../version.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";

/** The routes. */
export function settings(app: App): Hono<Authed> {
  return new Hono<Authed>()
    .get("/", need("full"), (c) => c.json(settingsOf(app)))
    .post("/samples", need("full"), async (c) => {
      await seedDemo(app, "fresh");
      return c.body(null, 204);
    });
}

function settingsOf(app: App): Settings {
  const { config } = app;
  const set = settingOf(config);
  return {
    version: VERSION,
    archive_id: readArchive(app.db).archive_id,
    home: config.home,
    config_file: join(config.home, "config.toml"),
    device: app.device,
    access: {
      host: set("server.host", config.server.host),
      port: set("server.port", config.server.port),
      password: set("server.password", config.password !== null),
      allowed_hosts: set("server.allowed_hosts", config.server.allowedHosts),
      public_url: set("server.public_url", config.server.publicUrl),
      open: config.authDisabled,
    },
    hooks: hooksOf(config),
    recent: set("hooks.recent", config.hooks.recent),
  };
}

const settingOf =
  ({ origins }: Config) =>
  <T>(name: string, value: T): Setting<T> => ({ value, origin: origins[name] ?? "default" });

function hooksOf(config: Config): HookState[] {
  const wish = { self: selfPath(), recent: config.hooks.recent };
  const reports = registrationStates({ providers: PROVIDERS, env: config.env, wish });
  return reports.map(({ label, kind, file, state, reason }) => ({ label, kind, file, state, reason }));
}
