/** `doctor` on machines with one thing wrong each, and `logs`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claudeFile, put } from "../support/agents.ts";
import { psid, writer } from "../support/fill.ts";
import { BINARY, command, isolated, type Server, startServer } from "../support/server.ts";
import { ship } from "../support/shipping.ts";
import { tempDir } from "../support/temp.ts";

let server: Server;
beforeAll(async () => {
  const home = tempDir("home");
  put(claudeFile(home, 985), `${writer({ id: psid(985) }).prompt("Why?")}\n`);
  writeFileSync(join(home, ".claude/settings.json"), '{ "cleanupPeriodDays": 3650 }\n');
  server = await startServer({ home, args: [] });
  await ship(server);
  await command(server, ["connect", "--hooks-only"]);
});
afterAll(() => server.stop());

type Finding = { readonly check: string; readonly level: string; readonly title: string; readonly fix?: string };
type Where = Pick<Server, "home" | "data">;

async function examined(where: Where = server, ...args: string[]) {
  const { code, stdout, stderr } = await command(where, ["doctor", "--json", ...args]);
  expect(stderr).toBe("");
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return { code, problems: findings.filter(({ level }) => level === "problem"), findings };
}

test("a machine on which all is well has no problem, exit code 0, and a finding of every kind", async () => {
  const { code, problems, findings } = await examined();
  const { stdout } = await command(server, ["doctor"]);

  expect([code, problems]).toEqual([0, []]);
  const checks = ["server", "home", "spool", "service", "agents", "watches", "disk", "sqlite", "search"];
  expect([...new Set(findings.map(({ check }) => check))]).toEqual(checks);
  expect(stdout).toMatch(/^ok {7}This machine's clock agrees with the server's$/m);
  expect(stdout).not.toContain("\x1b");
});

test("a token that others may read is found, with the line that mends it", async () => {
  const token = join(server.data, "token");
  chmodSync(token, 0o644);

  // Whoever uses the token makes it private again: what doctor cannot find, it has mended.
  const { code, problems } = await examined();
  const key = join(server.data, "longhouse.db");
  chmodSync(key, 0o644);
  const other = await examined();
  Bun.spawnSync(["sh", "-c", other.problems[0]?.fix ?? "false"]);

  expect([code, problems]).toEqual([0, []]);
  expect([other.code, other.problems]).toEqual([
    1,
    [
      expect.objectContaining({
        check: "home",
        title: `Others on this machine may read ${key}`,
        fix: `chmod 600 ${key}`,
      }),
    ],
  ]);
  expect((await examined()).code).toBe(0);
});

test("hooks that are missing or of another executable are found, and the line mends them", async () => {
  const file = join(server.home, ".claude/settings.json");
  const good = readFileSync(file, "utf8");

  for (const [text, words] of [
    ['{ "cleanupPeriodDays": 3650 }\n', "are missing"],
    [good.replaceAll(BINARY, "/old/longhouse"), "another version or place"],
  ] as const) {
    writeFileSync(file, text);
    const { code, problems } = await examined();
    expect([code, problems]).toEqual([
      1,
      [expect.objectContaining({ title: expect.stringContaining(words), fix: "longhouse connect --hooks-only" })],
    ]);
    expect((await command(server, problems[0]!.fix!.split(" ").slice(1))).code).toBe(0);
    expect((await examined()).code).toBe(0);
  }
});

test("transcripts that are deleted soon are worth a note; such that are not kept at all are a problem", async () => {
  const file = join(server.home, ".claude/settings.json");
  const good = readFileSync(file, "utf8");
  const titles = async (days: string) => {
    writeFileSync(file, good.replace("3650", days));
    return (await examined()).findings.filter(({ title }) => title.includes("transcripts")).map(({ level }) => level);
  };

  expect([await titles("30"), await titles("0"), await titles("3650")]).toEqual([["note"], ["problem"], ["ok"]]);
  writeFileSync(file, good);
});

test("a server that does not answer, and a machine that was never let in, are problems with lines to type", async () => {
  const laptop = { home: tempDir("laptop"), data: join(tempDir("data"), "lh") };

  const silent = await examined(laptop, "--url", "http://127.0.0.1:1");
  const foreign = await examined(laptop, "--url", server.url);

  expect([silent.code, foreign.code]).toEqual([1, 1]);
  expect(silent.problems[0]).toMatchObject({ check: "server", fix: expect.stringContaining("longhouse serve") });
  expect(foreign.problems[0]).toMatchObject({ check: "server", fix: `longhouse auth --url ${server.url}` });
  expect(foreign.problems).toContainEqual(expect.objectContaining({ fix: "longhouse connect --install" }));
});

test("a clock that differs from the server's is found", async () => {
  const status = await server.json<object>("/api/status");
  const late = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.json(status, { headers: { Date: new Date(Date.now() - 600_000).toUTCString() } }),
  });

  const { code, problems } = await examined(server, "--url", `http://127.0.0.1:${late.port}`);
  await late.stop(true);

  expect(code).toBe(1);
  expect(problems[0]!.title).toMatch(/clock is (10 min 0|9 min 59|10 min 1) s ahead of the server's/);
});

test("a damaged spool is found and left as it is", async () => {
  const laptop = { home: tempDir("laptop"), data: join(tempDir("data"), "lh") };
  const spool = join(laptop.home, ".claude/longhouse-shipper-spool.db");
  put(spool, "not a database, whatever it says".repeat(100));

  const { problems } = await examined(laptop, "--url", server.url);

  expect(problems).toContainEqual(expect.objectContaining({ check: "spool", fix: "longhouse ship" }));
  expect(readFileSync(spool, "utf8")).toStartWith("not a database");
});

test("logs shows both logs by time, one by its flag, raw by --json, and only what is grave enough", async () => {
  const where = { home: tempDir("home"), data: join(tempDir("data"), "lh") };
  const line = (n: number, level: string, more: object = {}) =>
    `${JSON.stringify({ ...more, at: `2026-11-21T10:00:0${n}.000Z`, level, message: `m${n}` })}\n`;
  const evil = { path: "/a\u001b[31m\nb" };
  put(join(where.data, "logs/server.log"), line(1, "info") + line(3, "warn", evil) + line(4, "debug"));
  put(join(where.home, ".claude/shipper.log"), `${line(2, "error")}torn {\n`);
  const shown = async (...args: string[]) => (await command(where, ["logs", ...args])).stdout;
  const names = (text: string) => [...text.matchAll(/m\d/g)].map(([name]) => name);

  expect(names(await shown())).toEqual(["m1", "m2", "m3"]);
  expect(names(await shown("--level", "debug"))).toEqual(["m1", "m2", "m3", "m4"]);
  expect(names(await shown("--level", "warn"))).toEqual(["m2", "m3"]);
  expect(names(await shown("-n", "1", "--server"))).toEqual(["m3"]);
  expect(await shown("--shipper")).toContain("torn {");
  expect(await shown()).not.toContain("\u001b");
  expect(await shown("--json", "--server")).toBe(line(1, "info") + line(3, "warn", evil));
  expect((await command(where, ["logs", "--level", "loud"])).code).toBe(2);
  expect((await command({ ...where, home: tempDir("other"), data: tempDir("none") }, ["logs"])).code).toBe(1);
});

test("logs -f goes on over a rotation, and ends with 0", async () => {
  const where = { home: tempDir("home"), data: join(tempDir("data"), "lh") };
  const path = join(where.data, "logs/server.log");
  mkdirSync(join(where.data, "logs"), { recursive: true });
  const line = (n: number) =>
    `${JSON.stringify({ at: "2026-11-21T10:00:00Z", level: "info", message: `line ${n}` })}\n`;
  writeFileSync(path, line(0));
  const child = Bun.spawn([BINARY, "logs", "-f", "--json"], {
    env: isolated(where.home, where.data),
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  const read = (async () => {
    for await (const piece of child.stdout) said += new TextDecoder().decode(piece);
  })();
  const until = async (text: string) => {
    for (const end = Date.now() + 10_000; !said.includes(text) && Date.now() < end;) await Bun.sleep(20);
  };

  await until(line(0));
  for (let n = 1; n < 7; n++) {
    appendFileSync(path, line(n));
    if (n % 2 === 0) {
      renameSync(path, path.replace(".log", `-2026-11-1${n}.log`));
      writeFileSync(path, "");
      await until(line(n));
    }
  }
  child.kill("SIGINT");
  await read;

  expect(said).toBe([0, 1, 2, 3, 4, 5, 6].map(line).join(""));
  expect(await child.exited).toBe(0);
}, 30_000);
