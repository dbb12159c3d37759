/** A token from `auth`, revoked and given anew, under a shipper that goes on all the while; on the compiled binary. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { ListedToken } from "../../src/domain/device-code.ts";
import type { Source } from "../../src/domain/source.ts";
import { asking } from "../support/auth.ts";
import { homes } from "../support/cli.ts";
import { BINARY, command, isolated, startServer, type Server } from "../support/server.ts";
import { atEnd } from "../support/temp.ts";
import { eventually } from "../support/web.ts";

let server: Server;
const where = homes();
const device = { home: where.user, data: where.home };
const folder = join(where.user, ".claude/projects/-p");
const TIMES = { LONGHOUSE_QUIET_MS: "500", LONGHOUSE_BACKOFF_MAX_MS: "1000", LONGHOUSE_RESCAN_MS: "2000" };
let child: Subprocess | null = null;
beforeAll(async () => {
  server = await startServer();
  mkdirSync(folder, { recursive: true });
}, 60_000);
afterAll(async () => {
  child?.kill();
  await child?.exited;
  await server.stop();
});

const put = (path: string, decision: string) =>
  server.api(path, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ decision }),
  });

async function letIn() {
  const under = asking(where, server.url, { command: [BINARY] });
  expect((await put(`/api/devices/codes/${await under.code()}`, "approve")).status).toBe(200);
  expect(await under.exited).toBe(0);
}

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const file = (n: number) => join(folder, `${id(n)}.jsonl`);
const line = (n: number, text: string) =>
  `${JSON.stringify({
    type: "user",
    uuid: crypto.randomUUID(),
    sessionId: id(n),
    timestamp: new Date().toISOString(),
    cwd: "/p",
    message: { role: "user", content: text },
  })}\n`;

/** The archived bytes of a file, by all its generations' newest; "" when there is none. */
async function archived(n: number): Promise<string> {
  const { sources } = await server.json<{ sources: Source[] }>(
    `/api/agents/sources?path=${encodeURIComponent(file(n))}`,
  );
  const last = sources.at(-1);
  return last ? await (await server.api(`/api/agents/sources/${last.id}/raw`)).text() : "";
}

test("revoked: the shipper pauses and says so; a new `auth`: all that waited arrives, also of a file that is gone", async () => {
  await letIn();
  child = Bun.spawn([BINARY, "connect", "--url", server.url], {
    env: isolated(where.user, where.home, TIMES),
    cwd: where.user,
    stdio: ["ignore", "ignore", "ignore"],
  });
  atEnd(() => child?.kill("SIGKILL"));
  let first = line(1, "before");
  writeFileSync(file(1), first);
  await eventually(
    () => archived(1),
    (text) => text === first,
    20_000,
  );

  const { tokens } = await server.json<{ tokens: ListedToken[] }>("/api/devices/tokens");
  const its = tokens.filter(({ scope, revoked_at, last_used_at }) => scope === "device" && !revoked_at && last_used_at);
  for (const token of its) await server.api(`/api/devices/tokens/${token.id}`, { method: "DELETE" });
  appendFileSync(file(1), line(1, "after"));
  first = await Bun.file(file(1)).text();
  const second = line(2, "vanishes") + line(2, "while paused");
  writeFileSync(file(2), second);
  const told = await eventually(
    () => command(device, ["status", "--url", server.url]),
    ({ stdout, stderr }) => /log in again/i.test(stdout + stderr),
    30_000,
  );
  expect(told.stdout + told.stderr).toMatch(/log in again/i);
  // Two seconds without an acknowledgement, and what may vanish is in the spool.
  await Bun.sleep(4000);
  rmSync(file(2));
  expect([await archived(1), await archived(2)]).toEqual([first.slice(0, first.indexOf("\n") + 1), ""]);

  await letIn();

  await eventually(
    () => archived(1),
    (text) => text === first,
    60_000,
  );
  await eventually(
    () => archived(2),
    (text) => text === second,
    30_000,
  );
}, 180_000);

test("a server that is killed while a device waits knows its code again; the device goes on asking", async () => {
  const mine = await startServer();
  const { home, data } = mine;
  const port = Number(new URL(mine.url).port);
  const machine = homes();
  const under = asking(machine, mine.url, { command: [BINARY] });
  const code = await under.code();
  await mine.stop("SIGKILL");
  await under.until(/tried again/);

  const again = await startServer({ home, data, port });
  const approved = await again.api(`/api/devices/codes/${code}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ decision: "approve" }),
  });

  expect(approved.status).toBe(200);
  expect(await under.exited).toBe(0);
  const recent = await command({ home: machine.user, data: machine.home }, ["recent", "--url", again.url]);
  expect(recent.code).toBe(0);
  await again.stop();
}, 60_000);
