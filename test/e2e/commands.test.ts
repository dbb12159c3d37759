/** The commands as a user types them, against a running server, a stopped one and a wrong one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { agentFiles, claudeFile, layAgents, put } from "../support/agents.ts";
import { expectCommandFault } from "../support/faults.ts";
import { psid, talk, writer } from "../support/fill.ts";
import { eventsOf, search, sessionsOf } from "../support/remote.ts";
import type { Session } from "../support/remote.ts";
import { BINARY, command, isolated, startServer } from "../support/server.ts";
import type { Result, Server } from "../support/server.ts";
import { ship } from "../support/shipping.ts";
import { tempDir } from "../support/temp.ts";

let server: Server;
beforeAll(async () => {
  const home = tempDir("home");
  layAgents(home);
  const write = writer({ id: psid(950), cwd: "/home/ada/weaving", branch: "warp" });
  const hit = `${write.prompt("Why does the shuttle jam?")}\n${write.reply("The warp is too tight.")}\n`;
  put(claudeFile(home, 950, "-home-ada-weaving"), hit);
  server = await startServer({ home });
  await ship(server);
  await server.settled();
});
afterAll(() => server.stop());

const run = (...args: string[]): Promise<Result> => command(server, args);

/** What a command told as JSON: one object, and nothing else on stdout. */
async function told<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([args.join(" "), code, stderr]).toEqual([args.join(" "), 0, ""]);
  return JSON.parse(stdout) as T;
}

const ESCAPE = "\u001b";

test("version and help", async () => {
  const version = (await run("--version")).stdout.trim();

  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect((await run("version")).stdout).toContain(`longhouse ${version} `);
  expect(await told<object>("version")).toMatchObject({ version });
  for (const args of [["help"], ["--help"], []]) {
    const { code, stdout } = await command(server, args);
    expect([args, code]).toEqual([args, 0]);
    for (const name of ["serve", "ship", "status", "search", "recent", "open", "reindex", "export", "version"])
      expect(stdout).toMatch(new RegExp(`^ +${name} `, "m"));
  }
  for (const name of ["serve", "ship", "status", "search", "recent", "open", "reindex", "export"])
    expect([name, (await run(name, "--help")).stdout]).toEqual([name, expect.stringContaining(name)]);
});

test("status tells the server, what was shipped, and where settings come from", async () => {
  const status = await told<Record<string, unknown>>("status");
  const { stdout } = await run("status");

  expect(status).toMatchObject({
    server: { version: expect.any(String), archive_id: expect.any(String), derive: { behind_bytes: 0 }, errors: [] },
    device: expect.any(String),
    holder: null,
    last_ship_at: expect.any(String),
  });
  const { providers, total } = status as {
    providers: Record<string, { sources: number }>;
    total: Record<string, number>;
  };
  expect(Object.keys(providers).toSorted()).toEqual(["claude", "codex", "cursor", "gemini"]);
  expect(total).toMatchObject({ sources: agentFiles(server.home).length, failed: 0, spooled: 0, paused: false });
  expect(total["acked"]).toBe(total["bytes"]!);
  expect(stdout).toContain(server.url);
  expect(stdout).toMatch(new RegExp(`home +${server.data} +environment`));
  expect(stdout).not.toContain(ESCAPE);
  expect(stdout).not.toContain(server.token);
});

test("search finds words, phrases and filters, and prints the passage", async () => {
  const hits = async (...words: string[]) =>
    (await told<{ sessions: Session[] }>("search", ...words)).sessions.map((one) => one.provider_session_id);

  for (const words of [
    ["shuttle"],
    ["shuttle", "jam"],
    ['"warp is too"'],
    ["shut*"],
    ["shuttle", "agent:claude"],
    ["project:weaving"],
  ])
    expect([words, await hits(...words)]).toEqual([words, [psid(950)]]);
  expect(await hits("shuttle", "-jam")).toEqual([]);
  expect(await hits("warp", "--project", "weaving", "--limit", "1")).toEqual([psid(950)]);
  const { code, stdout } = await run("search", "tight");
  expect(code).toBe(0);
  expect(stdout).toContain("The warp is too tight.");
  expect(stdout).toContain("weaving");
  expect(stdout).not.toContain(ESCAPE);
  const nothing = await run("search", "nosuchwordanywhere");
  expect([nothing.code, nothing.stdout]).toEqual([0, ""]);
});

test("recent lists the newest first", async () => {
  const { sessions } = await told<{ sessions: Session[] }>("recent", "--limit", "5");
  const { stdout } = await run("recent");

  const times = sessions.map((session) => Date.parse(session.last_event_at!));
  expect(sessions).toHaveLength(5);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(stdout).toContain(sessions[0]!.title!.slice(0, 20));
});

test("open --print gives a link that signs in once", async () => {
  const link = (await run("open", "--print")).stdout.trim();

  expect(link).toStartWith(`${server.url}/login?once=`);
  const visit = () => fetch(link, { redirect: "manual" });
  const first = await visit();
  expect([first.status, first.headers.get("location")]).toEqual([302, "/timeline"]);
  const cookie = first.headers.get("set-cookie")!;
  expect(cookie).toMatch(/^longhouse_session=.*HttpOnly/i);
  expect(cookie).toMatch(/SameSite=Lax/i);
  const page = await fetch(`${server.url}/api/agents/sessions`, { headers: { cookie: cookie.split(";")[0]! } });
  expect([page.status, (await visit()).status]).toEqual([200, 401]);
});

test("export writes every source byte for byte, with a list of what is what", async () => {
  const out = join(tempDir("out"), "all");
  const done = await told<{ sources: number; bytes: number; failed: number }>("export", "--out", out);

  const files = agentFiles(server.home);
  const { sources } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as {
    sources: { path: string; file: string }[];
  };
  expect(done).toMatchObject({ sources: files.length, failed: 0 });
  expect(sources.map((source) => source.path).toSorted()).toEqual(files);
  for (const { path, file } of sources) expect(readFileSync(join(out, file)).equals(readFileSync(path))).toBe(true);
  expect(readdirSync(out).toSorted()).toEqual(["manifest.json", "sources"]);
  expectCommandFault(await run("export", "--out", out), 2, out, "not empty");
});

test("export of a session is its file", async () => {
  const { id } = (await sessionsOf(server)).find((session) => session.provider_session_id === psid(950))!;
  const file = readFileSync(claudeFile(server.home, 950, "-home-ada-weaving"), "utf8");
  const out = join(tempDir("out"), "one.jsonl");

  expect((await run("export", id)).stdout).toBe(file);
  expect((await run("export", id, "--out", out)).code).toBe(0);
  expect(readFileSync(out, "utf8")).toBe(file);
  expectCommandFault(await run("export", "00000000-0000-5000-8000-000000000000"), 1, "no such session");
});

/** Everything that deriving makes. */
async function all(of: Server): Promise<object> {
  const sessions = await sessionsOf(of);
  const events = await Promise.all(sessions.map(({ id }) => eventsOf(of, id)));
  return { sessions: sessions.map((session) => ({ ...session, version: 0 })), events };
}

test("reindex makes the same sessions, events and finds anew, with the server running and without", async () => {
  const before = await all(server);

  expect(await told<{ sessions: number }>("reindex")).toMatchObject({
    sessions: expect.any(Number),
    seconds: expect.any(Number),
  });
  await server.settled();
  expect(await all(server)).toEqual(before);
  expect(await search(server, "shuttle")).toHaveLength(1);

  const other = await startServer();
  put(claudeFile(other.home, 1), talk(3, { id: psid(1) }));
  await ship(other);
  await other.settled();
  const once = await all(other);
  await other.stop();
  expect((await command(other, ["reindex", "--json"])).code).toBe(0);
  const again = await startServer({ home: other.home, data: other.data });
  expect(await all(again)).toEqual(once);
  expect(await search(again, "question")).toHaveLength(1);
  await again.stop();
});

test("ship tells what it would do, and does only what it is told", async () => {
  const other = await startServer();
  const one = put(claudeFile(other.home, 1), talk(1, { id: psid(1) }));
  put(join(other.home, `.codex/sessions/2026/01/01/rollout-2026-01-01T00-00-00-${psid(2)}.jsonl`), "{}\n");
  const bytes = statSync(one).size;

  const { code, stdout } = await command(other, ["ship", "--dry-run"]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/2 /)]);
  expect(await sessionsOf(other)).toEqual([]);
  expect(await ship(other, ["--provider", "claude"])).toMatchObject({ sources: 1, bytes, derived: 1 });
  expect(await ship(other, ["--file", one])).toMatchObject({ sources: 1, bytes: 0 });
  expect(await ship(other, ["--since", "2099-01-01"])).toMatchObject({ sources: 0 });
  expect(await ship(other, ["--session", psid(2)])).toMatchObject({ sources: 1 });
  await other.stop();
});

test("colours come on a terminal, and not with NO_COLOR", async () => {
  if (!Bun.which("script")) return;
  const typed = (noColor: boolean) => {
    const env = isolated(server.home, server.data, { TERM: "xterm-256color" });
    if (!noColor) delete env["NO_COLOR"];
    return Bun.spawnSync(["script", "-qec", `${BINARY} recent`, "/dev/null"], {
      env,
      cwd: server.home,
    }).stdout.toString();
  };

  expect(typed(false)).toContain(`${ESCAPE}[`);
  expect(typed(true)).not.toContain(`${ESCAPE}[`);
});

test("what the commands leave behind is nobody else's to read", () => {
  for (const name of ["token", "url", "longhouse.db", "search.db", "logs"])
    expect([name, statSync(join(server.data, name)).mode & 0o077]).toEqual([name, 0]);
  expect(statSync(server.data).mode & 0o777).toBe(0o700);
  const beside = join(server.home, ".claude");
  for (const name of ["longhouse-device-token", "longhouse-shipper-spool.db"].filter((name) =>
    existsSync(join(beside, name)),
  ))
    expect([name, statSync(join(beside, name)).mode & 0o077]).toEqual([name, 0]);
});
