/** Starts that can not succeed: what happened and what to do, an exit code, no stack trace, nothing touched. */
import { afterAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileOf, psid, talk } from "../support/fill.ts";
import { IS_ROOT, needing } from "../support/needs.ts";
import { archive, search } from "../support/remote.ts";
import { BINARY, freePort, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

type Refused = { readonly code: number | null; readonly said: string; readonly ms: number };

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

type Start = {
  readonly data?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly wrap?: readonly string[];
};

/** Starts `serve`, which is expected to end by itself. After 10 s it is ended, and its code is null. */
async function refused({ data = join(tempDir("data"), "lh"), args = [], env, wrap = [] }: Start): Promise<Refused> {
  const started = performance.now();
  const port = args.includes("--port") ? [] : ["--port", String(freePort())];
  const child = Bun.spawn([...wrap, BINARY, "serve", "--no-open", "--no-ship", ...port, ...args], {
    env: isolated(tempDir("home"), data, env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const texts = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  clearTimeout(timer);
  return { code: child.exitCode, said: texts[0] + texts[1], ms: performance.now() - started };
}

/** Fails unless it exited 1 with these words, for a person: no stack, no SQL, few lines. */
function expectClear({ code, said }: Refused, ...words: readonly (string | RegExp)[]) {
  expect([code, said]).toEqual([1, said]);
  for (const word of words) expect(said).toMatch(word);
  expect(said).not.toMatch(/\n\s+at |\bat \S+ \(|\.ts:\d|SELECT |SQLITE_|node_modules|unhandled/i);
  expect(said.trim().split("\n").length).toBeLessThanOrEqual(4);
}

let running: Server;
const dataOf = async (): Promise<string> => {
  running ??= await startServer();
  return running.data;
};
afterAll(() => running?.stop());

/** A home with an archive of one session, its server stopped. */
async function stopped(): Promise<string> {
  const server = await startServer();
  await archive(server, { path: fileOf(psid(1)) }, talk(5, { id: psid(1) }));
  await server.settled();
  await server.stop();
  return server.data;
}

/** What would change if somebody wrote. */
const print = (path: string) => {
  const { mtimeMs, size, mode } = statSync(path);
  return { mtimeMs, size, mode, hash: Bun.hash(readFileSync(path)) };
};

test("a port that is taken: by whom, and which to take instead", async () => {
  await dataOf();
  const { port } = new URL(running.url);

  const answer = await refused({ args: ["--port", port] });

  expectClear(answer, `Port ${port}`, "taken", `pid ${running.process.pid}`, `--port ${Number(port) + 1}`);
});

test("a second server on one home ends at once, and names the first", async () => {
  const answer = await refused({ data: await dataOf() });

  expectClear(answer, "already serves", `pid ${running.process.pid}`);
  expect(answer.ms).toBeLessThan(2000);
  expect((await running.api("/api/health")).status).toBe(200);
});

test("a server that was killed leaves no lock that blocks the next", async () => {
  const server = await startServer();
  await server.stop("SIGKILL");

  const next = await startServer({ data: server.data });

  expect(next.readyMs).toBeLessThan(5000);
  await next.stop();
});

test("a home that is a file", async () => {
  const data = join(tempDir("data"), "lh");
  writeFileSync(data, "mine");

  expectClear(await refused({ data }), data, "is not a folder", "LONGHOUSE_HOME");
  expect(readFileSync(data, "utf8")).toBe("mine");
});

needing(IS_ROOT && Bun.which("setpriv") !== null, "needs root and setpriv to be somebody else")(
  "a home that is not ours to write, or can not be made",
  async () => {
    const data = join(tempDir("data"), "lh");
    mkdirSync(data, { mode: 0o755 });
    chmodSync(join(data, ".."), 0o755);

    expectClear(await refused({ data, wrap: NOBODY }), data, "not writable", "LONGHOUSE_HOME");
    expectClear(await refused({ data: "/proc/longhouse" }), "/proc/longhouse", "LONGHOUSE_HOME");
  },
);

needing(IS_ROOT && Bun.which("setpriv") !== null, "needs root and setpriv to be somebody else")(
  "a database that is not ours to write",
  async () => {
    const data = await stopped();
    for (const path of [data, join(data, "..")]) chownSync(path, 65534, 65534);

    expectClear(await refused({ data, wrap: NOBODY }), data, "another user");
  },
);

for (const [name, damage] of [
  ["is no database", (bytes: Buffer) => bytes.fill("no database at all. ")],
  ["lost its second half", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ["has a damaged schema", (bytes: Buffer) => bytes.fill(0xa5, 100, 4096)],
] as const)
  test(`a database that ${name}: said, and left as it is`, async () => {
    const data = await stopped();
    const path = join(data, "longhouse.db");
    writeFileSync(path, damage(readFileSync(path)));
    const before = print(path);

    expectClear(await refused({ data }), path, "damaged", /move .*aside|restore/i);
    expect(print(path)).toEqual(before);
  });

test("a database that is a folder", async () => {
  const data = join(tempDir("data"), "lh");
  mkdirSync(join(data, "longhouse.db"), { recursive: true });

  expectClear(await refused({ data }), join(data, "longhouse.db"));
});

test("a database of a newer Longhouse is named and not touched", async () => {
  const data = await stopped();
  const path = join(data, "longhouse.db");
  const db = new Database(path);
  db.run("INSERT INTO schema_migrations VALUES ('9999_from_the_future', 'x', 0)");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const before = print(path);

  expectClear(await refused({ data }), "newer Longhouse", "9999_from_the_future", "Upgrade");
  expect(print(path)).toEqual(before);
});

test("a search.db that is damaged is made anew, and finds what it found", async () => {
  const data = await stopped();
  writeFileSync(join(data, "search.db"), "no database at all. ".repeat(5000));

  const server = await startServer({ data });
  await server.settled();

  expect(await search(server, "question")).toHaveLength(1);
  await server.stop();
});

test.each([
  ["0.0.0.0", {}],
  ["::", {}],
  ["0.0.0.0", { AUTH_DISABLED: "1" }],
])("--host %s without a login (%o) does not start, and says what to set", async (host, env) => {
  const answer = await refused({ args: ["--host", host], env: env as Record<string, string> });

  expectClear(answer, host, "LONGHOUSE_PASSWORD", "127.0.0.1");
});

test("--host 0.0.0.0 with a password starts", async () => {
  const server = await startServer({
    args: ["--no-ship", "--host", "0.0.0.0"],
    env: { LONGHOUSE_PASSWORD: "an old door" },
  });

  expect((await fetch(`${server.url}/api/agents/sessions`)).status).toBe(401);
  await server.stop();
});

test("a mistyped command line or setting exits 2 and says what is accepted", async () => {
  const data = tempDir("data");
  writeFileSync(join(data, "config.toml"), "[server]\nport = 8080\nhosst = '127.0.0.1'\n");

  for (const [answer, words] of [
    [await refused({ args: ["--port", "eighty"] }), ["--port", "eighty", "65535"]],
    [await refused({ args: ["--prot", "1"] }), ["prot"]],
    [await refused({ data }), ["config.toml line 3", "hosst", "host, port"]],
    [await refused({ env: { DATABASE_URL: "postgresql://x/y" } }), ["DATABASE_URL", "sqlite:"]],
  ] as const) {
    expect(answer.code).toBe(2);
    for (const word of words) expect(answer.said).toContain(word);
    expect(answer.said).not.toMatch(/\n\s+at |\.ts:\d/);
  }
});
