import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { scopeOf } from "../../src/cli/ship.ts";
import { wordsOf } from "../../src/cli/search.ts";
import { cli, type Homes, homes, type Serving, serving } from "../support/cli.ts";

setDefaultTimeout(30_000);

const SESSION = "22222222-2222-4222-8222-222222222222";
let where: Homes;
let server: Serving;
let path: string;

const line = (uuid: string, text: string) =>
  `${JSON.stringify({ type: "user", uuid, sessionId: SESSION, timestamp: "2026-11-01T10:00:00.000Z", cwd: "/code/zebra", message: { role: "user", content: text } })}\n`;

beforeAll(async () => {
  where = homes();
  path = join(where.user, `.claude/projects/-code-zebra/${SESSION}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, line("a", "find the \u001b[31m xylophone \u001b[0m \u202Eplease"));
  writeFileSync(join(dirname(path), "notes.txt"), "kept, no session\n");
  server = await serving(where, ["--no-ship"]);
});
afterAll(() => server.stop());

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await cli(where, args);
  if (code !== 0) throw new Error(`${code} ${stderr}`);
  return JSON.parse(stdout);
};

test("a dry run says what is missing and sends nothing", async () => {
  const report = await json("ship", "--dry-run", "--json");

  expect(report).toMatchObject({ sources: 2, dry_run: true });
  expect(report.bytes).toBeGreaterThan(100);
  expect(await server.json<unknown>("/api/agents/sources")).toEqual({ sources: [], next: null });
});

test("ship --json has exactly the fields of the contract, and a second ship sends 0 bytes", async () => {
  const first = await json("ship", "--json");
  const second = await json("ship", "--json");

  expect(Object.keys(first)).toEqual([
    "sources",
    "bytes",
    "derived",
    "events_inserted",
    "spooled",
    "failed",
    "seconds",
  ]);
  expect(first).toMatchObject({ sources: 2, derived: 1, events_inserted: 1, spooled: 0, failed: 0 });
  expect(second).toMatchObject({ sources: 2, derived: 1, bytes: 0, events_inserted: 0 });
  const metrics = await (await server.get("/metrics")).text();
  expect(metrics).toContain(`longhouse_ingest_bytes_total{provider="claude"} ${first.bytes}`);
});

test("what is appended meanwhile is all that the next ship sends", async () => {
  const more = line("b", "and the trombone");
  appendFileSync(path, more);

  expect(await json("ship", "--json", "--session", SESSION)).toMatchObject({ sources: 1, bytes: more.length });
});

test("search finds it, highlights nothing in a pipe, and shows control characters instead of obeying them", async () => {
  const { stdout } = await cli(where, ["search", "xylophone"]);
  const found = await json("search", "xylophone", "--json", "--limit", "5", "--project", "zebra", "--agent", "claude");
  const none = await cli(where, ["search", "xylophone", "-please"]);

  expect(stdout).toContain("xylophone");
  // oxlint-disable-next-line no-control-regex
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(found.sessions).toHaveLength(1);
  expect(none.stderr).toContain("Nothing found");
});

test("recent lists the session with its project", async () => {
  const { stdout } = await cli(where, ["recent"]);

  expect(stdout).toContain("zebra");
  expect(stdout).toContain(`${server.url}/sessions/`);
});

test("status says where each setting comes from and keeps secrets to itself", async () => {
  const { stdout } = await cli(where, ["status"]);
  const report = await json("status", "--json");

  expect(stdout).toMatch(/^ +home +\S+ +environment$/m);
  expect(stdout).toMatch(/^ +token +set +stored$/m);
  expect(stdout).not.toContain(server.token);
  expect(Object.keys(report)).toEqual(
    expect.arrayContaining(["server", "device", "providers", "total", "last_ship_at", "holder"]),
  );
  expect(report.total).toMatchObject({ sources: 2, failed: 0, paused: false });
  expect(report.total.acked).toBe(report.total.bytes);
});

test("export writes every source byte for byte, and a manifest that says what each is", async () => {
  const out = join(where.user, "out");

  const report = await json("export", "--out", out, "--json");

  const { sources } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
  expect(report).toMatchObject({ sources: 2, failed: 0 });
  for (const source of sources) expect(readFileSync(join(out, source.file))).toEqual(readFileSync(source.path));
});

test("export does not write into a folder that holds something", async () => {
  const { code, stderr } = await cli(where, ["export", "--out", where.user]);

  expect(code).toBe(2);
  expect(stderr).toContain("is not empty");
});

test("export SESSION writes the session's file", async () => {
  const { sessions } = await server.json<{ sessions: { id: string }[] }>("/api/agents/sessions");
  const out = join(where.user, "session.jsonl");

  const piped = await cli(where, ["export", sessions[0]!.id]);
  await cli(where, ["export", sessions[0]!.id, "--out", out]);

  expect(piped.stdout).toBe(readFileSync(path, "utf8"));
  expect(readFileSync(out, "utf8")).toBe(readFileSync(path, "utf8"));
});

test("a wrong token is exit code 4, and nothing is sent", async () => {
  const { code, stderr } = await cli(where, ["ship"], { LONGHOUSE_TOKEN: "lh_wrong" });

  expect(code).toBe(4);
  expect(stderr).toContain("does not accept this token");
});

test("beside a server that ships by itself, ship hears from it what was done", async () => {
  const other = homes();
  const file = join(other.user, `.claude/projects/-p/${SESSION}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, line("a", "whole") + '{"half":');
  const shipping = await serving(other);

  const { code, stdout } = await cli(other, ["ship", "--json"]);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ sources: 1, failed: 0 });
  const { sources } = await shipping.json<{ sources: { through: number }[] }>("/api/agents/sources");
  expect(sources[0]!.through).toBe(line("a", "whole").length + 8);
  await shipping.stop();
});

test.each([
  [{ since: "7d" }, { since: 1e12 - 7 * 86_400_000 }],
  [{ since: "2001-01-01" }, { since: Date.UTC(2001, 0) }],
  [{ provider: "claude,codex" }, { providers: ["claude", "codex"] }],
  [{ file: "/a/../b" }, { file: "/b" }],
  [{}, {}],
])("the flags %j ask for %j", (flags, scope) => {
  expect(scopeOf(flags, 1e12)).toEqual(scope as ReturnType<typeof scopeOf>);
});

test.each([
  [["a", "-b", "--limit", "5", "c"], "a -b c"],
  [["--json", "a b"], "a b"],
  [["two words", "more"], '"two words" more'],
  [["--", "--json"], "--json"],
])("%j asks for %s", (args, words) => {
  expect(wordsOf(args)).toBe(words);
});

type Listed = { sessions: { id: string; title: string; user_messages: number }[] };
const foundBy = async (query: string) => (await json("search", query, "--json")) as Listed;

test("reindex beside a running server gives the same sessions, and they are found again", async () => {
  const before = await foundBy("trombone");

  const { sessions } = await json("reindex", "--json");

  const after = await foundBy("trombone");
  expect(sessions).toBe(1);
  expect(after.sessions.map(({ id, title, user_messages }) => [id, title, user_messages])).toEqual(
    before.sessions.map(({ id, title, user_messages }) => [id, title, user_messages]),
  );
});

test("reindex without a server does it by itself, and the next server has it all", async () => {
  await server.stop();

  const { sessions } = await json("reindex", "--json");

  server = await serving(where, ["--no-ship"]);
  const { sessions: found } = await foundBy("trombone");
  expect(sessions).toBe(1);
  expect(found[0]!.user_messages).toBe(2);
});

test("the server is the same by each of this machine's names", async () => {
  const { port } = new URL(server.url);

  const report = await json("ship", "--json", "--url", `http://localhost:${port}`);
  const status = await json("status", "--json");

  expect(report.bytes).toBe(0);
  expect(status.total.sources).toBe(2);
});
