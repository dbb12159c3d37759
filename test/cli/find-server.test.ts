import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findServer } from "../../src/cli/find-server.ts";
import { clientOf } from "../../src/cli/client.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import type { Fault } from "../../src/domain/fault.ts";
import { sameServer, tokenFor } from "../../src/shipper/token.ts";
import { tempDir } from "../support/temp.ts";

let user: string;
let home: string;
let settings: string;
beforeEach(() => {
  user = tempDir();
  home = join(user, "home");
  settings = join(user, ".claude");
  mkdirSync(home);
  mkdirSync(settings);
});

const config = (env: Record<string, string> = {}, url?: string): Config =>
  loadConfig(url ? { url } : {}, { HOME: user, LONGHOUSE_HOME: home, ...env });
const stored = (dir: string, url: string, token: string) => {
  const [urlName, tokenName] = dir === home ? ["url", "token"] : ["longhouse-url", "longhouse-device-token"];
  writeFileSync(join(dir, urlName), `${url}\n`);
  writeFileSync(join(dir, tokenName), `${token}\n`, { mode: 0o600 });
};

test("the flag is asked first, then the environment, then config.toml, then what is stored", async () => {
  stored(home, "http://127.0.0.1:7", "lh_home");
  const fromStore = await findServer(config());
  writeFileSync(join(home, "config.toml"), '[client]\nurl = "http://file:1"\n');
  const fromFile = await findServer(config());
  const fromEnv = await findServer(config({ LONGHOUSE_URL: "http://env:2" }));
  const fromFlag = await findServer(config({ LONGHOUSE_URL: "http://env:2" }, "http://flag:3"));

  expect([fromFlag, fromEnv, fromFile, fromStore].map(({ url, from }) => `${url} ${from}`)).toEqual([
    "http://flag:3 flag",
    "http://env:2 environment",
    "http://file:1 config.toml",
    "http://127.0.0.1:7 stored",
  ]);
});

test("a server elsewhere that this machine was connected to comes before the home's own", async () => {
  stored(home, "http://127.0.0.1:7", "lh_home");
  stored(settings, "https://box.example", "lh_device");

  expect(await findServer(config())).toMatchObject({ url: "https://box.example", token: "lh_device" });
});

test("the home's own URL comes before an older one of this machine", async () => {
  stored(home, "http://127.0.0.1:7", "lh_home");
  stored(settings, "http://127.0.0.1:8", "lh_device");

  expect(await findServer(config())).toMatchObject({ url: "http://127.0.0.1:7", token: "lh_home" });
});

test.each([
  ["http://127.0.0.1:8080", "http://localhost:8080/", true],
  ["http://[::1]:8080", "http://127.0.0.1:8080", true],
  ["https://box.example", "https://box.example:443", true],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8081", false],
  ["http://box.example", "https://box.example", false],
  ["http://127.0.0.1.evil.example:8080", "http://127.0.0.1:8080", false],
  ["https://box.example/a", "https://box.example/b", false],
])("%s and %s are the same server: %p", (a, b, same) => {
  expect(sameServer(a, b)).toBe(same);
});

test("a token goes to its own server only", () => {
  stored(home, "http://127.0.0.1:8080", "lh_home");
  stored(settings, "https://box.example", "lh_device");
  const places = { token: null, home, shipperDir: settings };

  expect(tokenFor("http://localhost:8080", places)).toBe("lh_home");
  expect(tokenFor("https://box.example/", places)).toBe("lh_device");
  expect(tokenFor("https://evil.example", places)).toBeNull();
  expect(tokenFor("https://evil.example", { ...places, token: "lh_given" })).toBe("lh_given");
});

test("a token file that others may read is made private", () => {
  stored(home, "http://127.0.0.1:8080", "lh_home");
  const path = join(home, "token");
  writeFileSync(path, "lh_home");
  Bun.spawnSync(["chmod", "644", path]);

  tokenFor("http://127.0.0.1:8080", { token: null, home, shipperDir: settings });

  expect(statSync(path).mode & 0o777).toBe(0o600);
});

const servers: { stop(force: boolean): unknown }[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.stop(true)));

function answering(answer: (request: Request) => Response): {
  readonly url: string;
  readonly shown: (string | null)[];
} {
  const shown: (string | null)[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => (shown.push(request.headers.get("Authorization")), answer(request)),
  });
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}`, shown };
}

test("a redirect is not followed, so that nobody else is shown the token", async () => {
  const evil = answering(() => Response.json({}));
  const box = answering(() => Response.redirect(`${evil.url}/steal`));
  stored(home, box.url, "lh_home");
  const client = await clientOf(config());

  const failed = await client.get("/api/status").catch((error: Fault) => error);

  expect(failed).toMatchObject({ details: { exit: 3 } });
  expect([box.shown, evil.shown]).toEqual([["Bearer lh_home"], []]);
});

test.each([
  [401, { error: { code: "unauthenticated", message: "no" } }, "unauthenticated"],
  [403, { error: { code: "scope", message: "too little" } }, "scope"],
  [404, { error: { code: "not_found", message: "no such" } }, "not_found"],
])("an answer of %p is the fault that the server gave", async (status, body, code) => {
  const box = answering(() => Response.json(body, { status }));
  const client = await clientOf(config({}, box.url));

  expect(await client.get("/x").catch((error: Fault) => error.code)).toBe(code as Fault["code"]);
});

test("a page of something else is no Longhouse", async () => {
  const box = answering(() => new Response("<html>", { status: 502 }));
  const client = await clientOf(config({}, box.url));

  expect(await client.get("/x").catch((error: Fault) => error.message)).toContain("No Longhouse answers");
});
