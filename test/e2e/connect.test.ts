/** `connect` as a user types it: the compiled binary, real servers, real files. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { claudeFile, put } from "../support/agents.ts";
import { psid, writer } from "../support/fill.ts";
import { BINARY, command, freePort, isolated, type Server, startServer } from "../support/server.ts";
import { atEnd, tempDir } from "../support/temp.ts";

let server: Server;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server.stop());

const children = new Set<Subprocess>();
atEnd(() => children.forEach((child) => child.kill("SIGKILL")));

/** Another machine: a home without a server, with one session of an agent and its settings. */
function machine(): { readonly home: string; readonly data: string; readonly dir: string; readonly log: string } {
  const home = tempDir("laptop");
  const log = claudeFile(home, 980, "-home-ada-kiln");
  put(log, `${writer({ id: psid(980), cwd: "/home/ada/kiln", branch: "main" }).prompt("Fire it")}\n`);
  return { home, data: join(home, "lh"), dir: join(home, ".claude"), log };
}

type Machine = ReturnType<typeof machine>;

/** As `auth` leaves it. */
function letIn({ dir }: Machine, url: string, token: string): void {
  writeFileSync(join(dir, "longhouse-device-token"), `${token}\n`, { mode: 0o600 });
  writeFileSync(join(dir, "longhouse-url"), `${url}\n`, { mode: 0o600 });
}

async function deviceToken(): Promise<{ readonly id: string; readonly token: string; readonly device: string }> {
  const device = `laptop-${Math.random().toString(36).slice(2, 8)}`;
  const made = await server.api("/api/devices/tokens", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ device_id: device, scope: "device" }),
  });
  return { ...((await made.json()) as { id: string; token: string }), device };
}

type Running = {
  readonly child: Subprocess;
  said(): string;
  until(text: string): Promise<void>;
  stop(): Promise<number>;
};

/** Starts `connect` in the foreground. */
function connecting({ home, data }: Machine, args: readonly string[] = [], env: Record<string, string> = {}): Running {
  const child = Bun.spawn([BINARY, "connect", ...args], {
    env: isolated(home, data, env),
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let said = "";
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const piece of stream) said += decoder.decode(piece, { stream: true });
  };
  void listen(child.stdout);
  void listen(child.stderr);
  return {
    child,
    said: () => said,
    until: (text) =>
      eventually(
        () => said.includes(text),
        () => `${text} in: ${said}`,
      ),
    async stop() {
      child.kill("SIGTERM");
      return child.exited;
    },
  };
}

async function eventually(is: () => boolean | Promise<boolean>, what: () => string = String): Promise<void> {
  for (const end = Date.now() + 15_000; !(await is()); await Bun.sleep(25))
    if (Date.now() > end) throw new Error(`did not come: ${what()}`);
}

type Told = {
  readonly holder: { readonly pid: number; readonly by: string } | null;
  readonly total: { readonly bytes: number; readonly acked: number; readonly paused: boolean };
  readonly polling: string | null;
};
const status = async (on: Machine): Promise<Told> =>
  JSON.parse((await command(on, ["status", "--json"])).stdout) as Told;

test("in the foreground it ships what is there and what comes; a second one says who ships, and ends", async () => {
  const laptop = machine();
  const { token } = await deviceToken();
  letIn(laptop, server.url, token);
  const first = connecting(laptop);
  await first.until("Waiting for what is new");
  const archived = async () => (await status(laptop)).total.acked === statSync(laptop.log).size;
  await eventually(archived);

  appendFileSync(laptop.log, `${writer({ id: psid(980), cwd: "/home/ada/kiln" }).reply("Fired.")}\n`);
  await eventually(archived);
  const second = await command(laptop, ["connect"]);
  const holder = (await status(laptop)).holder;

  expect(holder).toMatchObject({ pid: first.child.pid, by: "longhouse connect" });
  expect([second.code, second.stdout]).toEqual([1, ""]);
  expect(second.stderr).toContain(`(pid ${first.child.pid}) ships this machine's sessions to ${server.url}`);
  expect(second.stderr).toContain(`kill ${first.child.pid}`);
  expect(await first.stop()).toBe(0);
  expect((await status(laptop)).holder).toBeNull();
  expect(first.said()).not.toContain("\x1b");
}, 40_000);

test("without a token for the server it says what to type, exits 4 and stores nothing", async () => {
  const laptop = machine();

  const { code, stdout, stderr } = await command(laptop, ["connect", server.url]);

  expect([code, stdout]).toEqual([4, ""]);
  expect(stderr).toContain(`longhouse auth --url ${server.url}`);
  expect(existsSync(join(laptop.dir, "longhouse-url"))).toBe(false);
});

test("a token of one server is never sent to another, and stays the first one's", async () => {
  const laptop = machine();
  letIn(laptop, server.url, (await deviceToken()).token);
  const heard: (string | null)[] = [];
  const other = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      heard.push(request.headers.get("Authorization"), request.headers.get("X-Agents-Token"));
      return Response.json({ error: { code: "unauthenticated", message: "no" } }, { status: 401 });
    },
  });

  const url = `http://127.0.0.1:${other.port}`;
  const codes: number[] = [];
  for (const args of [[url], ["--url", url], ["--install", url], ["--hooks-only", "--url", url]])
    codes.push((await command(laptop, ["connect", ...args])).code);
  await other.stop(true);

  expect(codes).toEqual([4, 4, 4, 4]);
  expect(heard.filter(Boolean)).toEqual([]);
  expect(readFileSync(join(laptop.dir, "longhouse-url"), "utf8").trim()).toBe(server.url);
});

test("connect URL remembers it together with the token that LONGHOUSE_TOKEN gave, for nobody else's eyes", async () => {
  const laptop = machine();
  const { token } = await deviceToken();
  letIn(laptop, "http://127.0.0.1:1", "lh_other");

  const running = connecting(laptop, [`${server.url}/`], { LONGHOUSE_TOKEN: token });
  await running.until("Waiting for what is new");
  await running.stop();

  expect(readFileSync(join(laptop.dir, "longhouse-device-token"), "utf8").trim()).toBe(token);
  expect(readFileSync(join(laptop.dir, "longhouse-url"), "utf8").trim()).toBe(server.url);
  expect(statSync(join(laptop.dir, "longhouse-device-token")).mode & 0o777).toBe(0o600);
  expect((await status(laptop)).total.acked).toBe(statSync(laptop.log).size);
}, 30_000);

test("a token that is revoked pauses, status says log in again, and a new token sends all that waited", async () => {
  const laptop = machine();
  const { id, token } = await deviceToken();
  letIn(laptop, server.url, token);
  const running = connecting(laptop, [], { LONGHOUSE_BACKOFF_MAX_MS: "500" });
  await running.until("Waiting for what is new");

  await server.api(`/api/devices/tokens/${id}`, { method: "DELETE" });
  appendFileSync(laptop.log, `${writer({ id: psid(980), cwd: "/home/ada/kiln" }).reply("Later.")}\n`);
  await running.until("Log in again");
  const told = await command(laptop, ["status"]);
  const json = await status(laptop);
  letIn(laptop, server.url, (await deviceToken()).token);

  expect(told.code).toBe(4);
  expect(told.stdout + told.stderr).toContain(`longhouse auth --url ${server.url}`);
  expect(told.stdout).toContain("paused: log in again");
  expect(json.total.paused).toBe(true);
  await eventually(async () => (await status(laptop)).total.acked === statSync(laptop.log).size);
  expect(running.child.exitCode).toBeNull();
  await running.stop();
}, 60_000);

test("--poll looks again and again, and status says so", async () => {
  const laptop = machine();
  letIn(laptop, server.url, (await deviceToken()).token);
  const running = connecting(laptop, ["--poll", "--interval", "1"]);
  await running.until("Files are looked at every few seconds, as asked");

  appendFileSync(laptop.log, `${writer({ id: psid(980), cwd: "/home/ada/kiln" }).reply("Polled.")}\n`);
  await eventually(async () => (await status(laptop)).total.acked === statSync(laptop.log).size);

  expect((await status(laptop)).polling).toBe("asked");
  expect((await command(laptop, ["status"])).stdout).toContain("watching");
  await running.stop();
}, 40_000);

test.each([
  [["--interval", "0"], "1 to 3600"],
  [["--interval", "soon"], "1 to 3600"],
  [["http://a.test", "--url", "http://b.test"], "named twice"],
  [["not a url"], "URL"],
])("connect %j is a usage error", async (args, said) => {
  const { code, stderr } = await command(machine(), ["connect", ...args]);

  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
});

const SETTINGS =
  '{\n   // mine\n   "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "say done" }] }] },\n}\n';

test("--hooks-only twice is as once; --uninstall leaves the settings as they were, byte for byte", async () => {
  const laptop = machine();
  const file = join(laptop.dir, "settings.json");
  writeFileSync(file, SETTINGS);
  letIn(laptop, server.url, (await deviceToken()).token);

  const first = await command(laptop, ["connect", "--hooks-only", "--json"]);
  const installed = readFileSync(file, "utf8");
  const again = await command(laptop, ["connect", "--hooks-only"]);

  expect([first.code, again.code]).toEqual([0, 0]);
  expect(JSON.parse(first.stdout).findings.map(({ level }: { level: string }) => level)).not.toContain("problem");
  expect(installed).toContain("say done");
  expect(installed).toContain(BINARY);
  expect(readFileSync(file, "utf8")).toBe(installed);
  expect(again.stdout).toContain("are in place");
  expect((await command(laptop, ["connect", "--uninstall"])).code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(SETTINGS);
  expect((await command(laptop, ["connect", "--uninstall"])).code).toBe(0);
});

test("settings that cannot be read are refused by name, and stay as they are", async () => {
  const laptop = machine();
  const file = join(laptop.dir, "settings.json");
  writeFileSync(file, "{ torn");
  letIn(laptop, server.url, (await deviceToken()).token);

  const { code, stdout } = await command(laptop, ["connect", "--hooks-only"]);

  expect([code, readFileSync(file, "utf8")]).toEqual([1, "{ torn"]);
  expect(stdout).toContain(file);
});

test("where no service manager runs, --install puts in the hooks, says so, and names what to run", async () => {
  const laptop = machine();
  letIn(laptop, server.url, (await deviceToken()).token);
  writeFileSync(join(laptop.dir, "settings.json"), "{}\n");

  const { code, stdout } = await command(laptop, ["connect", "--install"], { XDG_RUNTIME_DIR: tempDir("none") });

  expect(code).toBe(1);
  expect(stdout).toMatch(/^problem {2}The shipper's service cannot run: /m);
  expect(stdout).toContain("longhouse connect --wait");
  expect(stdout).toMatch(/^ok {7}Claude Code's hooks are installed$/m);
  expect(existsSync(join(laptop.home, ".config"))).toBe(false);
  expect((await command(laptop, ["connect", "--status"])).code).toBe(1);
});

test("a server that is not there yet is waited for", async () => {
  const laptop = machine();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const data = join(tempDir("data"), "lh");
  const before = await startServer({ port, data });
  letIn(laptop, url, before.token);
  await before.stop();

  const running = connecting(laptop, [], { LONGHOUSE_BACKOFF_MAX_MS: "500" });
  await running.until("does not answer");
  const after = await startServer({ port, data });
  await eventually(async () => (await status(laptop)).total.acked === statSync(laptop.log).size);

  expect(await running.stop()).toBe(0);
  await after.stop();
}, 60_000);

test("connect --wait waits for a login", async () => {
  const laptop = machine();
  mkdirSync(laptop.data, { recursive: true });
  const running = connecting(laptop, ["--wait", "--url", server.url], { LONGHOUSE_BACKOFF_MAX_MS: "500" });
  await running.until("ships to");
  rmSync(join(laptop.dir, "longhouse-url"), { force: true });

  letIn(laptop, server.url, (await deviceToken()).token);

  await eventually(async () => (await status(laptop)).total.acked === statSync(laptop.log).size);
  await running.stop();
}, 40_000);

test("of two that begin at once one ships, and the other says so and ends with 1", async () => {
  const laptop = machine();
  letIn(laptop, server.url, (await deviceToken()).token);

  const both = [connecting(laptop), connecting(laptop)];
  const code = await Promise.race(both.map(({ child }) => child.exited));
  const [left, gone] = both.toSorted((a, b) => Number(a.child.exitCode) - Number(b.child.exitCode));

  expect(code).toBe(1);
  expect(gone!.said()).toMatch(/Another longhouse|longhouse connect \(pid/);
  expect(left!.child.exitCode).toBeNull();
  await eventually(async () => (await status(laptop)).holder?.pid === left!.child.pid);
  expect(await left!.stop()).toBe(0);
}, 40_000);

test("it ends with 0 when it is asked to, also while the server is silent", async () => {
  const laptop = machine();
  const silent = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: () => new Promise<Response>(() => {}),
  });
  letIn(laptop, `http://127.0.0.1:${silent.port}`, "lh_any");

  const running = connecting(laptop);
  await running.until("ships to");
  await eventually(() => silent.pendingRequests > 0);
  const code = await running.stop();
  await silent.stop(true);

  expect(code).toBe(0);
}, 30_000);

test("last words that nobody rotates begin anew when they are over 1 MiB", async () => {
  const laptop = machine();
  const file = join(laptop.dir, "shipper-errors.log");
  letIn(laptop, server.url, (await deviceToken()).token);
  writeFileSync(file, "x".repeat(2 << 20));

  const child = Bun.spawn(["sh", "-c", `exec '${BINARY}' connect 2>>'${file}'`], {
    env: isolated(laptop.home, laptop.data),
    stdio: ["ignore", "ignore", "ignore"],
  });
  children.add(child);
  await eventually(async () => (await status(laptop)).holder?.pid === child.pid);
  child.kill("SIGTERM");

  expect(await child.exited).toBe(0);
  expect(statSync(file).size).toBeLessThan(1 << 20);
}, 30_000);

test("where serve ships by itself, connect says so, and never to kill it", async () => {
  const box = await startServer({ args: [] });
  await eventually(async () => {
    const { stdout } = await command(box, ["status", "--json"]);
    return (JSON.parse(stdout) as Told).holder?.by === "longhouse serve";
  });

  const { code, stderr } = await command(box, ["connect"]);

  expect(code).toBe(1);
  expect(stderr).toContain(`longhouse serve (pid ${box.process.pid}) ships`);
  expect(stderr).toContain("longhouse serve --no-ship");
  expect(stderr).not.toContain("kill");
  await box.stop();
}, 30_000);
