import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Database } from "bun:sqlite";
import { until } from "../support/agent-home.ts";
import { cli, type Homes, homes, logOf, type Serving, serving } from "../support/cli.ts";

// Processes are started; on a busy machine that takes its time.
setDefaultTimeout(30_000);

let where: Homes;
let open: Serving[];
beforeEach(() => {
  where = homes();
  open = [];
});
afterEach(async () => {
  for (const server of open) await server.stop("SIGKILL");
});

async function serve(args: readonly string[] = ["--no-ship"], env: Record<string, string> = {}): Promise<Serving> {
  const server = await serving(where, args, env);
  open.push(server);
  return server;
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const inHome = (name: string) => join(where.home, name);
const inSettings = (name: string) => join(where.user, ".claude", name);
const read = (path: string) => readFileSync(path, "utf8").trim();

test("the home is private, and so is everything in it", async () => {
  await serve();
  // The index is opened while the server answers already.
  await until(() => existsSync(inHome("search.db")));

  expect(mode(where.home)).toBe("700");
  for (const name of ["longhouse.db", "search.db", "token", "url", "logs/server.log", "logs/audit.log"])
    expect([name, mode(inHome(name))]).toEqual([name, "600"]);
  expect(mode(inSettings("longhouse-device-token"))).toBe("600");
});

test("the home's token and the device's are let in, each with its scope", async () => {
  const server = await serve();
  const device = read(inSettings("longhouse-device-token"));

  const status = await server.get("/api/status");
  const tokens = await fetch(`${server.url}/api/devices/tokens`, { headers: { Authorization: `Bearer ${device}` } });
  const sources = await fetch(`${server.url}/api/agents/sources`, { headers: { Authorization: `Bearer ${device}` } });

  expect([status.status, tokens.status, sources.status]).toEqual([200, 403, 200]);
  expect(read(inSettings("longhouse-url"))).toBe(server.url);
});

test("the printed link signs a browser in, once", async () => {
  const server = await serve();
  const link = /http\S+once=\S+/.exec(server.said)![0];

  const first = await fetch(link, { redirect: "manual" });
  const second = await fetch(link, { redirect: "manual" });

  expect(first.status).toBe(302);
  expect(first.headers.get("set-cookie")).toContain("HttpOnly");
  expect(second.status).toBe(401);
});

test("open --print gives another such link", async () => {
  await serve();

  const { code, stdout } = await cli(where, ["open", "--print"]);

  expect(code).toBe(0);
  expect((await fetch(stdout.trim(), { redirect: "manual" })).status).toBe(302);
});

test("tokens stay what they are over a restart, and the URLs follow the port", async () => {
  const first = await serve();
  const device = read(inSettings("longhouse-device-token"));
  expect(await first.stop()).toBe(0);

  const second = await serve();

  expect(second.token).toBe(first.token);
  expect(read(inSettings("longhouse-device-token"))).toBe(device);
  expect([read(inHome("url")), read(inSettings("longhouse-url"))]).toEqual([second.url, second.url]);
});

test("a device token of another server is left alone", async () => {
  mkdirSync(join(where.user, ".claude"));
  writeFileSync(inSettings("longhouse-device-token"), "lh_of_my_box\n", { mode: 0o600 });
  writeFileSync(inSettings("longhouse-url"), "https://box.example\n");

  await serve();

  expect(read(inSettings("longhouse-device-token"))).toBe("lh_of_my_box");
  expect(read(inSettings("longhouse-url"))).toBe("https://box.example");
});

test("a second server on the same home ends within two seconds and names the first", async () => {
  const server = await serve();

  const { code, stderr, ms } = await cli(where, ["serve", "--port", "0", "--no-open"]);

  expect(code).toBe(1);
  expect(stderr).toContain(`pid ${server.pid}`);
  expect(ms).toBeLessThan(2000);
});

test("after kill -9 the next server starts at once, with all that was archived", async () => {
  const first = await serve();
  const post = { method: "POST", headers: { Authorization: `Bearer ${first.token}` }, body: "one\n" };
  const sent = await fetch(`${first.url}/api/agents/ingest?provider=claude&path=/x/a.jsonl`, post);
  expect(sent.status).toBe(200);
  await first.stop("SIGKILL");

  const second = await serve();

  const { sources } = await second.json<{ sources: { id: string }[] }>("/api/agents/sources");
  expect(await (await second.get(`/api/agents/sources/${sources[0]!.id}/raw`)).text()).toBe("one\n");
});

test("a taken port is told with who has it and what to type", async () => {
  const server = await serve();
  const port = new URL(server.url).port;

  const { code, stderr } = await cli(homes(), ["serve", "--port", port, "--no-open"]);

  expect(code).toBe(1);
  // From npm the program is bun.exe, also on Linux.
  expect(stderr.replace("bun.exe", "bun")).toContain(`Port ${port} on 127.0.0.1 is taken by bun (pid ${server.pid})`);
  expect(stderr).toContain(`longhouse serve --port ${Number(port) + 1}`);
});

test.each([
  ["a home that is a file", () => writeFileSync(where.home, ""), {}, 1, "is not a folder"],
  [
    "a home below a file",
    () => writeFileSync(join(where.user, "file"), ""),
    { LONGHOUSE_HOME: "FILE/home" },
    1,
    "is not a folder",
  ],
  ["a bad setting", () => config("[server]\nport = 'x'\n"), {}, 2, "config.toml line 2: server.port"],
  ["PostgreSQL", () => {}, { DATABASE_URL: "postgresql://h/db" }, 2, "one SQLite file"],
  ["a network address without a password", () => {}, { ARGS: "--host 0.0.0.0" }, 1, "no password is set"],
  [
    "no authentication on a network address",
    () => {},
    { ARGS: "--host 0.0.0.0", AUTH_DISABLED: "1" },
    1,
    "AUTH_DISABLED",
  ],
  [
    "an address that is not ours",
    () => {},
    { ARGS: "--host 192.0.2.1", LONGHOUSE_PASSWORD: "a long one" },
    1,
    "Cannot listen on 192.0.2.1",
  ],
  ["a damaged database", () => damaged(), {}, 1, "damaged"],
  ["a database of a newer version", () => newer(), {}, 1, "newer Longhouse"],
])("%s ends with what happened, without a stack trace", async (_, prepare, more, exit, message) => {
  prepare();
  const { ARGS = "", ...env } = more as Record<string, string>;
  const given = Object.fromEntries(
    Object.entries(env).map(([key, value]) => [key, value.replace("FILE", join(where.user, "file"))]),
  );

  const { code, stderr } = await cli(
    where,
    ["serve", "--port", "0", "--no-open", ...ARGS.split(" ").filter(Boolean)],
    given,
  );

  expect(stderr).toContain(message);
  expect(code).toBe(exit);
  expect(stderr).not.toMatch(/^\s+at /m);
});

function config(text: string) {
  mkdirSync(where.home);
  writeFileSync(inHome("config.toml"), text);
}

function damaged() {
  mkdirSync(where.home);
  writeFileSync(inHome("longhouse.db"), "this is no database at all ".repeat(1000));
}

function newer() {
  mkdirSync(where.home);
  const db = new Database(inHome("longhouse.db"));
  db.run(
    "CREATE TABLE schema_migrations (tag TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
  );
  db.run("INSERT INTO schema_migrations VALUES ('9999_future', 'x', 1)");
  db.close();
}

test("SIGTERM ends it cleanly, with exit code 0 and in time", async () => {
  const server = await serve([]);
  const began = performance.now();

  expect(await server.stop("SIGTERM")).toBe(0);

  expect(performance.now() - began).toBeLessThan(8000);
  expect(statSync(inHome("longhouse.db-wal"), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
});

test("it ships its own machine's sessions, and what is appended to them", async () => {
  const path = join(where.user, ".claude/projects/-p/11111111-1111-4111-8111-111111111111.jsonl");
  mkdirSync(dirname(path), { recursive: true });
  const line = (uuid: string, text: string) =>
    `${JSON.stringify({ type: "user", uuid, sessionId: "11111111-1111-4111-8111-111111111111", timestamp: "2026-11-01T10:00:00.000Z", cwd: "/p", message: { role: "user", content: text } })}\n`;
  writeFileSync(path, line("a", "first prompt"));
  const server = await serve([]);
  type List = { sessions: { title: string; user_messages: number }[] };
  const list = () => server.json<List>("/api/agents/sessions");
  await settled(async () => (await list()).sessions[0]?.user_messages === 1);

  appendFileSync(path, line("b", "second prompt"));

  await settled(async () => (await list()).sessions[0]?.user_messages === 2);
  const status = JSON.parse((await cli(where, ["status", "--json"])).stdout);
  expect(status.holder.pid).toBe(server.pid);
  expect(status.providers.claude).toMatchObject({ sources: 1, failed: 0, paused: false });
});

test("--no-ship leaves the machine's sessions alone", async () => {
  const path = join(where.user, ".claude/projects/-p/a.jsonl");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "{}\n");

  const server = await serve(["--no-ship"]);
  await Bun.sleep(500);

  expect(await server.json<unknown>("/api/agents/sources")).toEqual({ sources: [], next: null });
});

test("a first start on a machine without agents shows samples, and none when that is not wanted", async () => {
  const server = await serve(["--no-ship"], { SKIP_DEMO_SEED: "0" });
  const other = await serving(homes(), ["--no-ship"], { SKIP_DEMO_SEED: "1" });
  open.push(other);
  const count = async (of: Serving) =>
    (await of.json<{ sessions: { demo: boolean }[] }>("/api/agents/sessions")).sessions.length;

  await settled(async () => (await count(server)) > 0);

  expect(await count(other)).toBe(0);
});

test("the log names the start and no secret", async () => {
  const server = await serve();
  await until(() => logOf(where).some((line) => line.message === "serving"));

  const logs = read(inHome("logs/server.log")) + read(inHome("logs/audit.log"));

  expect(logs).not.toContain(server.token);
  expect(logs).not.toContain("once=");
  expect(logs).toContain("device token created");
});

async function settled(is: () => Promise<boolean>, ms = 8000): Promise<void> {
  for (const end = Date.now() + ms; !(await is());) {
    if (Date.now() > end) throw new Error("did not come true");
    await Bun.sleep(25);
  }
}
